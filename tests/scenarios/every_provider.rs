//! What holds for each provider that there is, and for both kinds of owner: a new one is covered at once.

use codebind::domain::provider::Provider;
use codebind::providers;
use serde_json::json;
use tests::{Answer, OCTO, Owner, Person, Scene};

/// Good tokens of the simulators of providers that bind by token: provider, username, token.
const GOOD_TOKENS: [(&str, &str, &str); 2] =
    [("gitlab", "glfake", "glpat-api-glfake"), ("codeup", "clone-account", "pt-full-cufake")];

/// Binds, or renews, by whatever method the provider has.
async fn bind(person: &Person, owner: &Owner, provider: &Provider) -> Answer {
    if provider.oauth().is_some() {
        return person.authorize(owner, provider.id, OCTO).await;
    }
    let (_, username, token) = GOOD_TOKENS.into_iter().find(|(id, ..)| *id == provider.id).expect("a good token");
    person.put(owner, provider.id, &json!({"username": username, "token": token})).await
}

#[tokio::test]
async fn each_is_bound_renewed_shown_and_unbound() {
    // S-5, S-6, S-8, S-30, S-31, S-34
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        for provider in providers::ALL {
            let id = provider.id;
            assert_eq!(alice.entry(&owner, id).await["state"], "unbound", "{id}");
            let first = bind(&alice, &owner, provider).await;
            assert!(matches!(first.status, 200 | 201), "{id}: {}", first.everything());
            let bound = alice.entry(&owner, id).await;
            assert_eq!((&bound["state"], &bound["method"]), (&json!("bound"), &json!(provider.method.name())), "{id}");
            assert_eq!((&bound["missing_scopes"], &bound["problem"]), (&json!([]), &json!(null)), "{id}");
            bind(&alice, &owner, provider).await.expect(200);
            let renewed = alice.entry(&owner, id).await;
            assert_eq!(
                (&renewed["binding_id"], &renewed["bound_at"]),
                (&bound["binding_id"], &bound["bound_at"]),
                "{id}"
            );
        }
        let list = alice.list(&owner).await.json();
        let all_bound = list["bindings"].as_array().unwrap().iter().all(|entry| entry["state"] == "bound");
        assert!(all_bound, "one of each at a time: {list}");
        for provider in providers::ALL {
            let receipt = alice.unbind(&owner, provider.id).await.expect(200).json();
            let revocation = receipt["revocation"].as_str().unwrap();
            let expected = match (provider.is_revoked_by_client(), provider.oauth().is_some()) {
                (true, _) => "revoked",
                (false, true) => "not_revocable",
                (false, false) => "left_in_place",
            };
            assert_eq!(revocation, expected, "{}", provider.id);
            assert_eq!(receipt["revocation_url"].is_null(), revocation == "revoked", "{receipt}");
            alice.unbind(&owner, provider.id).await.problem(404, "not_bound");
        }
    }
}
