//! Where a person may be sent back to: the operator's list, and nothing that a request says.

use serde_json::json;
use tests::{CONSOLE, GITHUB, OCTO, Owner, Scene};

#[tokio::test]
async fn an_address_on_the_list_is_kept_from_the_start_on() {
    // S-16, S-21
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    let wanted = format!("{CONSOLE}/github?tab=sources&result=forged");
    let answer = alice.try_start(&Owner::Me, GITHUB, Some(&json!({"return_to": wanted}))).await;
    let attempt = alice.started(&answer);
    let mut back = alice.consent(&attempt, OCTO).await;
    // The callback's own query has no say.
    back.query_pairs_mut().append_pair("return_to", "https://evil.example");
    let answer = alice.callback(&back).await;
    assert_eq!(answer.result(), "bound");
    let expected = format!("{CONSOLE}/github?tab=sources&result=bound&provider=github");
    assert_eq!(answer.location().as_str(), expected);
}

#[tokio::test]
async fn every_other_address_is_refused_at_the_start() {
    // S-16
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    for refused in [
        "https://evil.example/",
        "https://console.example.com/",
        "https://console.example.com/sources2",
        "https://console.example.com/sources/../admin",
        "https://console.example.com/sources/%2e%2e/admin",
        "http://console.example.com/sources",
        "https://console.example.com.evil.example/sources",
        "https://console.example.com@evil.example/sources",
        "https://console.example.com:8443/sources",
        "https://console.example.com\\@evil.example/sources",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://console.example.com/sources#x",
        "https://console.example.com/sources\r\nset-cookie: a=b",
        "",
    ] {
        let answer = alice.try_start(&Owner::Me, GITHUB, Some(&json!({"return_to": refused}))).await;
        assert_eq!(answer.problem(400, "return_to_refused")["field"], "return_to", "{refused}");
        assert!(answer.cookies().is_empty());
    }
}

#[tokio::test]
async fn the_own_console_is_a_way_back_without_being_listed() {
    // S-16, S-68
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let own = format!("{}/console", scene.world().url().trim_end_matches('/'));
    let wanted = format!("{own}?owner=instances%2Flocal-1%2Fteam");
    let answer = alice.try_start(&Owner::Me, GITHUB, Some(&json!({"return_to": wanted}))).await;
    let attempt = alice.started(&answer);
    let back = alice.consent(&attempt, OCTO).await;
    let answer = alice.callback(&back).await;
    assert_eq!(answer.location().as_str(), format!("{wanted}&result=bound&provider=github"));
    for refused in
        [format!("{own}/"), format!("{own}/a/app.js"), own.replace("/console", "/"), own.replace("http:", "https:")]
    {
        let body = json!({"return_to": refused});
        alice.try_start(&Owner::Me, GITHUB, Some(&body)).await.problem(400, "return_to_refused");
    }
    // It is never where somebody is sent who named nothing.
    alice.unbind(&Owner::Me, GITHUB).await.expect(200);
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "bound");
}

#[tokio::test]
async fn without_a_list_every_address_is_refused() {
    // S-16
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let body = json!({"return_to": CONSOLE});
    alice.try_start(&Owner::Me, GITHUB, Some(&body)).await.problem(400, "return_to_refused");
}
