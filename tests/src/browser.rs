//! The part of a browser that matters here: cookies. Redirects are followed by hand.

use std::sync::{Arc, Mutex, PoisonError};

/// Cookies of the product's host, the oldest first. A clone is the same browser.
#[derive(Debug, Clone, Default)]
pub struct Browser(Arc<Mutex<Vec<(String, String)>>>);

impl Browser {
    /// Takes a `Set-Cookie` value.
    pub fn set(&self, set_cookie: &str) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|it| it.split_once('=')).expect("a cookie is name=value");
        let mut cookies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cookies.retain(|(known, _)| known != name);
        if !parts.any(|it| it.eq_ignore_ascii_case("max-age=0")) {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The value of the `Cookie` header, if there is a cookie.
    pub fn header(&self) -> Option<String> {
        let cookies = self.cookies();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Names and values.
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
