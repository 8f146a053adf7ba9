//! The cookie of one attempt (S-15): proves that the browser that finishes is the one that started.

use crate::domain::authorization::{AUTHORIZATION_LIFETIME, AuthorizationId};
use crate::domain::secret::BrowserNonce;

/// How many attempts of one browser may be alive.
const ATTEMPTS_MAX: usize = 5;

/// How cookies are written: with `__Host-` and `Secure`, but over plain http, where browsers refuse both.
#[derive(Debug, Clone, Copy)]
pub struct CookieStyle {
    /// Whether browsers reach us by plain http: local runs only.
    pub is_plain_http: bool,
}

impl CookieStyle {
    fn prefix(self) -> &'static str {
        if self.is_plain_http { "codebind_" } else { "__Host-codebind_" }
    }

    fn attributes(self) -> &'static str {
        if self.is_plain_http { "Path=/; HttpOnly; SameSite=Lax" } else { "Path=/; Secure; HttpOnly; SameSite=Lax" }
    }

    /// The `Set-Cookie` values of a new attempt: its own, and the end of attempts beyond the fifth.
    #[must_use]
    pub fn set(self, id: &AuthorizationId, nonce: &BrowserNonce, present: &[String]) -> Vec<String> {
        let (prefix, attributes) = (self.prefix(), self.attributes());
        let (label, lifetime) = (id.cookie_label(), AUTHORIZATION_LIFETIME.as_secs());
        let own = format!("{prefix}{label}={}; {attributes}; Max-Age={lifetime}", nonce.reveal());
        // Browsers send older cookies first.
        let names: Vec<_> =
            present.iter().filter_map(|it| it.split('=').next()).filter(|it| it.starts_with(prefix)).collect();
        let surplus = (names.len() + 1).saturating_sub(ATTEMPTS_MAX);
        let is_plain = |name: &&&str| name.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
        let ended = names.iter().take(surplus).filter(is_plain).map(|name| format!("{name}=; {attributes}; Max-Age=0"));
        ended.chain([own]).collect()
    }

    /// The value of the attempt's cookie, if the browser brought exactly one.
    #[must_use]
    pub fn find(self, id: &AuthorizationId, present: &[String]) -> Option<BrowserNonce> {
        let name = format!("{}{}", self.prefix(), id.cookie_label());
        let mut values = present.iter().filter_map(|it| it.split_once('=')).filter(|(it, _)| *it == name);
        let (_, value) = values.next()?;
        values.next().is_none().then(|| BrowserNonce::new(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::{Secret, State};

    const DEPLOYED: CookieStyle = CookieStyle { is_plain_http: false };

    fn attempt() -> (AuthorizationId, BrowserNonce) {
        (AuthorizationId::of(&State(Secret::fresh().unwrap())), BrowserNonce::new("nonce".to_owned()))
    }

    #[test]
    fn the_cookie_is_locked_to_our_host_and_out_of_reach_of_scripts() {
        // S-15
        let (id, nonce) = attempt();
        let expected =
            format!("__Host-codebind_{}=nonce; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600", id.cookie_label());
        assert_eq!(DEPLOYED.set(&id, &nonce, &[]), [expected]);
        let local = CookieStyle { is_plain_http: true }.set(&id, &nonce, &[]);
        assert!(local[0].starts_with("codebind_") && !local[0].contains("Secure"), "{local:?}");
    }

    #[test]
    fn attempts_do_not_see_each_others_cookies() {
        // S-15
        let ((one, _), (other, _)) = (attempt(), attempt());
        let present =
            [format!("__Host-codebind_{}=a", one.cookie_label()), format!("codebind_{}=forged", other.cookie_label())];
        assert_eq!(DEPLOYED.find(&one, &present).unwrap().reveal(), "a");
        assert!(DEPLOYED.find(&other, &present).is_none());
        let twice = [present[0].clone(), present[0].clone()];
        assert!(DEPLOYED.find(&one, &twice).is_none());
    }

    #[test]
    fn the_oldest_beyond_five_are_ended() {
        // S-15
        let (id, nonce) = attempt();
        let present: Vec<_> = (0..6).map(|at| format!("__Host-codebind_{at}=x")).collect();
        let set = DEPLOYED.set(&id, &nonce, &present);
        assert_eq!(set.len(), 3);
        assert!(set[0].starts_with("__Host-codebind_0=; ") && set[0].ends_with("Max-Age=0"));
    }
}
