//! Crashes: what was answered holds, and what was not is whole.

use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Scene, Scratch};

#[tokio::test]
async fn bindings_outlive_a_kill_of_everything() {
    // S-45
    let scratch = Scratch::default();
    let owners = || Owner::of_each_kind().into_iter().zip(["one", "other"]);
    let mut before = Vec::new();
    {
        let scene = Scene::builder().on_disk(&scratch).start().await;
        let alice = scene.person("alice");
        for (owner, user) in owners() {
            alice.authorize(&owner, GITHUB, OCTO).await.expect(200);
            alice.bind_gitlab(&owner, &format!("glpat-api-{user}"), user).await.expect(201);
            before.push(alice.list(&owner).await.json());
        }
    }
    let scene = Scene::builder().on_disk(&scratch).start().await;
    let alice = scene.person("alice");
    for ((owner, user), before) in owners().zip(before) {
        assert_eq!(alice.list(&owner).await.json(), before);
        let id = alice.entry(&owner, GITHUB).await["binding_id"].clone();
        alice.authorize(&owner, GITHUB, OCTO).await.page(200, "Binding renewed");
        assert_eq!(alice.entry(&owner, GITHUB).await["binding_id"], id);
        alice.bind_gitlab(&owner, &format!("glpat-api-{user}"), user).await.expect(200);
        for provider in [GITHUB, GITLAB] {
            let receipt = alice.unbind_and_revoke(&owner, provider).await.expect(200).json();
            assert_eq!(receipt["revocation"], "revoked", "{provider}");
        }
    }
}

#[tokio::test]
async fn an_authorization_can_be_finished_after_a_kill() {
    // S-17
    let scratch = Scratch::default();
    let (attempt, browser) = {
        let scene = Scene::builder().on_disk(&scratch).start().await;
        let alice = scene.person("alice");
        (alice.start(&Owner::Me, GITHUB).await, alice.browser)
    };
    let scene = Scene::builder().on_disk(&scratch).start().await;
    let mut alice = scene.person("alice");
    alice.browser = browser;
    let back = alice.consent(&attempt, OCTO).await;
    alice.callback(&back).await.page(200, "Account bound");
}

#[tokio::test]
async fn a_callback_that_dies_half_way_leaves_nothing_half_bound() {
    // S-17, S-20
    let scene = Scene::start().await;
    let (alice, simulator) = (scene.person("alice"), scene.simulator(GITHUB));
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    simulator.fail(json!({"path": "/user", "delay_ms": 10_000})).await;
    let killer = async {
        while simulator.count("GET", "/user").await == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.world().kill_workers("oauth-callback"), 1);
    };
    let (answer, ()) = tokio::join!(alice.callback(&back), killer);
    assert_eq!(answer.status, 500);
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "unbound");
    alice.callback(&back).await.page(410, "already used");
    assert_eq!(simulator.count("POST", "/access_token").await, 1);
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "Account bound");
}

#[tokio::test]
async fn a_function_that_died_is_replaced() {
    // S-45
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for function in ["oauth-start", "oauth-callback", "token-bind", "unbind", "status"] {
        assert!(scene.world().kill_workers(function) > 0, "{function}");
    }
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    alice.list(&Owner::Me).await.expect(200);
}
