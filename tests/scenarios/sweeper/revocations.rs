//! Queued revocations: done in the end, never too much, and given up loudly.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Person, Scene, Simulator};

use super::{GOOD, in_days, published_of, row};

async fn down(simulator: &Simulator, times: u32) {
    simulator.fail(json!({"path": "/token", "method": "DELETE", "status": 500, "times": times})).await;
}

fn queued(item: &tests::Item) -> Vec<String> {
    item.keys().filter(|it| it.starts_with("revocation_")).cloned().collect()
}

/// A person who unbound, and whose token could not be revoked.
async fn unbound() -> (Scene, Person) {
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    down(&scene.simulator(GITHUB), 1).await;
    let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
    (scene, alice)
}

#[tokio::test]
async fn a_revocation_is_tried_again_until_it_is_done() {
    // S-32, S-62
    let (scene, alice) = unbound().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    down(&scene.simulator(GITHUB), 2).await;
    let mut pauses = Vec::new();
    for _ in 0..2 {
        scene.sweep_all().await;
        let row = row(&scene, &alice, GITHUB).await;
        let [attribute] = &*queued(&row) else { panic!("{:?}", row.keys()) };
        let map = row[attribute].as_m().unwrap();
        let number = |name: &str| map[name].as_n().unwrap().parse::<i64>().unwrap();
        pauses.push(((number("next_at") - in_days(0.0)) / 1000 + 5) / 60);
        assert_eq!(number("attempts"), i64::try_from(pauses.len()).unwrap());
    }
    assert_eq!(pauses, [1, 2], "minutes, doubling");
    // Before its time nothing is asked.
    scene.simulator(GITHUB).forget_requests().await;
    super::set(&scene, &alice, GITHUB, &["work_at"], 1).await;
    scene.sweep().await;
    assert_eq!(scene.simulator(GITHUB).count("DELETE", "/token").await, 0);
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 0);
    let row = row(&scene, &alice, GITHUB).await;
    assert!(queued(&row).is_empty() && !row.contains_key("work_at"), "{:?}", row.keys());
    assert_eq!(scene.told(GITHUB), ["bound", "unbound"]);
}

#[tokio::test]
async fn after_a_week_it_is_given_up_loudly() {
    // S-62
    let (scene, alice) = unbound().await;
    down(&scene.simulator(GITHUB), 1).await;
    scene.sweep_all().await;
    let [attribute] = &*queued(&row(&scene, &alice, GITHUB).await) else { panic!("one is queued") };
    super::set(&scene, &alice, GITHUB, &[attribute.as_str(), "since"], in_days(-7.01)).await;
    down(&scene.simulator(GITHUB), 1).await;
    scene.sweep_all().await;
    assert_eq!(scene.told(GITHUB), ["bound", "unbound", "revocation_gave_up"]);
    assert_eq!(queued(&row(&scene, &alice, GITHUB).await), Vec::<String>::new());
    let log = scene.log(4).await;
    let [line] = &*log.events("revocation_gave_up") else { panic!("told once in the log") };
    assert_eq!((&line["level"], &line["provider"]), (&json!("ERROR"), &json!(GITHUB)));
    let event = published_of(&scene, &alice).pop().unwrap();
    assert_eq!(event.detail["account"], json!(null));
}

#[tokio::test]
async fn a_personal_token_that_another_owner_binds_meanwhile_is_left_alone() {
    // S-33, S-62
    let scene = Scene::start().await;
    let (alice, team) = (scene.person("alice"), Owner::instance("local-1", "team"));
    for is_shared in [true, false] {
        alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
        let fault = json!({"path": "/personal_access_tokens/self", "method": "DELETE", "status": 500});
        scene.simulator(GITLAB).fail(fault).await;
        let receipt = alice.unbind_and_revoke(&Owner::Me, GITLAB).await.expect(200).json();
        assert_eq!(receipt["revocation"], "revocation_scheduled");
        if is_shared {
            alice.bind_gitlab(&team, GOOD, "glfake").await.expect(201);
        }
        scene.simulator(GITLAB).forget_requests().await;
        scene.sweep_all().await;
        let asked = scene.simulator(GITLAB).count("DELETE", "/personal_access_tokens/self").await;
        assert_eq!(asked, usize::from(!is_shared), "shared: {is_shared}");
        assert!(queued(&row(&scene, &alice, GITLAB).await).is_empty());
        if is_shared {
            alice.unbind(&team, GITLAB).await.expect(200);
        }
    }
}

#[tokio::test]
async fn what_equals_the_standing_token_is_not_revoked() {
    // S-62: the same personal token, bound again after the unbinding that was to end it.
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    let fault = json!({"path": "/personal_access_tokens/self", "method": "DELETE", "status": 500});
    scene.simulator(GITLAB).fail(fault).await;
    alice.unbind_and_revoke(&Owner::Me, GITLAB).await.expect(200);
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    scene.simulator(GITLAB).forget_requests().await;
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITLAB).count("DELETE", "/personal_access_tokens/self").await, 0);
    let row = row(&scene, &alice, GITLAB).await;
    assert!(queued(&row).is_empty(), "{:?}", row.keys());
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "bound");
}

#[tokio::test]
async fn a_token_is_revoked_at_its_own_server_and_at_no_other() {
    // S-25, S-62: the address in the queue is what counts, and it is not the registration's any more.
    let (scene, alice) = unbound().await;
    let [attribute] = &*queued(&row(&scene, &alice, GITHUB).await) else { panic!("one is queued") };
    let elsewhere = AttributeValue::S("https://github.example".to_owned());
    let holder = alice.holder(&Owner::Me);
    scene.rows().set_binding(&holder, GITHUB, &[attribute.as_str(), "address"], elsewhere).await;
    scene.simulator(GITHUB).forget_requests().await;
    scene.sweep_all().await;
    assert_eq!(scene.simulator(GITHUB).count("DELETE", "/token").await, 0);
    assert_eq!(queued(&row(&scene, &alice, GITHUB).await).len(), 1);
}
