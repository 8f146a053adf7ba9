//! Gitee: an OAuth app of gitee.com.
//!
//! What differs from the next provider: access tokens live one day, so the refresh token is kept; requests without a
//! user agent are refused with 403, at the token endpoint too; granted scopes are told by the token answer alone; a
//! redirect URI that is not registered ends on a page of Gitee's, and nothing comes back to ours.
//!
//! Unsure, and written so that either answer works: whether refusals of the token endpoint come with 400 or 401 (the
//! body decides); the form in which a person's refusal comes back (every `error` ends the authorization); whether the
//! challenge of RFC 7636 is checked (it is sent, and the client's secret is there all the same); how long a refresh
//! token lives and whether it rotates (the one that came last counts); whether any call revokes a token (none is
//! declared); the page that lists authorized apps (the one of registered apps links to it); whether the permissions
//! ticked at the app limit what a request may ask for (the operator is told to tick them).

use std::time::Duration;

use crate::domain::answer::Answer;
use crate::domain::binding::Account;
use crate::domain::provider::{
    ClientAuthentication, ExchangeRefusal, GitUsername, Help, Method, OAuth, Provider, PushBuilds, Revocation, Scope,
    SuggestedCompletion, TokenHeader, Words,
};
use crate::domain::refresh::{RefreshRefusal, RefreshRules};

/// <https://gitee.com/api/v5/oauth_doc>
pub static GITEE: Provider = Provider {
    id: "gitee",
    display_name: "Gitee",
    web_url: "https://gitee.com",
    api_url: "https://gitee.com/api/v5",
    method: Method::OAuth(OAuth {
        authorization_path: "/oauth/authorize",
        token_path: "/oauth/token",
        authorization_parameters: &[],
        scopes_in_request: true,
        scopes_at_registration: true,
        client_authentication: ClientAuthentication::Body,
        account_path: "/user",
        account,
        granted_scopes_header: None,
        implied_scopes: &[],
        tokens_per_account_max: None,
        exchange_refusal,
        refresh: RefreshRules {
            refusal: refresh_refusal,
            old_token_stays_good: false,
            access_token_life: Some(Duration::from_hours(24)),
            // How long a refresh token lives is not documented: it is used before its access token ends.
            keep_alive_after: Some(Duration::from_hours(20)),
        },
        tells_redirect_uri: false,
        organization_access_url: None,
        completion: SuggestedCompletion::Callback,
    }),
    token_header: TokenHeader::Bearer,
    api_headers: &[("accept", "application/json")],
    scopes: &[
        Scope {
            name: "user_info",
            why: Words {
                en: "To show whose account is bound, and to notice when it is another one.",
                zh: "用于显示所绑定的账号，并在账号变更时识别。",
            },
        },
        Scope {
            name: "projects",
            why: Words {
                en: "To list and clone the repositories that images are built from.",
                zh: "用于列出和克隆构建镜像所用的代码仓库。",
            },
        },
        Scope {
            name: "hook",
            why: Words {
                en: "To set the webhook that starts a build when you push.",
                zh: "用于设置在推送代码时触发构建的 WebHook。",
            },
        },
    ],
    git_username: GitUsername::Fixed("oauth2"),
    revocation: Revocation::None,
    push_builds: PushBuilds {
        supported: true,
        needs: Words {
            en: "You must be an administrator of the repository.", zh: "您必须是该仓库的管理员。"
        },
    },
    help: Help {
        credential_path: "/oauth/applications",
        revocation_path: "/oauth/applications",
        registration_path: Some("/oauth/applications"),
    },
};

fn account(answer: &Answer) -> Option<Account> {
    Some(Account::new(
        answer.identifier(&["id"])?,
        answer.text(&["login"])?,
        answer.text(&["name"]),
        answer.text(&["avatar_url"]),
        answer.text(&["html_url"]),
    ))
}

/// RFC 6749 section 5.2, whatever the status.
fn exchange_refusal(answer: &Answer) -> ExchangeRefusal {
    match answer.text(&["error"]) {
        // Its words speak of the redirect URI too; that one is the same in both requests, so the code remains.
        Some("invalid_grant") => ExchangeRefusal::Code,
        Some("invalid_client" | "unauthorized_client") => ExchangeRefusal::Client,
        Some("invalid_redirect_uri" | "redirect_uri_mismatch") => ExchangeRefusal::RedirectUri,
        _ => ExchangeRefusal::Unknown,
    }
}

/// RFC 6749 section 5.2, whatever the status.
fn refresh_refusal(answer: &Answer) -> RefreshRefusal {
    match answer.text(&["error"]) {
        Some("invalid_grant") => RefreshRefusal::Grant,
        Some("invalid_client" | "unauthorized_client") => RefreshRefusal::Client,
        _ => RefreshRefusal::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::domain::token_answer::tokens;
    use crate::providers::{fixture, fixture_body};

    #[test]
    fn reads_the_account_of_a_user() {
        let account = account(&fixture("gitee.user.success")).unwrap();
        assert_eq!((account.id.as_str(), account.login.as_str()), ("8800001", "gitee-fake"));
        assert_eq!(account.name.as_deref(), Some("假用户"));
        assert_eq!(account.profile_url.as_deref(), Some("https://gitee.com/gitee-fake"));
        for refused in ["gitee.user.expired", "gitee.user.unknown_token", "gitee.any.insufficient_scope"] {
            assert_eq!(self::account(&fixture(refused)), None, "{refused}");
        }
    }

    #[test]
    fn tokens_live_a_day_and_come_with_their_successor() {
        let now = Timestamp::from_seconds(0);
        for name in ["gitee.token.success", "gitee.token_refresh.success"] {
            let (credential, scopes) = tokens(fixture_body(name).as_bytes(), now).unwrap();
            assert_eq!(credential.expires_at, Some(Timestamp::from_seconds(86_400)), "{name}");
            assert_eq!(credential.refresh_token.unwrap().reveal().len(), 64, "{name}");
            assert!(GITEE.missing_scopes(&scopes.unwrap()).is_empty(), "{name}");
        }
    }

    #[test]
    fn tells_refusals_of_the_exchange_apart() {
        // S-40: by the body, as the status is 400 or 401.
        for (name, refusal) in [
            ("gitee.token.invalid_grant", ExchangeRefusal::Code),
            ("gitee.token.invalid_client", ExchangeRefusal::Client),
            ("gitee.token.missing_user_agent", ExchangeRefusal::Unknown),
        ] {
            let answer = fixture(name);
            assert_eq!(exchange_refusal(&answer), refusal, "{name}");
            assert_eq!(exchange_refusal(&Answer { status: 400, ..answer }), refusal, "{name}");
        }
    }

    #[test]
    fn tells_refusals_of_a_refresh_apart() {
        // S-40, R-104
        for (name, refusal) in [
            ("gitee.token_refresh.invalid_grant", RefreshRefusal::Grant),
            ("gitee.token.invalid_client", RefreshRefusal::Client),
            ("gitee.token.missing_user_agent", RefreshRefusal::Unknown),
        ] {
            assert_eq!(refresh_refusal(&fixture(name)), refusal, "{name}");
        }
    }

    #[test]
    fn errors_of_any_shape_are_no_account_and_no_code() {
        for body in [serde_json::json!({"error": {"base": ["x"]}}), serde_json::json!({"message": "x"})] {
            let answer = Answer { status: 400, headers: Vec::new(), json: Some(body) };
            assert_eq!(account(&answer), None);
            assert_eq!(exchange_refusal(&answer), ExchangeRefusal::Unknown);
        }
    }
}
