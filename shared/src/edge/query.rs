//! The callback's query, read strictly from its raw text (S-19): API Gateway joins duplicates by commas.

use url::form_urlencoded;

use crate::domain::secret::{AuthorizationCode, State};

/// Longest code accepted, in bytes.
const CODE_MAX: usize = 2048;

/// Longest `error` accepted, in bytes.
const ERROR_MAX: usize = 100;

/// Longest `iss` accepted, in bytes.
const ISSUER_MAX: usize = 512;

/// Characters of a state of ours: 256 bits in base64.
const STATE_LEN: usize = 43;

/// What a provider sent back.
#[derive(Debug)]
pub struct CallbackQuery {
    /// Names the authorization.
    pub state: State,
    /// The code, or the provider's `error`.
    pub result: Result<AuthorizationCode, String>,
    /// Who says to have sent it: `iss` of RFC 9207, which none of our providers documents.
    pub issuer: Option<String>,
}

/// The query is not what a provider sends: nothing is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedQuery;

/// Reads the callback's query.
///
/// # Errors
/// [`MalformedQuery`] for duplicates, `code` beside `error`, and values that are too long or not printable.
pub fn callback(raw: &str) -> Result<CallbackQuery, MalformedQuery> {
    let (mut state, mut code, mut error, mut issuer) = (None, None, None, None);
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        let slot = match &*name {
            "state" => &mut state,
            "code" => &mut code,
            "error" => &mut error,
            "iss" => &mut issuer,
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(MalformedQuery);
        }
    }
    let state = state.filter(|state| is_state(state)).map(State::new).ok_or(MalformedQuery)?;
    if issuer.as_deref().is_some_and(|issuer| !is_printable(issuer, ISSUER_MAX)) {
        return Err(MalformedQuery);
    }
    let result = match (code, error) {
        (Some(code), None) if is_printable(&code, CODE_MAX) => Ok(AuthorizationCode::new(code)),
        (None, Some(error)) if is_printable(&error, ERROR_MAX) => Err(error),
        _ => return Err(MalformedQuery),
    };
    Ok(CallbackQuery { state, result, issuer })
}

fn is_state(text: &str) -> bool {
    text.len() == STATE_LEN && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
}

/// VSCHAR of RFC 6749 appendix A, at least one.
fn is_printable(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|it| (0x20..=0x7e).contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_code_or_an_error_comes_with_a_state() {
        let query = callback(&format!("code=a%2Fb&state={STATE}&iss=x")).unwrap();
        assert_eq!(query.result.unwrap().reveal(), "a/b");
        let query = callback(&format!("error=access_denied&error_description=No&state={STATE}")).unwrap();
        assert_eq!(query.result.unwrap_err(), "access_denied");
    }

    #[test]
    fn everything_else_is_refused() {
        // S-19, R-25, R-30
        let long = "a".repeat(2049);
        for query in [
            String::new(),
            format!("state={STATE}"),
            "code=a".to_owned(),
            format!("code=a&state={STATE}&state={STATE}"),
            format!("code=a&code=a&state={STATE}"),
            format!("code=a&error=b&state={STATE}"),
            format!("code=&state={STATE}"),
            format!("code={long}&state={STATE}"),
            format!("code=a&state={STATE}&iss=x&iss=x"),
            format!("code=a&state={STATE}&iss="),
            format!("code=a&state={STATE}&iss=x%0a"),
            format!("code=a%00&state={STATE}"),
            format!("code=a%0d%0a&state={STATE}"),
            format!("code=%ff&state={STATE}"),
            format!("error=a%0a&state={STATE}"),
            format!("error={}&state={STATE}", "a".repeat(101)),
            format!("code=a&state={STATE}x"),
            format!("code=a&state={STATE},{STATE}"),
            format!("code=a&state={}", "é".repeat(22)),
        ] {
            assert_eq!(callback(&query).err(), Some(MalformedQuery), "{query}");
        }
    }
}
