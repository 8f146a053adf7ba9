//! GitHub's simulator against the wire examples.

use std::sync::Arc;

use url::form_urlencoded;

use super::*;
use crate::simulator::fixture::{assert_like, body_of, call, header_of, response, stage};

const REDIRECT_URI: &str = "https://codebind.example.com/v1/oauth/callback/github";
const CLIENT_ID: &str = "Ov23liSIMULATOR00001";
const SECRET: &str = "not-a-secret-but-of-the-right-length-000";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Headers that a proper API call has, beside its credentials.
const API: [(&str, &str); 3] =
    [("user-agent", "codebind"), ("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

fn encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// A request's parameters with some replaced; an empty value takes one away.
fn with<'a>(parameters: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> String {
    let kept = parameters.iter().filter(|(name, _)| !changes.iter().any(|(it, _)| it == name));
    let all: Vec<_> = kept.chain(changes).copied().filter(|(_, value)| !value.is_empty()).collect();
    encode(&all)
}

fn authorization(changes: &[(&str, &str)]) -> String {
    let parameters = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "repo admin:repo_hook"),
        ("state", "st4te"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ];
    with(&parameters, changes)
}

fn ask(stage: &Stage, changes: &[(&str, &str)]) -> Reply {
    stage.answer(&call("GET", &format!("/login/oauth/authorize?{}", authorization(changes)), &[], ""))
}

fn decide(stage: &Stage, changes: &[(&str, &str)]) -> Reply {
    let chosen = [("decision", "authorize"), ("account", "octo-fake")];
    let kept = chosen.into_iter().filter(|(name, _)| !changes.iter().any(|(it, _)| it == name));
    let changes: Vec<_> = kept.chain(changes.iter().copied()).collect();
    stage.answer(&call("POST", "/login/oauth/authorize/decision", &[], &authorization(&changes)))
}

/// The redirect with the parts of a wire example that are another host's replaced.
fn location(reply: &Reply) -> Url {
    assert_eq!(reply.status, 302);
    Url::parse(header_of(reply, "location").unwrap()).unwrap()
}

fn code(stage: &Stage, changes: &[(&str, &str)]) -> String {
    let location = location(&decide(stage, changes));
    location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

fn exchange(stage: &Stage, code: &str, changes: &[(&str, &str)]) -> Reply {
    let parameters = [
        ("client_id", CLIENT_ID),
        ("client_secret", SECRET),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let headers = [("accept", "application/json")];
    stage.answer(&call("POST", "/login/oauth/access_token", &headers, &with(&parameters, changes)))
}

fn token(stage: &Stage) -> String {
    let reply = exchange(stage, &code(stage, &[]), &[]);
    body_of(&reply)["access_token"].as_str().unwrap().to_owned()
}

fn user(stage: &Stage, token: &str) -> Reply {
    let authorization = format!("Bearer {token}");
    let headers: Vec<_> = API.into_iter().chain([("authorization", authorization.as_str())]).collect();
    stage.answer(&call("GET", "/api/v3/user", &headers, ""))
}

fn of_client(stage: &Stage, method: &str, path: &str, secret: &str, body: &str) -> Reply {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let authorization = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{secret}")));
    let headers: Vec<_> = API.into_iter().chain([("authorization", authorization.as_str())]).collect();
    stage.answer(&call(method, &format!("/api/v3/applications/{CLIENT_ID}{path}"), &headers, body))
}

/// Checks a redirect against a wire example, whose redirect URI is another one.
fn assert_redirect(reply: &Reply, name: &str) {
    let expected = response(name);
    let expected = Url::parse(expected["headers"]["Location"].as_str().unwrap()).unwrap();
    let location = location(reply);
    assert_eq!(&location[..url::Position::AfterPath], REDIRECT_URI, "{name}");
    // A code is another one each time.
    let parameters = |url: &Url| -> Vec<_> {
        let pairs = url.query_pairs().into_owned();
        pairs.map(|(name, value)| if name == "code" { (name, String::new()) } else { (name, value) }).collect()
    };
    assert_eq!(parameters(&location), parameters(&expected), "{name}");
}

#[test]
fn the_consent_page_asks_for_what_the_request_asks() {
    let page = ask(&stage("github"), &[("state", "\"><b>")]);
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    for part in ["Authorize codebind", "admin:repo_hook", "octo-fake", "hubot-fake", "&quot;&gt;&lt;b&gt;", CHALLENGE] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("action=\"/login/oauth/authorize/decision\""));
}

#[test]
fn a_decision_brings_the_browser_back() {
    let stage = stage("github");
    assert_redirect(&decide(&stage, &[]), "github.authorize.granted");
    assert_redirect(&decide(&stage, &[("decision", "cancel")]), "github.authorize.denied");
    assert_eq!(code(&stage, &[]).len(), 20);
    assert_eq!(decide(&stage, &[("decision", "perhaps")]).status, 400);
    assert_eq!(decide(&stage, &[("account", "no--login")]).status, 400);
}

#[test]
fn only_the_registered_redirect_uri_and_what_is_below_fits() {
    let stage = stage("github");
    for wrong in [
        "https://codebind.example.com/v1/oauth/callback/gitlab",
        "https://codebind.example.com/v1/oauth/callback/github2",
        "https://codebind.example.com/v1/oauth/callback/github/../x",
        "https://codebind.example.com:444/v1/oauth/callback/github",
        "http://codebind.example.com/v1/oauth/callback/github",
        "https://evil.example/v1/oauth/callback/github",
        "https://x@codebind.example.com/v1/oauth/callback/github",
        "nonsense",
    ] {
        assert_redirect(&ask(&stage, &[("redirect_uri", wrong)]), "github.authorize.redirect_uri_mismatch");
        assert_redirect(&decide(&stage, &[("redirect_uri", wrong)]), "github.authorize.redirect_uri_mismatch");
    }
    assert_eq!(ask(&stage, &[("redirect_uri", &format!("{REDIRECT_URI}/below"))]).status, 200);
    assert_eq!(ask(&stage, &[("redirect_uri", "")]).status, 200);
}

#[test]
fn requests_out_of_order_bring_no_code() {
    let stage = stage("github");
    assert_eq!(ask(&stage, &[("client_id", "another")]).status, 404);
    assert_eq!(ask(&stage, &[("client_id", "")]).status, 404);
    let twice = format!("/login/oauth/authorize?{}&state=other", authorization(&[]));
    assert_eq!(stage.answer(&call("GET", &twice, &[], "")).status, 400);
    for method in ["plain", "", "s256"] {
        let location = location(&ask(&stage, &[("code_challenge_method", method)]));
        assert!(location.query_pairs().any(|(name, value)| name == "error" && value == "invalid_request"), "{method}");
    }
}

#[test]
fn a_code_is_exchanged_for_a_token() {
    let stage = stage("github");
    let reply = exchange(&stage, &code(&stage, &[]), &[]);
    assert_like(&reply, "github.token.success_oauth_app", &["access_token"]);
    let token = body_of(&reply)["access_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("gho_") && token.len() == 40, "{token}");

    let narrowed = exchange(&stage, &code(&stage, &[("scope", "")]), &[]);
    assert_like(&narrowed, "github.token.success_oauth_app_narrowed_scope", &["access_token"]);

    let body = format!(
        r#"{{"client_id":"{CLIENT_ID}","client_secret":"{SECRET}","code":"{}","redirect_uri":"{REDIRECT_URI}","code_verifier":"{VERIFIER}"}}"#,
        code(&stage, &[]),
    );
    let plain = stage.answer(&call("POST", "/login/oauth/access_token", &[], &body));
    let expected = response("github.token.success_default_form_encoding");
    assert_eq!(header_of(&plain, "content-type"), expected["headers"]["Content-Type"].as_str());
    let without_token = |text: &str| text.split_once('&').unwrap().1.to_owned();
    assert_eq!(
        without_token(std::str::from_utf8(&plain.body).unwrap()),
        without_token(expected["body"].as_str().unwrap())
    );
}

#[test]
fn what_does_not_belong_to_the_code_is_refused() {
    let stage = stage("github");
    for (changes, name) in [
        (("client_id", "another"), "github.token.unknown_client_404"),
        (("client_secret", "wrong"), "github.token.incorrect_client_credentials"),
        (("code", "fakecode0123456789ab"), "github.token.bad_verification_code"),
        (("code_verifier", "wrong"), "github.token.bad_verification_code"),
        (("code_verifier", ""), "github.token.bad_verification_code"),
        (("redirect_uri", "https://codebind.example.com/"), "github.token.redirect_uri_mismatch"),
        (("redirect_uri", ""), "github.token.redirect_uri_mismatch"),
        (("grant_type", "refresh_token"), "github.token_refresh.bad_refresh_token"),
    ] {
        assert_like(&exchange(&stage, &code(&stage, &[]), &[changes]), name, &[]);
    }
    let unverified = code(&stage, &[("account", "unverified-fake")]);
    assert_like(&exchange(&stage, &unverified, &[]), "github.token.unverified_user_email", &[]);
    let once = code(&stage, &[]);
    assert_eq!(body_of(&exchange(&stage, &once, &[]))["token_type"], "bearer");
    assert_like(&exchange(&stage, &once, &[]), "github.token.bad_verification_code", &[]);
    let unchallenged = code(&stage, &[("code_challenge", ""), ("code_challenge_method", "")]);
    assert_like(&exchange(&stage, &unchallenged, &[]), "github.token.bad_verification_code", &[]);
}

#[test]
fn a_token_shows_whose_it_is() {
    let stage = stage("github");
    let urls = [
        "avatar_url",
        "html_url",
        "url",
        "followers_url",
        "following_url",
        "gists_url",
        "starred_url",
        "subscriptions_url",
        "organizations_url",
        "repos_url",
        "events_url",
        "received_events_url",
        "node_id",
    ];
    let varying: Vec<_> = urls.into_iter().chain(["X-RateLimit-Reset", "X-GitHub-Request-Id"]).collect();
    assert_like(&user(&stage, &token(&stage)), "github.user.success_oauth_app", &varying);
    assert_like(&user(&stage, "gho_unknown"), "github.user.bad_credentials", &[]);

    let other = exchange(&stage, &code(&stage, &[("account_name", "somebody")]), &[]);
    let other = body_of(&user(&stage, body_of(&other)["access_token"].as_str().unwrap()));
    assert_eq!(other["login"], "somebody");
    assert_eq!(other["id"], account_id("Somebody"));
}

#[test]
fn calls_out_of_order_are_refused() {
    let stage = stage("github");
    let anonymous = stage.answer(&call("GET", "/api/v3/user", &[("authorization", "Bearer x")], ""));
    assert_like(&anonymous, "github.user.missing_user_agent", &[]);
    let version = [("user-agent", "codebind"), ("x-github-api-version", "1999-01-01")];
    assert_like(&stage.answer(&call("GET", "/api/v3/user", &version, "")), "github.user.unsupported_api_version", &[]);
    assert_eq!(stage.answer(&call("GET", "/api/v3/user/", &API, "")).status, 404);
    assert_eq!(stage.answer(&call("GET", "/octo-fake", &[], "")).status, 404);
}

#[test]
fn the_client_checks_and_revokes_tokens() {
    let stage = stage("github");
    let (one, two) = (token(&stage), token(&stage));
    let body = |token: &str| format!(r#"{{"access_token":"{token}"}}"#);
    let varying = [
        "avatar_url",
        "id",
        "url",
        "token",
        "hashed_token",
        "token_last_eight",
        "client_id",
        "created_at",
        "updated_at",
        "html_url",
        "node_id",
    ];
    assert_like(&of_client(&stage, "POST", "/token", SECRET, &body(&one)), "github.check_token.valid", &varying);
    assert_eq!(of_client(&stage, "DELETE", "/token", "wrong", &body(&one)).status, 401);
    assert_eq!(of_client(&stage, "DELETE", "/token", SECRET, "{}").status, 422);
    assert_eq!(of_client(&stage, "DELETE", "/token", SECRET, "{").status, 422);
    assert_like(&of_client(&stage, "DELETE", "/token", SECRET, &body(&one)), "github.revoke_token.success", &[]);
    assert_like(&of_client(&stage, "DELETE", "/token", SECRET, &body(&one)), "github.revoke_token.already_gone", &[]);
    assert_like(&of_client(&stage, "POST", "/token", SECRET, &body(&one)), "github.check_token.invalid", &[]);
    assert_like(&user(&stage, &one), "github.user.bad_credentials", &[]);
    assert_eq!(user(&stage, &two).status, 200);
    assert_like(&of_client(&stage, "DELETE", "/grant", SECRET, &body(&two)), "github.revoke_grant.success", &[]);
    assert_eq!(user(&stage, &two).status, 401);
}

#[test]
fn the_eleventh_token_ends_the_first() {
    let stage: Arc<Stage> = stage("github");
    let tokens: Vec<_> = (0..11).map(|_| token(&stage)).collect();
    let statuses: Vec<_> = tokens.iter().map(|it| user(&stage, it).status).collect();
    assert_eq!((statuses[0], statuses.iter().filter(|it| **it == 200).count()), (401, 10));
}
