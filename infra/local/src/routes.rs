//! The routes of the HTTP APIs, as `infra/aws` declares them.

use std::collections::BTreeMap;

use codebind::edge::route::Api;
use percent_encoding::percent_decode_str;

use crate::function::{CONSOLE, CREDENTIAL, Function, OAUTH_CALLBACK, OAUTH_START, STATUS, TOKEN_BIND, UNBIND};

/// One route of the HTTP API.
#[derive(Debug)]
pub struct Route {
    /// Method and path pattern, e.g. `GET /v1/oauth/callback/{provider}`.
    pub key: &'static str,
    /// Which API it belongs to.
    pub api: Api,
    /// The function that answers.
    pub function: &'static Function,
    /// Who is let through.
    pub authorization: Authorization,
}

/// Who is let through to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authorization {
    /// Everybody.
    None,
    /// Who brings a token of the issuer's.
    Jwt,
    /// Who signs as a principal that IAM allows it to.
    Iam,
}

impl Authorization {
    /// The name of it in the template.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Jwt => "JWT",
            Self::Iam => "AWS_IAM",
        }
    }
}

/// Every route. All but the callback and the console's page ask for a token: the browser comes back from the provider
/// without one, and nobody has one before the page is there.
pub static ROUTES: &[Route] = &[
    guarded("GET /v1/providers", &STATUS),
    guarded("GET /v1/owners", &STATUS),
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
    open("GET /v1/oauth/callback/{provider}", &OAUTH_CALLBACK),
    guarded("DELETE /v1/users/me/bindings/{provider}", &UNBIND),
    guarded("DELETE /v1/instances/{region}/{instance}/bindings/{provider}", &UNBIND),
    open("GET /", &CONSOLE),
    open("GET /console", &CONSOLE),
    open("GET /console/config.json", &CONSOLE),
    open("GET /console/{version}/{file}", &CONSOLE),
    for_workers("POST /v1/users/{user}/bindings/{provider}/credential"),
    for_workers("POST /v1/instances/{region}/{instance}/bindings/{provider}/credential"),
    for_workers("POST /v1/users/{user}/bindings/{provider}/credential/suspect"),
    for_workers("POST /v1/instances/{region}/{instance}/bindings/{provider}/credential/suspect"),
];

/// What a path says about a route's `{…}` segments.
pub(crate) type PathParameters = BTreeMap<String, String>;

const fn guarded(key: &'static str, function: &'static Function) -> Route {
    route(key, function, Authorization::Jwt)
}

const fn open(key: &'static str, function: &'static Function) -> Route {
    route(key, function, Authorization::None)
}

const fn route(key: &'static str, function: &'static Function, authorization: Authorization) -> Route {
    Route { key, api: Api::Public, function, authorization }
}

const fn for_workers(key: &'static str) -> Route {
    Route { key, api: Api::Workers, function: &CREDENTIAL, authorization: Authorization::Iam }
}

/// The route of a request to `api`, by method and decoded path.
pub(crate) fn find(api: Api, method: &str, path: &str) -> Option<(&'static Route, PathParameters)> {
    ROUTES.iter().filter(|route| route.api == api).find_map(|route| {
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
        find(Api::Public, method, &decode_path(path)).map(|(route, _)| route.key)
    }

    #[test]
    fn every_route_finds_itself() {
        for route in ROUTES {
            let (method, pattern) = route.key.split_once(' ').unwrap();
            let path = pattern.replace(['{', '}'], "");
            let found = find(route.api, method, &path).map(|(route, _)| route.key);
            assert_eq!(found, Some(route.key));
            let other = if route.api == Api::Public { Api::Workers } else { Api::Public };
            assert!(find(other, method, &path).is_none(), "{} is at both", route.key);
        }
    }

    #[test]
    fn only_the_callback_and_the_page_are_open() {
        let open: Vec<_> =
            ROUTES.iter().filter(|it| it.authorization == Authorization::None).map(|it| it.key).collect();
        let of_console = ["GET /", "GET /console", "GET /console/config.json", "GET /console/{version}/{file}"];
        assert_eq!(open, [&["GET /v1/oauth/callback/{provider}"][..], &of_console].concat());
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
            ("GET", "/console/"),
            ("GET", "/console/a/b/c"),
            ("GET", "/V1/providers"),
        ] {
            assert_eq!(key_of(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let path = decode_path("/v1/instances/local-1/a%23b%20%E4%BD%A0+/bindings");
        let (_, parameters) = find(Api::Public, "GET", &path).unwrap();
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
