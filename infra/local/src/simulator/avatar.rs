//! Pictures of accounts, drawn from their logins, so that a console has something to show without a network.

use axum::http::Method;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{call::Call, reply::Reply, stage::derived_id};
use crate::html::escape;

const BASE: &str = "/_simulator/avatars/";

/// Where the picture of an account is, at the simulator at `url`.
pub(super) fn avatar_url(url: &str, login: &str) -> String {
    format!("{url}{BASE}{}", utf8_percent_encode(login, NON_ALPHANUMERIC))
}

/// The picture, if the request is for one.
pub(super) fn answer(call: &Call) -> Option<Reply> {
    let login = call.path.strip_prefix(BASE).filter(|it| call.method == Method::GET && !it.is_empty())?;
    let login = percent_decode_str(login).decode_utf8().ok()?;
    let reply = Reply::new(200, "image/svg+xml", picture(&login))
        .with("Cache-Control", "max-age=3600")
        .with("X-Content-Type-Options", "nosniff")
        .with("Content-Security-Policy", "default-src 'none'");
    Some(reply)
}

/// The login's first letter on a colour of its own.
fn picture(login: &str) -> String {
    let letter: String = login.chars().take(1).flat_map(char::to_uppercase).collect();
    let letter = escape(&letter);
    let hue = derived_id(login) % 360;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"96\" viewBox=\"0 0 96 96\">\
         <rect width=\"96\" height=\"96\" fill=\"hsl({hue},55%,40%)\"/>\
         <text x=\"48\" y=\"66\" font-family=\"sans-serif\" font-size=\"52\" text-anchor=\"middle\" fill=\"#fff\">{letter}</text>\
         </svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::fixture::{call, header_of};

    fn drawn(target: &str) -> Option<String> {
        let reply = answer(&call("GET", target, &[], ""))?;
        assert_eq!(header_of(&reply, "content-type"), Some("image/svg+xml"));
        Some(String::from_utf8(reply.body.to_vec()).unwrap())
    }

    #[test]
    fn each_login_has_a_picture_of_its_own() {
        let url = avatar_url("http://127.0.0.1:9", "octo-fake");
        let path = url.strip_prefix("http://127.0.0.1:9").unwrap();
        let picture = drawn(path).unwrap();
        assert!(picture.starts_with("<svg ") && picture.contains(">O<"), "{picture}");
        assert_ne!(drawn("/_simulator/avatars/other"), Some(picture));
        assert!(drawn("/_simulator/avatars/%3Cb").unwrap().contains(">&lt;<"));
        assert_eq!(drawn("/_simulator/avatars/"), None);
        assert_eq!(drawn("/user"), None);
    }
}
