//! Bitbucket's simulator against the wire examples.

use super::*;
use crate::simulator::{
    browser::Browser,
    fixture::{assert_like, body_of, header_of},
};

const BAD_CLIENT: &str = "bitbucket.token.bad_client";

#[test]
fn a_decision_brings_the_browser_back() {
    let browser = Browser::new("bitbucket");
    browser.assert_redirect(&browser.decide(&[]), "bitbucket.authorize.granted");
    browser.assert_redirect(&browser.decide(&[("decision", "cancel")]), "bitbucket.authorize.denied");
    let below = format!("{}/below", browser.stage.redirect_uri);
    assert_eq!(browser.ask(&[("redirect_uri", &below)]).status, 200);
    let wrong = browser.ask(&[("redirect_uri", "https://evil.example/")]);
    assert_eq!((wrong.status, header_of(&wrong, "location")), (400, None));
}

#[test]
fn scopes_are_the_consumers() {
    let browser = Browser::new("bitbucket");
    let scope = |changes| body_of(&browser.exchange(&browser.code(changes), &[]))["scope"].clone();
    assert_eq!(scope(&[]), "account repository webhook");
    assert_eq!(scope(&[("scope", "repository pipeline:write")]), "repository");
    let page = String::from_utf8(browser.ask(&[]).body.to_vec()).unwrap();
    assert!(page.contains("webhook"));
}

#[test]
fn a_code_is_exchanged_for_a_large_pair() {
    let browser = Browser::new("bitbucket");
    for name in ["bitbucket.token.success_2026", "bitbucket.token.success_large"] {
        let (access, refresh) = Browser::assert_pair(&browser.exchange(&browser.code(&[]), &[]), name, &[]);
        assert!(access.len() > 2500 && refresh.len() > 2500);
    }
    let legacy = browser.exchange(&browser.code(&[("account", LEGACY)]), &[]);
    Browser::assert_pair(&legacy, "bitbucket.token.success_legacy", &[]);
}

#[test]
fn what_does_not_belong_to_the_code_is_refused() {
    let browser = Browser::new("bitbucket");
    for (change, name) in [
        (("client_id", "another"), BAD_CLIENT),
        (("client_secret", "wrong"), BAD_CLIENT),
        (("code", "wrong"), "bitbucket.token.bad_code"),
        (("code_verifier", "wrong"), "bitbucket.token.bad_code"),
        (("redirect_uri", "https://codebind.example.com/"), "bitbucket.token.no_callback_configured"),
    ] {
        assert_like(&browser.exchange(&browser.code(&[]), &[change]), name, &[]);
    }
}

#[test]
fn client_credentials_in_the_form_are_refused() {
    use crate::simulator::fixture::call;
    let browser = Browser::new("bitbucket");
    let manners = SIMULATOR.oauth.as_ref().unwrap();
    let (id, secret) = (manners.client_id, manners.client_secret);
    let body = format!("grant_type=authorization_code&code=x&client_id={id}&client_secret={secret}");
    let path = "/site/oauth2/access_token";
    assert_like(&browser.stage.answer(&call("POST", path, &[], &body)), BAD_CLIENT, &[]);
    let twofold = call("POST", path, &[("authorization", &basic(id, secret))], &body);
    assert_like(&browser.stage.answer(&twofold), BAD_CLIENT, &[]);
    let (_, refresh) = browser.pair(&[]);
    let body = format!("grant_type=refresh_token&refresh_token={refresh}");
    assert_like(&browser.stage.answer(&call("POST", path, &[], &body)), BAD_CLIENT, &[]);
}

fn basic(id: &str, secret: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[test]
fn a_refresh_token_is_replaced_and_good_for_a_while() {
    let browser = Browser::new("bitbucket");
    let rotated = "bitbucket.token_refresh.success_rotated";
    let revoked = "bitbucket.token_refresh.revoked";
    let (_, first) = browser.pair(&[]);
    let (_, second) = Browser::assert_pair(&browser.refresh(&first, &[]), rotated, &[]);
    let (_, third) = Browser::assert_pair(&browser.refresh(&first, &[]), rotated, &[]);
    assert!(first != second && second != third);
    browser.stage.tokens.age().unwrap();
    assert_like(&browser.refresh(&first, &[]), revoked, &[]);
    Browser::assert_pair(&browser.refresh(&second, &[]), rotated, &[]);
    browser.stage.tokens.revoke(|_| true).unwrap();
    assert_like(&browser.refresh(&third, &[]), revoked, &[]);
    assert_like(&browser.refresh("unknown", &[]), revoked, &[]);
}

#[test]
fn accounts_differ_in_how_they_are_refreshed() {
    let browser = Browser::new("bitbucket");
    let (_, legacy) = browser.pair(&[("account", LEGACY)]);
    let unrotated = "bitbucket.token_refresh.success_not_rotated";
    for _ in 0..2 {
        assert_eq!(Browser::assert_pair(&browser.refresh(&legacy, &[]), unrotated, &[]).1, legacy);
    }
    let (token, inactive) = browser.pair(&[("account", INACTIVE)]);
    assert_eq!(browser.user(&token).status, 200);
    assert_like(&browser.refresh(&inactive, &[]), "bitbucket.token_refresh.user_inactive", &[]);
}

#[test]
fn a_token_shows_whose_it_is_for_two_hours() {
    let browser = Browser::new("bitbucket");
    let (token, _) = browser.pair(&[]);
    assert_like(&browser.user(&token), "bitbucket.user.success", &["href"]);
    assert_like(&browser.user("unknown"), "bitbucket.user.invalid", &[]);
    let (narrow, _) = browser.pair(&[("scope", "repository")]);
    assert_like(&browser.user(&narrow), "bitbucket.user.insufficient_scope", &[]);
    let (limited, _) = browser.pair(&[("account", LIMITED)]);
    assert_like(&browser.user(&limited), "bitbucket.user.rate_limited", &[]);
    browser.stage.tokens.age().unwrap();
    assert_like(&browser.user(&token), "bitbucket.user.expired", &[]);
}

#[test]
fn accounts_have_one_uuid_each() {
    let browser = Browser::new("bitbucket");
    let uuid = |account| body_of(&browser.user(&browser.pair(&[("account_name", account)]).0))["uuid"].clone();
    assert_eq!(uuid("somebody"), uuid("somebody"));
    assert_ne!(uuid("somebody"), uuid("bbfake"));
    assert_eq!(uuid("somebody").as_str().unwrap().len(), uuid("bbfake").as_str().unwrap().len());
}
