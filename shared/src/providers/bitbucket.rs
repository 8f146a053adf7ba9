//! Bitbucket Cloud: an OAuth consumer of a workspace on bitbucket.org.
//!
//! What differs from the next provider: the client proves itself by HTTP Basic and never in the form; scopes are the
//! check boxes of the consumer, not of the request; the token answer lists them as `scope` or, until 2026, `scopes`;
//! each token has more than 2,500 characters; a refused refresh token is `invalid_request`, not `invalid_grant`;
//! account and repository errors are `{"type": "error", "error": {…}}`. Logins can be renamed and nicknames are not
//! unique: the account is its `uuid`.
//!
//! Unsure, and written so that either answer works: whether a wrong client answers 400 or 401 (the body decides); the
//! form in which a person's refusal comes back (every `error` ends the authorization); whether the challenge of RFC
//! 7636 is checked (it is sent, and the client's secret is there all the same); whether refresh tokens rotate already
//! and for how long the old one is good (an answer without one leaves the old one in force); whether the token endpoint
//! ever refuses a redirect URI, other than of a consumer that has none; the address of the page of consumers.

use std::time::Duration;

use crate::domain::answer::Answer;
use crate::domain::binding::Account;
use crate::domain::provider::{
    ClientAuthentication, ExchangeRefusal, GitUsername, Help, Method, OAuth, Provider, PushBuilds, Revocation, Scope,
    SuggestedCompletion, TokenHeader, Words,
};
use crate::domain::refresh::{RefreshRefusal, RefreshRules};

/// Page of the apps that a person authorized.
const APP_AUTHORIZATIONS: &str = "/account/settings/app-authorizations/";

/// <https://developer.atlassian.com/cloud/bitbucket/oauth-2/>
pub static BITBUCKET: Provider = Provider {
    id: "bitbucket",
    display_name: "Bitbucket",
    web_url: "https://bitbucket.org",
    api_url: "https://api.bitbucket.org/2.0",
    method: Method::OAuth(OAuth {
        authorization_path: "/site/oauth2/authorize",
        token_path: "/site/oauth2/access_token",
        authorization_parameters: &[],
        scopes_in_request: false,
        scopes_at_registration: true,
        client_authentication: ClientAuthentication::Basic,
        account_path: "/user",
        account,
        granted_scopes_header: Some("x-oauth-scopes"),
        implied_scopes: &[
            ("account:write", "account"),
            ("repository:write", "repository"),
            ("pullrequest", "repository"),
            ("project", "repository"),
        ],
        tokens_per_account_max: None,
        exchange_refusal,
        refresh: RefreshRules {
            refusal: refresh_refusal,
            old_token_stays_good: false,
            access_token_life: Some(Duration::from_hours(2)),
            // A refresh token ends after three months without use.
            keep_alive_after: Some(Duration::from_hours(30 * 24)),
        },
        tells_redirect_uri: false,
        organization_access_url: None,
        completion: SuggestedCompletion::Console,
    }),
    token_header: TokenHeader::Bearer,
    api_headers: &[("accept", "application/json")],
    scopes: &[
        Scope {
            name: "account",
            why: Words {
                en: "To show whose account is bound, and to notice when it is another one.",
                zh: "用于显示所绑定的账号，并在账号变更时识别。",
            },
        },
        Scope {
            name: "repository",
            why: Words {
                en: "To list and clone the repositories that images are built from.",
                zh: "用于列出和克隆构建镜像所用的代码仓库。",
            },
        },
        Scope {
            name: "webhook",
            why: Words {
                en: "To set the webhook that starts a build when you push.",
                zh: "用于设置在推送代码时触发构建的 Webhook。",
            },
        },
    ],
    git_username: GitUsername::Fixed("x-token-auth"),
    revocation: Revocation::None,
    push_builds: PushBuilds {
        supported: true,
        needs: Words {
            en: "You must be an administrator of the repository.", zh: "您必须是该仓库的管理员。"
        },
    },
    help: Help {
        credential_path: APP_AUTHORIZATIONS,
        revocation_path: APP_AUTHORIZATIONS,
        // The operator's workspace stands where the braces are.
        registration_path: Some("/{workspace}/workspace/settings/api"),
    },
};

fn account(answer: &Answer) -> Option<Account> {
    let id = answer.identifier(&["uuid"])?;
    let name = answer.text(&["display_name"]);
    // `username` comes to its owner only, and perhaps no more.
    let login = answer.text(&["nickname"]).or_else(|| answer.text(&["username"])).or(name)?;
    let (avatar, profile) = (answer.text(&["links", "avatar", "href"]), answer.text(&["links", "html", "href"]));
    Some(Account::new(id, login, name, avatar, profile))
}

/// RFC 6749 section 5.2 with Bitbucket's own uses of it.
fn exchange_refusal(answer: &Answer) -> ExchangeRefusal {
    let description = answer.text(&["error_description"]).unwrap_or_default();
    match answer.text(&["error"]) {
        Some("invalid_grant") => ExchangeRefusal::Code,
        Some("invalid_client" | "unauthorized_client") => ExchangeRefusal::Client,
        Some("access_denied") => ExchangeRefusal::Account,
        // A consumer without a callback, or with another one.
        Some("invalid_request") if description.contains("callback") || description.contains("redirect_uri") => {
            ExchangeRefusal::RedirectUri
        }
        _ => ExchangeRefusal::Unknown,
    }
}

/// A refresh token that is not good is an `invalid_request`, told apart by its words alone.
fn refresh_refusal(answer: &Answer) -> RefreshRefusal {
    let description = answer.text(&["error_description"]).unwrap_or_default();
    match answer.text(&["error"]) {
        Some("invalid_grant") => RefreshRefusal::Grant,
        Some("invalid_request") if description.contains("refresh_token") => RefreshRefusal::Grant,
        Some("invalid_client" | "unauthorized_client") => RefreshRefusal::Client,
        Some("access_denied") => RefreshRefusal::Account,
        _ => RefreshRefusal::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer::{CommonFailure, split_scopes};
    use crate::domain::timestamp::Timestamp;
    use crate::domain::token_answer::tokens;
    use crate::providers::{fixture, fixture_body};

    #[test]
    fn reads_the_account_of_a_user() {
        let account = account(&fixture("bitbucket.user.success")).unwrap();
        assert_eq!(account.id, "{00000000-0000-4000-8000-000000000001}");
        assert_eq!((account.login.as_str(), account.name.as_deref()), ("BB Fake", Some("BB Fake")));
        assert_eq!(account.avatar_url.as_deref(), Some("https://secure.gravatar.com/avatar/fake"));
        assert!(account.profile_url.unwrap().starts_with("https://bitbucket.org/"));
        for refused in [
            "bitbucket.user.expired",
            "bitbucket.user.invalid",
            "bitbucket.user.insufficient_scope",
            "bitbucket.user.rate_limited",
        ] {
            assert_eq!(self::account(&fixture(refused)), None, "{refused}");
        }
    }

    #[test]
    fn an_account_needs_no_username() {
        let mut answer = fixture("bitbucket.user.success");
        let members = answer.json.as_mut().and_then(serde_json::Value::as_object_mut).unwrap();
        members.remove("nickname");
        assert_eq!(account(&answer).unwrap().login, "bbfake");
        answer.json.as_mut().and_then(serde_json::Value::as_object_mut).unwrap().remove("username");
        assert_eq!(account(&answer).unwrap().login, "BB Fake");
    }

    #[test]
    fn both_spellings_of_the_scopes_are_read() {
        let now = Timestamp::from_seconds(0);
        for name in [
            "bitbucket.token.success_2026",
            "bitbucket.token.success_legacy",
            "bitbucket.token.success_large",
            "bitbucket.token_refresh.success_rotated",
            "bitbucket.token_refresh.success_not_rotated",
        ] {
            let (credential, scopes) = tokens(fixture_body(name).as_bytes(), now).unwrap();
            assert!(BITBUCKET.missing_scopes(&scopes.unwrap()).is_empty(), "{name}");
            assert_eq!(credential.expires_at, Some(Timestamp::from_seconds(7200)), "{name}");
            assert!(credential.refresh_token.is_some(), "{name}");
        }
        let header = fixture("bitbucket.user.success").header("x-oauth-scopes").map(split_scopes).unwrap();
        assert!(BITBUCKET.missing_scopes(&header).is_empty());
    }

    #[test]
    fn more_than_was_asked_for_counts_too() {
        let granted = |list: &str| BITBUCKET.missing_scopes(&split_scopes(list));
        assert!(granted("account:write repository:write webhook").is_empty());
        assert_eq!(granted("account repository:admin"), ["repository", "webhook"]);
    }

    #[test]
    fn tells_refusals_of_the_exchange_apart() {
        // S-40
        for (name, refusal) in [
            ("bitbucket.token.bad_code", ExchangeRefusal::Code),
            ("bitbucket.token.bad_client", ExchangeRefusal::Client),
            ("bitbucket.token.no_callback_configured", ExchangeRefusal::RedirectUri),
            ("bitbucket.token_refresh.user_inactive", ExchangeRefusal::Account),
            ("bitbucket.token_refresh.revoked", ExchangeRefusal::Unknown),
        ] {
            let answer = fixture(name);
            assert_eq!(exchange_refusal(&answer), refusal, "{name}");
            assert_eq!(exchange_refusal(&Answer { status: 401, ..answer }), refusal, "{name}");
        }
    }

    #[test]
    fn tells_refusals_of_a_refresh_apart() {
        // S-40, R-104
        for (name, refusal) in [
            ("bitbucket.token_refresh.revoked", RefreshRefusal::Grant),
            ("bitbucket.token_refresh.user_inactive", RefreshRefusal::Account),
            ("bitbucket.token.bad_client", RefreshRefusal::Client),
            ("bitbucket.token.no_callback_configured", RefreshRefusal::Unknown),
        ] {
            assert_eq!(refresh_refusal(&fixture(name)), refusal, "{name}");
        }
    }

    #[test]
    fn a_limit_is_no_refusal_of_the_token() {
        // S-40
        let limited = CommonFailure::RateLimited { retry_after_seconds: None };
        assert_eq!(fixture("bitbucket.user.rate_limited").common_failure(), Some(limited));
    }
}
