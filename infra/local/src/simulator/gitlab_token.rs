//! The tokens that GitLab's simulator knows without having made them: what a token does is in its text.

use super::stage::derived_id;

const PREFIX: &str = "glpat-";

/// Scopes that GitLab has.
const SCOPES: [&str; 11] = [
    "api",
    "read_api",
    "read_user",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "create_runner",
    "manage_runner",
    "k8s_proxy",
    "self_rotate",
];

/// What sets a token's answers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Plain,
    NoExpiry,
    Expired,
    Revoked,
    Granular,
    Bot,
    Blocked,
    OAuth,
    Old,
    Limited,
    Failing(u16),
    Html,
    Slow,
    Large,
    Redirect,
}

/// The words that choose a [`Manner`].
const WORDS: [(&str, Manner); 15] = [
    ("noexpiry", Manner::NoExpiry),
    ("expired", Manner::Expired),
    ("revoked", Manner::Revoked),
    ("granular", Manner::Granular),
    ("bot", Manner::Bot),
    ("blocked", Manner::Blocked),
    ("oauth", Manner::OAuth),
    ("old", Manner::Old),
    ("limited", Manner::Limited),
    ("error500", Manner::Failing(500)),
    ("error503", Manner::Failing(503)),
    ("html", Manner::Html),
    ("slow", Manner::Slow),
    ("large", Manner::Large),
    ("redirect", Manner::Redirect),
];

/// Who a project's own token acts as.
const BOT: &str = "project_88_bot_0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What a token's text says of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PersonalToken {
    pub(super) manner: Manner,
    /// Sorted.
    pub(super) scopes: Vec<String>,
    pub(super) username: String,
}

impl PersonalToken {
    /// Reads `glpat-{traits}-{username}`; `None` for a token that does not exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (traits, username) = text.strip_prefix(PREFIX)?.split_once('-')?;
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
        if username.is_empty() || username.len() > 255 || !username.bytes().all(is_plain) {
            return None;
        }
        let (mut manner, mut scopes) = (None, Vec::new());
        for word in traits.split('+') {
            if SCOPES.contains(&word) {
                scopes.push(word.to_owned());
            } else if let Some((_, chosen)) = WORDS.iter().find(|(it, _)| *it == word) {
                manner.replace(*chosen).is_none().then_some(())?;
            } else {
                // Tokens that differ in a number alone are alike: a person may have several.
                word.parse::<u32>().ok()?;
            }
        }
        let manner = manner.unwrap_or(Manner::Plain);
        if manner == Manner::Granular {
            scopes = vec!["granular".to_owned()];
        } else if scopes.is_empty() {
            scopes.push("api".to_owned());
        }
        scopes.sort();
        scopes.dedup();
        let username = if manner == Manner::Bot { BOT } else { username };
        Some(Self { manner, scopes, username: username.to_owned() })
    }

    /// Whether the token has one of these scopes. A fine-grained one has none, but may read its user.
    pub(super) fn has_any(&self, scopes: &[&str]) -> bool {
        self.scopes.iter().any(|it| scopes.contains(&it.as_str()))
    }

    /// The number that GitLab knows the user by.
    pub(super) fn user_id(&self) -> u32 {
        match self.username.to_ascii_lowercase().as_str() {
            "glfake" => 42,
            BOT => 7001,
            other => derived_id(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(Manner, String, String)> {
        PersonalToken::parse(text).map(|it| (it.manner, it.scopes.join(" "), it.username))
    }

    fn assert_known(text: &str, manner: Manner, scopes: &str, username: &str) {
        assert_eq!(parse(text), Some((manner, scopes.to_owned(), username.to_owned())), "{text}");
    }

    #[test]
    fn a_token_says_what_it_does() {
        assert_known("glpat-api-glfake", Manner::Plain, "api", "glfake");
        assert_known("glpat-api+2-glfake", Manner::Plain, "api", "glfake");
        assert_known("glpat-read_repository+read_api-a-b", Manner::Plain, "read_api read_repository", "a-b");
        assert_known("glpat-old-glfake", Manner::Old, "api", "glfake");
        assert_known("glpat-old+read_api-glfake", Manner::Old, "read_api", "glfake");
        assert_known("glpat-bot-glfake", Manner::Bot, "api", BOT);
        for (word, manner) in WORDS {
            assert_eq!(parse(&format!("glpat-{word}-glfake")).map(|it| it.0), Some(manner), "{word}");
        }
    }

    #[test]
    fn other_texts_are_unknown() {
        for text in ["", "glpat-", "glpat-api", "glpat-api-", "glpat-nonsense-glfake", "glpat-old+slow-glfake", "api-x"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn users_have_one_number_each() {
        let id = |username: &str| PersonalToken::parse(&format!("glpat-api-{username}")).unwrap().user_id();
        assert_eq!(id("glfake"), 42);
        assert_eq!(id("GLFake"), 42);
        assert_eq!(id("other"), id("Other"));
        assert_ne!(id("other"), id("another"));
    }
}
