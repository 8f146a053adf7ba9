//! Cross-origin rules, applied by the gateway itself as an HTTP API with a CORS configuration does.

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use url::Url;

use crate::origins::{Origins, is_loopback};

const METHODS: HeaderValue = HeaderValue::from_static("DELETE,GET,POST,PUT");
const HEADERS: HeaderValue = HeaderValue::from_static("accept-language,authorization,content-type");
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("300");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// The origins whose pages may call.
pub(crate) struct Cors {
    origins: Origins,
    /// Pages of this machine may call too, all of them, but without cookies, and nobody with them.
    is_open_to_loopback: bool,
}

impl Cors {
    /// Pages of these origins may call with the person's cookies.
    pub(crate) fn new(origins: Origins) -> Self {
        Self { origins, is_open_to_loopback: false }
    }

    /// Pages of these origins and of this machine may call, without cookies.
    pub(crate) fn open_to_loopback(origins: Origins) -> Self {
        Self { origins, is_open_to_loopback: true }
    }

    /// The answer to a preflight; none when the request is not one.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asked = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if method != Method::OPTIONS || !asked || !headers.contains_key(header::ORIGIN) {
            return None;
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        if self.allowed(headers).is_some() {
            let answer = response.headers_mut();
            answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            answer.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
        }
        Some(response)
    }

    /// Sets what tells the browser whether the page may read the answer; a function has no say in it.
    pub(crate) fn apply(&self, request: &HeaderMap, response: &mut Response) {
        let headers = response.headers_mut();
        for name in [
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
        ] {
            headers.remove(name);
        }
        if let Some(origin) = self.allowed(request) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            if !self.is_open_to_loopback {
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
    }

    fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let text = origin.to_str().ok()?;
        let is_here = || self.is_open_to_loopback && Url::parse(text).is_ok_and(|it| is_loopback(&it));
        (self.origins.contains(text) || is_here()).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        Origins::new(["http://localhost:4180", "https://console.test/done/", "nonsense", "data:,"].into_iter())
    }

    fn cors() -> Cors {
        Cors::new(origins())
    }

    fn request(headers: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_preflight_of_an_allowed_origin_is_granted() {
        let headers = request(&[("origin", "https://console.test"), ("access-control-request-method", "PUT")]);
        let mut response = cors().preflight(&Method::OPTIONS, &headers).unwrap();
        cors().apply(&headers, &mut response);
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://console.test");
        assert_eq!(response.headers()["access-control-allow-credentials"], "true");
        assert_eq!(response.headers()["access-control-allow-methods"], "DELETE,GET,POST,PUT");
        assert!(cors().preflight(&Method::GET, &headers).is_none());
        assert!(cors().preflight(&Method::OPTIONS, &HeaderMap::new()).is_none());
    }

    #[test]
    fn other_origins_are_granted_nothing() {
        for origin in ["https://console.test.evil.test", "http://console.test", "null", ""] {
            let headers = request(&[("origin", origin), ("access-control-request-method", "PUT")]);
            let mut response = cors().preflight(&Method::OPTIONS, &headers).unwrap();
            cors().apply(&headers, &mut response);
            assert!(response.headers().is_empty(), "{origin}");
        }
    }

    #[test]
    fn pages_of_this_machine_may_read_what_is_open_to_them_without_cookies() {
        let open = Cors::open_to_loopback(origins());
        for (origin, is_allowed) in [
            ("http://localhost:5173", true),
            ("http://127.0.0.1:8080", true),
            ("https://console.test", true),
            ("https://localhost.evil.test", false),
            ("null", false),
        ] {
            let headers = request(&[("origin", origin)]);
            let mut response = StatusCode::OK.into_response();
            open.apply(&headers, &mut response);
            let allowed = response.headers().get("access-control-allow-origin");
            assert_eq!(allowed.is_some_and(|it| it == origin), is_allowed, "{origin}");
            assert!(!response.headers().contains_key("access-control-allow-credentials"), "{origin}");
        }
        let headers = request(&[("origin", "http://localhost:5173")]);
        assert!(cors().allowed(&headers).is_none(), "the API is not open to them");
    }

    #[test]
    fn a_function_has_no_say() {
        let mut response = StatusCode::OK.into_response();
        response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
        cors().apply(&HeaderMap::new(), &mut response);
        assert!(response.headers().is_empty());
    }
}
