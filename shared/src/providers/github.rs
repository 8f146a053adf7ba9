//! GitHub: an OAuth App on github.com, or on a GitHub Enterprise Server by overridden bases.
//!
//! What differs from the next provider: errors of the token endpoint come with status 200; granted scopes are
//! separated by commas; tokens do not expire, and ten of them per person, app and scope set live at once. Enterprise
//! servers up to 3.18 ignore the challenge of RFC 7636.
//!
//! Unsure, and written so that either answer works: the exact status of an unknown client id (404 was seen);
//! whether revoking a token that is gone answers 404 or 422; whether the token endpoint looks at the redirect URI before
//! or after the code (the words differ, but a wrong code may hide a wrong redirect URI).

use std::time::Duration;

use crate::domain::answer::Answer;
use crate::domain::binding::Account;
use crate::domain::provider::{
    ClientAuthentication, ExchangeRefusal, GitUsername, Help, Method, OAuth, Provider, PushBuilds, Revocation, Scope,
    SuggestedCompletion, TokenHeader, Words,
};
use crate::domain::refresh::{RefreshRefusal, RefreshRules};

/// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>
pub static GITHUB: Provider = Provider {
    id: "github",
    display_name: "GitHub",
    web_url: "https://github.com",
    api_url: "https://api.github.com",
    method: Method::OAuth(OAuth {
        authorization_path: "/login/oauth/authorize",
        token_path: "/login/oauth/access_token",
        // Several accounts may be signed in at once: without this GitHub takes one of them silently.
        authorization_parameters: &[("prompt", "select_account")],
        scopes_in_request: true,
        scopes_at_registration: false,
        client_authentication: ClientAuthentication::Body,
        account_path: "/user",
        account,
        granted_scopes_header: Some("x-oauth-scopes"),
        // GitHub drops from its report what another granted scope contains.
        implied_scopes: &[("repo", "admin:repo_hook")],
        // Per person, app and scope set.
        tokens_per_account_max: Some(10),
        exchange_refusal,
        // An OAuth App's tokens do not end; these are the tokens of a GitHub App, in case one is registered instead.
        refresh: RefreshRules {
            refusal: refresh_refusal,
            old_token_stays_good: false,
            access_token_life: Some(Duration::from_hours(8)),
            // Refresh tokens live half a year.
            keep_alive_after: Some(Duration::from_hours(30 * 24)),
        },
        tells_redirect_uri: true,
        organization_access_url: Some("/settings/connections/applications/{client_id}"),
        completion: SuggestedCompletion::Callback,
    }),
    token_header: TokenHeader::Bearer,
    api_headers: &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")],
    scopes: &[
        Scope {
            name: "repo",
            why: Words {
                en: "To clone the repositories that images are built from. GitHub has no scope that only reads.",
                zh: "用于克隆构建镜像所用的代码仓库。GitHub 没有只读的权限范围。",
            },
        },
        Scope {
            name: "admin:repo_hook",
            why: Words {
                en: "To set the webhook that starts a build when you push.",
                zh: "用于设置在推送代码时触发构建的 Webhook。",
            },
        },
    ],
    git_username: GitUsername::Fixed("x-access-token"),
    revocation: Revocation::DeleteByClient { path: "/applications/{client_id}/token", gone: &[404, 422] },
    push_builds: PushBuilds {
        supported: true,
        needs: Words {
            en: "You must be an administrator of the repository, and its organization must allow the app.",
            zh: "您必须是该仓库的管理员，且其所属组织必须允许此应用。",
        },
    },
    help: Help {
        credential_path: "/settings/applications",
        revocation_path: "/settings/applications",
        registration_path: Some("/settings/developers"),
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

/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>
fn exchange_refusal(answer: &Answer) -> ExchangeRefusal {
    match answer.text(&["error"]) {
        Some("bad_verification_code") => ExchangeRefusal::Code,
        Some("redirect_uri_mismatch") => ExchangeRefusal::RedirectUri,
        Some("unverified_user_email") => ExchangeRefusal::Account,
        Some("incorrect_client_credentials" | "application_suspended" | "Not Found") => ExchangeRefusal::Client,
        _ => ExchangeRefusal::Unknown,
    }
}

/// As for codes, with a word of its own for refresh tokens; it comes with status 200.
fn refresh_refusal(answer: &Answer) -> RefreshRefusal {
    match answer.text(&["error"]) {
        Some("bad_refresh_token") => RefreshRefusal::Grant,
        Some("incorrect_client_credentials" | "application_suspended" | "Not Found") => RefreshRefusal::Client,
        _ => RefreshRefusal::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::fixture;

    #[test]
    fn reads_the_account_of_a_user() {
        let account = account(&fixture("github.user.success_oauth_app")).unwrap();
        assert_eq!((account.id.as_str(), account.login.as_str()), ("900001", "octo-fake"));
        assert_eq!(account.profile_url.as_deref(), Some("https://github.com/octo-fake"));
        assert_eq!(self::account(&fixture("github.user.bad_credentials")), None);
    }

    #[test]
    fn tells_refusals_of_the_exchange_apart() {
        // S-40
        for (name, refusal) in [
            ("github.token.bad_verification_code", ExchangeRefusal::Code),
            ("github.token.incorrect_client_credentials", ExchangeRefusal::Client),
            ("github.token.unknown_client_404", ExchangeRefusal::Client),
            ("github.token.redirect_uri_mismatch", ExchangeRefusal::RedirectUri),
            ("github.token.unverified_user_email", ExchangeRefusal::Account),
        ] {
            assert_eq!(exchange_refusal(&fixture(name)), refusal, "{name}");
        }
    }

    #[test]
    fn tells_refusals_of_a_refresh_apart() {
        // S-40, R-104
        for (name, refusal) in [
            ("github.token_refresh.bad_refresh_token", RefreshRefusal::Grant),
            ("github.token.incorrect_client_credentials", RefreshRefusal::Client),
            ("github.token.unknown_client_404", RefreshRefusal::Client),
            ("github.token.bad_verification_code", RefreshRefusal::Unknown),
            ("github.user.bad_credentials", RefreshRefusal::Unknown),
        ] {
            assert_eq!(refresh_refusal(&fixture(name)), refusal, "{name}");
        }
    }

    #[test]
    fn limits_are_never_taken_for_a_refusal_of_the_token() {
        // S-40
        for name in ["github.user.primary_rate_limit", "github.user.secondary_rate_limit"] {
            assert!(fixture(name).common_failure().is_some(), "{name}");
        }
    }

    #[test]
    fn a_scope_that_contains_another_counts_for_both() {
        let granted = |list: &str| GITHUB.missing_scopes(&crate::domain::answer::split_scopes(list));
        assert!(granted("repo").is_empty());
        assert!(granted("admin:repo_hook,repo").is_empty());
        assert_eq!(granted("admin:repo_hook"), ["repo"]);
        assert_eq!(granted(""), ["repo", "admin:repo_hook"]);
    }
}
