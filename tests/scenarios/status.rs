//! The catalogue and the list of bindings.

use codebind::providers;
use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Scene};

#[tokio::test]
async fn a_console_can_be_drawn_from_the_catalogue() {
    // S-7
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let catalogue = alice.get("providers").await.expect(200).json();
    let entries = catalogue["providers"].as_array().unwrap();
    assert_eq!(entries.len(), providers::ALL.len());
    for (entry, provider) in entries.iter().zip(providers::ALL) {
        assert_eq!((&entry["id"], &entry["available"]), (&json!(provider.id), &json!(true)), "{entry}");
        for text in ["display_name", "method", "web_url", "credential_url"] {
            assert!(entry[text].as_str().is_some_and(|it| !it.is_empty()), "{text}: {entry}");
        }
        assert!(entry["push_builds"]["supported"].is_boolean());
        let scopes = entry["scopes"].as_array().unwrap();
        assert!(!scopes.is_empty() && scopes.iter().all(|it| it["why"].is_string()), "{entry}");
        let fields = entry["fields"].as_array().unwrap();
        assert_eq!(fields.is_empty(), provider.oauth().is_some(), "{entry}");
        let is_whole =
            |it: &serde_json::Value| it["label"].is_string() && it["help"].is_string() && it["required"].is_boolean();
        assert!(fields.iter().all(is_whole), "{entry}");
    }
    let request = alice.request(reqwest::Method::GET, "providers").header("accept-language", "zh");
    let chinese = alice.send(request).await.expect(200).json();
    assert_ne!(chinese, catalogue);
}

#[tokio::test]
async fn a_provider_without_a_client_id_is_off_and_the_catalogue_says_so() {
    // S-9
    let scene = Scene::builder().variable("CODEBIND_GITHUB_CLIENT_ID", "").start().await;
    let alice = scene.person("alice");
    let catalogue = alice.get("providers").await.expect(200).json();
    let entry = catalogue["providers"].as_array().unwrap().iter().find(|it| it["id"] == GITHUB).unwrap();
    assert_eq!(entry["available"], false);
    alice.try_start(&Owner::Me, GITHUB, None).await.problem(503, "provider_off");
}

#[tokio::test]
async fn the_list_has_every_provider_bound_or_not() {
    // S-34
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201);
        let list = alice.list(&owner).await.expect(200).json();
        let states: Vec<_> =
            list["bindings"].as_array().unwrap().iter().map(|it| (&it["provider"], &it["state"])).collect();
        assert_eq!(states.len(), providers::ALL.len());
        for (provider, state) in states {
            let expected = if provider == GITLAB { ["bound", "expiring"] } else { ["unbound"; 2] };
            assert!(expected.contains(&state.as_str().unwrap()), "{provider} {state}");
        }
        let listed = list["bindings"].as_array().unwrap().iter().find(|it| it["provider"] == GITLAB).unwrap();
        assert_eq!(alice.entry(&owner, GITLAB).await, *listed);
    }
}

#[tokio::test]
async fn one_of_each_provider_can_be_bound_at_a_time() {
    // S-5
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    for provider in [GITHUB, GITLAB] {
        assert_ne!(alice.entry(&Owner::Me, provider).await["state"], "unbound");
    }
}

#[tokio::test]
async fn status_asks_no_provider() {
    // S-34
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let simulator = scene.simulator(GITLAB);
    simulator.forget_requests().await;
    alice.list(&Owner::Me).await.expect(200);
    alice.entry(&Owner::Me, GITLAB).await;
    assert!(simulator.requests().await.is_empty());
}

#[tokio::test]
async fn a_token_that_has_ended_meanwhile_is_shown_so() {
    // S-34: the row is aged, as the clock would.
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    for (ends_in_milliseconds, state) in [(-1000_i64, "reauthorization_required"), (86_400_000, "expiring")] {
        let mut row = scene.rows().binding(&alice.holder(&Owner::Me), GITLAB).await.unwrap();
        let now = codebind::domain::timestamp::Timestamp::now().milliseconds();
        let ends = aws_sdk_dynamodb::types::AttributeValue::N((now + ends_in_milliseconds).to_string());
        let Some(aws_sdk_dynamodb::types::AttributeValue::M(binding)) = row.get_mut("binding") else {
            panic!("{row:?}")
        };
        binding.insert("credential_expires_at".to_owned(), ends);
        scene.rows().put_binding(row).await;
        let entry = alice.entry(&Owner::Me, GITLAB).await;
        assert_eq!(entry["state"], state);
        assert_eq!(
            entry["problem"]["code"],
            if ends_in_milliseconds < 0 { json!("token_expired") } else { json!(null) }
        );
    }
    // Binding again mends it.
    alice.bind_gitlab(&Owner::Me, "glpat-noexpiry-glfake", "glfake").await.expect(200);
    assert_eq!(alice.entry(&Owner::Me, GITLAB).await["state"], "bound");
}
