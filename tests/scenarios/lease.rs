//! Build workers borrow access tokens, each with the address that it may be sent to, and nobody else does.

use reqwest::Method;
use serde_json::json;
use tests::{BITBUCKET, CODEUP, GITEE, GITHUB, GITLAB, Lent, OCTO, Owner, Person, Scene, Worker, sha256_hex};

/// Binds an account of each provider.
async fn bind_all(person: &Person, owner: &Owner) {
    for provider in Scene::oauth_providers() {
        person.authorize(owner, provider.id, OCTO).await.page(200, "bound");
    }
    person.bind_gitlab(owner, "glpat-api-glfake", "glfake").await.expect(201);
    let form = json!({"username": "codeup-fake", "token": "pt-full-codeup-fake"});
    person.put(owner, CODEUP, &form).await.expect(201);
}

#[tokio::test]
async fn a_token_of_each_provider_is_lent_with_what_git_needs() {
    // S-48, R-107
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    for owner in Owner::of_each_kind() {
        bind_all(&alice, &owner).await;
        for (provider, username) in [
            (GITHUB, "x-access-token"),
            (GITEE, "oauth2"),
            (BITBUCKET, "x-token-auth"),
            (GITLAB, "oauth2"),
            (CODEUP, "codeup-fake"),
        ] {
            let answer = worker.try_lease(&alice, &owner, provider, 60).await;
            let lent = Lent::read(&answer);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(lent.document.get("refresh_token").is_none());
            let entry = alice.entry(&owner, provider).await;
            assert_eq!(lent.document["username"], username, "{provider}");
            for member in ["binding_id", "address", "scopes"] {
                assert_eq!(lent.document[member], entry[member], "{provider} {member}");
            }
            let address = entry["address"].as_str().unwrap();
            let (scheme, host) = address.split_once("://").unwrap();
            assert_eq!((&lent.document["scheme"], &lent.document["host"]), (&json!(scheme), &json!(host)));
            // It is a live one.
            if let Some(provider) = Scene::oauth_providers().find(|it| it.id == provider) {
                let hash = sha256_hex(lent.access_token.as_bytes());
                let tokens = scene.simulator(provider.id).tokens().await;
                assert!(tokens.iter().any(|it| it.sha256 == hash && !it.revoked), "{}", provider.id);
            }
        }
    }
    for provider in Scene::oauth_providers() {
        assert_eq!(scene.simulator(provider.id).refreshes().await, 0, "{}: all were fresh", provider.id);
    }
}

#[tokio::test]
async fn nobody_but_a_worker_borrows() {
    // S-1, S-48, R-7, R-107
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let path = Worker::path(&alice, &Owner::Me, GITLAB);
    let body = json!({"purpose": "clone"});
    // A person's own token opens nothing there, and no token neither.
    worker.send(worker.unsigned(&path).json(&body)).await.expect(403);
    let token = scene.world().token(&json!({"sub": "alice"}));
    scene.keep_secret(&token);
    worker.send(worker.unsigned(&path).bearer_auth(&token).json(&body)).await.expect(403);
    let mut function = worker.clone();
    "local-status".clone_into(&mut function.id);
    worker.send(function.request(&path).json(&body)).await.expect(403);
    // The public API has no such route, for a person and for a worker.
    alice.receive(alice.request(Method::POST, &path).json(&body)).await.expect(404);
    let elsewhere = scene.http().get(format!("{}/v1/providers", scene.world().workers_url())).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404, "the workers' API has no other route");
    worker.lease(&alice, &Owner::Me, GITLAB).await;
}

#[tokio::test]
async fn a_worker_gets_what_it_names_and_no_other_owners() {
    // S-4, S-48
    let scene = Scene::start().await;
    let (alice, bob, worker) = (scene.person("alice"), scene.person("bob"), scene.worker());
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    worker.try_lease(&bob, &Owner::Me, GITLAB, 60).await.problem(404, "not_bound");
    worker.try_lease(&alice, &Owner::instance("local-1", "team"), GITLAB, 60).await.problem(404, "not_bound");
    worker.try_lease(&alice, &Owner::instance("mars", "team"), GITLAB, 60).await.problem(404, "region_not_offered");
    worker.try_lease(&alice, &Owner::Me, "nothing", 60).await.problem(404, "unknown_provider");
    worker.try_lease(&alice, &Owner::Me, GITHUB, 60).await.problem(404, "not_bound");
}

#[tokio::test]
async fn a_request_is_held_to_its_form() {
    // S-11
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let path = Worker::path(&alice, &Owner::Me, GITLAB);
    let ask = async |body| worker.send(worker.request(&path).json(&body)).await;
    ask(json!({"purpose": "delete"})).await.problem(400, "invalid_body");
    ask(json!({"purpose": "clone", "refresh_token": true})).await.problem(400, "invalid_body");
    ask(json!({"purpose": "clone", "min_ttl_seconds": 3601})).await.problem(422, "invalid_field");
    ask(json!({"purpose": "clone", "repository": ""})).await.problem(422, "invalid_field");
    let text = worker.request(&path).header("content-type", "text/plain").body("{}");
    worker.send(text).await.problem(415, "unsupported_media_type");
    let large = json!({"purpose": "clone", "repository": "a".repeat(17_000)});
    ask(large).await.problem(413, "body_too_large");
    let suspect = format!("{path}/suspect");
    let short = worker.request(&suspect).json(&json!({"sha256": "abc"}));
    worker.send(short).await.problem(422, "invalid_field");
}

#[tokio::test]
async fn every_lease_is_in_the_log() {
    // S-49, R-99
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let lent = worker.lease(&alice, &Owner::Me, GITLAB).await;
    let log = scene.log(2).await;
    let [event] = &*log.events("leased") else { panic!("not one lease in {:?}", log.events("leased")) };
    assert_eq!(event["lease_id"], lent.document["lease_id"]);
    assert_eq!(event["binding_id"], lent.document["binding_id"]);
    assert_eq!(event["owner"], alice.holder(&Owner::Me).hash());
    assert_eq!((&event["purpose"], &event["provider"]), (&json!("clone"), &json!(GITLAB)));
    assert_eq!(event["worker"], "arn:aws:sts::123456789012:assumed-role/build-worker/worker-1");
    // Which repository shows as a hash alone.
    assert_eq!(event["repository"].as_str().map(str::len), Some(64));
    assert!(!scene.world().function_output().contains("octo-fake/hello"));
}

#[tokio::test]
async fn a_token_that_ends_too_soon_is_not_lent() {
    // S-48
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    scene.simulator(BITBUCKET).issue(json!({"expires_in": 1000})).await;
    alice.authorize(&Owner::Me, BITBUCKET, OCTO).await.page(200, "bound");
    // What the provider gives is all there is.
    worker.try_lease(&alice, &Owner::Me, BITBUCKET, 1200).await.problem(409, "token_ends_too_soon");
    worker.lease(&alice, &Owner::Me, BITBUCKET).await;
}

#[tokio::test]
async fn a_token_goes_nowhere_but_where_it_was_bound() {
    // S-25, S-48
    let scratch = tests::Scratch::default();
    let scene = Scene::builder().on_disk(&scratch).start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, BITBUCKET, OCTO).await.page(200, "bound");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let gitlab = scene.simulator(GITLAB).url().to_owned();
    drop(scene);
    // The operator turns to another server, and refuses addresses by http.
    let elsewhere = Scene::builder()
        .on_disk(&scratch)
        .variable("CODEBIND_BITBUCKET_URL", "https://bitbucket.invalid")
        .variable("CODEBIND_BITBUCKET_CLIENT_ID", "id")
        .variable("CODEBIND_BITBUCKET_CLIENT_SECRET", "secret-of-another-server")
        .variable("CODEBIND_HTTP_ADDRESSES", "refuse")
        .start()
        .await;
    let (alice, worker) = (elsewhere.person("alice"), elsewhere.worker());
    worker.try_lease(&alice, &Owner::Me, BITBUCKET, 60).await.problem(409, "server_moved");
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["address"], gitlab);
    worker.try_lease(&alice, &Owner::Me, GITLAB, 60).await.problem(422, "address_http_refused");
}
