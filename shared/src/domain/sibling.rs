//! Bindings of one account by several owners (S-33).

use super::binding::BindingId;
use super::owner::Owner;
use super::secret::{AccessToken, hash_of_parts};

/// Another owner's binding of the same account.
#[derive(Debug, Clone)]
pub struct Sibling {
    /// Who holds it.
    pub owner: Owner,
    /// Its name.
    pub binding_id: BindingId,
    /// Its token's mark.
    pub token_mark: TokenMark,
}

/// The hash of a token together with its account: equal for equal tokens of one account, and of no other use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenMark(String);

impl TokenMark {
    /// The mark of `token` in bindings of an account.
    #[must_use]
    pub fn of(account_key: &str, token: &AccessToken) -> Self {
        Self(hash_of_parts(&["token", account_key, token.reveal()]))
    }

    /// A mark read back from storage.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The mark as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_equal_tokens_of_one_account_and_nothing_else() {
        // S-33, S-36
        let token = |text: &str| AccessToken::new(text.to_owned());
        let mark = TokenMark::of("account", &token("secret"));
        assert_eq!(mark, TokenMark::of("account", &token("secret")));
        assert_ne!(mark, TokenMark::of("account", &token("other")));
        assert_ne!(mark, TokenMark::of("another", &token("secret")));
        assert!(!mark.as_str().contains("secret"));
    }
}
