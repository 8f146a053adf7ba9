//! The authorization endpoint: who are you? Whoever the browser's session says, or whom the person chooses on a page.

use std::time::Instant;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::SET_COOKIE, request::Parts},
    response::Response,
};

use super::{
    SignIn,
    grants::{Authorization, Grant},
    page::{self, redirect},
    parameters::Parameters,
    person::Person,
    request::{AuthorizationRequest, Refusal},
    seconds_since_epoch,
    session::Session,
};

impl SignIn {
    /// Answers with the page, or sends the browser back.
    pub(crate) fn authorize(&self, parts: &Parts, body: &Bytes) -> Response {
        let is_post = parts.method == Method::POST;
        let encoded = if is_post { body.as_ref() } else { parts.uri.query().unwrap_or_default().as_bytes() };
        let parameters = Parameters::parse(encoded);
        let request = match AuthorizationRequest::read(&parameters, &self.client) {
            Ok(request) => request,
            Err(Refusal::Page(text)) => return page::problem(StatusCode::BAD_REQUEST, text),
            Err(Refusal::Redirect(reply, error, description)) => {
                let answer = [("error", error), ("error_description", description)];
                return redirect(&reply.with(&answer, self.issuer.name()));
            }
        };
        if is_post {
            if comes_from_elsewhere(&parts.headers) {
                // Another site must not choose for the person.
                return page::problem(StatusCode::FORBIDDEN, "This form was sent by another site.");
            }
            match Person::chosen(&parameters) {
                Ok(Some(person)) => return self.start(request, person, &parts.headers),
                Ok(None) => {}
                Err(reason) => return page::picker(StatusCode::BAD_REQUEST, &request, Some(&reason)),
            }
        }
        let is_recent =
            |it: &Session| request.max_age.is_none_or(|max| seconds_since_epoch().saturating_sub(it.since) <= max);
        let session = self.sessions.find(&parts.headers).filter(is_recent);
        match session {
            Some(session) if !request.asks_again => self.answer(request, session),
            _ if request.is_silent => {
                let answer = [("error", "login_required"), ("error_description", "Nobody is signed in.")];
                redirect(&request.reply.with(&answer, self.issuer.name()))
            }
            _ => page::picker(StatusCode::OK, &request, None),
        }
    }

    fn start(&self, request: AuthorizationRequest, person: Person, headers: &HeaderMap) -> Response {
        let session = Session { person, since: seconds_since_epoch() };
        let cookie = self.sessions.start(headers, session.clone());
        let mut response = self.answer(request, session);
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }

    fn answer(&self, request: AuthorizationRequest, session: Session) -> Response {
        let AuthorizationRequest { client_id, redirect_uri, reply, challenge, nonce, scopes, .. } = request;
        let grant = Grant { client_id, person: session.person, scopes, nonce, since: session.since };
        let authorization = Authorization { grant, redirect_uri, challenge };
        let code = self.grants.code(authorization, self.lifetimes.code, Instant::now());
        redirect(&reply.with(&[("code", &code)], self.issuer.name()))
    }
}

/// Whether a browser says that another site's page sent this; what is no browser says nothing.
fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|it| it != "same-origin" && it != "none")
}
