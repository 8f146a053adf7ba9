//! Bodies: JSON, bounded, with no member unknown and none twice (S-11).

use serde::Deserialize;
use zeroize::Zeroizing;

use super::code::Code;
use super::problem::Problem;
use super::request::Incoming;
use crate::domain::secret::AccessToken;
use crate::error::Error;
use crate::flow::bind_token::TokenForm;

/// Longest body accepted, in bytes (S-11).
const BODY_MAX: usize = 16 * 1024;

/// Longest token accepted, in bytes (S-29).
const TOKEN_MAX: usize = 4096;

/// Longest username accepted, in characters.
const USERNAME_MAX: usize = 255;

/// The body of a start.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    /// Where the person is to be sent back to.
    pub return_to: Option<String>,
}

/// The body of a binding by token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    address: Option<String>,
    username: String,
    token: Zeroizing<String>,
}

/// Reads a body that has to be there.
///
/// # Errors
/// [`Code::BodyTooLarge`], [`Code::UnsupportedMediaType`] and [`Code::InvalidBody`]. What the parser says is not passed
/// on: it quotes what was sent.
pub fn required<T: for<'de> Deserialize<'de>>(incoming: &Incoming) -> Result<T, Problem> {
    if incoming.body.len() > BODY_MAX {
        return Err(Problem::new(Code::BodyTooLarge));
    }
    let media_type = incoming.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    serde_json::from_slice(&incoming.body).map_err(|_| Problem::new(Code::InvalidBody))
}

/// Reads a body that may be left out.
///
/// # Errors
/// As [`required`].
pub fn optional<T: for<'de> Deserialize<'de> + Default>(incoming: &Incoming) -> Result<T, Problem> {
    if incoming.body.is_empty() { Ok(T::default()) } else { required(incoming) }
}

impl TokenBody {
    /// The form, with surrounding blanks removed and each field checked (S-29).
    ///
    /// # Errors
    /// [`Error::Field`].
    pub fn into_form(self) -> Result<TokenForm, Error> {
        let token = self.token.trim();
        if !(1..=TOKEN_MAX).contains(&token.len()) || !token.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(Error::Field { field: "token" });
        }
        let username = self.username.trim();
        if username.is_empty() || username.chars().count() > USERNAME_MAX || username.contains(char::is_control) {
            return Err(Error::Field { field: "username" });
        }
        let address = self.address.filter(|address| !address.trim().is_empty());
        Ok(TokenForm { address, username: username.to_owned(), token: AccessToken::new(token.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(username: &str, token: &str) -> Result<TokenForm, Error> {
        let token = Zeroizing::new(token.to_owned());
        TokenBody { address: None, username: username.to_owned(), token }.into_form()
    }

    #[test]
    fn surrounding_blanks_are_removed() {
        // S-29
        let form = form(" octo ", "\tglpat-x\n").unwrap();
        assert_eq!((form.username.as_str(), form.token.reveal()), ("octo", "glpat-x"));
    }

    #[test]
    fn what_is_no_token_is_refused_by_name() {
        // S-29
        for token in ["", "  ", "a b", "a\0", "é", &"a".repeat(4097)] {
            assert!(matches!(form("octo", token), Err(Error::Field { field: "token" })), "{token}");
        }
        assert!(form("octo", &"a".repeat(4096)).is_ok());
        for username in ["", "a\u{7}b", &"a".repeat(256)] {
            assert!(matches!(form(username, "t"), Err(Error::Field { field: "username" })), "{username}");
        }
    }
}
