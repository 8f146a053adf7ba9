//! The tokens that Codeup's simulator knows without having made them: what a token does is in its text.

use codebind::providers::codeup::CODEUP;

use super::stage::derived_id;

const PREFIX: &str = "pt-";

/// What a token may be without that is not asked for: to ask who it is, and which organizations it reaches.
const UNASKED: [&str; 2] = ["user", "organizations"];

/// What sets a token's answers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Plain,
    Expired,
    Unauthorized,
    Outsider,
    Suspended,
    Several,
    Crowd,
    Empty,
    Reader,
    WrongKind,
    Elsewhere,
    Limited,
    Failing,
    Html,
    Slow,
}

/// The words that choose a [`Manner`].
const WORDS: [(&str, Manner); 15] = [
    ("full", Manner::Plain),
    ("expired", Manner::Expired),
    ("unauthorized", Manner::Unauthorized),
    ("outsider", Manner::Outsider),
    ("suspended", Manner::Suspended),
    ("several", Manner::Several),
    ("crowd", Manner::Crowd),
    ("empty", Manner::Empty),
    ("reader", Manner::Reader),
    ("wrongkind", Manner::WrongKind),
    ("elsewhere", Manner::Elsewhere),
    ("limited", Manner::Limited),
    ("error500", Manner::Failing),
    ("html", Manner::Html),
    ("slow", Manner::Slow),
];

/// What a token's text says of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PersonalToken {
    pub(super) manner: Manner,
    /// What it may not do: first parts of permissions, such as `webhooks`.
    lacking: Vec<String>,
    pub(super) username: String,
}

impl PersonalToken {
    /// Reads `pt-{traits}-{username}`; `None` for a token that does not exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (traits, username) = text.strip_prefix(PREFIX)?.split_once('-')?;
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
        if username.is_empty() || username.len() > 64 || !username.bytes().all(is_plain) {
            return None;
        }
        let (mut manner, mut lacking) = (None, Vec::new());
        for word in traits.split('+') {
            if word == "minimal" {
                lacking.extend(UNASKED.map(str::to_owned));
            } else if let Some(what) = word.strip_prefix("no_") {
                is_permission(what).then_some(())?;
                lacking.push(what.to_owned());
            } else if let Some((_, chosen)) = WORDS.iter().find(|(it, _)| *it == word) {
                manner.replace(*chosen).is_none().then_some(())?;
            } else {
                // Tokens that differ in a number alone are alike: a person may have several.
                word.parse::<u32>().ok()?;
            }
        }
        Some(Self { manner: manner.unwrap_or(Manner::Plain), lacking, username: username.to_owned() })
    }

    /// Whether it may read these, such as `webhooks`.
    pub(super) fn may_read(&self, what: &str) -> bool {
        !self.lacking.iter().any(|it| it == what)
    }

    /// The declared permissions that it has.
    pub(super) fn permissions(&self) -> Vec<String> {
        let mut permissions = CODEUP.scope_names();
        permissions.retain(|it| self.may_read(first_part(it)));
        permissions
    }

    /// The identifier that Codeup knows the user by.
    pub(super) fn user_id(&self) -> String {
        match self.username.as_str() {
            "fake" => "5efa4e0000000000000000bb".to_owned(),
            other => format!("5efa4e00{:016x}", derived_id(other)),
        }
    }
}

fn is_permission(what: &str) -> bool {
    UNASKED.contains(&what) || CODEUP.scopes.iter().any(|it| first_part(it.name) == what)
}

fn first_part(permission: &str) -> &str {
    permission.split_once(':').map_or(permission, |(first, _)| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_does() {
        let token = PersonalToken::parse("pt-no_webhooks+no_tags-fake").unwrap();
        assert_eq!((token.manner, token.username.as_str()), (Manner::Plain, "fake"));
        assert_eq!(token.permissions(), ["members:read", "departments:read", "repositories:read", "branches:read"]);
        let minimal = PersonalToken::parse("pt-several+minimal+2-a-b").unwrap();
        assert_eq!((minimal.manner, minimal.username.as_str()), (Manner::Several, "a-b"));
        assert!(!minimal.may_read("user") && !minimal.may_read("organizations") && minimal.may_read("members"));
        assert_eq!(minimal.permissions(), CODEUP.scope_names());
        for (word, manner) in WORDS {
            assert_eq!(PersonalToken::parse(&format!("pt-{word}-fake")).map(|it| it.manner), Some(manner), "{word}");
        }
    }

    #[test]
    fn other_texts_are_unknown() {
        for text in ["", "pt-", "pt-full", "pt-full-", "pt-nonsense-fake", "pt-full+slow-fake", "pt-no_sense-fake"] {
            assert_eq!(PersonalToken::parse(text), None, "{text}");
        }
        assert_eq!(PersonalToken::parse("pt-FAKEfakeFAKEfakeFAKEfake_00000000-0000-4000-8000-000000000000"), None);
    }

    #[test]
    fn users_have_one_id_each() {
        let id = |username: &str| PersonalToken::parse(&format!("pt-full-{username}")).unwrap().user_id();
        assert_eq!(id("other"), id("other"));
        assert_ne!(id("other"), id("another"));
        assert_eq!(id("other").len(), id("fake").len());
    }
}
