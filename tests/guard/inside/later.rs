//! Later uses of a stored address: it is checked again, and the token goes nowhere else.

use tests::{GITLAB, Owner};

use super::{ADDRESS, NAME, OTHER, PUBLIC, Stage, at, bind, carries_token, gitlab_at};
use crate::server::{Server, Step, always, answer, gitlab};

/// Unbinds and has the token revoked; what became of it.
async fn revoke(person: &tests::Person) -> String {
    let receipt = person.unbind_and_revoke(&Owner::Me, GITLAB).await.expect(200).json();
    receipt["revocation"].as_str().expect("a receipt says it").to_owned()
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_revocation_goes_to_no_refused_address() {
    // S-25, S-31, S-32
    let stage = Stage::start().await;
    let server = gitlab_at(PUBLIC).await;
    for (number, refused) in [
        &["127.0.0.1"][..],
        &["169.254.169.254"],
        &["10.0.0.1"],
        &["::1"],
        &["fd00:ec2::254"],
        &["::ffff:93.184.216.34"],
        &[PUBLIC, "192.168.0.1"],
        &[],
    ]
    .into_iter()
    .enumerate()
    {
        let (person, name) = (stage.somebody(), format!("moves-{number}.acme.dev"));
        stage.names.tell(&name, &[PUBLIC]);
        bind(&person, &format!("http://{name}")).await.expect(201);
        stage.names.tell(&name, refused);
        assert_eq!(revoke(&person).await, "revocation_scheduled", "{refused:?}");
        assert_eq!(person.entry(&Owner::Me, GITLAB).await["state"], "unbound");
        assert_eq!(stage.names.look_ups(&name), (1, 1), "{refused:?}");
    }
    stage.assert_reached(&[&at(PUBLIC, 80)]);
    assert!(server.heads().iter().all(|it| it.starts_with("GET ")), "{:?}", server.heads());
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_revocation_goes_where_the_name_leads_by_then_and_follows_no_redirect() {
    // S-25, S-31
    let stage = Stage::start().await;
    let (_before, after) = (gitlab_at(PUBLIC).await, gitlab_at(OTHER).await);
    let person = stage.somebody();
    stage.names.tell(NAME, &[PUBLIC]);
    bind(&person, ADDRESS).await.expect(201);
    stage.names.tell_in_turn(NAME, &[&[OTHER], &["127.0.0.1"]]);
    assert_eq!(revoke(&person).await, "revoked");
    let heads = after.heads();
    assert!(heads.len() == 1 && carries_token(&heads[0]) && heads[0].starts_with("DELETE "), "{heads:?}");

    let moved = answer("307 Moved\r\nlocation: http://169.254.169.254/", b"");
    drop(after);
    stage.names.tell(NAME, &[PUBLIC]);
    bind(&person, ADDRESS).await.expect(201);
    stage.names.tell(NAME, &[OTHER]);
    let after = Server::plain(&at(OTHER, 80), always(vec![Step::Send(moved)])).await;
    assert_eq!(revoke(&person).await, "revocation_scheduled");
    assert_eq!(after.connections(), 1);
    stage.assert_reached(&[&at(PUBLIC, 80), &at(OTHER, 80)]);
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_renewal_checks_the_address_again_and_leaves_the_binding_alone() {
    // S-6, S-25
    let stage = Stage::start().await;
    let (server, person) = (gitlab_at(PUBLIC).await, stage.somebody());
    stage.names.tell(NAME, &[PUBLIC]);
    bind(&person, ADDRESS).await.expect(201);
    let before = person.entry(&Owner::Me, GITLAB).await;
    stage.names.tell(NAME, &["127.0.0.1"]);
    bind(&person, ADDRESS).await.problem(422, "address_not_public");
    assert_eq!(person.entry(&Owner::Me, GITLAB).await, before);

    // The same account number somewhere else is another account: the stored token is not tried there.
    stage.names.tell("other.acme.dev", &[OTHER]);
    let other = Server::plain(&at(OTHER, 80), gitlab()).await;
    let form = serde_json::json!({"address": "http://other.acme.dev", "username": "glfake", "token": "glpat-another-0123456789"});
    person.put(&Owner::Me, GITLAB, &form).await.problem(409, "other_account_bound");
    assert!(other.heads().iter().all(|it| !carries_token(it)), "{:?}", other.heads());
    assert_eq!((server.connections(), other.connections()), (2, 2));
}
