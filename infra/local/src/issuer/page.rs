//! The issuer's pages, in the look of the simulators' pages, and its redirects.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use url::Url;

use super::{person::PEOPLE, request::AuthorizationRequest};
use crate::html::{CONTENT_SECURITY_POLICY, document, escape, hidden_field};

const FOOTER: &str = "This is the development issuer of <code>cargo dev</code>. It believes everybody, and exists on your \
own machine alone.";

/// The page on which a person says who they are; `alert` is what was wrong with the last try.
pub(super) fn picker(status: StatusCode, request: &AuthorizationRequest, alert: Option<&str>) -> Response {
    let form = "<form method=\"post\" action=\"/dev/authorize\">";
    let hidden: String = request.carried.iter().map(|(name, value)| hidden_field(name, value)).collect();
    let alert = alert.map(|it| format!("<p role=\"alert\">{}</p>", escape(it))).unwrap_or_default();
    let people: String = PEOPLE.iter().map(|(name, instances)| person(name, instances)).collect();
    let client = escape(&request.reply.origin());
    let main = format!(
        "<h1>Sign in to codebind</h1><p>Who are you? There is no password.</p>{alert}\
         {form}{hidden}<ul aria-label=\"People\">{people}</ul></form>\
         {form}{hidden}<fieldset><legend>Somebody else</legend>\
         <label>Name: <input name=\"name\" autocomplete=\"off\" maxlength=\"128\" required></label>\
         <label>Instances: <input name=\"instances\" autocomplete=\"off\" aria-describedby=\"instances-form\" size=\"30\">\
         </label><small id=\"instances-form\">Each as region/id, with blanks between, such as \
         local-1/team-a local-2/team-b</small></fieldset>\
         <button>Sign in</button></form><p><small>You will be sent to {client}</small></p>"
    );
    page(status, "Sign in", &main)
}

/// A page that says what is wrong.
pub(super) fn problem(status: StatusCode, text: &str) -> Response {
    page(status, "Not signed in", &format!("<h1>You cannot sign in this way</h1><p>{}</p>", escape(text)))
}

/// A page that says that nobody is signed in any more.
pub(super) fn signed_out(status: StatusCode, text: &str) -> Response {
    page(status, "Signed out", &format!("<h1>You are signed out</h1><p>{}</p>", escape(text)))
}

/// Sends the browser there.
pub(super) fn redirect(target: &Url) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::try_from(target.as_str()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

fn page(status: StatusCode, title: &str, main: &str) -> Response {
    let page = document(&format!("{title} · codebind"), main, FOOTER);
    let mut response = (status, Html(page)).into_response();
    set(&mut response, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    // The address holds the state; nobody else is to see it.
    set(&mut response, header::REFERRER_POLICY, "same-origin");
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn person(name: &str, instances: &[&str]) -> String {
    let instances =
        if instances.is_empty() { "alone".to_owned() } else { format!("and for {}", instances.join(" and ")) };
    let [name, instances] = [name, &instances].map(escape);
    format!(
        "<li><button class=\"go\" name=\"person\" value=\"{name}\" aria-describedby=\"for-{name}\">Sign in as {name}</button>\
         <small id=\"for-{name}\">may act for themselves {instances}</small></li>"
    )
}
