//! Tokens that nothing refreshes are verified when somebody doubts them, and die only of what is certain.

use serde_json::json;
use tests::{CODEUP, GITHUB, GITLAB, OCTO, Owner, Person, Scene};

/// Binds at a provider whose tokens are not refreshed; the path that tells whether a token is good.
async fn bind(person: &Person, provider: &str) -> &'static str {
    match provider {
        GITHUB => {
            person.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "bound");
            "/user"
        }
        GITLAB => {
            person.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
            "/personal_access_tokens/self"
        }
        _ => {
            let form = json!({"username": "codeup-fake", "token": "pt-full-codeup-fake"});
            person.put(&Owner::Me, CODEUP, &form).await.expect(201);
            "/user"
        }
    }
}

/// A refusal as each provider words it.
fn refusal(provider: &str, path: &str, times: u32) -> serde_json::Value {
    let body = match provider {
        GITHUB => {
            json!({"message": "Bad credentials", "documentation_url": "https://docs.github.com", "status": "401"})
        }
        GITLAB => json!({"error": "invalid_token", "error_description": "Token was revoked."}),
        _ => json!({"errorCode": "InvalidTokenError", "errorMessage": "x", "status": 401}),
    };
    json!({"path": path, "status": 401, "times": times, "body": body})
}

#[tokio::test]
async fn a_token_that_answers_401_for_a_moment_lives_on() {
    // S-34, S-51
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    for provider in [GITHUB, GITLAB, CODEUP] {
        let path = bind(&alice, provider).await;
        let lent = worker.lease(&alice, &Owner::Me, provider).await;
        let before = alice.entry(&Owner::Me, provider).await;
        worker.suspect(&alice, &Owner::Me, provider, &lent.access_token).await.expect(204);
        scene.simulator(provider).fail(refusal(provider, path, 1)).await;
        let again = worker.lease(&alice, &Owner::Me, provider).await;
        assert_eq!(again.access_token, lent.access_token, "{provider}");
        let after = alice.entry(&Owner::Me, provider).await;
        assert_eq!((&after["state"], &after["problem"]), (&json!("bound"), &json!(null)), "{provider}");
        assert_ne!(after["last_verified_at"], before["last_verified_at"], "{provider}: it was verified");
        // Nobody doubts it any more.
        scene.simulator(provider).forget_requests().await;
        worker.lease(&alice, &Owner::Me, provider).await;
        assert_eq!(scene.simulator(provider).count("GET", path).await, 0, "{provider}");
    }
}

#[tokio::test]
async fn a_token_that_is_dead_is_told_once_it_is_certain() {
    // S-34, S-51, R-104
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    for provider in [GITHUB, GITLAB, CODEUP] {
        let path = bind(&alice, provider).await;
        let lent = worker.lease(&alice, &Owner::Me, provider).await;
        worker.suspect(&alice, &Owner::Me, provider, &lent.access_token).await.expect(204);
        scene.simulator(provider).fail(refusal(provider, path, 2)).await;
        let answer = worker.try_lease(&alice, &Owner::Me, provider, 300).await;
        answer.problem(409, "reauthorization_required");
        let entry = alice.entry(&Owner::Me, provider).await;
        assert_eq!(entry["state"], "reauthorization_required", "{provider}");
        assert_eq!(entry["problem"]["evidence"], "token_refused", "{provider}");
        // Another report is taken, and changes nothing.
        worker.suspect(&alice, &Owner::Me, provider, &lent.access_token).await.expect(204);
    }
    let log = scene.log(15).await;
    assert_eq!(log.events("reauthorization_required").len(), 3);
}

#[tokio::test]
async fn a_server_that_does_not_tell_ends_no_binding() {
    // S-40, S-51, R-104
    let scene = Scene::start().await;
    let (alice, worker) = (scene.person("alice"), scene.worker());
    for provider in [GITHUB, GITLAB, CODEUP] {
        let path = bind(&alice, provider).await;
        let lent = worker.lease(&alice, &Owner::Me, provider).await;
        worker.suspect(&alice, &Owner::Me, provider, &lent.access_token).await.expect(204);
        for (status, code) in [(503, "provider_failed"), (429, "provider_limited")] {
            scene.simulator(provider).fail(json!({"path": path, "status": status, "times": 2})).await;
            let answer = worker.try_lease(&alice, &Owner::Me, provider, 300).await;
            let expected = if status == 429 { 503 } else { 502 };
            let document = answer.problem(expected, code);
            assert!(document["retry_after"].as_u64().is_some_and(|it| it > 0), "{document}");
            assert_eq!(alice.entry(&Owner::Me, provider).await["state"], "bound", "{provider} {status}");
            scene.simulator(provider).heal().await;
        }
        // Doubted still, and looked at now.
        scene.simulator(provider).forget_requests().await;
        assert_eq!(worker.lease(&alice, &Owner::Me, provider).await.access_token, lent.access_token);
        assert!(scene.simulator(provider).count("GET", path).await > 0, "{provider}");
    }
}
