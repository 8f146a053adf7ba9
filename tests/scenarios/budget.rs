//! When everything behind hangs, the answer comes all the same, and in time.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Answer, GITHUB, GITLAB, Lost, OCTO, Owner, Proxy, Scene, Silence};

/// For start, status and unbinding.
const SHORT: Duration = Duration::from_secs(10);
/// For binding and the callback.
const LONG: Duration = Duration::from_secs(22);

async fn within(limit: Duration, answer: impl Future<Output = Answer>) -> Answer {
    let started = Instant::now();
    let answer = answer.await;
    let took = started.elapsed();
    assert!(took < limit, "{took:?}: {}", answer.everything());
    answer
}

/// A scene in which DynamoDB falls silent once the way to the callback is prepared.
async fn silent_storage() {
    let proxy = Proxy::start().await;
    let scene = Scene::builder().dynamodb_behind(&proxy).start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    for operation in ["PutItem", "GetItem", "UpdateItem", "Query", "TransactWriteItems"] {
        proxy.lose(operation, "", usize::MAX, Lost::Hope);
    }
    let (start, status, unbind, bind, callback) = tokio::join!(
        within(SHORT, alice.try_start(&Owner::Me, GITHUB, None)),
        within(SHORT, alice.list(&Owner::Me)),
        within(SHORT, alice.unbind(&Owner::Me, GITHUB)),
        within(LONG, alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake")),
        within(LONG, alice.callback(&back)),
    );
    for answer in [start, status, unbind, bind] {
        answer.problem(503, "unavailable");
    }
    callback.page(503, "Try again");
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 0);
}

async fn silent_key_management() {
    let proxy = Proxy::start().await;
    let scene = Scene::builder().kms_behind(&proxy).start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    let attempt = alice.start(&Owner::instance("local-1", "team"), GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    proxy.lose("GenerateDataKey", "", usize::MAX, Lost::Hope);
    proxy.lose("Decrypt", "", usize::MAX, Lost::Hope);
    let (unbind, bind, callback) = tokio::join!(
        within(SHORT, alice.unbind(&Owner::Me, GITHUB)),
        within(LONG, alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake")),
        within(LONG, alice.callback(&back)),
    );
    assert_eq!(unbind.expect(200).json()["revocation"], "revocation_scheduled");
    bind.problem(503, "unavailable");
    callback.page(503, "Try again");
}

async fn silent_provider() {
    let silence = Silence::start().await;
    let listed = silence.url().trim_start_matches("http://").to_owned();
    let scene = Scene::builder()
        .variable("CODEBIND_GITHUB_URL", silence.url())
        .variable("CODEBIND_GITHUB_API_URL", silence.url())
        .variable("CODEBIND_GITHUB_CLIENT_ID", "an-id")
        .variable("CODEBIND_GITHUB_CLIENT_SECRET", "a-secret-that-nobody-may-see")
        .variable("CODEBIND_ALLOWED_HOSTS", &listed)
        .start()
        .await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let path = attempt.callback_with(GITHUB, "0123456789abcdef0123");
    let form = json!({"address": silence.url(), "username": "glfake", "token": "glpat-api-glfake"});
    let (callback, bind, slow) = tokio::join!(
        within(LONG, alice.send(alice.browse(reqwest::Method::GET, &path))),
        within(LONG, alice.put(&Owner::Me, GITLAB, &form)),
        within(LONG, alice.bind_gitlab(&Owner::Me, "glpat-slow-glfake", "glfake")),
    );
    callback.page(504, "does not answer in time");
    assert_eq!(bind.problem(504, "server_timeout")["field"], "address");
    slow.problem(504, "server_timeout");
    assert!(silence.connections() > 0);
}

/// The provider takes its time at every step, and then storage is gone.
async fn everything_slow_and_then_gone() {
    let (dynamodb, kms) = (Proxy::start().await, Proxy::start().await);
    let scene = Scene::builder().console().dynamodb_behind(&dynamodb).kms_behind(&kms).start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    simulator.fail(json!({"path": "/access_token", "delay_ms": 5500})).await;
    simulator.fail(json!({"path": "/user", "delay_ms": 3700, "status": 500})).await;
    simulator.fail(json!({"path": "/user", "delay_ms": 3700})).await;
    simulator.fail(json!({"path": "/token", "method": "DELETE", "delay_ms": 30_000})).await;
    for operation in ["TransactWriteItems", "GetItem"] {
        dynamodb.lose(operation, "", usize::MAX, Lost::Hope);
    }
    let callback = within(LONG, alice.callback(&back)).await;
    assert_eq!(callback.result(), "unavailable");
    kms.assert_all_lost();
}

/// A revocation that hangs: the binding is gone, and the sweeper has the rest.
async fn silent_revocation() {
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    scene.simulator(GITHUB).fail(json!({"path": "/token", "method": "DELETE", "delay_ms": 30_000})).await;
    let receipt = within(SHORT, alice.unbind(&Owner::Me, GITHUB)).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_comes_in_time_though_everything_hangs() {
    // S-39, S-40: side by side, as each of them waits most of its time.
    let all = async {
        tokio::join!(
            silent_storage(),
            silent_key_management(),
            silent_provider(),
            everything_slow_and_then_gone(),
            silent_revocation(),
        )
    };
    Box::pin(all).await;
}
