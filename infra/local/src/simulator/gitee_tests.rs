//! Gitee's simulator against the wire examples.

use crate::simulator::{
    browser::Browser,
    fixture::{assert_like, body_of, call, header_of},
};

#[test]
fn a_decision_brings_the_browser_back() {
    let browser = Browser::new("gitee");
    browser.assert_redirect(&browser.decide(&[]), "gitee.authorize.granted");
    browser.assert_redirect(&browser.decide(&[("decision", "cancel")]), "gitee.authorize.denied");
    let page = String::from_utf8(browser.ask(&[]).body.to_vec()).unwrap();
    for part in ["user_info", "projects", "hook", "gitee-fake"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_redirect_uri_that_is_not_registered_ends_on_a_page() {
    let browser = Browser::new("gitee");
    let expected = crate::simulator::fixture::response("gitee.authorize.bad_redirect_uri");
    let below = format!("{}/below", browser.stage.redirect_uri);
    for wrong in ["https://evil.example/", &below] {
        let reply = browser.ask(&[("redirect_uri", wrong)]);
        assert_eq!(u64::from(reply.status), expected["status"]);
        assert_eq!(header_of(&reply, "content-type"), expected["headers"]["Content-Type"].as_str());
        let page = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(
            page.contains("无效的登录回调地址") && expected["body"].as_str().unwrap().contains("无效的登录回调地址")
        );
        assert_eq!(header_of(&reply, "location"), None);
    }
}

#[test]
fn a_code_is_exchanged_for_a_pair() {
    let browser = Browser::new("gitee");
    let (access, refresh) =
        Browser::assert_pair(&browser.exchange(&browser.code(&[]), &[]), "gitee.token.success", &["created_at"]);
    assert_eq!((access.len(), refresh.len()), (32, 64));
    let narrowed = browser.exchange(&browser.code(&[("scope", "projects")]), &[]);
    assert_eq!(body_of(&narrowed)["scope"], "projects");
}

#[test]
fn what_does_not_belong_to_the_code_is_refused() {
    let browser = Browser::new("gitee");
    for (change, name) in [
        (("client_id", "another"), "gitee.token.invalid_client"),
        (("client_secret", "wrong"), "gitee.token.invalid_client"),
        (("code", "wrong"), "gitee.token.invalid_grant"),
        (("code_verifier", "wrong"), "gitee.token.invalid_grant"),
        (("redirect_uri", "https://codebind.example.com/"), "gitee.token.invalid_grant"),
        (("user-agent", ""), "gitee.token.missing_user_agent"),
    ] {
        assert_like(&browser.exchange(&browser.code(&[]), &[change]), name, &[]);
    }
    let once = browser.code(&[]);
    assert_eq!(browser.exchange(&once, &[]).status, 200);
    assert_like(&browser.exchange(&once, &[]), "gitee.token.invalid_grant", &[]);
}

#[test]
fn a_refresh_token_is_good_once() {
    let browser = Browser::new("gitee");
    let (first, refresh) = browser.pair(&[]);
    // The client may prove itself, or not.
    let (second, next) =
        Browser::assert_pair(&browser.refresh(&refresh, &[]), "gitee.token_refresh.success", &["created_at"]);
    assert!(first != second && refresh != next);
    assert_like(&browser.refresh(&refresh, &[]), "gitee.token_refresh.invalid_grant", &[]);
    assert_like(&browser.refresh(&next, &[("client_secret", "wrong")]), "gitee.token.invalid_client", &[]);
    let body = format!("grant_type=refresh_token&refresh_token={next}");
    let anonymous = browser.stage.answer(&call("POST", "/oauth/token", &[("user-agent", "codebind")], &body));
    assert_eq!(anonymous.status, 200);
    assert_eq!(browser.user(&first).status, 200);
}

#[test]
fn a_token_shows_whose_it_is_for_a_day() {
    let browser = Browser::new("gitee");
    let (token, refresh) = browser.pair(&[]);
    let urls = [
        "avatar_url",
        "url",
        "html_url",
        "followers_url",
        "following_url",
        "gists_url",
        "starred_url",
        "subscriptions_url",
        "organizations_url",
        "repos_url",
        "events_url",
        "received_events_url",
    ];
    assert_like(&browser.user(&token), "gitee.user.success", &urls);
    assert_like(&browser.user("0000"), "gitee.user.unknown_token", &[]);
    let (narrow, _) = browser.pair(&[("scope", "projects hook")]);
    assert_like(&browser.user(&narrow), "gitee.any.insufficient_scope", &[]);
    let (other, _) = browser.pair(&[("account_name", "somebody")]);
    assert_eq!(body_of(&browser.user(&other))["login"], "somebody");
    assert_eq!(browser.stage.answer(&call("GET", "/api/v5/user", &[("authorization", "Bearer x")], "")).status, 403);

    browser.stage.tokens.age().unwrap();
    assert_like(&browser.user(&token), "gitee.user.expired", &[]);
    assert_eq!(browser.refresh(&refresh, &[]).status, 200);
    browser.stage.tokens.revoke(|_| true).unwrap();
    assert_like(&browser.user(&token), "gitee.user.unknown_token", &[]);
}
