//! The authorization endpoint: the consent page, and the decision made on it (RFC 6749 section 4.1.1).

use std::time::Instant;

use codebind::domain::answer::split_scopes;
use url::Url;

use super::{
    call::{Call, Parameters},
    oauth::{Code, Declined, Ending, Manners},
    page,
    reply::Reply,
    stage::Stage,
};

/// What the app is called on the page.
const APP: &str = "codebind";

/// Length of an S256 challenge (RFC 7636 section 4.2).
const CHALLENGE_LENGTH: usize = 43;

/// The parameters of an authorization request that the page carries along.
const CARRIED: [&str; 6] =
    ["client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method"];

/// An authorization request that is in order.
struct Authorization<'a> {
    /// Where the browser goes next.
    target: Url,
    redirect_uri: Option<&'a str>,
    challenge: Option<&'a str>,
    /// Sorted.
    scopes: Vec<String>,
}

/// Shows the consent page.
///
/// Real providers may skip it when the app was authorized before; this one always asks.
pub(super) fn ask(stage: &Stage, manners: &Manners, decision_path: &str, call: &Call) -> Reply {
    let parameters = call.query();
    if CARRIED.into_iter().chain(["scope"]).any(|name| parameters.is_repeated(name)) {
        return problem(stage, 400, "Bad request", "A parameter of the request is given twice.");
    }
    let authorization = match read(stage, manners, &parameters) {
        Ok(authorization) => authorization,
        Err(reply) => return reply,
    };
    let hidden: Vec<_> = CARRIED.into_iter().filter_map(|name| Some((name, parameters.get(name)?))).collect();
    let provider = stage.declaration.provider;
    let why = |name: &str| provider.scopes.iter().find(|it| it.name == name).map_or("", |it| it.why.en);
    let scopes: Vec<_> = authorization.scopes.iter().map(|name| (name.as_str(), why(name))).collect();
    let page = page::consent(&page::Consent {
        provider: provider.display_name,
        app: APP,
        action: decision_path,
        accounts: manners.accounts,
        scopes: &scopes,
        hidden: &hidden,
        returns_to: &authorization.target[..url::Position::AfterPath],
    });
    Reply::page(200, page)
}

/// Does what the person decided.
pub(super) fn decide(stage: &Stage, manners: &Manners, call: &Call) -> Reply {
    let parameters = call.form();
    let Authorization { mut target, redirect_uri, challenge, scopes } = match read(stage, manners, &parameters) {
        Ok(authorization) => authorization,
        Err(reply) => return reply,
    };
    match parameters.get("decision") {
        Some("authorize") => {}
        Some("cancel") => return decline(stage, manners, &target, Declined::ByPerson, &parameters),
        _ => return problem(stage, 400, "Bad request", "The decision is neither authorize nor cancel."),
    }
    let account = parameters.get("account_name").or(parameters.get("account"));
    let Some(account) = account.filter(|it| (manners.is_login)(it)) else {
        return problem(stage, 400, "No such account", "Go back and choose an account.");
    };
    let text = (manners.code)();
    let now = Instant::now();
    let code = Code {
        redirect_uri: redirect_uri.map(str::to_owned),
        challenge: challenge.map(str::to_owned),
        account: account.to_owned(),
        scopes,
        ends_at: now + manners.code_lifetime,
    };
    stage.codes.add(text.clone(), code, now);
    target.query_pairs_mut().append_pair("code", &text);
    bring_back(target, &parameters)
}

/// The request as far as it is in order; otherwise what the browser gets.
fn read<'a>(stage: &Stage, manners: &Manners, parameters: &'a Parameters) -> Result<Authorization<'a>, Reply> {
    // Nothing is redirected for an unknown client: it has no registered redirect URI (RFC 6749 section 4.1.2.1).
    if parameters.get("client_id") != Some(manners.client_id) {
        return Err(problem(stage, 404, "Not found", "No app with this client id is registered."));
    }
    let registered = Url::parse(&stage.redirect_uri)
        .map_err(|error| problem(stage, 500, "Misconfigured", &format!("{}: {error}", stage.redirect_uri)))?;
    let redirect_uri = parameters.get("redirect_uri");
    let target = match redirect_uri {
        None => registered,
        Some(text) => match Url::parse(text) {
            Ok(url) if (manners.redirect_fits)(&registered, &url) => url,
            _ => return Err(decline(stage, manners, &registered, Declined::RedirectUri, parameters)),
        },
    };
    if parameters.get("response_type").is_some_and(|it| it != "code") {
        return Err(decline(stage, manners, &target, Declined::ResponseType, parameters));
    }
    let challenge = parameters.get("code_challenge");
    let method = parameters.get("code_challenge_method");
    if !is_challenge_in_order(challenge, method) {
        return Err(decline(stage, manners, &target, Declined::Challenge, parameters));
    }
    Ok(Authorization { target, redirect_uri, challenge, scopes: scopes(stage, parameters) })
}

/// Without a method the challenge would be plain (RFC 7636 section 4.3), which is refused.
fn is_challenge_in_order(challenge: Option<&str>, method: Option<&str>) -> bool {
    let is_base64url = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    match (challenge, method) {
        (None, None) => true,
        (Some(it), Some("S256")) => it.len() == CHALLENGE_LENGTH && it.bytes().all(is_base64url),
        _ => false,
    }
}

fn scopes(stage: &Stage, parameters: &Parameters) -> Vec<String> {
    let provider = stage.declaration.provider;
    let is_registered = provider.oauth().is_some_and(|it| !it.scopes_in_request);
    let mut scopes: Vec<_> = parameters.all("scope").flat_map(split_scopes).collect();
    if is_registered {
        // The request can narrow what is registered, and no more.
        let registered = provider.scope_names();
        scopes.retain(|it| registered.contains(it));
        if scopes.is_empty() {
            scopes = registered;
        }
    }
    scopes.sort();
    scopes.dedup();
    scopes
}

fn decline(stage: &Stage, manners: &Manners, target: &Url, declined: Declined, parameters: &Parameters) -> Reply {
    match (manners.declined)(declined) {
        Ending::Page(status, text) => problem(stage, status, "Not authorized", text),
        Ending::Back(reasons) => {
            let mut target = target.clone();
            target.query_pairs_mut().extend_pairs(reasons);
            bring_back(target, parameters)
        }
    }
}

fn bring_back(mut target: Url, parameters: &Parameters) -> Reply {
    if let Some(state) = parameters.get("state") {
        target.query_pairs_mut().append_pair("state", state);
    }
    Reply::redirect(&target)
}

fn problem(stage: &Stage, status: u16, title: &str, text: &str) -> Reply {
    Reply::page(status, page::problem(stage.declaration.provider.display_name, title, text))
}
