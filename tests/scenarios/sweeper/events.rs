//! Events: none is lost, each has an id, and no secret is in any.

use std::{collections::BTreeSet, sync::Arc};

use codebind::domain::event::EventKind;
use serde_json::{Value, json};
use tests::{Border, Fault, GITHUB, GITLAB, OCTO, Owner, Plan, Scene, Service};

use super::{GOOD, bind_at_border, crowd, published_of};

#[tokio::test]
async fn what_happens_to_a_binding_is_published_once() {
    // S-61
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    alice.bind_gitlab(&Owner::Me, GOOD, "glfake").await.expect(201);
    scene.sweep().await;
    alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    scene.sweep_all().await;
    scene.sweep_all().await;
    assert_eq!(scene.told(GITHUB), ["bound", "renewed", "unbound"]);
    assert_eq!(scene.told(GITLAB), ["bound"]);
}

#[tokio::test]
async fn an_event_says_whose_and_what_and_nothing_secret() {
    // S-61, S-36
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let team = Owner::instance("local-1", "team");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    let bound = alice.bind_gitlab(&team, GOOD, "glfake").await.expect(201).json();
    alice.unbind(&team, GITLAB).await.expect(200);
    scene.sweep_all().await;
    let published = scene.published();
    let of = |kind: &str, provider: &str| {
        let it = published.iter().find(|it| it.kind == kind && it.detail["provider"] == provider);
        it.unwrap_or_else(|| panic!("no {kind} of {provider}")).clone()
    };
    let own = of("bound", GITHUB);
    assert_eq!(own.source, "codebind");
    assert_eq!(own.detail["owner"]["kind"], "user");
    assert_eq!(own.detail["owner"]["subject"], "alice");
    assert_eq!(own.detail["account"]["login"], OCTO);
    let removed = of("unbound", GITLAB);
    assert_eq!(removed.detail["owner"], json!({"kind": "instance", "region": "local-1", "instance": "team"}));
    assert_eq!(removed.detail["account"], json!({"id": "42", "login": "glfake"}));
    assert_eq!(removed.detail["binding_id"], bound["binding_id"]);
    assert_eq!(removed.detail["owner_hash"], alice.holder(&team).hash().as_str());
    assert!(removed.detail["id"].as_str().unwrap().contains(".unbound."), "{removed:?}");
    for event in &published {
        let text = event.detail.to_string();
        alice.assert_no_secret_in(&text);
        for secret in scene.secrets().into_iter().chain(scene.world().secrets()) {
            assert!(!text.contains(&secret), "a secret is in {}", event.kind);
        }
    }
}

#[tokio::test]
async fn what_a_bus_does_not_accept_is_published_later() {
    // S-61: of one call some are accepted and some not.
    let scene = Scene::start().await;
    crowd(&scene, 24).await;
    scene.world().refuse_events(13);
    scene.sweep().await;
    assert_eq!(scene.published().len(), 12);
    scene.sweep_all().await;
    let ids: BTreeSet<_> = scene.published().iter().map(|it| it.detail["owner_hash"].to_string()).collect();
    assert_eq!((ids.len(), scene.published().len()), (25, 25));
}

#[tokio::test]
async fn a_bus_that_is_away_loses_no_event() {
    // S-40, S-61
    let border = Arc::new(Border::start(&[GITHUB, GITLAB]).await);
    let scene = Scene::builder().behind(&border).start().await;
    let alice = scene.person("alice");
    bind_at_border(&scene, &alice).await;
    for fault in [Fault::Reset, Fault::Throttled, Fault::Refused, Fault::Failing] {
        border.plan(Service::Bus, Plan { operation: "PutEvents", mentions: "", skip: 0, times: usize::MAX, fault });
        scene.sweep_all().await;
        assert_eq!(published_of(&scene, &alice), [], "{fault:?}");
        border.plan_nothing();
    }
    // It was accepted, and the answer is lost: it comes twice, under one id.
    border.plan(
        Service::Bus,
        Plan { operation: "PutEvents", mentions: "", skip: 0, times: usize::MAX, fault: Fault::Unanswered },
    );
    scene.sweep_all().await;
    border.plan_nothing();
    scene.sweep_all().await;
    let ids: Vec<_> = scene.sent().iter().map(|it| it.detail["id"].clone()).collect();
    assert!(ids.len() > 1 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(published_of(&scene, &alice).len(), 1);
}

#[tokio::test]
async fn an_owner_whose_token_was_displaced_is_told_by_an_event() {
    // S-33, S-61
    let scene = Scene::start().await;
    let owners: Vec<_> = (0..=10).map(|number| Owner::instance("local-1", &format!("team-{number:02}"))).collect();
    let alice = scene.person_of("alice", &owners);
    for owner in &owners {
        alice.authorize(owner, GITHUB, OCTO).await.expect(200);
    }
    scene.sweep().await;
    let published = scene.published();
    let told: Vec<_> = published.iter().filter(|it| it.kind == "reauthorization_required").collect();
    let [told] = &*told else { panic!("{told:?}") };
    assert_eq!(told.detail["owner_hash"], alice.holder(&owners[0]).hash().as_str());
    assert_eq!((&told.detail["reason"], &told.detail["account"]["login"]), (&json!("token_displaced"), &json!(OCTO)));
}

#[test]
fn the_page_of_events_says_what_the_events_say() {
    // S-61: each kind, each member and each reason is on the page, and the examples are whole.
    let page = include_str!("../../../shared/EVENTS.md");
    let kinds: Vec<_> = EventKind::ALL.iter().map(|it| it.name()).collect();
    let rows: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|it| it.0)).collect();
    for kind in &kinds {
        assert!(rows.contains(kind), "{kind} has no row");
    }
    let members = ["id", "at", "owner", "owner_hash", "provider", "binding_id", "account", "reason", "days_left"];
    for member in members {
        assert!(rows.contains(&member), "{member} has no row");
    }
    let evidence = codebind::domain::binding::Evidence::ALL.iter().map(|it| it.name());
    for reason in evidence.chain(["token_expired", "token_displaced"]) {
        assert!(page.contains(&format!("`{reason}`")), "{reason} is not told");
    }
    let examples: Vec<Value> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).expect("an example is JSON"))
        .collect();
    assert!(!examples.is_empty());
    for example in examples.iter().filter(|it| it["detail"]["id"].is_string()) {
        assert_eq!(example["source"], codebind::domain::event::SOURCE);
        let kind = example["detail-type"].as_str().unwrap();
        assert!(kinds.contains(&kind));
        let names: BTreeSet<_> = example["detail"].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(names.is_subset(&members.into()), "{names:?}");
        assert!(members[..7].iter().all(|it| names.contains(it)), "{names:?}");
    }
}
