//! Who is signed in at the issuer, by the browser's cookie.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::http::{HeaderMap, header::COOKIE};

use super::{person::Person, sign_in::random_text};

/// The cookie's name.
const COOKIE_NAME: &str = "codebind-dev-user";
/// Not `Secure`, as there is no TLS here; the browser forgets it when it ends.
const ATTRIBUTES: &str = "Path=/dev; HttpOnly; SameSite=Lax";

/// One browser's session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) person: Person,
    /// When they chose who they are, in seconds since the epoch.
    pub(super) since: u64,
}

/// Every session of this run.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    /// Starts one in place of the browser's last; returns what sets the cookie.
    pub(super) fn start(&self, headers: &HeaderMap, session: Session) -> String {
        let id = random_text();
        let mut sessions = self.lock();
        if let Some(last) = cookie(headers) {
            sessions.remove(last);
        }
        sessions.insert(id.clone(), session);
        format!("{COOKIE_NAME}={id}; {ATTRIBUTES}")
    }

    /// The browser's session.
    pub(super) fn find(&self, headers: &HeaderMap) -> Option<Session> {
        self.lock().get(cookie(headers)?).cloned()
    }

    /// Ends the browser's session; returns what takes the cookie away.
    pub(super) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = cookie(headers) {
            self.lock().remove(id);
        }
        format!("{COOKIE_NAME}=; {ATTRIBUTES}; Max-Age=0")
    }

    /// What a panicking thread leaves behind is still whole: every change is one call.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = values.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("other=1; {}", cookie.split(';').next().unwrap()).parse().unwrap());
        headers
    }

    fn session(name: &str) -> Session {
        Session { person: Person { name: name.to_owned(), instances: Vec::new() }, since: 0 }
    }

    #[test]
    fn a_browser_has_one_session_until_it_ends() {
        let sessions = Sessions::default();
        let alice = with(&sessions.start(&HeaderMap::new(), session("alice")));
        assert_eq!(sessions.find(&alice).unwrap().person.name, "alice");
        assert!(sessions.find(&HeaderMap::new()).is_none() && sessions.find(&with("codebind-dev-user=x")).is_none());
        let bob = with(&sessions.start(&alice, session("bob")));
        assert!(sessions.find(&alice).is_none(), "bob took her place");
        assert!(sessions.end(&bob).ends_with("Max-Age=0"));
        assert!(sessions.find(&bob).is_none());
    }
}
