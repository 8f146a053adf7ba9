//! Cross-origin rules, applied by the gateway itself as an HTTP API with a CORS configuration does.

use std::collections::BTreeSet;

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use url::Url;

use crate::{environment::Environment, world::PUBLIC_URL};

const RETURN_TO: &str = "CODEBIND_RETURN_TO";
const METHODS: HeaderValue = HeaderValue::from_static("DELETE,GET,POST,PUT");
const HEADERS: HeaderValue = HeaderValue::from_static("accept-language,authorization,content-type");
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("300");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// The origins whose pages may call the API with the user's cookies.
pub(crate) struct Cors {
    origins: BTreeSet<String>,
}

impl Cors {
    /// Pages of the gateway itself and of the consoles that the browser returns to may call the API.
    pub(crate) fn of(url: &str, environment: &Environment) -> Self {
        let by_address = url.replace("//localhost:", "//127.0.0.1:");
        let own = [url, &by_address].into_iter();
        let value = |name| environment.get(name).map(String::as_str).unwrap_or_default();
        Self::new(own.chain([value(PUBLIC_URL)]).chain(value(RETURN_TO).split_whitespace()))
    }

    /// Allows the origins of these URLs; text that is no URL allows nothing.
    pub(crate) fn new<'a>(urls: impl Iterator<Item = &'a str>) -> Self {
        let origins = urls.filter_map(|url| Url::parse(url).ok());
        // An opaque origin is written `null`, which every sandboxed page sends.
        let tuples = origins.map(|url| url.origin()).filter(url::Origin::is_tuple);
        Self { origins: tuples.map(|it| it.ascii_serialization()).collect() }
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
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
    }

    fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.origins.contains(origin.to_str().ok()?).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors() -> Cors {
        Cors::new(["http://localhost:4180", "https://console.test/done/", "nonsense", "data:,"].into_iter())
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
    fn a_function_has_no_say() {
        let mut response = StatusCode::OK.into_response();
        response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
        cors().apply(&HeaderMap::new(), &mut response);
        assert!(response.headers().is_empty());
    }
}
