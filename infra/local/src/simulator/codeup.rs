//! How Codeup's simulator answers: the calls about a person, organizations and repositories.
//!
//! No token has to be made first. `pt-{traits}-{username}` exists for every username (`fake` is user
//! `5efa4e0000000000000000bb`, the ids of others follow from the name); the traits are words joined by `+`, of which
//! one at the most says how it answers, and any number what it lacks:
//!
//! | token | what it does |
//! | --- | --- |
//! | `pt-full-fake` | good, in the one organization `60fa4e0000000000000000aa` |
//! | `pt-full+2-fake` | good, another token of the same user; any number will do |
//! | `pt-minimal-fake` | has what is asked for and no more: may not ask who it is, nor for its organizations |
//! | `pt-no_webhooks-fake`, `pt-no_tags+no_members-fake` | lacks them; also `departments`, `repositories`, `branches`, `user`, `organizations` |
//! | `pt-several-fake` | in two organizations, the other is `60fa4e0000000000000000ab` |
//! | `pt-crowd-fake` | in an organization with other members |
//! | `pt-empty-fake` | in an organization without repositories |
//! | `pt-reader-fake` | only reads the repository, so that its webhooks are refused |
//! | `pt-outsider-fake`, `pt-suspended-fake` | 403 in every organization |
//! | `pt-expired-fake`, `pt-unauthorized-fake` | 401 that says so |
//! | `pt-wrongkind-fake` | 400, a token of another kind |
//! | `pt-elsewhere-fake` | 400, another edition of the service |
//! | `pt-limited-fake`, `pt-error500-fake` | 429, 500 |
//! | `pt-html-fake` | 200 with a page |
//! | `pt-slow-fake` | a correct answer after 30 seconds |
//! | anything else | 401, invalid |
//!
//! Calls about persons and organizations have another error object than those about repositories. Tokens are listed
//! under `/_simulator/tokens` once they were used.

use std::time::Duration;

use axum::http::Method;
use codebind::{domain::provider::TokenHeader, providers::codeup::CODEUP};
use serde_json::{Value, json};

use super::{
    call::Call,
    codeup_json::{self, ORGANIZATION, REPOSITORY, SECOND_ORGANIZATION},
    codeup_token::{Manner, PersonalToken},
    page,
    reply::Reply,
    stage::{Declaration, Stage},
    state::Token,
};

const SLOW: Duration = Duration::from_secs(30);

/// The simulator of Codeup.
pub(super) static SIMULATOR: Declaration =
    Declaration { provider: &CODEUP, api_path: "", oauth: None, git: reader, answer };

/// Whose token git brings, with the name of the account.
fn reader(stage: &Stage, username: &str, text: &str) -> Option<String> {
    let token = PersonalToken::parse(text).filter(|it| check_manner(it, Family::Codeup).is_ok())?;
    let is_dead = stage.tokens.find(text).is_some_and(|it| it.revoked);
    let may_read = token.may_read("repositories");
    (!is_dead && may_read && token.username == username).then_some(token.username)
}

/// The two families of calls, by their error objects.
#[derive(Debug, Clone, Copy)]
enum Family {
    Platform,
    Codeup,
}

impl Family {
    fn refuse(self, status: u16, code: &str, message: &str) -> Reply {
        let body = match self {
            Self::Platform => json!({"errorCode": code, "errorMessage": message, "requestId": "SIMULATOR"}),
            Self::Codeup => json!({
                "traceId": "SIMULATOR",
                "code": status,
                "errorCode": code,
                "errorMessage": message,
                "errorDescription": message,
            }),
        };
        Reply::json(status, &body)
    }
}

fn answer(stage: &Stage, call: &Call) -> Reply {
    let (family, path) = match call.path.strip_prefix("/oapi/v1/") {
        Some(path) if path.starts_with("platform/") => (Family::Platform, path),
        Some(path) if path.starts_with("codeup/") => (Family::Codeup, path),
        _ => return Reply::page(404, page::problem("Codeup", "Not found", "This simulator does not have that page.")),
    };
    answer_api(stage, call, family, path).unwrap_or_else(|refusal| refusal)
}

fn answer_api(stage: &Stage, call: &Call, family: Family, path: &str) -> Result<Reply, Reply> {
    let invalid = || family.refuse(401, "InvalidTokenError", "Token is invalid");
    let header = match CODEUP.token_header {
        TokenHeader::Named(name) => name,
        TokenHeader::Bearer => "authorization",
    };
    let text = call.header(header).ok_or_else(|| family.refuse(401, "Unauthorized", "Unauthorized"))?;
    let token = PersonalToken::parse(text).ok_or_else(invalid)?;
    check_manner(&token, family)?;
    stage.tokens.remember(Token::new(text.to_owned(), &token.username, &token.permissions()))?;
    if stage.tokens.find(text).is_some_and(|it| it.revoked) {
        return Err(invalid());
    }
    let reply = Caller { stage, token: &token, call, family }.dispatch(path)?;
    Ok(if token.manner == Manner::Slow { reply.after(SLOW) } else { reply })
}

/// The answers that are the same whatever is asked.
fn check_manner(token: &PersonalToken, family: Family) -> Result<(), Reply> {
    Err(match token.manner {
        Manner::Expired => family.refuse(401, "ExpiredTokenError", "Token has expired"),
        Manner::Unauthorized => family.refuse(401, "Unauthorized", "Unauthorized"),
        Manner::WrongKind => family.refuse(400, "UnsupportedCurrentTokenType", "API unsupported current token type"),
        Manner::Elsewhere => {
            family.refuse(400, "UnsupportedInCurrentEnv", "API unsupported in current deployed version")
        }
        Manner::Limited => family.refuse(429, "TooManyRequests", "Too many requests"),
        Manner::Failing => family.refuse(500, "InternalServerError", "An internal error occurs"),
        Manner::Html => Reply::new(200, "text/html", "<!DOCTYPE html><html><body>Welcome</body></html>"),
        _ => return Ok(()),
    })
}

/// Whose call it is.
struct Caller<'a> {
    stage: &'a Stage,
    token: &'a PersonalToken,
    call: &'a Call,
    family: Family,
}

impl Caller<'_> {
    fn dispatch(&self, path: &str) -> Result<Reply, Reply> {
        let segments: Vec<_> = path.split('/').collect();
        if self.call.method != Method::GET {
            return Err(self.not_found());
        }
        let (token, web) = (self.token, self.stage.url.as_str());
        match segments.as_slice() {
            ["platform", "user"] => {
                self.require("user")?;
                Ok(plain(&codeup_json::user(token)))
            }
            ["platform", "organizations"] => {
                self.require("organizations")?;
                Ok(self.list(codeup_json::organizations(token)))
            }
            ["platform", "organizations", organization, what @ ("members" | "departments")] => {
                self.require_in(organization, what)?;
                Ok(match *what {
                    "members" => self.list(codeup_json::members(token, organization)),
                    _ => Reply::json(200, &codeup_json::departments(token, organization)),
                })
            }
            ["codeup", "organizations", organization, "repositories"] => {
                self.require_in(organization, "repositories")?;
                Ok(self.list(codeup_json::repositories(token, web, organization)))
            }
            ["codeup", "organizations", organization, "repositories", id, what] => {
                self.require_in(organization, what)?;
                if *id != REPOSITORY.to_string() || token.manner == Manner::Empty {
                    return Err(self.not_found());
                }
                match *what {
                    "branches" => Ok(self.list(codeup_json::branches(web, organization))),
                    "tags" => Ok(self.list(codeup_json::tags(web, organization))),
                    "webhooks" if token.manner == Manner::Reader => Err(self.forbidden()),
                    "webhooks" => Ok(self.list(codeup_json::webhooks())),
                    _ => Err(self.not_found()),
                }
            }
            _ => Err(self.not_found()),
        }
    }

    fn require(&self, what: &str) -> Result<(), Reply> {
        if self.token.may_read(what) { Ok(()) } else { Err(self.forbidden()) }
    }

    fn require_in(&self, organization: &str, what: &str) -> Result<(), Reply> {
        let is_there = match self.token.manner {
            Manner::Suspended => {
                let message = "The current user can not be used in the organization and has no right to operate.";
                return Err(self.family.refuse(403, "Forbidden.InvalidOrganizationMember", message));
            }
            Manner::Outsider => false,
            Manner::Several => [ORGANIZATION, SECOND_ORGANIZATION].contains(&organization),
            _ => organization == ORGANIZATION,
        };
        if !is_there {
            let message = "The current user is not in the organization and has no right to operate.";
            return Err(self.family.refuse(403, "Forbidden.InvalidUser.UserNotInCurrentOrganization", message));
        }
        self.require(what)
    }

    fn forbidden(&self) -> Reply {
        self.family.refuse(403, "Forbidden", "Forbidden")
    }

    fn not_found(&self) -> Reply {
        self.family.refuse(404, "SYSTEM_NOT_FOUND_ERROR", "Not Found")
    }

    /// The asked-for page of a list, with the headers about it.
    fn list(&self, items: Vec<Value>) -> Reply {
        let query = self.call.query();
        let number = |name: &str| query.get(name).and_then(|it| it.parse::<usize>().ok()).filter(|it| *it > 0);
        let (page, per_page, total) = (number("page").unwrap_or(1), number("perPage").unwrap_or(20), items.len());
        let pages = total.div_ceil(per_page);
        let neighbour =
            |it: Option<usize>| it.filter(|it| (1..=pages).contains(it)).map_or_else(String::new, |it| it.to_string());
        let items: Vec<_> = items.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).collect();
        plain(&Value::Array(items))
            .with("x-page", &page.to_string())
            .with("x-per-page", &per_page.to_string())
            .with("x-next-page", &neighbour(page.checked_add(1)))
            .with("x-prev-page", &neighbour(page.checked_sub(1)))
            .with("x-total", &total.to_string())
            .with("x-total-pages", &pages.to_string())
    }
}

fn plain(body: &Value) -> Reply {
    Reply::json(200, body).with("x-request-id", "SIMULATOR")
}

#[cfg(test)]
#[path = "codeup_tests.rs"]
mod tests;
