//! Whose bindings they are: nobody reaches another's, whatever it is called.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, GITHUB, GITLAB, Owner, Person, Scene};

/// Every request that names an owner.
async fn every_request(person: &Person, owner: &Owner) -> Vec<Answer> {
    let form = json!({"username": "glfake", "token": "glpat-api-glfake"});
    vec![
        person.list(owner).await,
        person.get(&format!("{}/bindings/{GITLAB}", owner.path())).await,
        person.try_start(owner, GITHUB, None).await,
        person.put(owner, GITLAB, &form).await,
        person.unbind(owner, GITLAB).await,
    ]
}

fn without_request_id(mut document: Value) -> Value {
    document["request_id"] = Value::Null;
    document
}

#[tokio::test]
async fn a_foreign_instance_is_refused_in_the_same_words_whatever_it_holds() {
    // S-2
    let scene = Scene::start().await;
    let [full, empty] = ["full", "empty"].map(|name| Owner::instance("local-1", name));
    let bob = scene.person_of("bob", std::slice::from_ref(&full));
    bob.bind_gitlab(&full, "glpat-api-glfake", "glfake").await.expect(201);
    let alice = scene.person("alice");
    let refused = every_request(&alice, &full).await.into_iter().zip(every_request(&alice, &empty).await);
    for (one, other) in refused {
        let one = without_request_id(one.problem(403, "not_allowed"));
        assert_eq!(one, without_request_id(other.problem(403, "not_allowed")));
    }
    assert_eq!(bob.entry(&full, GITLAB).await["state"], "bound");
}

#[tokio::test]
async fn a_name_that_only_begins_alike_is_foreign() {
    // S-2
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (region, instance) in [("local-1", "tea"), ("local-1", "team2"), ("local-1", "TEAM"), ("local-2", "team")] {
        alice.list(&Owner::instance(region, instance)).await.problem(403, "not_allowed");
    }
    alice.list(&Owner::instance("local-1", "team")).await.expect(200);
}

#[tokio::test]
async fn a_region_where_binding_is_not_offered_is_told_with_those_where_it_is() {
    // S-3
    let scene = Scene::start().await;
    let mars = Owner::instance("mars-1", "team");
    let alice = scene.person_of("alice", std::slice::from_ref(&mars));
    for refused in every_request(&alice, &mars).await {
        let detail = refused.problem(404, "region_not_offered")["detail"].to_string();
        assert!(detail.contains("local-1") && detail.contains("local-2"), "{detail}");
    }
}

#[tokio::test]
async fn odd_names_never_meet() {
    // S-4
    let scene = Scene::start().await;
    let names = ["a#b", "a", "b", "a%23b", "a%2Fb", "%", "ü", "u\u{308}", "a.b", "a..b", "A", "+", "a\"b", "instances"];
    let of_region = |region| move |name: &&str| Owner::instance(region, name);
    let mut owners: Vec<_> = names.iter().map(of_region("local-1")).collect();
    owners.extend(names.iter().map(of_region("local-2")));
    let alice = scene.person_of("local-1/a", &owners);
    owners.push(Owner::Me);
    for (number, owner) in owners.iter().enumerate() {
        let (token, username) = (format!("glpat-api-user{number}"), format!("user{number}"));
        alice.bind_gitlab(owner, &token, &username).await.expect(201);
    }
    for (number, owner) in owners.iter().enumerate() {
        assert_eq!(alice.entry(owner, GITLAB).await["account"]["login"], format!("user{number}"), "{owner:?}");
    }
    let keys: std::collections::BTreeSet<_> = owners.iter().map(|owner| alice.holder(owner).key()).collect();
    assert_eq!(keys.len(), owners.len());
}

#[tokio::test]
async fn a_caller_is_told_for_whom_they_may_bind() {
    // S-70
    let scene = Scene::start().await;
    let team = Owner::instance("local-2", "team-b");
    let alice = scene.person_of("alice", &[team, Owner::instance("mars-1", "team")]);
    let me = json!({"kind": "user", "path": "users/me", "name": "alice", "region": "local-1", "instance": null});
    let team = json!({"kind": "instance", "path": "instances/local-2/team-b", "name": "local-2/team-b",
        "region": "local-2", "instance": "team-b"});
    let expected = json!({"owners": [me, team], "regions": ["local-1", "local-2"]});
    assert_eq!(alice.get("owners").await.expect(200).json(), expected);
    let carol = scene.person_of("carol", &[]).get("owners").await.expect(200).json();
    assert_eq!(carol["owners"].as_array().unwrap().len(), 1, "{carol}");
}

#[tokio::test]
async fn each_path_that_is_told_leads_to_its_owner() {
    // S-4, S-70
    let scene = Scene::start().await;
    let named =
        ["a#b", "a%23b", "a%2Fb", "%", "ü", "u\u{308}", "a..b", "...", "+", "a\"b", "a\\b", "a;b", "a&b=c", "~", "me"];
    let unreachable = ["a/b", "a?b", ".", ".."];
    let owners: Vec<_> = named.iter().chain(&unreachable).map(|name| Owner::instance("local-1", name)).collect();
    let alice = scene.person_of("alice", &owners);
    let told = alice.get("owners").await.expect(200).json();
    let told: Vec<_> = told["owners"].as_array().unwrap().iter().skip(1).collect();
    let shown: Vec<_> = told.iter().map(|it| it["instance"].as_str().unwrap()).collect();
    assert_eq!(shown, named);
    for owner in told {
        let listed = alice.get(&format!("{}/bindings", owner["path"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(listed["owner"], owner["name"]);
    }
}

#[tokio::test]
async fn a_slash_in_a_name_reaches_nobody() {
    // S-4: the gateway decodes paths before it routes them.
    let scene = Scene::start().await;
    let odd = Owner::instance("local-1", "team/bindings");
    let alice = scene.person_of("alice", std::slice::from_ref(&odd));
    alice.list(&odd).await.expect(404);
}

#[tokio::test]
async fn a_person_sees_their_own_bindings_alone() {
    // S-2
    let scene = Scene::start().await;
    let (alice, bob) = (scene.person("alice"), scene.person("bob"));
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    assert_eq!(bob.entry(&Owner::Me, GITLAB).await["state"], "unbound");
    bob.unbind(&Owner::Me, GITLAB).await.problem(404, "not_bound");
    // One account may serve several owners.
    bob.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    alice.unbind(&Owner::Me, GITLAB).await.expect(200);
    assert_eq!(bob.entry(&Owner::Me, GITLAB).await["state"], "bound");
}

#[tokio::test]
async fn those_who_share_an_instance_share_its_bindings() {
    // S-2, S-5
    let scene = Scene::start().await;
    let (alice, bob) = (scene.person("alice"), scene.person("bob"));
    let team = Owner::instance("local-1", "team");
    alice.bind_gitlab(&team, "glpat-api-glfake", "glfake").await.expect(201);
    let entry = bob.entry(&team, GITLAB).await;
    assert_eq!((&entry["state"], &entry["bound_by"]), (&json!("bound"), &json!("alice")));
    bob.unbind(&team, GITLAB).await.expect(200);
    assert_eq!(alice.entry(&team, GITLAB).await["state"], "unbound");
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    // S-1
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (method, path) in [
        (Method::GET, "providers"),
        (Method::GET, "owners"),
        (Method::GET, "users/me/bindings"),
        (Method::GET, "users/me/bindings/github"),
        (Method::POST, "users/me/bindings/github/authorization"),
        (Method::PUT, "users/me/bindings/gitlab"),
        (Method::DELETE, "users/me/bindings/gitlab"),
        (Method::GET, "instances/local-1/team/bindings"),
    ] {
        let path = format!("/v1/{path}");
        alice.send(alice.browse(method.clone(), &path)).await.expect(401);
        let forged = alice.browse(method, &path).bearer_auth("e30.e30.e30");
        alice.send(forged).await.expect(401);
    }
}

#[tokio::test]
async fn a_token_without_a_user_is_nobody() {
    // S-1
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let token = scene.world().token(&json!({"sub": null, "instances": ["local-1/team"]}));
    for path in ["users/me/bindings", "instances/local-1/team/bindings"] {
        let request = alice.browse(Method::GET, &format!("/v1/{path}")).bearer_auth(&token);
        alice.send(request).await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_operator_names_the_claims() {
    // S-1
    let scene = Scene::builder()
        .variable("CODEBIND_USER_CLAIM", "uid")
        .variable("CODEBIND_INSTANCES_CLAIM", "registries")
        .start()
        .await;
    let alice = scene.person("alice");
    let ask = async |claims: Value, path: &str| {
        let token = scene.world().token(&claims);
        alice.send(alice.browse(Method::GET, &format!("/v1/{path}")).bearer_auth(token)).await.status
    };
    let claims = json!({"uid": "u-1", "registries": ["local-2/x"], "instances": ["local-1/team"]});
    assert_eq!(ask(claims.clone(), "instances/local-2/x/bindings").await, 200);
    assert_eq!(ask(claims, "instances/local-1/team/bindings").await, 403);
    assert_eq!(ask(json!({"sub": "alice"}), "users/me/bindings").await, 401);
}
