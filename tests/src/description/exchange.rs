//! A request and its answer, as far as the description speaks of them.

use percent_encoding::percent_decode_str;

use crate::Answer;

/// A request and what was answered.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The body.
    pub body: Vec<u8>,
    /// What was answered.
    pub answer: Answer,
}

impl Exchange {
    /// A request that is to be sent, with an answer that is yet to come.
    pub(crate) fn asked(request: &reqwest::Request) -> impl FnOnce(Answer) -> Self + use<> {
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let query = request.url().query().unwrap_or_default().to_owned();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
        move |answer| Self { method, path, query, body, answer }
    }

    /// The path as the gateway routes it: decoded, and ended by a decoded `?`.
    pub(super) fn routed_path(&self) -> String {
        let decoded = percent_decode_str(&self.path).decode_utf8_lossy();
        decoded.split('?').next().unwrap_or_default().to_owned()
    }

    /// Whether the request was accepted.
    pub(super) fn is_accepted(&self) -> bool {
        self.answer.status < 400
    }

    /// The media type of the answer, without parameters.
    pub(super) fn media_type(&self) -> &str {
        self.answer.header("content-type").split(';').next().unwrap_or_default().trim()
    }
}
