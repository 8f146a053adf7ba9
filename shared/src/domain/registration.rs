//! Our client at an OAuth provider, and the bases its endpoints are under (S-9, S-16).

use super::provider::Provider;

/// The web and API base of a provider, the declared ones or the operator's (S-9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Base of pages and OAuth endpoints, without a slash at the end.
    pub web: String,
    /// Base of the API, without a slash at the end.
    pub api: String,
}

impl Base {
    /// The declared bases with the operator's overrides.
    #[must_use]
    pub fn new(provider: &Provider, web: Option<String>, api: Option<String>) -> Self {
        let trim = |url: String| url.trim_end_matches('/').to_owned();
        Self {
            web: trim(web.unwrap_or_else(|| provider.web_url.to_owned())),
            api: trim(api.unwrap_or_else(|| provider.api_url.to_owned())),
        }
    }
}

/// What start needs: everything but the client secret.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Whose it is.
    pub provider: &'static Provider,
    /// `client_id` of RFC 6749 section 2.2.
    pub client_id: String,
    /// Where the provider is.
    pub base: Base,
    /// `redirect_uri`, the same in both requests: configuration, never built from a request (S-16).
    pub redirect_uri: String,
}
