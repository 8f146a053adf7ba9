//! Choosing the owner after consent (S-22): the console completes, and only the one who started.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{CONSOLE, GITHUB, HUBOT, Lost, OCTO, Owner, Person, Proxy, Scene, race};

async fn scene() -> Scene {
    Scene::builder().console().start().await
}

/// A request that hands over a secret, which is kept out of the search of answers.
async fn secretly(person: &Person, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let answer = person.receive(person.request(method, path).json(body)).await;
    (answer.status, answer.json())
}

async fn completion_secret(scene: &Scene, person: &Person, owner: Option<&Owner>, provider: &str) -> String {
    completion_secret_of(scene, person, owner, provider, OCTO).await
}

/// Starts without an owner, or with one and for the console; consents; the completion secret of the callback.
pub(super) async fn completion_secret_of(
    scene: &Scene,
    person: &Person,
    owner: Option<&Owner>,
    provider: &str,
    account: &str,
) -> String {
    let (path, body) = match owner {
        None => (format!("authorizations/{provider}"), json!({})),
        Some(owner) => {
            (format!("{}/bindings/{provider}/authorization", owner.path()), json!({"completion": "console"}))
        }
    };
    let started = person.send(person.request(Method::POST, &path).json(&body)).await;
    let attempt = person.started(&started);
    let back = person.consent(&attempt, account).await;
    // Another browser, without the cookie: the console may be on another site.
    let callback = &back[url::Position::BeforePath..url::Position::AfterQuery];
    let answer = person.receive(person.at_another_browser().browse(Method::GET, callback)).await.expect(303);
    let location = answer.location();
    assert!(location.as_str().starts_with(&format!("{CONSOLE}?result=complete&provider={provider}#")), "result");
    let secret = location.fragment().unwrap().strip_prefix("completion_secret=").unwrap().to_owned();
    scene.keep_secret(&secret);
    secret
}

pub(super) async fn redeem(scene: &Scene, person: &Person, secret: &str) -> (u16, Value) {
    let answer = secretly(person, Method::POST, "grants", &json!({"completion_secret": secret})).await;
    if let Some(grant) = answer.1["grant"].as_str() {
        scene.keep_secret(grant);
    }
    answer
}

async fn grant(scene: &Scene, person: &Person, owner: Option<&Owner>, provider: &str) -> String {
    let secret = completion_secret(scene, person, owner, provider).await;
    let (status, answer) = redeem(scene, person, &secret).await;
    assert_eq!(status, 200, "{}", answer["code"]);
    answer["grant"].as_str().unwrap().to_owned()
}

async fn put(person: &Person, owner: &Owner, provider: &str, grant: &str) -> tests::Answer {
    person.put(owner, provider, &json!({"grant": grant})).await
}

#[tokio::test]
async fn the_console_sees_who_is_to_be_bound_and_then_names_the_owner() {
    // S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    for provider in Scene::oauth_providers() {
        for owner in Owner::of_each_kind() {
            let before = live(&scene, provider.id).await;
            let secret = completion_secret(&scene, &alice, None, provider.id).await;
            assert_eq!(live(&scene, provider.id).await, before);
            let (status, shown) = redeem(&scene, &alice, &secret).await;
            assert_eq!((status, shown["account"]["login"].as_str()), (200, Some(OCTO)));
            assert_eq!(alice.entry(&owner, provider.id).await["state"], "unbound");
            let bound = put(&alice, &owner, provider.id, shown["grant"].as_str().unwrap()).await.expect(201).json();
            assert_eq!((&bound["state"], &bound["account"]["login"]), (&json!("bound"), &json!(OCTO)));
            assert_eq!(alice.entry(&owner, provider.id).await["binding_id"], bound["binding_id"]);
        }
    }
}

async fn live(scene: &Scene, provider: &str) -> usize {
    scene.simulator(provider).live_tokens().await
}

#[tokio::test]
async fn nothing_is_exchanged_before_the_console_asks() {
    // S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    completion_secret(&scene, &alice, None, GITHUB).await;
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 0);
}

#[tokio::test]
async fn somebody_elses_console_gets_nothing_and_ends_it() {
    // S-22: eve starts, alice is tricked into finishing; and the other way about.
    let scene = scene().await;
    let (alice, eve) = (scene.person("alice"), scene.person("eve"));
    let secret = completion_secret(&scene, &eve, None, GITHUB).await;
    for (person, code) in [(&alice, "authorization_invalid"), (&eve, "grant_ended")] {
        let (_, problem) = redeem(&scene, person, &secret).await;
        assert_eq!(problem["code"], code);
    }
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 0);
}

#[tokio::test]
async fn a_grant_in_other_hands_is_ended_and_its_token_revoked() {
    // S-22
    let scene = scene().await;
    let (alice, eve) = (scene.person("alice"), scene.person("eve"));
    let grant = grant(&scene, &alice, None, GITHUB).await;
    put(&eve, &Owner::Me, GITHUB, &grant).await.problem(400, "authorization_invalid");
    put(&alice, &Owner::Me, GITHUB, &grant).await.problem(410, "grant_ended");
    assert_eq!(live(&scene, GITHUB).await, 0);
}

#[tokio::test]
async fn a_used_grant_in_other_hands_harms_nobody() {
    // S-22, S-33
    let scene = scene().await;
    let (alice, eve) = (scene.person("alice"), scene.person("eve"));
    let grant = grant(&scene, &alice, None, GITHUB).await;
    put(&alice, &Owner::Me, GITHUB, &grant).await.expect(201);
    put(&eve, &Owner::Me, GITHUB, &grant).await.problem(400, "authorization_invalid");
    assert_eq!(
        (live(&scene, GITHUB).await, alice.entry(&Owner::Me, GITHUB).await["state"].clone()),
        (1, json!("bound"))
    );
}

#[tokio::test]
async fn a_second_click_is_told_what_the_first_one_did() {
    // S-22: and the token, which is the same, is not queued as the one it replaces.
    let scene = scene().await;
    let alice = scene.person("alice");
    let grant = grant(&scene, &alice, None, GITHUB).await;
    let [me, team] = Owner::of_each_kind();
    let first = put(&alice, &me, GITHUB, &grant).await.expect(201).json();
    let second = put(&alice, &me, GITHUB, &grant).await.expect(200).json();
    assert_eq!(first["binding_id"], second["binding_id"]);
    put(&alice, &team, GITHUB, &grant).await.problem(410, "grant_ended");
    let row = scene.rows().binding(&alice.holder(&me), GITHUB).await.unwrap();
    assert!(row.keys().all(|name| !name.starts_with("revocation_")), "{:?}", row.keys());
    alice.unbind(&me, GITHUB).await.expect(200);
    put(&alice, &me, GITHUB, &grant).await.problem(410, "grant_ended");
}

#[tokio::test]
async fn of_many_clicks_with_one_grant_one_writes() {
    // S-22, S-42
    let scene = scene().await;
    let alice = scene.person("alice");
    for _ in 0..5 {
        let grant = grant(&scene, &alice, None, GITHUB).await;
        let answers = race(20, |_| put(&alice, &Owner::Me, GITHUB, &grant)).await;
        let count = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(201), count(201) + count(200)), (1, answers.len()), "{answers:?}");
        let row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.unwrap();
        assert!(row.keys().all(|name| !name.starts_with("revocation_")), "{:?}", row.keys());
        assert_eq!(live(&scene, GITHUB).await, 1);
        alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    }
}

#[tokio::test]
async fn a_used_grant_is_not_made_new_by_a_late_request() {
    // S-22, S-33: the request that kept it, delivered once more.
    let proxy = Proxy::start().await;
    let scene = Scene::builder().console().dynamodb_behind(&proxy).start().await;
    let (alice, eve) = (scene.person("alice"), scene.person("eve"));
    let [me, team] = Owner::of_each_kind();
    proxy.lose("PutItem", "account_id", 1, Lost::Late);
    let grant = grant(&scene, &alice, None, GITHUB).await;
    put(&alice, &me, GITHUB, &grant).await.expect(201);
    proxy.assert_all_lost();
    assert_eq!(proxy.deliver_late().await, 1);
    put(&alice, &team, GITHUB, &grant).await.problem(410, "grant_ended");
    put(&eve, &me, GITHUB, &grant).await.problem(400, "authorization_invalid");
    assert_eq!((live(&scene, GITHUB).await, alice.entry(&me, GITHUB).await["state"].clone()), (1, json!("bound")));
}

#[tokio::test]
async fn an_owner_named_at_start_is_the_only_one() {
    // S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    let [me, team] = Owner::of_each_kind();
    let grant = grant(&scene, &alice, Some(&team), GITHUB).await;
    put(&alice, &me, GITHUB, &grant).await.problem(403, "grant_other_owner");
    put(&alice, &team, GITHUB, &grant).await.expect(201);
}

#[tokio::test]
async fn a_conflict_leaves_the_grant_good() {
    // S-6, S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, HUBOT).await.expect(303);
    let grant = grant(&scene, &alice, None, GITHUB).await;
    put(&alice, &Owner::Me, GITHUB, &grant).await.problem(409, "other_account_bound");
    alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    put(&alice, &Owner::Me, GITHUB, &grant).await.expect(201);
}

#[tokio::test]
async fn a_grant_is_good_at_its_own_provider_alone() {
    // S-19, S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    let grant = grant(&scene, &alice, None, GITHUB).await;
    for provider in Scene::oauth_providers().filter(|provider| provider.id != GITHUB) {
        put(&alice, &Owner::Me, provider.id, &grant).await.problem(400, "authorization_other_provider");
    }
    put(&alice, &Owner::Me, GITHUB, &grant).await.expect(201);
}

#[tokio::test]
async fn what_is_no_grant_is_told_so() {
    // S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    put(&alice, &Owner::Me, GITHUB, "of-my-own-making").await.problem(410, "grant_ended");
    alice.put(&Owner::Me, GITHUB, &json!({})).await.problem(422, "invalid_field");
    alice.put(&Owner::Me, GITHUB, &json!({"username": "octo", "token": "gho_x"})).await.problem(422, "other_method");
    let (status, problem) = redeem(&scene, &alice, "of-my-own-making").await;
    assert_eq!((status, &problem["code"]), (410, &json!("grant_ended")));
}

#[tokio::test]
async fn without_a_console_nobody_could_complete() {
    // S-22
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let request = alice.request(Method::POST, "authorizations/github");
    alice.send(request).await.problem(503, "no_console");
}

#[tokio::test]
async fn without_an_owner_only_the_console_can_complete() {
    // S-22
    let scene = scene().await;
    let alice = scene.person("alice");
    let request = alice.request(Method::POST, "authorizations/github").json(&json!({"completion": "callback"}));
    assert_eq!(alice.send(request).await.problem(422, "invalid_field")["field"], "completion");
}
