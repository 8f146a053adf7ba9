//! The HTTP clients of people, workers and browsers.

use reqwest::ClientBuilder;

/// A client like a console's or a browser's, but that it follows no redirect and keeps no cookie.
pub(crate) fn http_client() -> reqwest::Client {
    http_client_with(|builder| builder)
}

pub(crate) fn http_client_with(differ: impl FnOnce(ClientBuilder) -> ClientBuilder) -> reqwest::Client {
    // A process has one default; that another scene was first is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the defaults that the product must not have are put right here too")]
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    differ(builder).build().expect("the client can be built")
}
