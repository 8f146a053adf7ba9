//! The form in which a person enters a personal access token (S-7).

use super::Words;

/// Where the server of a personal access token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressRule {
    /// The person enters it; the web base is offered as the default.
    Entered,
    /// It is the provider's own.
    Fixed,
}

/// A field of a token form (S-7).
#[derive(Debug)]
pub struct Field {
    /// Member of the request body.
    pub name: &'static str,
    /// Label, in English and Simplified Chinese.
    pub label: Words,
    /// Help text, in English and Simplified Chinese.
    pub help: Words,
    /// What is entered.
    pub kind: FieldKind,
    /// Whether it must be there.
    pub required: bool,
}

/// What is entered into a field, so that a console draws it without knowing the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A name or an id: may be seen.
    Text,
    /// The address of a server.
    Address,
    /// What must not be seen over a shoulder, nor kept by a browser.
    Secret,
    /// Yes or no: `true` or `false` in the request body.
    Boolean,
}

impl FieldKind {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Address => "address",
            Self::Secret => "secret",
            Self::Boolean => "boolean",
        }
    }
}
