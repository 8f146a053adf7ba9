//! `answer`: whatever a provider answers, through every function that reads answers.

use std::time::Duration;

use codebind::domain::answer::{Answer, split_scopes};
use codebind::domain::binding::Account;
use codebind::domain::credential::Credential;
use codebind::domain::provider::{OAuth, PersonalToken, Provider};
use codebind::domain::timestamp::Timestamp;
use codebind::domain::token_answer::tokens;
use codebind::domain::verification::{Entered, Probe, Step, TokenProblem};
use codebind::edge::language::Language;
use codebind::edge::problem::Problem;
use codebind::edge::request::Frame;
use codebind::edge::response::Reply;
use codebind::error::Error;
use codebind::providers;

use super::bytes::Bytes;
use super::response;

/// As many rounds of questions as a binding by token has.
const ROUNDS_MAX: usize = 4;

/// Longest text of a provider that may be kept, in bytes: 512 characters.
const KEPT_MAX: usize = 4 * 512;

/// Username and organization in lines; then answers, each behind a zero byte: status, headers, a blank line, body.
pub(super) fn run(data: &[u8]) {
    let (first, rest) = data.split_at(data.iter().position(|it| *it == 0).unwrap_or(data.len()));
    let mut first = Bytes::new(first);
    let (username, organization) = (first.line(), first.line());
    let answers: Vec<_> = rest.split(|it| *it == 0).skip(1).map(answer).collect();
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let organization_id = (!organization.is_empty() && organization.bytes().all(is_plain)).then_some(organization);
    let entered = Entered { username, organization_id, web_url: "https://git.example.com".to_owned() };
    for block in rest.split(|it| *it == 0).skip(1) {
        token_answer(body_of(block));
    }
    run_answers(&entered, &answers);
}

/// Each provider's functions, on answers that may be another provider's.
pub(crate) fn run_answers(entered: &Entered, answers: &[Answer]) {
    for provider in providers::ALL {
        if let Some(oauth) = provider.oauth() {
            for answer in answers {
                by_code(provider, oauth, answer);
            }
        }
        if let Some(personal_token) = provider.personal_token().filter(|_| !answers.is_empty()) {
            by_token(provider, personal_token, entered, answers);
        }
    }
}

fn answer(block: &[u8]) -> Answer {
    let body = body_of(block);
    let mut head = Bytes::new(&block[..block.len() - body.len()]);
    let status = head.line().parse().unwrap_or(200);
    let mut headers = Vec::new();
    while let Some((name, value)) = Some(head.line()).as_deref().and_then(|line| line.split_once(": ")) {
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    Answer { status, headers, json: serde_json::from_slice(body).ok() }
}

fn body_of(block: &[u8]) -> &[u8] {
    let at = block.windows(2).position(|it| it == b"\n\n").map_or(block.len(), |at| at + 2);
    &block[at..]
}

/// S-20, S-40
fn by_code(provider: &Provider, oauth: &OAuth, answer: &Answer) {
    if let Some(account) = (oauth.account)(answer) {
        is_harmless(&account);
    }
    let _ = (oauth.exchange_refusal)(answer);
    let granted =
        oauth.granted_scopes_header.and_then(|name| answer.header(name)).map(split_scopes).unwrap_or_default();
    are_bounded(&granted);
    let missing = provider.missing_scopes(&granted);
    assert!(missing.iter().all(|it| provider.scope_names().contains(it) && !granted.contains(it)));
    if let Some(failure) = answer.common_failure() {
        is_told(&Error::ProviderFailed(failure), provider);
    }
}

/// S-27, S-28: the conversation ends, and a token is accepted only where somebody was met.
fn by_token(provider: &Provider, personal_token: &PersonalToken, entered: &Entered, answers: &[Answer]) {
    let mut given = answers.iter().cycle();
    let mut heard = Vec::new();
    for _ in 0..ROUNDS_MAX {
        match (personal_token.verify)(entered, &heard) {
            Step::Ask(probes) => {
                assert!((1..=8).contains(&probes.len()), "{probes:?}");
                probes.iter().for_each(stays_on_the_api);
                heard.extend(probes.iter().filter_map(|_| given.next().cloned()));
            }
            Step::Accept(verified) => {
                assert!(heard.iter().any(|it| it.status == 200 && it.json.is_some()), "{verified:?}");
                is_harmless(&verified.account);
                are_bounded(&verified.scopes);
                let known = provider.scope_names();
                assert!(verified.unverified_scopes.iter().all(|it| known.contains(it)), "{verified:?}");
                assert!(provider.scopes.iter().all(|scope| {
                    let has = |list: &[String]| list.iter().any(|it| it == scope.name);
                    has(&verified.scopes) || has(&verified.unverified_scopes)
                }));
                return;
            }
            Step::Refuse(problem) => return is_explained(problem, provider),
        }
    }
    panic!("{} never decides: {heard:?}", provider.id);
}

/// what a server says cannot lead a call away from the paths of its API.
fn stays_on_the_api(probe: &Probe) {
    let path = &probe.path;
    assert!(path.starts_with('/') && !path.contains("//") && path.len() < 512, "{path}");
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"/_-?=&.".contains(&it);
    assert!(path.bytes().all(is_plain) && !path.contains("..") && path.matches('?').count() <= 1, "{path}");
}

fn is_explained(problem: TokenProblem, provider: &Provider) {
    is_told(&Error::Token { problem, suggested_server: None }, provider);
}

/// S-12, S-13: whatever was sent, the answer is one of ours.
fn is_told(error: &Error, provider: &Provider) {
    for language in [Language::English, Language::Chinese] {
        let frame = Frame { request_id: "r-1".to_owned(), language };
        let problem = Problem::of(error, Some(provider));
        response::check(&Reply::problem(&problem, &frame).into_response(language)).expect("a problem");
        response::check(&Reply::problem_page(&problem, &[], &frame).into_response(language));
    }
}

fn is_harmless(account: &Account) {
    let Account { id, login, name, avatar_url, profile_url } = account;
    assert!(!id.is_empty() && id.len() <= KEPT_MAX, "{id:?}");
    for text in [Some(id), Some(login), name.as_ref(), avatar_url.as_ref(), profile_url.as_ref()].into_iter().flatten()
    {
        assert!(text.len() <= KEPT_MAX && !text.contains(char::is_control), "{text:?}");
    }
    for link in [avatar_url, profile_url].into_iter().flatten() {
        assert!(link.starts_with("https://") || link.starts_with("http://"), "{link}");
    }
}

fn are_bounded(scopes: &[String]) {
    assert!(scopes.iter().map(String::len).sum::<usize>() <= 64 * 1024, "{} scopes", scopes.len());
}

/// a lifetime of any kind does no harm.
fn token_answer(body: &[u8]) {
    let now = Timestamp::from_seconds(1_800_000_000);
    let Some((credential, scopes)) = tokens(body, now) else { return };
    assert!(!credential.access_token.reveal().is_empty());
    are_bounded(&scopes.unwrap_or_default());
    let latest = now.plus(Duration::from_hours(400 * 24));
    assert!(credential.expires_at.is_none_or(|at| (now..=latest).contains(&at)), "{:?}", credential.expires_at);
    let back = Credential::from_plain(&credential.to_plain()).expect("what is sealed can be opened");
    assert!(back.access_token.0.same_as(&credential.access_token.0) && back.expires_at == credential.expires_at);
    assert_eq!(back.refresh_token.is_some(), credential.refresh_token.is_some());
}
