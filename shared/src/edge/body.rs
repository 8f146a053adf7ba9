//! Bodies: JSON, bounded, with no member unknown and none twice (S-11).

use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::code::Code;
use super::problem::Problem;
use super::request::Incoming;
use crate::domain::provider::PersonalToken;
use crate::domain::secret::{AccessToken, CompletionSecret, GrantSecret};
use crate::domain::text::is_visible;
use crate::error::Error;
use crate::flow::bind_token::TokenForm;

/// Longest body accepted, in bytes (S-11).
const BODY_MAX: usize = 16 * 1024;

/// Longest token accepted, in bytes (S-29).
const TOKEN_MAX: usize = 4096;

/// Longest username accepted, in characters.
const USERNAME_MAX: usize = 255;

/// Longest id of an organization accepted, in characters.
const ORGANIZATION_ID_MAX: usize = 64;

/// The body of a start.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    /// Where the person is to be sent back to.
    pub return_to: Option<String>,
    /// Who completes.
    pub completion: Option<CompletionBody>,
}

/// Who completes an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletionBody {
    /// The callback, by the attempt's cookie: the default with an owner.
    Callback,
    /// The signed-in console (S-22): the only way without an owner.
    Console,
}

/// The body that redeems what the callback kept (S-22).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedeemBody {
    completion_secret: Zeroizing<String>,
}

impl RedeemBody {
    /// The secret.
    #[must_use]
    pub fn into_secret(self) -> CompletionSecret {
        CompletionSecret::new(self.completion_secret.trim().to_owned())
    }
}

/// The body of a binding by grant (S-22). Members of the token form are told apart from nonsense.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantBody {
    grant: Option<Zeroizing<String>>,
    token: Option<IgnoredAny>,
    username: Option<IgnoredAny>,
    address: Option<IgnoredAny>,
    organization_id: Option<IgnoredAny>,
    rotate: Option<IgnoredAny>,
}

impl GrantBody {
    /// The grant's secret; `None` when the body is a token form.
    ///
    /// # Errors
    /// [`Error::Field`] when there is neither.
    pub fn into_secret(self) -> Result<Option<GrantSecret>, Error> {
        let Self { grant, token, username, address, organization_id, rotate } = self;
        let is_form = [token, username, address, organization_id, rotate].iter().any(Option::is_some);
        match grant {
            _ if is_form => Ok(None),
            Some(grant) => Ok(Some(GrantSecret::new(grant.trim().to_owned()))),
            None => Err(Error::Field { field: "grant" }),
        }
    }
}

/// The body of a binding by token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    address: Option<String>,
    username: String,
    token: Zeroizing<String>,
    organization_id: Option<String>,
    rotate: Option<bool>,
}

/// Whether the body is that of a binding by grant: told apart from nonsense where a token is wanted.
#[must_use]
pub fn is_grant(incoming: &Incoming) -> bool {
    required::<GrantBody>(incoming).is_ok_and(|body| matches!(body.into_secret(), Ok(Some(_))))
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
    if !is_json(incoming.header("content-type").unwrap_or_default()) {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    serde_json::from_slice(&incoming.body).map_err(|_| Problem::new(Code::InvalidBody))
}

/// JSON, in the only encoding that JSON has: another charset is not what the parser reads.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_media_type = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    is_media_type
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// Reads a body that may be left out.
///
/// # Errors
/// As [`required`].
pub fn optional<T: for<'de> Deserialize<'de> + Default>(incoming: &Incoming) -> Result<T, Problem> {
    if incoming.body.is_empty() { Ok(T::default()) } else { required(incoming) }
}

impl TokenBody {
    /// The form that `personal_token` declares, with surrounding blanks removed and each field checked (S-29). An
    /// optional field left blank counts as left out.
    ///
    /// # Errors
    /// [`Error::Field`] and [`Error::FieldNotTaken`].
    pub fn into_form(self, personal_token: &PersonalToken) -> Result<TokenForm, Error> {
        let optional = |field: &'static str, value: Option<String>| {
            let value = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            let is_taken = personal_token.fields.iter().any(|declared| declared.name == field);
            if value.is_some() && !is_taken { Err(Error::FieldNotTaken { field }) } else { Ok(value) }
        };
        let address = optional("address", self.address)?;
        let organization_id = optional("organization_id", self.organization_id)?;
        if organization_id.as_deref().is_some_and(|id| !is_organization_id(id)) {
            return Err(Error::Field { field: "organization_id" });
        }
        let rotates = self.rotate.unwrap_or_default();
        if rotates && personal_token.rotation.is_none() {
            return Err(Error::FieldNotTaken { field: "rotate" });
        }
        let token = self.token.trim();
        if !(1..=TOKEN_MAX).contains(&token.len()) || !token.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(Error::Field { field: "token" });
        }
        let username = self.username.trim();
        if username.is_empty() || username.chars().count() > USERNAME_MAX || !username.chars().all(is_visible) {
            return Err(Error::Field { field: "username" });
        }
        let (username, token) = (username.to_owned(), AccessToken::new(token.to_owned()));
        Ok(TokenForm { address, username, organization_id, token, rotates })
    }
}

/// It becomes part of a path.
fn is_organization_id(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    text.len() <= ORGANIZATION_ID_MAX && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::provider::Provider;
    use crate::providers::{self, codeup::CODEUP, gitlab::GITLAB};

    fn form(username: &str, token: &str) -> Result<TokenForm, Error> {
        let body = serde_json::json!({"username": username, "token": token});
        form_of(&GITLAB, body)
    }

    fn form_of(provider: &Provider, body: serde_json::Value) -> Result<TokenForm, Error> {
        serde_json::from_value::<TokenBody>(body).unwrap().into_form(provider.personal_token().unwrap())
    }

    #[test]
    fn only_declared_fields_are_taken() {
        // S-7, S-11
        for provider in providers::ALL {
            let Some(personal_token) = provider.personal_token() else { continue };
            for (name, value) in [("address", "https://host.example"), ("organization_id", "60fa-4e_00")] {
                let taken = form_of(provider, serde_json::json!({"username": "u", "token": "t", name: value}));
                if personal_token.fields.iter().any(|field| field.name == name) {
                    assert!(taken.is_ok(), "{}: {name}", provider.id);
                } else {
                    let refused = matches!(taken, Err(Error::FieldNotTaken { field }) if field == name);
                    assert!(refused, "{}: {name}", provider.id);
                }
                let blank = serde_json::json!({"username": "u", "token": "t", name: " "});
                assert!(form_of(provider, blank).is_ok(), "{}: {name}", provider.id);
            }
        }
    }

    #[test]
    fn rotation_is_taken_where_it_is_offered() {
        // S-7, S-11, S-67
        for (provider, offers) in [(&GITLAB, true), (&CODEUP, false)] {
            let declares = provider.personal_token().unwrap().fields.iter().any(|field| field.name == "rotate");
            assert_eq!(declares, offers, "{}", provider.id);
            let form = |rotate| form_of(provider, serde_json::json!({"username": "u", "token": "t", "rotate": rotate}));
            assert!(!form(false).unwrap().rotates && !form_of_nothing_said(provider).rotates);
            match form(true) {
                Ok(form) => assert!(offers && form.rotates),
                Err(error) => assert!(!offers && matches!(error, Error::FieldNotTaken { field: "rotate" })),
            }
        }
    }

    fn form_of_nothing_said(provider: &Provider) -> TokenForm {
        form_of(provider, serde_json::json!({"username": "u", "token": "t"})).unwrap()
    }

    #[test]
    fn an_organization_id_cannot_leave_its_place_in_a_path() {
        let id = |id: &str| {
            let body = serde_json::json!({"username": "u", "token": "t", "organization_id": id});
            form_of(&CODEUP, body).map(|form| form.organization_id)
        };
        assert_eq!(id(" 60fa4e_A-b ").unwrap().as_deref(), Some("60fa4e_A-b"));
        assert_eq!(id("").unwrap(), None);
        for wrong in ["a/b", "..", "a?b", "a%2Fb", "é", &"a".repeat(65)] {
            assert!(matches!(id(wrong), Err(Error::Field { field: "organization_id" })), "{wrong}");
        }
    }

    #[test]
    fn surrounding_blanks_are_removed() {
        // S-29
        let form = form(" octo ", "\tglpat-x\n").unwrap();
        assert_eq!((form.username.as_str(), form.token.reveal()), ("octo", "glpat-x"));
    }

    #[test]
    fn json_is_declared_as_such_in_its_own_encoding() {
        // S-11, R-36
        for json in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"; x",
            "application/json;a=b",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "text/json", "application/json; charset=latin1", "application/json;charset=utf-16", "json"] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_by_name() {
        // S-29, R-37
        for token in ["", "  ", "a b", "a\0", "é", &"a".repeat(4097)] {
            assert!(matches!(form("octo", token), Err(Error::Field { field: "token" })), "{token}");
        }
        assert!(form("octo", &"a".repeat(4096)).is_ok());
        assert!(form(&"a".repeat(255), "t").is_ok());
        for username in ["", "a\u{7}b", "a\u{202e}b", &"a".repeat(256)] {
            assert!(matches!(form(username, "t"), Err(Error::Field { field: "username" })), "{username}");
        }
    }
}
