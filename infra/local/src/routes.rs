//! The routes of the HTTP API, as `infra/aws` declares them.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::function::{Function, OAUTH_CALLBACK, OAUTH_START, STATUS, TOKEN_BIND, UNBIND};

/// One route of the HTTP API.
#[derive(Debug)]
pub struct Route {
    /// Method and path pattern, e.g. `GET /v1/oauth/callback/{provider}`.
    pub key: &'static str,
    /// The function that answers.
    pub function: &'static Function,
    /// Whether the JWT authorizer guards it.
    pub authorized: bool,
}

/// Every route. All but the callback ask for a token: the browser comes back from the provider without one.
pub static ROUTES: &[Route] = &[
    guarded("GET /v1/providers", &STATUS),
    guarded("GET /v1/users/me/bindings", &STATUS),
    guarded("GET /v1/users/me/bindings/{provider}", &STATUS),
    guarded("GET /v1/instances/{region}/{instance}/bindings", &STATUS),
    guarded("GET /v1/instances/{region}/{instance}/bindings/{provider}", &STATUS),
    guarded("POST /v1/grants", &TOKEN_BIND),
    guarded("PUT /v1/users/me/bindings/{provider}", &TOKEN_BIND),
    guarded("PUT /v1/instances/{region}/{instance}/bindings/{provider}", &TOKEN_BIND),
    guarded("POST /v1/users/me/bindings/{provider}/authorization", &OAUTH_START),
    guarded("POST /v1/instances/{region}/{instance}/bindings/{provider}/authorization", &OAUTH_START),
    guarded("POST /v1/authorizations/{provider}", &OAUTH_START),
    Route { key: "GET /v1/oauth/callback/{provider}", function: &OAUTH_CALLBACK, authorized: false },
    guarded("DELETE /v1/users/me/bindings/{provider}", &UNBIND),
    guarded("DELETE /v1/instances/{region}/{instance}/bindings/{provider}", &UNBIND),
];

/// What a path says about a route's `{…}` segments.
pub(crate) type PathParameters = BTreeMap<String, String>;

const fn guarded(key: &'static str, function: &'static Function) -> Route {
    Route { key, function, authorized: true }
}

/// The route of a request, by method and decoded path.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, PathParameters)> {
    ROUTES.iter().find_map(|route| {
        let (route_method, pattern) = route.key.split_once(' ')?;
        let parameters = (route_method == method).then(|| match_path(pattern, path))??;
        Some((route, parameters))
    })
}

/// The path as an HTTP API sees it: percent-decoded before it is routed, and ended by a decoded `?`.
/// Thus `%2F` separates segments, and a function never sees how a character was spelled.
pub(crate) fn decode_path(raw: &str) -> String {
    let decoded = percent_decode_str(raw).decode_utf8_lossy();
    let end = decoded.find('?').unwrap_or(decoded.len());
    decoded[..end].to_owned()
}

fn match_path(pattern: &str, path: &str) -> Option<PathParameters> {
    let mut parameters = PathParameters::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(_) if segment.is_empty() => return None,
            Some(name) => {
                parameters.insert(name.to_owned(), segment.to_owned());
            }
            None if expected == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(method: &str, path: &str) -> Option<&'static str> {
        find(method, &decode_path(path)).map(|(route, _)| route.key)
    }

    #[test]
    fn every_route_finds_itself() {
        for route in ROUTES {
            let (method, pattern) = route.key.split_once(' ').unwrap();
            let path = pattern.replace(['{', '}'], "");
            assert_eq!(key_of(method, &path), Some(route.key));
        }
    }

    #[test]
    fn only_the_callback_is_open() {
        let open: Vec<_> = ROUTES.iter().filter(|it| !it.authorized).map(|it| it.key).collect();
        assert_eq!(open, ["GET /v1/oauth/callback/{provider}"]);
    }

    #[test]
    fn other_paths_and_methods_have_no_route() {
        for (method, path) in [
            ("HEAD", "/v1/oauth/callback/example"),
            ("HEAD", "/v1/providers"),
            ("POST", "/v1/providers"),
            ("GET", "/v1/providers/"),
            ("GET", "/v1//providers"),
            ("GET", "/v1/users/me/bindings/"),
            ("GET", "/v1/users/you/bindings"),
            ("GET", "/v1/users/me/bindings/a/b"),
            ("GET", "/v1/users/me/bindings/a%2Fb"),
            ("GET", "/"),
            ("GET", "/V1/providers"),
        ] {
            assert_eq!(key_of(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let path = decode_path("/v1/instances/local-1/a%23b%20%E4%BD%A0+/bindings");
        let (_, parameters) = find("GET", &path).unwrap();
        assert_eq!(parameters["region"], "local-1");
        assert_eq!(parameters["instance"], "a#b 你+");
    }

    #[test]
    fn an_encoded_slash_separates_segments() {
        assert_eq!(
            key_of("GET", "/v1/instances/local-1%2Fone/bindings"),
            Some("GET /v1/instances/{region}/{instance}/bindings"),
        );
    }

    #[test]
    fn decoding_follows_the_gateway() {
        assert_eq!(decode_path("/a%2Fb%3Fc"), "/a/b");
        assert_eq!(decode_path("/%zz%ff%"), "/%zz\u{fffd}%");
        assert_eq!(decode_path("/%2525"), "/%25");
    }
}
