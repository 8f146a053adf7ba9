//! What every simulated authorization server has in common (RFC 6749 section 4.1, RFC 7636).
//!
//! A person sees the consent page at the provider's authorization endpoint. A test does without it:
//!
//! ```text
//! POST {authorization endpoint}/decision
//! Content-Type: application/x-www-form-urlencoded
//!
//! decision=authorize | cancel
//! account=octo-fake          (or account_name=…, which wins; not needed to cancel)
//! scope=repo&scope=…         what is granted, repeated or separated by blanks; absent or empty: nothing
//! client_id=… redirect_uri=… state=… code_challenge=… code_challenge_method=…
//!                            the authorization request's own parameters, unchanged
//! ```
//!
//! Posting the authorization request's parameters with `decision` and `account` added grants all that is asked for.
//! The answer is the 302 that the browser would follow.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::http::Method;
use codebind::domain::provider::OAuth;
use rand::{Rng as _, distr::Alphanumeric};
use url::Url;

use super::{authorization, call::Call, exchange, reply::Reply, stage::Stage, state::Token, state::lock};

/// How one provider's authorization server differs from the next one's, beyond what [`OAuth`] declares.
#[derive(Debug)]
pub(super) struct Manners {
    /// `client_id` of the one registered app.
    pub(super) client_id: &'static str,
    /// Its `client_secret`.
    pub(super) client_secret: &'static str,
    /// Logins that the consent page offers.
    pub(super) accounts: &'static [&'static str],
    /// Whether a login can exist.
    pub(super) is_login: fn(&str) -> bool,
    /// Whether the account may authorize an app yet.
    pub(super) is_verified: fn(&str) -> bool,
    /// Whether a redirect URI (second) fits the registered one (first).
    pub(super) redirect_fits: fn(&Url, &Url) -> bool,
    /// Makes an authorization code.
    pub(super) code: fn() -> String,
    /// How long a code is good.
    pub(super) code_lifetime: Duration,
    /// Makes an access token.
    pub(super) access_token: fn() -> String,
    /// How many tokens of one account with the same scopes live at once.
    pub(super) tokens_max: usize,
    /// Refresh tokens, where there are any.
    pub(super) refreshing: Option<Refreshing>,
    /// What happens instead of a code.
    pub(super) declined: fn(Declined) -> Ending,
    /// The token endpoint's answer to requests that it does not even look at.
    pub(super) turned_away: fn(&Call) -> Option<Reply>,
    /// The token endpoint's answer with a token.
    pub(super) granted: fn(&Call, &Token) -> Reply,
    /// The token endpoint's answer without one.
    pub(super) refused: fn(&Call, Refusal) -> Reply,
}

/// How tokens are replaced (RFC 6749 section 6).
#[derive(Debug)]
pub(super) struct Refreshing {
    /// Makes a refresh token.
    pub(super) refresh_token: fn() -> String,
    /// Whether an account's refresh tokens are replaced, too.
    pub(super) rotates: fn(&str) -> bool,
    /// How long a refresh token that was replaced stays good.
    pub(super) grace: Duration,
    /// Whether the client has to prove itself. If it tries, it has to succeed.
    pub(super) needs_client: bool,
    /// Whether the account may still be used.
    pub(super) is_active: fn(&str) -> bool,
}

/// How an authorization ends that brings no code.
#[derive(Debug)]
pub(super) enum Ending {
    /// The browser brings these parameters back.
    Back(Vec<(&'static str, String)>),
    /// The browser stays, on a page with this status and text.
    Page(u16, &'static str),
}

/// Why an authorization brings no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declined {
    /// The person cancelled.
    ByPerson,
    /// The redirect URI does not fit the registered one.
    RedirectUri,
    /// The challenge is malformed, or made by another method than S256.
    Challenge,
    /// `response_type` is not `code`.
    ResponseType,
}

/// Why the token endpoint gives no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No app has this client id.
    UnknownClient,
    /// The client secret is wrong.
    Secret,
    /// It is not about an authorization code.
    GrantType,
    /// The code is unknown, used or too old, or the verifier is not that of its challenge.
    Code,
    /// The redirect URI is not the one that the code was made for.
    RedirectUri,
    /// The account may not authorize an app yet, or no more.
    Account,
    /// The refresh token is unknown, used or revoked.
    RefreshToken,
}

/// What an authorization code stands for.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// As the authorization request had it; the token request must repeat it (RFC 6749 section 4.1.3).
    pub(super) redirect_uri: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) account: String,
    pub(super) scopes: Vec<String>,
    pub(super) ends_at: Instant,
}

/// The codes that wait to be exchanged. They live in memory: ten minutes are not worth a file.
#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<HashMap<String, Code>>);

impl Codes {
    pub(super) fn add(&self, text: String, code: Code, now: Instant) {
        let mut codes = lock(&self.0);
        codes.retain(|_, it| it.ends_at > now);
        codes.insert(text, code);
    }

    /// Takes a code out, whatever then becomes of it: no code is good twice.
    pub(super) fn take(&self, text: &str, now: Instant) -> Option<Code> {
        lock(&self.0).remove(text).filter(|it| it.ends_at > now)
    }
}

/// The answer, if the request is for one of the two endpoints.
pub(super) fn answer(stage: &Stage, manners: &Manners, oauth: &OAuth, call: &Call) -> Option<Reply> {
    let decision_path = decision_path(oauth);
    if call.is(&Method::GET, oauth.authorization_path) {
        Some(authorization::ask(stage, manners, &decision_path, call))
    } else if call.is(&Method::POST, &decision_path) {
        Some(authorization::decide(stage, manners, call))
    } else if call.is(&Method::POST, oauth.token_path) {
        Some(exchange::answer(stage, manners, oauth, call))
    } else {
        None
    }
}

/// Where the consent page is posted to.
pub(super) fn decision_path(oauth: &OAuth) -> String {
    format!("{}/decision", oauth.authorization_path)
}

/// Random letters and digits.
pub(super) fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

/// Random hexadecimal digits.
pub(super) fn random_hex(length: usize) -> String {
    let digit = || char::from(b"0123456789abcdef"[rand::random_range(0..16_usize)]);
    std::iter::repeat_with(digit).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(ends_at: Instant) -> Code {
        Code { redirect_uri: None, challenge: None, account: String::new(), scopes: Vec::new(), ends_at }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_while() {
        let (codes, now) = (Codes::default(), Instant::now());
        let end = now + Duration::from_mins(10);
        codes.add("used".to_owned(), code(end), now);
        assert!(codes.take("used", now).is_some());
        assert!(codes.take("used", now).is_none());
        codes.add("late".to_owned(), code(end), now);
        assert!(codes.take("late", end).is_none());
    }
}
