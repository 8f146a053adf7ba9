//! GitLab: a personal access token, on gitlab.com or any server with the v4 API.
//!
//! What differs from the next provider: the person enters the server's address; the call that reads a token's own
//! facts answers 200 for any scope, so its scopes have to be looked at; servers before 15.5 do not have that call.
//!
//! Unsure, and written so that either answer works: the wording of a blocked account's 403 (every 403 that is not
//! about scopes counts as blocked), and the inner shape of fine-grained scopes (never read).

use crate::domain::answer::{Answer, plain_scopes};
use crate::domain::binding::Account;
use crate::domain::provider::{
    AddressRule, Field, FieldKind, GitUsername, Help, Method, PersonalToken, Provider, PushBuilds, Revocation,
    Rotation, Scope, TokenHeader, Words,
};
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::{Entered, Probe, Step, TokenProblem, Verified};

/// The scope without which nothing can be built: it alone sets webhooks.
const REQUIRED_SCOPE: &str = "api";

/// A project that never exists. Starring it needs [`REQUIRED_SCOPE`] to get as far as "not found".
const WRITE_PROBE: &str = "/projects/0/star";

/// <https://docs.gitlab.com/api/personal_access_tokens/>
pub static GITLAB: Provider = Provider {
    id: "gitlab",
    display_name: "GitLab",
    web_url: "https://gitlab.com",
    api_url: "https://gitlab.com/api/v4",
    method: Method::PersonalToken(PersonalToken {
        address: AddressRule::Entered,
        api_path: "/api/v4",
        fields: &[
            Field {
                name: "address",
                label: Words { en: "Server address", zh: "服务器地址" },
                help: Words {
                    en: "Address of the GitLab server, such as https://gitlab.com. Not a link to a project.",
                    zh: "GitLab 服务器的地址，例如 https://gitlab.com。请勿填写项目链接。",
                },
                kind: FieldKind::Address,
                required: false,
            },
            Field {
                name: "username",
                label: Words { en: "Username", zh: "用户名" },
                help: Words {
                    en: "Your GitLab username, as in your profile link, without the @.",
                    zh: "您的 GitLab 用户名，即个人主页链接中的名称，不含 @。",
                },
                kind: FieldKind::Text,
                required: true,
            },
            Field {
                name: "token",
                label: Words { en: "Personal access token", zh: "个人访问令牌" },
                help: Words {
                    en: "A personal access token with the scope api.",
                    zh: "具有 api 权限范围的个人访问令牌。",
                },
                kind: FieldKind::Secret,
                required: true,
            },
            Field {
                name: "rotate",
                label: Words { en: "Replace it before it expires", zh: "到期前自动轮换" },
                help: Words {
                    en: "GitLab replaces the token by a new one before it expires. The old one stops working, wherever else \
                         it is used.",
                    zh: "在令牌到期前通过 GitLab 自动轮换为新令牌。旧令牌随即失效，在其他地方也无法继续使用。",
                },
                kind: FieldKind::Boolean,
                required: false,
            },
        ],
        verify,
        // Without an end the successor would live for a week.
        rotation: Some(Rotation { path: "/personal_access_tokens/self/rotate", life_days_max: 364 }),
    }),
    token_header: TokenHeader::Named("private-token"),
    api_headers: &[("accept", "application/json")],
    scopes: &[Scope {
        name: REQUIRED_SCOPE,
        why: Words {
            en: "To list and clone repositories and to set the webhook that starts a build when you push.",
            zh: "用于列出和克隆代码仓库，以及设置在推送代码时触发构建的 Webhook。",
        },
    }],
    git_username: GitUsername::Fixed("oauth2"),
    revocation: Revocation::DeleteBySelf { path: "/personal_access_tokens/self", gone: &[401] },
    push_builds: PushBuilds {
        supported: true,
        needs: Words {
            en: "You must be at least Maintainer of the project.",
            zh: "您在该项目中至少须具有 Maintainer 角色。",
        },
    },
    help: Help {
        credential_path: "/-/user_settings/personal_access_tokens",
        revocation_path: "/-/user_settings/personal_access_tokens",
        registration_path: None,
    },
};

fn verify(entered: &Entered, answers: &[Answer]) -> Step {
    let outcome = match answers {
        [facts, user] => judge(entered, facts, user),
        [_, user, write] => judge_by_write(entered, user, write),
        _ => return Step::Ask(vec![Probe::get("/personal_access_tokens/self"), Probe::get("/user")]),
    };
    match outcome {
        Ok(step) => step,
        Err(problem) => Step::Refuse(problem),
    }
}

fn judge(entered: &Entered, facts: &Answer, user: &Answer) -> Result<Step, TokenProblem> {
    if facts.status == 404 && user.status != 404 {
        // A server before 15.5, or one that hides the call: whose the token is must be known before more is asked.
        owner_of_token(entered, user)?;
        return Ok(Step::Ask(vec![Probe::post(WRITE_PROBE)]));
    }
    check_facts(facts)?;
    let scopes = scopes(facts);
    if facts.member(&["granular"]).and_then(serde_json::Value::as_bool) == Some(true) {
        return Err(TokenProblem::FineGrained);
    }
    if !scopes.iter().any(|scope| scope == REQUIRED_SCOPE) {
        return Err(TokenProblem::LacksScopes { missing: vec![REQUIRED_SCOPE.to_owned()] });
    }
    let account = owner_of_token(entered, user)?;
    let expires_at = facts.text(&["expires_at"]).and_then(Timestamp::from_date);
    Ok(Step::Accept(Box::new(Verified { account, scopes, unverified_scopes: Vec::new(), expires_at })))
}

/// The verdict on a server that cannot tell a token's scopes: what the token may do decides (S-28).
fn judge_by_write(entered: &Entered, user: &Answer, write: &Answer) -> Result<Step, TokenProblem> {
    let account = owner_of_token(entered, user)?;
    match write.status {
        404 => {
            let scopes = vec![REQUIRED_SCOPE.to_owned()];
            let unverified_scopes = Vec::new();
            Ok(Step::Accept(Box::new(Verified { account, scopes, unverified_scopes, expires_at: None })))
        }
        _ => Err(refusal(write)),
    }
}

fn check_facts(facts: &Answer) -> Result<(), TokenProblem> {
    let has_facts = facts.status == 200 && facts.identifier(&["id"]).is_some();
    if !has_facts {
        return Err(refusal(facts));
    }
    let flag = |name: &str| facts.member(&[name]).and_then(serde_json::Value::as_bool);
    match (flag("revoked"), flag("expired"), flag("active")) {
        (Some(true), _, _) => Err(TokenProblem::Revoked),
        (_, Some(true), _) | (_, _, Some(false)) => Err(TokenProblem::Expired),
        _ => Ok(()),
    }
}

/// What an answer that is no success says of the token. GitLab's descriptions are part of its API's source.
fn refusal(answer: &Answer) -> TokenProblem {
    let description = answer.text(&["error_description"]).unwrap_or_default();
    match (answer.status, answer.text(&["error"])) {
        (401, Some("invalid_token")) if description.contains("expired") => TokenProblem::Expired,
        (401, Some("invalid_token")) if description.contains("revoked") => TokenProblem::Revoked,
        (401, _) if answer.json.is_some() => TokenProblem::Rejected,
        (403, Some("insufficient_scope")) => TokenProblem::LacksScopes { missing: vec![REQUIRED_SCOPE.to_owned()] },
        (403, _) if answer.json.is_some() && answer.common_failure().is_none() => TokenProblem::AccountBlocked,
        (400, _) if answer.json.is_some() => TokenProblem::WrongKind,
        _ => TokenProblem::of_unexpected(answer),
    }
}

/// Whose the token is, if that is a person, able to work, and the one who was entered.
fn owner_of_token(entered: &Entered, user: &Answer) -> Result<Account, TokenProblem> {
    let (200, Some(id), Some(login)) = (user.status, user.identifier(&["id"]), user.text(&["username"])) else {
        return Err(refusal(user));
    };
    if user.member(&["bot"]).and_then(serde_json::Value::as_bool) == Some(true) {
        return Err(TokenProblem::NotPersonal);
    }
    let is_locked = user.member(&["locked"]).and_then(serde_json::Value::as_bool) == Some(true);
    if is_locked || user.text(&["state"]).is_some_and(|state| state != "active") {
        return Err(TokenProblem::AccountBlocked);
    }
    let (name, avatar, profile) = (user.text(&["name"]), user.text(&["avatar_url"]), user.text(&["web_url"]));
    let account = Account::new(id, login, name, avatar, profile);
    if account.login.to_lowercase() != entered.username.to_lowercase() {
        return Err(TokenProblem::OtherUser { login: account.login });
    }
    Ok(account)
}

fn scopes(facts: &Answer) -> Vec<String> {
    let list = facts.member(&["scopes"]).and_then(serde_json::Value::as_array);
    plain_scopes(list.into_iter().flatten().filter_map(serde_json::Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::fixture;

    fn verdict(username: &str, fixtures: &[&str]) -> Step {
        let answers: Vec<_> = fixtures.iter().map(|name| fixture(name)).collect();
        verify(&Entered { username: username.to_owned(), ..Entered::default() }, &answers)
    }

    fn problem(username: &str, fixtures: &[&str]) -> TokenProblem {
        match verdict(username, fixtures) {
            Step::Refuse(problem) => problem,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_good_token_shows_whose_it_is_and_when_it_ends() {
        // S-28: the login is compared without regard to case.
        let step = verdict("GLFake", &["gitlab.pat_self.success", "gitlab.user.success"]);
        let Step::Accept(verified) = step else { panic!("{step:?}") };
        assert_eq!((verified.account.id.as_str(), verified.account.login.as_str()), ("42", "glfake"));
        assert_eq!(verified.scopes, ["api"]);
        assert_eq!(verified.expires_at.map(Timestamp::rfc3339).as_deref(), Some("2027-09-30T00:00:00Z"));
        let step = verdict("glfake", &["gitlab.pat_self.success_no_expiry", "gitlab.user.success"]);
        assert!(matches!(step, Step::Accept(verified) if verified.expires_at.is_none()));
    }

    #[test]
    fn each_cause_has_its_own_verdict() {
        // S-27, S-28
        let lacks = TokenProblem::LacksScopes { missing: vec!["api".to_owned()] };
        let user = "gitlab.user.success";
        for (facts, user, expected) in [
            ("gitlab.pat_self.unknown_token", user, TokenProblem::Rejected),
            ("gitlab.pat_self.expired", user, TokenProblem::Expired),
            ("gitlab.pat_self.revoked", user, TokenProblem::Revoked),
            ("gitlab.pat_self.success_missing_api_scope", user, lacks.clone()),
            ("gitlab.pat_self.success_missing_api_scope", "gitlab.any.insufficient_scope", lacks),
            ("gitlab.pat_self.success_granular", user, TokenProblem::FineGrained),
            ("gitlab.pat_self.success_project_token", "gitlab.user.success_bot", TokenProblem::NotPersonal),
            ("gitlab.pat_self.oauth_token_refused", user, TokenProblem::WrongKind),
            ("gitlab.any.blocked_user", "gitlab.any.blocked_user", TokenProblem::AccountBlocked),
            ("gitlab.any.html_not_gitlab", "gitlab.any.html_not_gitlab", TokenProblem::NotTheProvider { status: 200 }),
        ] {
            assert_eq!(problem("glfake", &[facts, user]), expected, "{facts}");
        }
        let other = TokenProblem::OtherUser { login: "glfake".to_owned() };
        assert_eq!(problem("somebody", &["gitlab.pat_self.success", user]), other);
    }

    #[test]
    fn an_old_server_is_asked_by_a_write_that_cannot_happen() {
        // S-28
        let step = verdict("glfake", &["gitlab.pat_self.too_old_404", "gitlab.user.success"]);
        assert!(matches!(step, Step::Ask(probes) if probes == [Probe::post(WRITE_PROBE)]));
        let known = ["gitlab.pat_self.too_old_404", "gitlab.user.success"];
        // A project that is not there answers as a token's facts on an old server do: 404 with a message.
        let accepted = verdict("glfake", &[known[0], known[1], "gitlab.pat_self.too_old_404"]);
        assert!(matches!(accepted, Step::Accept(_)), "{accepted:?}");
        let refused = problem("glfake", &[known[0], known[1], "gitlab.any.insufficient_scope"]);
        assert_eq!(refused, TokenProblem::LacksScopes { missing: vec!["api".to_owned()] });
    }

    #[test]
    fn a_limit_says_nothing_about_the_token() {
        // S-40
        let limited = problem("glfake", &["gitlab.any.rate_limited", "gitlab.any.rate_limited"]);
        assert!(matches!(limited, TokenProblem::Common(_)), "{limited:?}");
    }
}
