//! Codes that wait to be exchanged, and refresh tokens. They end with the run.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{person::Person, request::OFFLINE_ACCESS, sign_in::random_text};

/// What a person signed in for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) person: Person,
    pub(super) scopes: Vec<&'static str>,
    pub(super) nonce: Option<String>,
    /// When they chose who they are, in seconds since the epoch.
    pub(super) since: u64,
}

/// What a code stands for.
#[derive(Debug)]
pub(super) struct Authorization {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
}

#[derive(Debug)]
struct Code {
    /// Taken at the first attempt to exchange it, whatever becomes of that.
    authorization: Option<Authorization>,
    /// Of the refresh tokens that it leads to.
    family: String,
    ends_at: Instant,
}

/// The refresh tokens of one sign-in, of which the last one alone is good.
#[derive(Debug)]
struct Family {
    last: String,
    grant: Grant,
}

#[derive(Debug, Default)]
struct State {
    codes: HashMap<String, Code>,
    families: HashMap<String, Family>,
}

/// Everything that can still be exchanged.
#[derive(Debug, Default)]
pub(super) struct Grants(Mutex<State>);

impl Grants {
    /// A code for this, good for `lifetime`.
    pub(super) fn code(&self, authorization: Authorization, lifetime: Duration, now: Instant) -> String {
        let (text, family) = (random_text(), random_text());
        let mut state = self.lock();
        state.codes.retain(|_, it| it.ends_at > now);
        let code = Code { authorization: Some(authorization), family, ends_at: now + lifetime };
        state.codes.insert(text.clone(), code);
        text
    }

    /// Uses a code up; what it stands for if `fits` it, with a refresh token if one was asked for. A code that comes twice was
    /// seen by somebody else, so what it led to ends (RFC 6749 section 4.1.2).
    pub(super) fn redeem(
        &self,
        text: &str,
        now: Instant,
        fits: impl FnOnce(&Authorization) -> bool,
    ) -> Option<(Grant, Option<String>)> {
        let mut state = self.lock();
        let code = state.codes.get_mut(text).filter(|it| it.ends_at > now)?;
        let (authorization, family) = (code.authorization.take(), code.family.clone());
        let Some(Authorization { grant, .. }) = authorization.filter(fits) else {
            state.families.remove(&family);
            return None;
        };
        let refresh_token = grant.scopes.contains(&OFFLINE_ACCESS).then(|| {
            let last = random_text();
            state.families.insert(family.clone(), Family { last: last.clone(), grant: grant.clone() });
            format!("{family}.{last}")
        });
        Some((grant, refresh_token))
    }

    /// Replaces a refresh token if `fits` its grant. One that was replaced before was seen by somebody else, so the last one
    /// ends as well (RFC 9700 section 4.14.2).
    pub(super) fn rotate(&self, text: &str, fits: impl FnOnce(&Grant) -> bool) -> Option<(Grant, String)> {
        let (family, presented) = text.split_once('.')?;
        let mut state = self.lock();
        let known = state.families.get_mut(family)?;
        if known.last != presented {
            state.families.remove(family);
            return None;
        }
        if !fits(&known.grant) {
            return None;
        }
        known.last = random_text();
        Some((known.grant.clone(), format!("{family}.{}", known.last)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn authorization(scopes: &[&'static str]) -> Authorization {
        let person = Person { name: "alice".to_owned(), instances: Vec::new() };
        let (client_id, scopes) = ("codebind-console".to_owned(), scopes.to_vec());
        let grant = Grant { client_id, person, scopes, nonce: None, since: 0 };
        Authorization { grant, redirect_uri: "http://localhost/".to_owned(), challenge: "challenge".to_owned() }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_while() {
        let (grants, now) = (Grants::default(), Instant::now());
        let code = grants.code(authorization(&[]), MINUTE, now);
        assert!(grants.redeem(&code, now, |_| true).is_some_and(|(_, refresh_token)| refresh_token.is_none()));
        assert!(grants.redeem(&code, now, |_| true).is_none());
        let late = grants.code(authorization(&[]), MINUTE, now);
        assert!(grants.redeem(&late, now + MINUTE, |_| true).is_none());
        let tried = grants.code(authorization(&[]), MINUTE, now);
        assert!(grants.redeem(&tried, now, |_| false).is_none());
        assert!(grants.redeem(&tried, now, |_| true).is_none(), "who guesses has one guess");
    }

    #[test]
    fn a_refresh_token_that_comes_back_ends_its_successor() {
        let (grants, now) = (Grants::default(), Instant::now());
        let code = grants.code(authorization(&[OFFLINE_ACCESS]), MINUTE, now);
        let first = grants.redeem(&code, now, |_| true).unwrap().1.unwrap();
        assert!(grants.rotate(&first, |_| false).is_none());
        let (_, second) = grants.rotate(&first, |_| true).unwrap();
        let (_, third) = grants.rotate(&second, |_| true).unwrap();
        assert!(grants.rotate(&first, |_| true).is_none());
        assert!(grants.rotate(&third, |_| true).is_none());
    }

    #[test]
    fn a_code_that_comes_back_ends_the_refresh_token() {
        let (grants, now) = (Grants::default(), Instant::now());
        let code = grants.code(authorization(&[OFFLINE_ACCESS]), MINUTE, now);
        let first = grants.redeem(&code, now, |_| true).unwrap().1.unwrap();
        assert!(grants.redeem(&code, now, |_| true).is_none());
        assert!(grants.rotate(&first, |_| true).is_none());
    }
}
