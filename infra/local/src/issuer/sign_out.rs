//! Signing out (OpenID Connect RP-Initiated Logout).

use axum::{
    body::Bytes,
    http::{HeaderValue, Method, StatusCode, header::SET_COOKIE, request::Parts},
    response::Response,
};

use super::{
    SignIn,
    page::{self, redirect},
    parameters::Parameters,
};

impl SignIn {
    /// Ends the browser's session, and sends it where the client wants it if that is allowed.
    pub(crate) fn sign_out(&self, parts: &Parts, body: &Bytes) -> Response {
        let is_post = parts.method == Method::POST;
        let encoded = if is_post { body.as_ref() } else { parts.uri.query().unwrap_or_default().as_bytes() };
        let parameters = Parameters::parse(encoded);
        let cookie = self.sessions.end(&parts.headers);
        let target = parameters.get("post_logout_redirect_uri").map(|it| self.client.redirect_uri(it));
        let mut response = match target {
            _ if parameters.has_repetition() => page::signed_out(StatusCode::BAD_REQUEST, "A parameter came twice."),
            Some(Some(mut url)) => {
                if let Some(state) = parameters.get("state") {
                    url.query_pairs_mut().append_pair("state", state);
                }
                redirect(&url)
            }
            Some(None) => page::signed_out(
                StatusCode::BAD_REQUEST,
                "The post_logout_redirect_uri is not allowed, so this page stays.",
            ),
            None => page::signed_out(StatusCode::OK, "You can close this page."),
        };
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }
}
