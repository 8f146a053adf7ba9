//! The tokens a simulator gave out or saw, kept over restarts.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use codebind::domain::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::data::{read, write_whole};

/// How many tokens are kept. Beyond that the oldest revoked ones are forgotten, which makes them unknown.
const TOKENS_MAX: usize = 2_000;

/// A token and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) text: String,
    /// The login of the account it belongs to.
    pub(super) account: String,
    /// Sorted.
    pub(super) scopes: Vec<String>,
    /// Seconds since the epoch.
    pub(super) issued_at: i64,
    pub(super) revoked: bool,
}

impl Token {
    pub(super) fn new(text: String, account: &str, scopes: &[String]) -> Self {
        let issued_at = Timestamp::now().seconds();
        Self { text, account: account.to_owned(), scopes: scopes.to_vec(), issued_at, revoked: false }
    }
}

/// Every token of one simulator.
#[derive(Debug)]
pub(super) struct Tokens {
    list: Mutex<Vec<Token>>,
    file: Option<PathBuf>,
}

impl Tokens {
    /// Those that an earlier run kept in `{directory}/{provider}.json`; without a directory there is memory only.
    pub(super) fn load(directory: Option<&Path>, provider: &str) -> io::Result<Self> {
        let Some(directory) = directory else { return Ok(Self { list: Mutex::new(Vec::new()), file: None }) };
        fs::create_dir_all(directory)?;
        let file = directory.join(format!("{provider}.json"));
        let damaged = |error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", file.display()));
        let list = match read(&file).map_err(io::Error::other)? {
            Some(content) => serde_json::from_slice(&content).map_err(damaged)?,
            None => Vec::new(),
        };
        Ok(Self { list: Mutex::new(list), file: Some(file) })
    }

    /// All of them, the oldest first.
    pub(super) fn all(&self) -> Vec<Token> {
        lock(&self.list).clone()
    }

    /// The token of this text, revoked or not.
    pub(super) fn find(&self, text: &str) -> Option<Token> {
        lock(&self.list).iter().find(|it| it.text == text).cloned()
    }

    /// Adds one. When more than `live_max` of its account with its scopes are live, the oldest are revoked.
    pub(super) fn issue(&self, token: Token, live_max: usize) -> io::Result<()> {
        self.change(|list| {
            let is_sibling = |it: &Token| !it.revoked && it.account == token.account && it.scopes == token.scopes;
            let live = list.iter().filter(|it| is_sibling(it)).count();
            let surplus = (live + 1).saturating_sub(live_max);
            list.iter_mut().filter(|it| is_sibling(it)).take(surplus).for_each(|it| it.revoked = true);
            list.push(token);
        })
    }

    /// Adds one that exists without having been issued here, unless it is known.
    pub(super) fn remember(&self, token: Token) -> io::Result<()> {
        if self.find(&token.text).is_some() {
            return Ok(());
        }
        self.change(|list| list.push(token))
    }

    /// Revokes those that `is_meant`; says whether there was a live one.
    pub(super) fn revoke(&self, is_meant: impl Fn(&Token) -> bool) -> io::Result<bool> {
        self.change(|list| {
            let mut any = false;
            for token in list.iter_mut().filter(|it| !it.revoked && is_meant(it)) {
                token.revoked = true;
                any = true;
            }
            any
        })
    }

    /// A change is written before it counts: what was answered is never forgotten.
    fn change<T>(&self, apply: impl FnOnce(&mut Vec<Token>) -> T) -> io::Result<T> {
        let mut list = lock(&self.list);
        let mut changed = list.clone();
        let outcome = apply(&mut changed);
        while changed.len() > TOKENS_MAX {
            let Some(oldest) = changed.iter().position(|it| it.revoked) else { break };
            changed.remove(oldest);
        }
        if let Some(file) = &self.file {
            let content = serde_json::to_vec(&changed)?;
            write_whole(file, &content).map_err(io::Error::other)?;
        }
        *list = changed;
        Ok(outcome)
    }
}

/// Every change is made in one go, so what a panicking task leaves behind is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;

    fn token(text: &str) -> Token {
        Token::new(text.to_owned(), "octo-fake", &["repo".to_owned()])
    }

    #[test]
    fn a_restart_forgets_nothing() {
        let scratch = Scratch::new();
        let tokens = Tokens::load(Some(&scratch.0), "github").unwrap();
        tokens.issue(token("one"), 10).unwrap();
        tokens.issue(token("two"), 10).unwrap();
        assert!(tokens.revoke(|it| it.text == "one").unwrap());
        assert!(!tokens.revoke(|it| it.text == "one").unwrap());
        let again = Tokens::load(Some(&scratch.0), "github").unwrap();
        assert_eq!(again.all(), tokens.all());
        assert!(again.find("one").unwrap().revoked);
        assert!(!again.find("two").unwrap().revoked);
    }

    #[test]
    fn a_damaged_file_is_no_empty_one() {
        let scratch = Scratch::new();
        fs::create_dir_all(&scratch.0).unwrap();
        fs::write(scratch.0.join("github.json"), "[{").unwrap();
        assert_eq!(Tokens::load(Some(&scratch.0), "github").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn too_many_live_tokens_end_the_oldest() {
        let tokens = Tokens::load(None, "github").unwrap();
        for number in 0..11 {
            tokens.issue(token(&number.to_string()), 10).unwrap();
        }
        tokens.issue(Token::new("other scopes".to_owned(), "octo-fake", &[]), 10).unwrap();
        let revoked: Vec<_> = tokens.all().into_iter().filter(|it| it.revoked).map(|it| it.text).collect();
        assert_eq!(revoked, ["0"]);
    }
}
