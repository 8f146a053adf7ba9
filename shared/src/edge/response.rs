//! Responses, with the headers that every one of them carries (S-13).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::event::Response;
use super::language::Language;
use super::page;
use super::problem::Problem;
use super::request::Frame;

/// What a handler gives back. No `Debug`: it may hold a nonce or a grant (S-36).
pub struct Reply {
    status: u16,
    kind: &'static str,
    body: String,
    is_base64_encoded: bool,
    headers: Vec<(&'static str, String)>,
    cookies: Vec<String>,
    outcome: &'static str,
}

impl Reply {
    /// JSON. `outcome` names what happened in the log.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize, outcome: &'static str) -> Self {
        // Our own views always serialize.
        let body = serde_json::to_string(body).unwrap_or_default();
        Self::new(status, "application/json", body, outcome)
    }

    /// Done, with nothing to say.
    #[must_use]
    pub fn nothing(outcome: &'static str) -> Self {
        Self::new(204, "", String::new(), outcome)
    }

    /// A problem as RFC 9457 JSON.
    #[must_use]
    pub fn problem(problem: &Problem, frame: &Frame) -> Self {
        let document = problem.document(frame.language, &frame.request_id);
        let reply = Self::json(problem.code.status(), &document, problem.code.name());
        Self { kind: "application/problem+json", ..reply }.with_problem_headers(problem)
    }

    /// A problem as a page, with links as in [`Reply::page`].
    #[must_use]
    pub fn problem_page(problem: &Problem, links: &[(String, &str)], frame: &Frame) -> Self {
        let (title, detail) = (problem.title(frame.language), problem.detail(frame.language));
        let reply = Self::page(problem.code.status(), &title, &detail, links, frame, problem.code.name());
        reply.with_problem_headers(problem)
    }

    /// A page with a title, a sentence and perhaps links with their words, all escaped.
    #[must_use]
    pub fn page(
        status: u16,
        title: &str,
        sentence: &str,
        links: &[(String, &str)],
        frame: &Frame,
        outcome: &'static str,
    ) -> Self {
        let content = page::Content { is_good: status < 400, title, sentence, links, code: outcome };
        let body = page::render(&content, frame);
        Self::new(status, HTML, body, outcome)
    }

    /// The console's page under its own policy (S-68).
    #[must_use]
    pub fn console_page(body: String, policy: String, outcome: &'static str) -> Self {
        Self::new(200, HTML, body, outcome).with_header("content-security-policy", policy)
    }

    /// A file whose address holds the hash of what is in it: the one answer that caches may keep (S-69). It is in no
    /// language, and a gateway takes what is compressed in base64 alone.
    #[must_use]
    pub fn immutable(kind: &'static str, plain: &str, gzip: Option<&[u8]>, outcome: &'static str) -> Self {
        let body = gzip.map_or_else(|| plain.to_owned(), |bytes| STANDARD.encode(bytes));
        let reply = Self::new(200, kind, body, outcome)
            .with_header("cache-control", "public, max-age=31536000, immutable".to_owned())
            .with_header("vary", "accept-encoding, origin".to_owned());
        match gzip {
            Some(_) => Self { is_base64_encoded: true, ..reply }.with_header("content-encoding", "gzip".to_owned()),
            None => reply,
        }
    }

    /// 303, so that nothing of the request is sent on.
    #[must_use]
    pub fn see_other(location: String, outcome: &'static str) -> Self {
        Self::new(303, "text/plain; charset=utf-8", String::new(), outcome).with_header("location", location)
    }

    /// Adds `Set-Cookie` values.
    #[must_use]
    pub fn with_cookies(self, cookies: Vec<String>) -> Self {
        Self { cookies, ..self }
    }

    /// What happened, for the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.outcome
    }

    /// The status, for the log.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The response with the headers of S-13.
    #[must_use]
    pub fn into_response(self, language: Language) -> Response {
        let policy = if self.kind.starts_with("text/html") { page::CONTENT_SECURITY_POLICY } else { NOTHING };
        let mut headers = HashMap::from([
            ("cache-control", "no-store".to_owned()),
            ("content-language", language.tag().to_owned()),
            ("content-security-policy", policy.to_owned()),
            ("content-type", self.kind.to_owned()),
            ("cross-origin-opener-policy", "same-origin".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("strict-transport-security", "max-age=63072000; includeSubDomains".to_owned()),
            ("vary", "accept-language, origin".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ]);
        headers.extend(self.headers);
        if self.kind.is_empty() {
            headers.remove("content-type");
        }
        let (cookies, body) = (self.cookies, self.body);
        Response { status_code: self.status, headers, cookies, body, is_base64_encoded: self.is_base64_encoded }
    }

    fn new(status: u16, kind: &'static str, body: String, outcome: &'static str) -> Self {
        Self { status, kind, body, is_base64_encoded: false, headers: Vec::new(), cookies: Vec::new(), outcome }
    }

    fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn with_problem_headers(mut self, problem: &Problem) -> Self {
        self.headers.extend(problem.retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        self.headers.extend(problem.allow.map(|methods| ("allow", methods.to_owned())));
        self
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// The policy of what is no page: nothing may be loaded or framed.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
