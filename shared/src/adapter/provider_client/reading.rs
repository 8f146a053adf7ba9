//! What is read of a provider's answer, and what is not looked at (S-25, S-41).

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response};
use zeroize::Zeroizing;

use crate::adapter::tls;
use crate::domain::address::CheckedAddress;
use crate::domain::answer::Answer;
use crate::ports::{CallError, TlsProblem};

/// More than this is not read (S-41). Nothing is decompressed: no encoding is offered to the server.
const BODY_MAX: usize = 1024 * 1024;

/// Names and values of an answer's headers together.
pub(super) const HEADERS_MAX: usize = 16 * 1024;

/// Sends, and reads at most [`BODY_MAX`] of an answer that comes from where it should.
pub(super) async fn exchange(
    request: RequestBuilder,
    checked: Option<&CheckedAddress>,
) -> Result<(Answer, Zeroizing<Vec<u8>>), CallError> {
    let mut response = request.send().await.map_err(|error| call_error(&error))?;
    // The second line of the address guard: what comes from elsewhere than what was checked is not looked at.
    let is_elsewhere = |server: &CheckedAddress| !response.remote_addr().is_some_and(|peer| server.is_at(peer));
    if checked.is_some_and(is_elsewhere) {
        return Err(CallError::NotPublic);
    }
    if response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > HEADERS_MAX {
        return Err(CallError::Broken);
    }
    let status = response.status().as_u16();
    let headers = headers(&response);
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| call_error(&error))? {
        if body.len() + chunk.len() > BODY_MAX {
            return Err(CallError::Broken);
        }
        body.extend_from_slice(&chunk);
    }
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(is_json);
    // A successful token answer is not kept as JSON: its tokens live in types that do not print.
    let json = if is_json { serde_json::from_slice(&body).ok().filter(holds_no_token) } else { None };
    Ok((Answer { status, headers, json }, body))
}

/// `application/json` and the like: the words before the parameters decide.
fn is_json(content_type: &HeaderValue) -> bool {
    let kind = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    kind.ends_with("/json") || kind.ends_with("+json")
}

fn holds_no_token(value: &serde_json::Value) -> bool {
    ["access_token", "token"].into_iter().all(|name| value.get(name).is_none())
}

fn headers(response: &Response) -> Vec<(String, String)> {
    let text =
        |(name, value): (&HeaderName, &HeaderValue)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()));
    response.headers().iter().filter_map(text).collect()
}

/// Why a request brought no answer. Translates by type, never by text.
#[must_use]
pub fn call_error(error: &reqwest::Error) -> CallError {
    if let Some(problem) = tls::problem(error) {
        CallError::Tls(problem)
    } else if error.is_connect() && error.is_timeout() {
        CallError::NoConnection
    } else if error.is_timeout() {
        CallError::TimedOut
    } else if error.is_connect() && tls::is_cut_off(error) {
        CallError::Tls(TlsProblem::Handshake)
    } else if error.is_connect() {
        CallError::Refused
    } else {
        CallError::Broken
    }
}
