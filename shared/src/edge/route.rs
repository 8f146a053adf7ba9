//! Which request is which operation, of which function.

use percent_encoding::percent_decode_str;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The catalogue of providers (S-7).
    Catalogue,
    /// The owners that the caller may bind for (S-70).
    Owners,
    /// All entries of an owner (S-34).
    ListBindings,
    /// One entry of an owner.
    ShowBinding,
    /// Starts an authorization for an owner (S-14).
    StartAuthorization,
    /// Starts an authorization whose owner is chosen after consent (S-22).
    StartWithoutOwner,
    /// Redeems what the callback kept for the console (S-22).
    RedeemGrant,
    /// Takes what the provider sent the browser back with (S-17).
    Callback,
    /// Binds by token or by grant (S-22, S-23).
    Bind,
    /// Unbinds (S-30).
    Unbind,
    /// Lends a build worker the access token of a binding (S-48).
    LeaseCredential,
    /// Takes a build worker's report that such a token is not accepted (S-51).
    SuspectCredential,
    /// Sends a browser on to the console's page (S-68).
    ConsoleRoot,
    /// The console's page (S-68).
    Console,
    /// What the console's page has to know of the deployment (S-68).
    ConsoleConfig,
    /// A file that the console's page loads (S-69).
    ConsoleAsset,
}

impl Operation {
    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Owners => "owners",
            Self::ListBindings => "list_bindings",
            Self::ShowBinding => "show_binding",
            Self::StartAuthorization => "start_authorization",
            Self::StartWithoutOwner => "start_without_owner",
            Self::RedeemGrant => "redeem_grant",
            Self::Callback => "callback",
            Self::Bind => "bind",
            Self::Unbind => "unbind",
            Self::LeaseCredential => "lease_credential",
            Self::SuspectCredential => "suspect_credential",
            Self::ConsoleRoot => "console_root",
            Self::Console => "console",
            Self::ConsoleConfig => "console_config",
            Self::ConsoleAsset => "console_asset",
        }
    }

    /// The function that answers it.
    #[must_use]
    pub fn function(self) -> &'static str {
        ROUTES.iter().find(|route| route.operation == self).map_or("", |route| route.function)
    }
}

/// Which API a route belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// That of people and consoles.
    Public,
    /// That of build workers: another API Gateway, whose callers IAM lets in.
    Workers,
}

/// One route of an API.
#[derive(Debug)]
pub struct Route {
    /// Which API it belongs to.
    pub api: Api,
    /// HTTP method.
    pub method: &'static str,
    /// Path with variables in braces.
    pub path: &'static str,
    /// What it asks for.
    pub operation: Operation,
    /// The function that answers.
    pub function: &'static str,
}

const fn route(method: &'static str, path: &'static str, operation: Operation, function: &'static str) -> Route {
    Route { api: Api::Public, method, path, operation, function }
}

const fn for_workers(path: &'static str, operation: Operation) -> Route {
    Route { api: Api::Workers, method: "POST", path, operation, function: "credential" }
}

/// Every route. The gateways and the API description list the same ones, and tests compare them.
pub static ROUTES: [Route; 23] = [
    route("GET", "/v1/providers", Operation::Catalogue, "status"),
    route("GET", "/v1/owners", Operation::Owners, "status"),
    route("GET", "/v1/users/me/bindings", Operation::ListBindings, "status"),
    route("GET", "/v1/instances/{region}/{instance}/bindings", Operation::ListBindings, "status"),
    route("GET", "/v1/users/me/bindings/{provider}", Operation::ShowBinding, "status"),
    route("GET", "/v1/instances/{region}/{instance}/bindings/{provider}", Operation::ShowBinding, "status"),
    route("POST", "/v1/users/me/bindings/{provider}/authorization", Operation::StartAuthorization, "oauth-start"),
    route(
        "POST",
        "/v1/instances/{region}/{instance}/bindings/{provider}/authorization",
        Operation::StartAuthorization,
        "oauth-start",
    ),
    route("POST", "/v1/authorizations/{provider}", Operation::StartWithoutOwner, "oauth-start"),
    route("POST", "/v1/grants", Operation::RedeemGrant, "token-bind"),
    route("GET", "/v1/oauth/callback/{provider}", Operation::Callback, "oauth-callback"),
    route("PUT", "/v1/users/me/bindings/{provider}", Operation::Bind, "token-bind"),
    route("PUT", "/v1/instances/{region}/{instance}/bindings/{provider}", Operation::Bind, "token-bind"),
    route("DELETE", "/v1/users/me/bindings/{provider}", Operation::Unbind, "unbind"),
    route("DELETE", "/v1/instances/{region}/{instance}/bindings/{provider}", Operation::Unbind, "unbind"),
    route("GET", "/", Operation::ConsoleRoot, "console"),
    route("GET", "/console", Operation::Console, "console"),
    route("GET", "/console/config.json", Operation::ConsoleConfig, "console"),
    route("GET", "/console/{version}/{file}", Operation::ConsoleAsset, "console"),
    for_workers("/v1/users/{user}/bindings/{provider}/credential", Operation::LeaseCredential),
    for_workers("/v1/instances/{region}/{instance}/bindings/{provider}/credential", Operation::LeaseCredential),
    for_workers("/v1/users/{user}/bindings/{provider}/credential/suspect", Operation::SuspectCredential),
    for_workers(
        "/v1/instances/{region}/{instance}/bindings/{provider}/credential/suspect",
        Operation::SuspectCredential,
    ),
];

/// A matched request: the operation, and its variables decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Matched {
    /// What is asked for.
    pub operation: Operation,
    /// Name and decoded value of each variable.
    pub variables: Vec<(&'static str, String)>,
}

/// Why a request matches no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// No route has this path.
    Path,
    /// A route has it, for another method.
    Method {
        /// Which.
        allowed: &'static str,
    },
}

/// Finds the route by the path itself, as emulators without routes need it.
///
/// # Errors
/// [`NoRoute`].
pub fn by_path(method: &str, path: &str) -> Result<Matched, NoRoute> {
    let mut refused = NoRoute::Path;
    for route in &ROUTES {
        let Some(variables) = variables(route.path, path) else { continue };
        if route.method == method {
            return Ok(Matched { operation: route.operation, variables });
        }
        if refused == NoRoute::Path {
            refused = NoRoute::Method { allowed: route.method };
        }
    }
    Err(refused)
}

/// Finds the route by the gateway's key, `METHOD /path/{variable}`.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Route> {
    let (method, path) = key.split_once(' ')?;
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}

/// The values of the variables of `pattern` in `path`, if it fits. Escapes are decoded after splitting, so that an
/// escaped slash stays within its segment.
fn variables(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let (mut patterns, mut segments) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return Some(found),
            (Some(pattern), Some(segment)) => {
                let name = pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                match name {
                    Some(name) => found.push((name, percent_decode_str(segment).decode_utf8().ok()?.into_owned())),
                    None if pattern == segment => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_and_decoded() {
        let matched = by_path("GET", "/v1/instances/eu-1/a%2Fb%23c/bindings").unwrap();
        assert_eq!(matched.operation, Operation::ListBindings);
        assert_eq!(matched.variables, [("region", "eu-1".to_owned()), ("instance", "a/b#c".to_owned())]);
    }

    #[test]
    fn other_paths_and_methods_are_told_apart() {
        assert_eq!(by_path("GET", "/v1/provider"), Err(NoRoute::Path));
        assert_eq!(by_path("GET", "/v1/providers/"), Err(NoRoute::Path));
        assert_eq!(by_path("GET", "/v1/instances/%ff/x/bindings"), Err(NoRoute::Path));
        // S-19: a HEAD request reaches no flow.
        assert_eq!(by_path("HEAD", "/v1/oauth/callback/github"), Err(NoRoute::Method { allowed: "GET" }));
    }

    #[test]
    fn every_key_finds_its_route() {
        for route in &ROUTES {
            let found = by_key(&format!("{} {}", route.method, route.path)).unwrap();
            assert!(std::ptr::eq(found, route), "{} {} stands twice", route.method, route.path);
            assert_eq!(route.operation.function(), route.function, "{} {}", route.method, route.path);
        }
        assert!(by_key("$default").is_none());
    }
}
