//! What a simulator answers.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::Response,
};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::html::CONTENT_SECURITY_POLICY;

/// One answer, and how long it takes.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) delay: Duration,
}

impl Reply {
    /// A status alone.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), delay: Duration::ZERO }
    }

    /// A body of any type.
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.with("Content-Type", content_type)
    }

    /// A JSON body.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// A form-encoded body.
    pub(super) fn form(status: u16, members: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
        Self::new(status, "application/x-www-form-urlencoded; charset=utf-8", body)
    }

    /// A page.
    pub(super) fn page(status: u16, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
            .with("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            .with("Cache-Control", "no-store")
    }

    /// A redirect of the browser.
    pub(super) fn redirect(location: &Url) -> Self {
        Self::empty(302).with("Location", location.as_str()).with("Cache-Control", "no-store")
    }

    /// With one more header.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sent only after `delay`.
    pub(super) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap_or_else(|error| {
            let mut response = Response::new(Body::from(format!("the simulator cannot send this: {error}\n")));
            *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }
}

/// Issued tokens could not be written to the state directory.
impl From<io::Error> for Reply {
    fn from(error: io::Error) -> Self {
        Self::new(500, "text/plain; charset=utf-8", format!("the simulator cannot keep its state: {error}\n"))
    }
}
