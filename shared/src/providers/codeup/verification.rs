//! What a token of Codeup may do, seen by reads: at the person and the organization first, then at one repository.

use serde_json::Value;

use crate::domain::answer::Answer;
use crate::domain::binding::Account;
use crate::domain::verification::{Entered, Probe, Step, TokenProblem, Verified};

pub(super) const MEMBERS: &str = "members:read";
pub(super) const DEPARTMENTS: &str = "departments:read";
pub(super) const REPOSITORIES: &str = "repositories:read";
pub(super) const BRANCHES: &str = "branches:read";
pub(super) const TAGS: &str = "tags:read";
pub(super) const WEBHOOKS: &str = "webhooks:read";
pub(super) const WEBHOOKS_WRITE: &str = "webhooks:write";

const USER: &str = "/oapi/v1/platform/user";
const ORGANIZATIONS: &str = "/oapi/v1/platform/organizations";

/// `accessLevel` of an administrator of a repository.
const ADMINISTRATOR: i64 = 40;

/// How many organizations are named to choose from.
const CANDIDATES_MAX: usize = 10;

/// What one answer says of one permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// The token has it.
    Granted,
    /// The token lacks it.
    Lacking,
    /// Nothing.
    Hidden,
}

/// Asks who the token is and what it reaches, then what it may do there.
pub(super) fn verify(entered: &Entered, answers: &[Answer]) -> Step {
    step(entered, answers).unwrap_or_else(Step::Refuse)
}

fn step(entered: &Entered, answers: &[Answer]) -> Result<Step, TokenProblem> {
    match (entered.organization_id.as_deref(), answers) {
        (Some(organization), []) => {
            Ok(Step::Ask([vec![Probe::get(USER)], probes_of_organization(organization)].concat()))
        }
        (Some(organization), [user, rest @ ..]) => Search { entered, user, organization }.step(rest),
        (None, [user, organizations, rest @ ..]) => {
            let organization = only_organization(user, organizations)?;
            let is_listed = !items(organizations).is_empty();
            Search { entered, user, organization: &organization }.step(rest).map_err(|problem| match problem {
                // The one last visited was our guess.
                TokenProblem::WrongOrganization if !is_listed => needed(organizations),
                other => other,
            })
        }
        (None, _) => Ok(Step::Ask(vec![Probe::get(USER), Probe::get(ORGANIZATIONS)])),
    }
}

fn probes_of_organization(id: &str) -> Vec<Probe> {
    vec![
        // Two, to see whether there is but one.
        Probe::get(&format!("{ORGANIZATIONS}/{id}/members?page=1&perPage=2")),
        Probe::get(&format!("{ORGANIZATIONS}/{id}/departments")),
        Probe::get(&format!(
            "/oapi/v1/codeup/organizations/{id}/repositories?page=1&perPage=100&orderBy=last_activity_at&sort=desc"
        )),
    ]
}

fn probes_of_repository(organization: &str, id: &str) -> Vec<Probe> {
    let below = |what: &str| {
        Probe::get(&format!("/oapi/v1/codeup/organizations/{organization}/repositories/{id}/{what}?page=1&perPage=1"))
    };
    vec![below("branches"), below("tags"), below("webhooks")]
}

/// The organization that was not entered, if the token leaves no doubt.
fn only_organization(user: &Answer, organizations: &Answer) -> Result<String, TokenProblem> {
    sight(user)?;
    let listed: Vec<String> = match sight(organizations)? {
        Sight::Granted => items(organizations).iter().filter_map(|item| plain_id(item.get("id")?)).collect(),
        Sight::Lacking | Sight::Hidden => Vec::new(),
    };
    let last = || user.member(&["lastOrganization"]).and_then(plain_id);
    match listed.as_slice() {
        [only] => Ok(only.clone()),
        [] => last().ok_or_else(|| needed(organizations)),
        _ => Err(needed(organizations)),
    }
}

fn needed(organizations: &Answer) -> TokenProblem {
    let in_words = |item: &Value| {
        let id = plain_id(item.get("id")?)?;
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
        let name: String = name.chars().filter(|it| !it.is_control()).take(64).collect();
        Some(if name.is_empty() { id } else { format!("{id} ({name})") })
    };
    let candidates = items(organizations).iter().filter_map(in_words).take(CANDIDATES_MAX).collect();
    TokenProblem::OrganizationNeeded { candidates }
}

/// A search for the permissions in one organization.
struct Search<'a> {
    entered: &'a Entered,
    user: &'a Answer,
    organization: &'a str,
}

impl Search<'_> {
    fn step(&self, answers: &[Answer]) -> Result<Step, TokenProblem> {
        sight(self.user)?;
        let [members, departments, repositories, details @ ..] = answers else {
            return Ok(Step::Ask(probes_of_organization(self.organization)));
        };
        let mut seen = vec![
            (MEMBERS, in_organization(members)?),
            (DEPARTMENTS, sight(departments)?),
            (REPOSITORIES, in_organization(repositories)?),
        ];
        let repository = Repository::best(repositories);
        match (&repository, details) {
            (Some(repository), []) => {
                return Ok(Step::Ask(probes_of_repository(self.organization, &repository.id)));
            }
            (Some(repository), [branches, tags, webhooks, ..]) => {
                let webhooks = repository.sight_of_webhooks(webhooks)?;
                seen.extend([(BRANCHES, sight(branches)?), (TAGS, sight(tags)?), (WEBHOOKS, webhooks)]);
                // Both are one choice on the page. That it was made for writing is never seen by a read.
                let writing = if webhooks == Sight::Lacking { Sight::Lacking } else { Sight::Hidden };
                seen.push((WEBHOOKS_WRITE, writing));
            }
            _ => seen.extend([BRANCHES, TAGS, WEBHOOKS, WEBHOOKS_WRITE].map(|name| (name, Sight::Hidden))),
        }
        self.verdict(members, &seen)
    }

    fn verdict(&self, members: &Answer, seen: &[(&str, Sight)]) -> Result<Step, TokenProblem> {
        let those = |wanted: Sight| -> Vec<String> {
            seen.iter().filter(|(_, sight)| *sight == wanted).map(|(name, _)| (*name).to_owned()).collect()
        };
        let missing = those(Sight::Lacking);
        if !missing.is_empty() {
            return Err(TokenProblem::LacksScopes { missing });
        }
        let (scopes, unverified_scopes) = (those(Sight::Granted), those(Sight::Hidden));
        let account = self.account(members)?;
        Ok(Step::Accept(Box::new(Verified { account, scopes, unverified_scopes, expires_at: None })))
    }

    fn account(&self, members: &Answer) -> Result<Account, TokenProblem> {
        let (user, username) = (self.user, &self.entered.username);
        let (id, name) = if sight(user)? == Sight::Granted {
            let id = user.identifier(&["id"]).ok_or(TokenProblem::NotTheProvider { status: user.status })?;
            (id, user.text(&["name"]).or_else(|| user.text(&["nickName"])))
        } else if let [only] = items(members)
            && let Some(id) = only.get("userId").and_then(plain_id)
        {
            (id, only.get("name").and_then(Value::as_str))
        } else {
            (format!("{}/{username}", self.organization), None)
        };
        let page = format!("{}/{}", self.entered.web_url, self.organization);
        Ok(Account::new(id, username, name, None, Some(&page)))
    }
}

/// A repository that can show more permissions.
struct Repository {
    id: String,
    is_administrator: bool,
}

impl Repository {
    /// The one that the person may do the most with: less hides there.
    fn best(list: &Answer) -> Option<Self> {
        let level = |item: &Value| item.get("accessLevel").and_then(Value::as_i64).unwrap_or_default();
        let known = items(list).iter().filter_map(|item| Some((level(item), plain_id(item.get("id")?)?)));
        // Of several such, the most recently used one.
        let (level, id) = known.rev().max_by_key(|(level, _)| *level)?;
        Some(Self { id, is_administrator: level >= ADMINISTRATOR })
    }

    /// A refusal tells of the token only where the person themself may.
    fn sight_of_webhooks(&self, answer: &Answer) -> Result<Sight, TokenProblem> {
        match sight(answer)? {
            Sight::Lacking if !self.is_administrator => Ok(Sight::Hidden),
            seen => Ok(seen),
        }
    }
}

/// As [`sight`], of a call that every organization answers.
fn in_organization(answer: &Answer) -> Result<Sight, TokenProblem> {
    match sight(answer)? {
        Sight::Hidden => Err(TokenProblem::WrongOrganization),
        seen => Ok(seen),
    }
}

/// <https://help.aliyun.com/zh/yunxiao/developer-reference/error-code-center>
fn sight(answer: &Answer) -> Result<Sight, TokenProblem> {
    let is_json = answer.json.is_some();
    match (answer.status, answer.text(&["errorCode"]).unwrap_or_default()) {
        (200, "") if is_json => Ok(Sight::Granted),
        (401, code) if code.starts_with("ExpiredToken") => Err(TokenProblem::Expired),
        (401, _) if is_json => Err(TokenProblem::Rejected),
        (403, code) if is_about_organization(code) => Err(TokenProblem::WrongOrganization),
        (403, code) if !code.is_empty() && answer.common_failure().is_none() => Ok(Sight::Lacking),
        (400, "UnsupportedCurrentTokenType") => Err(TokenProblem::WrongKind),
        // Without a code it is not this API that answers.
        (400, "BadRequest") => Ok(Sight::Hidden),
        (404, code) if !code.is_empty() => Ok(Sight::Hidden),
        _ => Err(TokenProblem::of_unexpected(answer)),
    }
}

fn is_about_organization(code: &str) -> bool {
    code.ends_with("UserNotInCurrentOrganization") || code.ends_with("InvalidOrganizationMember")
}

fn items(answer: &Answer) -> &[Value] {
    answer.json.as_ref().and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// An id that can stand in a path as it is.
fn plain_id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return None,
    };
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    ((1..=64).contains(&text.len()) && text.bytes().all(is_plain)).then_some(text)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
