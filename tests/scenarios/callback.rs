//! The callback: who may finish, and what an odd request does not do.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use tests::{Attempt, GITHUB, GITLAB, OCTO, Owner, Person, Scene};
use url::Url;

/// The end of the path that codes are exchanged at.
const EXCHANGE: &str = "/access_token";

const NOT_HERE: &str = "cannot be completed here";

/// Somebody who has consented and is on the way back.
async fn on_the_way_back(scene: &Scene, owner: &Owner) -> (Person, Attempt, Url) {
    let alice = scene.person("alice");
    let attempt = alice.start(owner, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    (alice, attempt, back)
}

async fn assert_nothing_exchanged(scene: &Scene, alice: &Person, owner: &Owner) {
    assert_eq!(scene.simulator(GITHUB).count("POST", EXCHANGE).await, 0);
    assert_eq!(alice.entry(owner, GITHUB).await["state"], "unbound");
}

#[tokio::test]
async fn whoever_declines_is_told_so_and_may_start_again() {
    // S-19
    for (owner, console) in Owner::of_each_kind().into_iter().zip([true, false]) {
        let builder = if console { Scene::builder().console() } else { Scene::builder() };
        let scene = builder.start().await;
        let alice = scene.person("alice");
        let attempt = alice.start(&owner, GITHUB).await;
        let back = alice.decline(&attempt).await;
        let answer = alice.callback(&back).await;
        if console {
            assert_eq!(answer.result(), "declined");
        } else {
            answer.page(403, "You declined");
        }
        assert_nothing_exchanged(&scene, &alice, &owner).await;
        // The state has ended with it.
        let with_code = attempt.callback_with(GITHUB, "0123456789abcdef0123");
        alice.send(alice.browse(Method::GET, &with_code)).await.page(410, "already used");
        alice.authorize(&owner, GITHUB, OCTO).await.expect(if console { 303 } else { 200 });
    }
}

#[tokio::test]
async fn other_refusals_of_the_provider_are_put_in_words_of_our_own() {
    // S-19, S-40
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (error, status, words) in [
        ("server_error", 502, "The provider failed"),
        ("redirect_uri_mismatch", 502, "registration is refused"),
        ("%3Cscript%3E", 502, "registration is refused"),
    ] {
        let attempt = alice.start(&Owner::Me, GITHUB).await;
        let state = &attempt.state;
        let query = format!("/v1/oauth/callback/github?error={error}&error_description=%3Cscript%3E&state={state}");
        let page = alice.send(alice.browse(Method::GET, &query)).await;
        page.page(status, words);
        assert!(!page.text.contains("script"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_late_callback_binds_nothing() {
    // S-14, S-17: expiry is no business of the table's sweeper.
    let scene = Scene::builder().console().start().await;
    let (alice, attempt, back) = on_the_way_back(&scene, &Owner::Me).await;
    let long_ago = AttributeValue::N("1700000000000".to_owned());
    scene.rows().set_authorization(&attempt.state, "ends_at", long_ago).await;
    let stranger = alice.at_another_browser();
    stranger.callback(&back).await.page(400, NOT_HERE);
    alice.callback(&back).await.page(410, "took too long");
    assert_nothing_exchanged(&scene, &alice, &Owner::Me).await;
}

#[tokio::test]
async fn a_second_use_is_told_so_and_exchanges_nothing() {
    // S-17
    let scene = Scene::start().await;
    for owner in Owner::of_each_kind() {
        let (alice, _, back) = on_the_way_back(&scene, &owner).await;
        alice.callback(&back).await.page(200, "Account bound");
        let exchanges = scene.simulator(GITHUB).count("POST", EXCHANGE).await;
        alice.callback(&back).await.page(410, "already used");
        alice.callback(&back).await.page(410, "already used");
        assert_eq!(scene.simulator(GITHUB).count("POST", EXCHANGE).await, exchanges);
        assert_eq!(alice.entry(&owner, GITHUB).await["state"], "bound");
    }
}

#[tokio::test]
async fn two_tabs_do_not_break_each_other() {
    // S-15
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let one = alice.start(&Owner::Me, GITHUB).await;
    let other = alice.start(&Owner::instance("local-1", "team"), GITHUB).await;
    assert_eq!(alice.browser.cookies().len(), 2);
    for attempt in [other, one] {
        let back = alice.consent(&attempt, OCTO).await;
        alice.callback(&back).await.page(200, "Account bound");
    }
}

#[tokio::test]
async fn another_browser_gets_nothing_and_burns_the_state() {
    // S-18
    for owner in Owner::of_each_kind() {
        let scene = Scene::builder().console().start().await;
        let (alice, _, back) = on_the_way_back(&scene, &owner).await;
        // The tricked person: no cookie at all, so that not even the console learns of it.
        alice.at_another_browser().callback(&back).await.page(400, NOT_HERE);
        // The attacker, who caught state and code, and has the cookie.
        alice.callback(&back).await.page(410, "already used");
        assert_nothing_exchanged(&scene, &alice, &owner).await;
    }
}

#[tokio::test]
async fn the_cookie_of_another_attempt_proves_nothing() {
    // S-15, S-18
    let scene = Scene::start().await;
    let (alice, attempt, back) = on_the_way_back(&scene, &Owner::Me).await;
    let mallory = scene.person("mallory");
    mallory.start(&Owner::Me, GITHUB).await;
    // Under the right name even.
    let name = alice.browser.cookies()[0].0.clone();
    let own = mallory.browser.cookies()[0].1.clone();
    mallory.browser.set(&format!("{name}={own}; Path=/"));
    mallory.callback(&back).await.page(400, NOT_HERE);
    let code = attempt.callback_with(GITHUB, "0123456789abcdef0123");
    alice.send(alice.browse(Method::GET, &code)).await.page(410, "already used");
    assert_nothing_exchanged(&scene, &alice, &Owner::Me).await;
}

#[tokio::test]
async fn an_unknown_state_and_a_missing_cookie_look_alike() {
    // S-18
    let scene = Scene::start().await;
    let (alice, _, back) = on_the_way_back(&scene, &Owner::Me).await;
    let stranger = alice.at_another_browser();
    let known = stranger.callback(&back).await;
    let state = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let path = format!("/v1/oauth/callback/github?code=0123456789abcdef0123&state={state}");
    let unknown = stranger.send(stranger.browse(Method::GET, &path)).await;
    let used = stranger.callback(&back).await;
    for other in [unknown, used] {
        assert_eq!(known.status, other.status);
        assert_eq!(known.text_without_request_id(), other.text_without_request_id());
        let names = |answer: &tests::Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&known), names(&other));
    }
}

#[tokio::test]
async fn a_state_is_good_at_its_own_provider_alone() {
    // S-19
    let scene = Scene::builder().console().start().await;
    let (alice, attempt, back) = on_the_way_back(&scene, &Owner::Me).await;
    // A provider without authorizations consumes none.
    alice.send(alice.browse(Method::GET, &attempt.callback_with(GITLAB, "0123456789abcdef0123"))).await.expect(503);
    scene.rows().set_authorization(&attempt.state, "provider", AttributeValue::S(GITLAB.to_owned())).await;
    assert_eq!(alice.callback(&back).await.result(), "authorization_other_provider");
    assert_nothing_exchanged(&scene, &alice, &Owner::Me).await;
    assert_eq!(scene.simulator(GITLAB).requests().await.len(), 0);
}

#[tokio::test]
async fn a_state_is_refused_at_every_other_providers_path() {
    // S-19
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    for own in Scene::oauth_providers() {
        for other in Scene::oauth_providers().filter(|it| it.id != own.id) {
            let attempt = alice.start(&Owner::Me, own.id).await;
            let path = attempt.callback_with(other.id, "0123456789abcdef0123");
            let answer = alice.send(alice.browse(Method::GET, &path)).await;
            assert_eq!(answer.result(), "authorization_other_provider", "{} at {}", own.id, other.id);
            let exchange = other.oauth().unwrap().token_path;
            assert_eq!(scene.simulator(other.id).count("POST", exchange).await, 0);
        }
    }
}

#[tokio::test]
async fn an_answer_that_says_to_be_another_providers_is_refused() {
    // S-19, R-17: of those that say who they are, as a provider mixed up by an attacker would.
    let scene = Scene::start().await;
    let (alice, _, back) = on_the_way_back(&scene, &Owner::Me).await;
    let path = &back[url::Position::BeforePath..];
    for other in Scene::oauth_providers().filter(|it| it.id != GITHUB) {
        let path = format!("{path}&iss={}", scene.simulator(other.id).url());
        alice.send(alice.browse(Method::GET, &path)).await.page(400, "invalid_callback");
    }
    assert_eq!(scene.simulator(GITHUB).count("POST", EXCHANGE).await, 0);
    let path = format!("{path}&iss={}", scene.simulator(GITHUB).url());
    alice.send(alice.browse(Method::GET, &path)).await.page(200, "Account bound");
}

#[tokio::test]
async fn a_malformed_callback_consumes_nothing() {
    // S-19
    let scene = Scene::start().await;
    let (alice, attempt, back) = on_the_way_back(&scene, &Owner::Me).await;
    let (state, long) = (&attempt.state, "a".repeat(2049));
    for query in [
        String::new(),
        format!("state={state}"),
        "code=0123456789abcdef0123".to_owned(),
        format!("code=a&state={state}&state={state}"),
        format!("code=a&code=b&state={state}"),
        format!("code=a&error=access_denied&state={state}"),
        format!("code=&state={state}"),
        format!("code={long}&state={state}"),
        format!("error={long}&state={state}"),
        format!("code=a&state={state}&iss=x&iss=x"),
        format!("code=a%00b&state={state}"),
        format!("code=a%0d%0aset-cookie:x&state={state}"),
        format!("code=a&state={state},{state}"),
        format!("code=a&state={state}%20"),
        format!("code=a;state={state}"),
    ] {
        let page = alice.send(alice.browse(Method::GET, &format!("/v1/oauth/callback/github?{query}"))).await;
        assert_eq!(page.status, 400, "{query}: {}", page.everything());
    }
    assert_eq!(scene.simulator(GITHUB).count("POST", EXCHANGE).await, 0);
    alice.callback(&back).await.page(200, "Account bound");
}

#[tokio::test]
async fn looking_ahead_consumes_nothing() {
    // S-19
    let scene = Scene::start().await;
    let (alice, _, back) = on_the_way_back(&scene, &Owner::Me).await;
    let path = &back[url::Position::BeforePath..];
    for (name, value) in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "prefetch")] {
        let request = alice.browse(Method::GET, path).header(name, value);
        assert_eq!(alice.send(request).await.status, 425, "{name}");
    }
    for method in [Method::HEAD, Method::POST, Method::OPTIONS] {
        let status = alice.send(alice.browse(method.clone(), path)).await.status;
        assert!((400..500).contains(&status) || method == Method::OPTIONS, "{method} {status}");
    }
    assert_eq!(scene.simulator(GITHUB).count("POST", EXCHANGE).await, 0);
    alice.callback(&back).await.page(200, "Account bound");
}

#[tokio::test]
async fn a_late_callback_cannot_bring_an_unbound_binding_back() {
    // S-30, S-20
    for owner in Owner::of_each_kind() {
        let scene = Scene::builder().console().start().await;
        let alice = scene.person("alice");
        alice.authorize(&owner, GITHUB, OCTO).await.expect(303);
        let attempt = alice.start(&owner, GITHUB).await;
        let back = alice.consent(&attempt, OCTO).await;
        alice.unbind(&owner, GITHUB).await.expect(200);
        assert_eq!(alice.callback(&back).await.result(), "unbound_since");
        assert_eq!(alice.entry(&owner, GITHUB).await["state"], "unbound");
        assert_eq!(scene.simulator(GITHUB).live_tokens().await, 0);
        assert_eq!(alice.authorize(&owner, GITHUB, OCTO).await.result(), "bound");
    }
}
