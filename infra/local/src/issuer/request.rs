//! The authorization request (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core section 3.1.2).

use url::Url;

use super::{client::Client, parameters::Parameters};

/// Scopes that mean something here; others are ignored.
pub(super) const SCOPES: [&str; 2] = [OPENID, OFFLINE_ACCESS];
/// Asks for an ID token.
pub(super) const OPENID: &str = "openid";
/// Asks for a refresh token.
pub(super) const OFFLINE_ACCESS: &str = "offline_access";

/// Length of an S256 challenge (RFC 7636 section 4.2).
const CHALLENGE_LENGTH: usize = 43;

/// What the page carries along.
const CARRIED: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// A request that is in order.
#[derive(Debug)]
pub(super) struct AuthorizationRequest {
    pub(super) client_id: String,
    /// As it was written; the token request must repeat it.
    pub(super) redirect_uri: String,
    pub(super) reply: ReplyTo,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) scopes: Vec<&'static str>,
    /// No page may be shown.
    pub(super) is_silent: bool,
    /// The page is to be shown, whoever is signed in.
    pub(super) asks_again: bool,
    /// How many seconds ago they may have chosen who they are.
    pub(super) max_age: Option<u64>,
    /// The parameters to carry through the page.
    pub(super) carried: Vec<(&'static str, String)>,
}

/// Where the answer goes, and what it repeats.
#[derive(Debug)]
pub(super) struct ReplyTo {
    url: Url,
    state: Option<String>,
}

impl ReplyTo {
    /// The address with the answer in its query, and with who says so (RFC 9207).
    pub(super) fn with(&self, answer: &[(&str, &str)], issuer: &str) -> Url {
        let mut url = self.url.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        url.query_pairs_mut().extend_pairs(answer).extend_pairs(state).append_pair("iss", issuer);
        url
    }

    /// The origin, for people.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

/// Why a request is not in order.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The browser is not sent anywhere; the person is told.
    Page(&'static str),
    /// The client is told, by error code and description.
    Redirect(Box<ReplyTo>, &'static str, &'static str),
}

impl AuthorizationRequest {
    pub(super) fn read(parameters: &Parameters, client: &Client) -> Result<Self, Refusal> {
        let client_id = parameters.get("client_id").filter(|it| client.is(it));
        let client_id = client_id.ok_or(Refusal::Page("No client with this client_id is registered."))?;
        let redirect_uri = parameters.get("redirect_uri").ok_or(Refusal::Page("The redirect_uri is missing."))?;
        let url = client.redirect_uri(redirect_uri).ok_or(Refusal::Page(
            "The redirect_uri is not allowed. Allowed are pages of this machine, of CODEBIND_PUBLIC_URL, and of the origins in \
             CODEBIND_RETURN_TO, without a fragment.",
        ))?;
        let reply = ReplyTo { url, state: parameters.get("state").map(str::to_owned) };
        if let Some((error, description)) = problem(parameters) {
            return Err(Refusal::Redirect(Box::new(reply), error, description));
        }
        let prompts: Vec<_> = parameters.get("prompt").unwrap_or_default().split(' ').collect();
        let asked: Vec<_> = parameters.get("scope").unwrap_or_default().split(' ').collect();
        let carried = CARRIED.into_iter().filter_map(|name| Some((name, parameters.get(name)?.to_owned())));
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            reply,
            challenge: parameters.get("code_challenge").unwrap_or_default().to_owned(),
            nonce: parameters.get("nonce").map(str::to_owned),
            scopes: SCOPES.into_iter().filter(|it| asked.contains(it)).collect(),
            is_silent: prompts.contains(&"none"),
            asks_again: prompts.contains(&"login") || prompts.contains(&"select_account"),
            max_age: parameters.get("max_age").and_then(|it| it.parse().ok()),
            carried: carried.collect(),
        })
    }
}

/// What is wrong, of which the client can be told.
fn problem(parameters: &Parameters) -> Option<(&'static str, &'static str)> {
    if parameters.has_repetition() {
        return Some(("invalid_request", "A parameter comes twice."));
    }
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        if parameters.get(name).is_some() {
            return Some((error, "Parameters are taken from the query alone."));
        }
    }
    match parameters.get("response_type") {
        Some("code") => {}
        None => return Some(("invalid_request", "response_type is missing.")),
        Some(_) => return Some(("unsupported_response_type", "The one response_type is code.")),
    }
    if parameters.get("response_mode").is_some_and(|it| it != "query") {
        return Some(("invalid_request", "The one response_mode is query."));
    }
    let is_base64url = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let is_challenge = |it: &str| it.len() == CHALLENGE_LENGTH && it.bytes().all(is_base64url);
    match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
        (None, _) => return Some(("invalid_request", "PKCE is required: code_challenge is missing.")),
        (Some(it), Some("S256")) if is_challenge(it) => {}
        (_, Some("S256")) => return Some(("invalid_request", "code_challenge is not made by S256.")),
        // Without a method it would be plain (RFC 7636 section 4.3).
        _ => return Some(("invalid_request", "The one code_challenge_method is S256.")),
    }
    let mut prompts = parameters.get("prompt").unwrap_or_default().split(' ');
    if prompts.clone().count() > 1 && prompts.any(|it| it == "none") {
        return Some(("invalid_request", "The prompt none goes with no other."));
    }
    let is_age = parameters.get("max_age").is_none_or(|it| it.parse::<u64>().is_ok());
    (!is_age).then_some(("invalid_request", "max_age is no number of seconds."))
}
