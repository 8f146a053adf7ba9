//! The tokens a simulator gave out or saw, kept over restarts.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
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
    /// The refresh token that came with it, if any.
    #[serde(default)]
    pub(super) refresh_text: Option<String>,
    /// When that was first used for another one: seconds since the epoch.
    #[serde(default)]
    pub(super) refreshed_at: Option<i64>,
    /// A test ended its life before its time.
    #[serde(default)]
    pub(super) is_aged: bool,
    /// The token that this one replaced by rotation.
    #[serde(default)]
    pub(super) replaces: Option<String>,
    /// The date of its end, where it was asked for.
    #[serde(default)]
    pub(super) expires_on: Option<String>,
}

impl Token {
    pub(super) fn new(text: String, account: &str, scopes: &[String]) -> Self {
        let issued_at = Timestamp::now().seconds();
        let (account, scopes) = (account.to_owned(), scopes.to_vec());
        Self {
            text,
            account,
            scopes,
            issued_at,
            revoked: false,
            refresh_text: None,
            refreshed_at: None,
            is_aged: false,
            replaces: None,
            expires_on: None,
        }
    }

    /// Whether its life is over, if it has one.
    pub(super) fn has_expired(&self, lifetime: Duration) -> bool {
        self.is_aged || Timestamp::from_seconds(self.issued_at).plus(lifetime) <= Timestamp::now()
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

    /// Adds what `next` makes of the token that this refresh token came with. `None` if it is unknown or revoked, or was
    /// replaced and `grace` has passed since.
    pub(super) fn refresh(
        &self,
        refresh_text: &str,
        grace: Duration,
        next: impl FnOnce(&Token) -> Token,
    ) -> io::Result<Option<Token>> {
        let now = Timestamp::now();
        self.change(|list| {
            let is_good = |it: &Token| {
                let used_at = it.refreshed_at.map(Timestamp::from_seconds);
                !it.revoked && used_at.is_none_or(|at| at.plus(grace) > now)
            };
            let is_meant = |it: &Token| it.refresh_text.as_deref() == Some(refresh_text) && is_good(it);
            let old = list.iter_mut().find(|it| is_meant(it))?;
            let token = next(old);
            if token.refresh_text != old.refresh_text {
                old.refreshed_at.get_or_insert(now.seconds());
            }
            list.push(token.clone());
            Some(token)
        })
    }

    /// Ends every token of the account whose refresh token this was: somebody uses it a second time.
    pub(super) fn end_family(&self, refresh_text: &str) -> io::Result<()> {
        let account = self.all().into_iter().find(|it| it.refresh_text.as_deref() == Some(refresh_text));
        let Some(Token { account, .. }) = account else { return Ok(()) };
        self.revoke(|it| it.account == account).map(drop)
    }

    /// Ends the token `replaced` and adds its successor.
    pub(super) fn rotate(&self, replaced: &str, successor: Token) -> io::Result<()> {
        self.change(|list| {
            list.iter_mut().filter(|it| it.text == replaced).for_each(|it| it.revoked = true);
            list.push(Token { replaces: Some(replaced.to_owned()), ..successor });
        })
    }

    /// Ends every token that came of this one by rotation: somebody uses it after it was replaced.
    pub(super) fn end_successors(&self, replaced: &str) -> io::Result<()> {
        let mut replaced = vec![replaced.to_owned()];
        while let Some(text) = replaced.pop() {
            let is_next = |it: &Token| it.replaces.as_deref() == Some(&text);
            self.revoke(is_next)?;
            replaced.extend(self.all().into_iter().filter(is_next).map(|it| it.text));
        }
        Ok(())
    }

    /// Ends the life of every access token, and the grace of every replaced refresh token.
    pub(super) fn age(&self) -> io::Result<()> {
        self.change(|list| {
            for token in list {
                token.is_aged = true;
                token.refreshed_at = token.refreshed_at.map(|_| 0);
            }
        })
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
    fn a_refresh_token_that_was_replaced_is_good_for_its_grace() {
        let tokens = Tokens::load(None, "github").unwrap();
        let with = |text: &str, refresh: &str| Token { refresh_text: Some(refresh.to_owned()), ..token(text) };
        let refresh = |refresh_text: &str, grace: u64, next: &str| {
            let next = with("next", next);
            tokens.refresh(refresh_text, Duration::from_secs(grace), |_| next).unwrap().is_some()
        };
        tokens.issue(with("one", "a"), 10).unwrap();
        assert!(!refresh("unknown", 600, "b"));
        assert!(refresh("a", 0, "a"), "one that is not replaced");
        assert!(refresh("a", 0, "a"), "one that is not replaced");
        assert!(refresh("a", 0, "b"));
        tokens.revoke(|it| it.refresh_text.as_deref() == Some("a") && it.text == "next").unwrap();
        assert!(refresh("a", 600, "c"), "within its grace");
        assert!(!refresh("a", 0, "c"), "without a grace");
        tokens.age().unwrap();
        assert!(!refresh("a", 600, "c"), "after its grace");
        assert!(tokens.all().iter().all(|it| it.has_expired(Duration::from_hours(2))));
        assert!(refresh("b", 600, "d"), "it outlives its access token");
        tokens.revoke(|_| true).unwrap();
        assert!(!refresh("d", 600, "e"));
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
