//! Binding Codeup by personal access token: a fixed address, permissions seen by reads, and an organization (S-28).

use serde_json::{Value, json};
use tests::{Answer, Owner, Person, Scene};

const CODEUP: &str = "codeup";
const ORGANIZATION: &str = "60fa4e0000000000000000aa";
const ANOTHER: &str = "60fa4e0000000000000000ab";

async fn bind(person: &Person, owner: &Owner, token: &str, organization: Option<&str>) -> Answer {
    let mut form = json!({"username": "clone-account", "token": token});
    if let Some(organization) = organization {
        form["organization_id"] = json!(organization);
    }
    person.put(owner, CODEUP, &form).await
}

#[tokio::test]
async fn a_token_binds_renews_and_is_unbound() {
    // S-6, S-28, S-31
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        let first = bind(&alice, &owner, "pt-full-cufake", None).await.expect(201).json();
        assert_eq!((&first["state"], &first["method"]), (&json!("bound"), &json!("personal_access_token")));
        let second = bind(&alice, &owner, "pt-full-cufake", Some(ORGANIZATION)).await.expect(200).json();
        assert_eq!((&first["binding_id"], &first["bound_at"]), (&second["binding_id"], &second["bound_at"]));
        let receipt = alice.unbind(&owner, CODEUP).await.expect(200).json();
        assert_eq!(receipt["revocation"], "left_in_place");
        assert!(receipt["revocation_url"].as_str().unwrap().starts_with("https://"), "{receipt}");
    }
}

#[tokio::test]
async fn what_cannot_be_seen_is_told_as_a_warning() {
    // S-28: nothing but a write shows the right to write webhooks.
    let scene = Scene::start().await;
    let bound = bind(&scene.person("alice"), &Owner::Me, "pt-full-cufake", None).await.expect(201).json();
    let warning = bound["warnings"].as_array().unwrap().iter().find(|it| it["code"] == "scopes_unverified");
    let detail = warning.and_then(|it| it["detail"].as_str()).unwrap_or_default();
    assert!(detail.contains("webhooks:write"), "{bound}");
}

#[tokio::test]
async fn missing_permissions_are_named() {
    // S-27, S-28
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (missing, named) in [
        ("no_members", "members:read"),
        ("no_departments", "departments:read"),
        ("no_repositories", "repositories:read"),
        ("no_branches", "branches:read"),
        ("no_tags", "tags:read"),
    ] {
        let answer = bind(&alice, &Owner::Me, &format!("pt-{missing}-cufake"), Some(ORGANIZATION)).await;
        let problem = answer.problem(422, "token_lacks_scopes");
        assert!(problem["detail"].as_str().unwrap().contains(named), "{missing}: {problem}");
    }
}

#[tokio::test]
async fn each_cause_has_its_code() {
    // S-27, S-28, S-40
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (token, organization, status, code, field) in [
        ("pt-expired-cufake", None, 422, "token_expired", json!("token")),
        ("pt-unauthorized-cufake", None, 422, "token_rejected", json!("token")),
        ("pt-unheard_of-cufake", None, 422, "token_rejected", json!("token")),
        ("pt-wrongkind-cufake", None, 422, "token_wrong_kind", json!("token")),
        ("pt-several-cufake", None, 422, "organization_needed", json!("organization_id")),
        ("pt-full-cufake", Some(ANOTHER), 422, "organization_wrong", json!("organization_id")),
        ("pt-limited-cufake", None, 503, "provider_limited", Value::Null),
        ("pt-error500-cufake", None, 502, "provider_failed", Value::Null),
        ("pt-html-cufake", None, 502, "provider_failed", Value::Null),
    ] {
        let answer = bind(&alice, &Owner::Me, token, organization).await;
        assert_eq!(answer.problem(status, code)["field"], field, "{token}");
        assert_eq!(alice.entry(&Owner::Me, CODEUP).await["state"], "unbound", "{token}");
    }
    bind(&alice, &Owner::Me, "pt-several-cufake", Some(ANOTHER)).await.expect(201);
}

#[tokio::test]
async fn a_field_that_the_provider_does_not_take_is_refused_by_name() {
    // S-7, S-11
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let form = json!({"username": "u", "token": "pt-full-cufake", "address": "https://codeup.aliyun.com"});
    assert_eq!(alice.put(&Owner::Me, CODEUP, &form).await.problem(422, "field_not_taken")["field"], "address");
}
