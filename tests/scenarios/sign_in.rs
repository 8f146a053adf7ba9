//! Signing in at the development issuer, by the code flow with PKCE, as a console does.

use std::time::Duration;

use codebind_local::Lifetimes;
use serde_json::{Value, json};
use tests::Scene;
use url::Url;

use console::{CHALLENGE, CLIENT, Changes, Console, claims};

mod console;

#[tokio::test]
async fn a_person_signs_in_and_may_do_what_they_may_do() {
    let scene = Scene::start().await;
    let console = Console::new(&scene).await;
    let issuer = console.discovery["issuer"].as_str().unwrap();
    assert_eq!(issuer, format!("{}/dev", scene.world().url()));
    let asked = console.authorize(&[]).await;
    for words in ["<h1>Sign in to codebind</h1>", ">Sign in as alice<", ">Sign in as bob<", ">Sign in as carol<"] {
        asked.page(200, words);
    }
    let chosen = console.choose(&[("person", "alice")]).await;
    let cookie = chosen.response["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/dev; HttpOnly; SameSite=Lax"), "{cookie}");
    let (page, answer) = chosen.redirect();
    assert_eq!(page, console.page());
    assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("st4te", issuer));
    assert_eq!(answer.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);

    let exchanged = console.exchange(&answer["code"], &[]).await;
    assert_eq!(exchanged.status, 200, "{}", exchanged.text);
    assert_eq!(exchanged.response["access-control-allow-origin"], scene.world().url());
    assert_eq!(exchanged.response["cache-control"], "no-store");
    let tokens = exchanged.json();
    let rest = (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"], &tokens["refresh_token"]);
    assert_eq!(rest, (&json!("Bearer"), &json!(3600), &json!("openid"), &Value::Null));
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["sub"], &id["aud"], &id["nonce"]), (&json!("alice"), &json!(CLIENT), &json!("n0nce")));
    assert_eq!(id["iss"], issuer);

    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(console.call("users/me/bindings", access).await.json()["owner"], "alice");
    for (instance, status) in [("local-1/team-a", 200), ("local-2/team-b", 200), ("local-1/team-b", 403)] {
        let answer = console.call(&format!("instances/{instance}/bindings"), access).await;
        assert_eq!(answer.status, status, "{instance}: {}", answer.text);
    }
    // An ID token says who somebody is to the console, and opens nothing.
    let id_token = tokens["id_token"].as_str().unwrap();
    assert_eq!(console.call("users/me/bindings", id_token).await.status, 401);
}

#[tokio::test]
async fn anybody_can_be_entered() {
    let scene = Scene::start().await;
    let console = Console::new(&scene).await;
    console.choose(&[("name", "dora"), ("instances", "team-x")]).await.page(400, "role=\"alert\"");
    console.choose(&[("person", "mallory")]).await.page(400, "role=\"alert\"");
    console.choose(&[("name", "<b>"), ("instances", "<i>")]).await.page(400, "&lt;i&gt;");
    let code = console.choose(&[("name", "dora"), ("instances", "local-1/x local-2/y")]).await.redirect().1;
    let tokens = console.exchange(&code["code"], &[]).await.json();
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["sub"], &access["instances"]), (&json!("dora"), &json!(["local-1/x", "local-2/y"])));
}

#[tokio::test]
async fn whoever_is_signed_in_is_not_asked_again_until_they_sign_out() {
    let scene = Scene::start().await;
    let console = Console::new(&scene).await;
    let answer = console.authorize(&[("prompt", "none")]).await.redirect().1;
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("login_required", "st4te"));
    assert!(answer.contains_key("iss"));
    console.code(&[]).await;
    for prompt in ["", "none"] {
        assert!(console.authorize(&[("prompt", prompt)]).await.redirect().1.contains_key("code"), "{prompt}");
    }
    for (name, value) in [("prompt", "login"), ("prompt", "select_account")] {
        console.authorize(&[(name, value)]).await.page(200, "Who are you?");
    }
    // Another site cannot choose for them.
    let forged = scene.http().post(console.endpoint("authorization_endpoint"));
    let forged = forged.form(&console.request(&[("person", "bob")])).header("sec-fetch-site", "cross-site");
    console.send(forged).await.page(403, "another site");

    let sign_out = |uri: &str| {
        let parameters = [("post_logout_redirect_uri", uri), ("state", "bye")];
        scene.http().get(Url::parse_with_params(console.endpoint("end_session_endpoint"), parameters).unwrap())
    };
    console.send(sign_out("https://evil.test/")).await.page(400, "not allowed");
    assert!(console.browser.cookies().is_empty());
    console.code(&[]).await;
    let (page, answer) = console.send(sign_out(&console.page())).await.redirect();
    assert_eq!((page, answer["state"].as_str()), (console.page(), "bye"));
    console.authorize(&[]).await.page(200, "Who are you?");
    let alone = scene.http().get(console.endpoint("end_session_endpoint"));
    console.send(alone).await.page(200, "You are signed out");
}

#[tokio::test]
async fn the_browser_is_sent_nowhere_else() {
    let scene = Scene::builder().console().start().await;
    let console = Console::new(&scene).await;
    for (name, value) in [
        ("client_id", "another"),
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "https://evil.test/"),
        ("redirect_uri", "https://console.example.com.evil.test/"),
        ("redirect_uri", "http://localhost.evil.test/"),
        ("redirect_uri", "http://localhost/#fragment"),
        ("redirect_uri", "/console"),
    ] {
        console.authorize(&[(name, value)]).await.page(400, "You cannot sign in this way");
        console.choose(&[(name, value), ("person", "alice")]).await.page(400, "You cannot sign in this way");
    }
    // Twice is as good as not at all.
    console.authorize(&[("nonce", "1"), ("client_id", CLIENT), ("client_id", CLIENT)]).await.page(400, "client_id");
    for allowed in ["https://console.example.com/elsewhere", "http://127.0.0.1:5173/", "http://[::1]:8080/a?b=c"] {
        let (_, answer) = console.choose(&[("redirect_uri", allowed), ("person", "bob")]).await.redirect();
        let code = &answer["code"];
        assert_eq!(console.exchange(code, &[("redirect_uri", allowed)]).await.status, 200, "{allowed}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_in_order_is_told_to_the_client() {
    let scene = Scene::start().await;
    let console = Console::new(&scene).await;
    let short = &CHALLENGE[1..];
    let refused: [(Changes, &str); 10] = [
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", short)], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("nonce", "1"), ("nonce", "2")], "invalid_request"),
        (&[("request_uri", "https://evil.test/")], "request_uri_not_supported"),
    ];
    for (changes, error) in refused {
        let (page, answer) = console.authorize(changes).await.redirect();
        assert_eq!(page, console.page());
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), (error, "st4te"), "{changes:?}");
        assert!(!answer.contains_key("code") && answer.contains_key("iss"));
    }
}

#[tokio::test]
async fn a_code_is_good_once_for_whom_it_was_made() {
    let scene = Scene::start().await;
    let console = Console::new(&scene).await;
    let other = "http://127.0.0.1:5173/";
    let refused: [(Changes, &str); 9] = [
        (&[("code_verifier", CHALLENGE)], "invalid_grant"),
        (&[("code_verifier", "")], "invalid_request"),
        (&[("redirect_uri", other)], "invalid_grant"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("client_id", "another")], "invalid_client"),
        (&[("client_id", "")], "invalid_request"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[("grant_type", "")], "invalid_request"),
        (&[("scope", "1"), ("scope", "2")], "invalid_request"),
    ];
    for (changes, error) in refused {
        let code = console.code(&[]).await;
        console.exchange(&code, changes).await.refusal(error);
    }
    console.exchange("unknown", &[]).await.refusal("invalid_grant");
    // Whoever guesses at a code has one guess.
    let code = console.code(&[]).await;
    console.exchange(&code, &[("code_verifier", CHALLENGE)]).await.refusal("invalid_grant");
    console.exchange(&code, &[]).await.refusal("invalid_grant");
    // A code that comes back was seen by somebody else: what it led to ends.
    let code = console.code(&[("scope", "openid offline_access")]).await;
    let tokens = console.exchange(&code, &[]).await.json();
    console.exchange(&code, &[]).await.refusal("invalid_grant");
    console.refresh(tokens["refresh_token"].as_str().unwrap(), &[]).await.refusal("invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_ends_them_all() {
    let scene = Scene::start().await;
    let console = Console::new(&scene).await;
    let code = console.code(&[("scope", "openid offline_access")]).await;
    let text = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();
    let first = text(&console.exchange(&code, &[]).await.json());
    console.refresh(&first, &[("scope", "openid everything")]).await.refusal("invalid_scope");
    console.refresh(&first, &[("client_id", "another")]).await.refusal("invalid_client");
    let tokens = console.refresh(&first, &[]).await.json();
    assert_eq!(claims(&tokens["id_token"]).get("nonce"), None);
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(console.call("instances/local-1/team-a/bindings", access).await.status, 200);
    let second = text(&tokens);
    assert_ne!(first, second);
    console.refresh(&first, &[]).await.refusal("invalid_grant");
    console.refresh(&second, &[]).await.refusal("invalid_grant");
    console.refresh("", &[]).await.refusal("invalid_request");
}

#[tokio::test]
async fn codes_and_tokens_end_when_they_should() {
    let lifetimes = Lifetimes { access_token: Duration::from_secs(2), code: Duration::ZERO };
    let scene = Scene::builder().lifetimes(lifetimes).start().await;
    let console = Console::new(&scene).await;
    let code = console.code(&[]).await;
    console.exchange(&code, &[]).await.refusal("invalid_grant");

    let lifetimes = Lifetimes { code: Duration::from_mins(1), ..lifetimes };
    let scene = Scene::builder().lifetimes(lifetimes).start().await;
    let console = Console::new(&scene).await;
    let code = console.code(&[]).await;
    let tokens = console.exchange(&code, &[]).await.json();
    assert_eq!(tokens["expires_in"], 2);
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(console.call("users/me/bindings", access).await.status, 200);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(console.call("users/me/bindings", access).await.status, 401);
}

#[tokio::test]
async fn pages_of_this_machine_may_have_people_sign_in_and_no_more() {
    let scene = Scene::builder().console().start().await;
    let url = scene.world().url();
    let by_address = url.replace("localhost", "127.0.0.1");
    let paths =
        ["/dev/.well-known/openid-configuration", "/dev/jwks.json", "/dev/oauth/token", "/dev/token", "/v1/providers"];
    for (origin, open) in [
        (url, 5),
        (by_address.as_str(), 5),
        ("https://console.example.com", 5),
        ("http://localhost:5173", 3),
        ("http://127.0.0.1:5173", 3),
        ("https://evil.test", 0),
        ("null", 0),
    ] {
        for (number, path) in paths.iter().enumerate() {
            let request = scene.http().get(format!("{url}{path}")).header("origin", origin);
            let headers = request.send().await.unwrap().headers().clone();
            let allowed = headers.get("access-control-allow-origin").is_some_and(|it| it == origin);
            assert_eq!(allowed, number < open, "{origin} at {path}");
        }
    }
}
