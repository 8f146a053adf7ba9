//! Binding by OAuth, as it goes when nobody does anything odd.

use serde_json::json;
use tests::{CONSOLE, GITHUB, HUBOT, OCTO, Owner, Scene};

#[tokio::test]
async fn consent_binds_the_account_and_the_page_names_both_sides() {
    // S-14, S-20, S-34
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for provider in Scene::oauth_providers() {
        for owner in Owner::of_each_kind() {
            assert_eq!(alice.entry(&owner, provider.id).await["state"], "unbound");
            let page = alice.authorize(&owner, provider.id, OCTO).await;
            page.page(200, "Account bound");
            page.page(200, OCTO);
            let entry = alice.entry(&owner, provider.id).await;
            assert_eq!((&entry["state"], &entry["method"]), (&json!("bound"), &json!("oauth")), "{entry}");
            assert_eq!(entry["account"]["login"], OCTO);
            assert_eq!(entry["bound_by"], "alice");
            assert_eq!(entry["missing_scopes"], json!([]));
        }
    }
}

#[tokio::test]
async fn a_console_gets_the_browser_back_with_the_result_alone() {
    // S-21
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    for (provider, owner) in Scene::oauth_providers().zip(Owner::of_each_kind().into_iter().cycle()) {
        for result in ["bound", "renewed"] {
            let back = alice.authorize(&owner, provider.id, OCTO).await;
            assert_eq!(back.result(), result);
            assert_eq!(back.location().as_str(), format!("{CONSOLE}?result={result}&provider={}", provider.id));
        }
    }
}

#[tokio::test]
async fn binding_the_same_account_again_renews_in_place() {
    // S-6
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for provider in Scene::oauth_providers() {
        for owner in Owner::of_each_kind() {
            let credential = async || {
                let row = scene.rows().binding(&alice.holder(&owner), provider.id).await.expect("a row");
                row["credential"].clone()
            };
            alice.authorize(&owner, provider.id, OCTO).await.expect(200);
            let (first, first_credential) = (alice.entry(&owner, provider.id).await, credential().await);
            alice.authorize(&owner, provider.id, OCTO).await.page(200, "Binding renewed");
            let (second, second_credential) = (alice.entry(&owner, provider.id).await, credential().await);
            assert_eq!(first["binding_id"], second["binding_id"]);
            assert_eq!(first["bound_at"], second["bound_at"]);
            assert_ne!(first_credential, second_credential);
        }
    }
}

#[tokio::test]
async fn another_account_needs_an_unbinding_first() {
    // S-5, S-6, S-20
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        alice.authorize(&owner, GITHUB, OCTO).await.expect(303);
        let before = alice.entry(&owner, GITHUB).await;
        assert_eq!(alice.authorize(&owner, GITHUB, HUBOT).await.result(), "other_account_bound");
        assert_eq!(alice.entry(&owner, GITHUB).await, before);
    }
    let tokens = scene.simulator(GITHUB).tokens().await;
    assert_eq!(tokens.len(), 4);
    assert!(tokens.iter().all(|it| it.revoked == (it.account == HUBOT)), "{tokens:?}");
}

#[tokio::test]
async fn the_page_about_another_account_names_both() {
    // S-6
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    let page = alice.authorize(&Owner::Me, GITHUB, HUBOT).await;
    page.page(409, OCTO);
    page.page(409, HUBOT);
}

#[tokio::test]
async fn the_authorization_request_carries_what_it_must() {
    // S-14, S-16
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let path = "users/me/bindings/github/authorization";
    let request = alice.request(reqwest::Method::POST, path);
    // What a client claims about hosts is of no interest.
    let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
    let answer = alice.send(request).await.expect(201);
    let attempt = alice.started(&answer);
    let get = |name: &str| {
        let values: Vec<_> = attempt.authorization_url.query_pairs().filter(|(known, _)| known == name).collect();
        assert_eq!(values.len(), 1, "{name}");
        values[0].1.clone().into_owned()
    };
    assert_eq!(get("redirect_uri"), format!("{}/v1/oauth/callback/github", scene.world().url()));
    assert_eq!((get("response_type").as_str(), get("code_challenge_method").as_str()), ("code", "S256"));
    assert_eq!((get("state").len(), get("code_challenge").len()), (43, 43));
    assert_eq!(get("scope"), "repo admin:repo_hook");
    let row = scene.rows().authorization(&attempt.state).await.unwrap();
    let text = format!("{row:?}");
    let nonce = alice.browser.cookies()[0].1.clone();
    assert!(!text.contains(&attempt.state) && !text.contains(&nonce), "{text}");
    assert_ne!(attempt.state, nonce);
}

#[tokio::test]
async fn the_token_request_repeats_the_redirect_uri_and_shows_the_verifier() {
    // S-14, S-16: the simulator refuses both where they do not fit.
    let scene = Scene::start().await;
    scene.person("alice").authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    let requests = scene.simulator(GITHUB).requests().await;
    let exchange = requests.iter().find(|it| it.path.ends_with("/access_token")).unwrap();
    for field in ["code", "redirect_uri", "code_verifier", "client_id", "client_secret"] {
        assert!(exchange.fields.iter().any(|it| it == field), "{field}: {exchange:?}");
    }
    let account = requests.iter().find(|it| it.path.ends_with("/user")).unwrap();
    assert!(account.headers["user-agent"].as_str().unwrap().starts_with("codebind/"), "{account:?}");
}

#[tokio::test]
async fn the_cookie_is_locked_to_a_host_that_browsers_reach_by_https() {
    // S-15
    let public = "https://api.example.com";
    let scene = Scene::builder().variable("CODEBIND_PUBLIC_URL", public).start().await;
    let alice = scene.person("alice");
    let answer = alice.try_start(&Owner::Me, GITHUB, None).await;
    let attempt = alice.started(&answer);
    let cookies = answer.cookies();
    let [cookie] = &*cookies else { panic!("{cookies:?}") };
    assert!(cookie.starts_with("__Host-codebind_"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"), "{cookie}");
    let back = alice.consent(&attempt, OCTO).await;
    assert!(back.as_str().starts_with(public), "{back}");
    alice.callback(&back).await.page(200, "Account bound");
}

#[tokio::test]
async fn only_the_authenticated_start_sets_a_cookie() {
    // S-15
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    let stranger = alice.at_another_browser();
    let answers = [
        stranger.callback(&back).await,
        alice.callback(&back).await,
        alice.list(&Owner::Me).await,
        alice.get("providers").await,
        alice.get("users/me/bindings/github/authorization").await,
        alice.unbind(&Owner::Me, GITHUB).await,
    ];
    for answer in answers {
        assert!(answer.cookies().is_empty(), "{}", answer.everything());
    }
}
