//! Where a person may be sent back to: the operator's list, compared by origin and path (S-16).

use url::Url;

/// Longest address accepted, in bytes.
const RETURN_TO_MAX: usize = 1024;

/// The operator's list; the first entry is the default. The console of this deployment is allowed without being listed,
/// and never the default.
#[derive(Debug, Clone, Default)]
pub struct ReturnToList {
    listed: Vec<Url>,
    console: Option<Url>,
}

/// An address that the list allows. Where it leads was decided at start; nothing later is read from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

/// The address is not on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotListed;

impl ReturnToList {
    /// Reads entries separated by blanks; `None` if one is no plain http(s) address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().map(plain_url).collect::<Option<_>>().map(|listed| Self { listed, console: None })
    }

    /// Allows the console of this deployment too, with any query; `None` if that is no plain http(s) address.
    #[must_use]
    pub fn with_console(self, address: &str) -> Option<Self> {
        plain_url(address).map(|console| Self { console: Some(console), ..self })
    }

    /// The default, if there is one.
    #[must_use]
    pub fn default_entry(&self) -> Option<ReturnTo> {
        self.listed.first().map(|entry| ReturnTo(entry.to_string()))
    }

    /// The address asked for, if an entry allows it.
    ///
    /// # Errors
    /// [`NotListed`] when none does.
    pub fn allow(&self, wanted: &str) -> Result<ReturnTo, NotListed> {
        let wanted = plain_url(wanted).ok_or(NotListed)?;
        let is_console = |console: &Url| console.origin() == wanted.origin() && console.path() == wanted.path();
        let is_allowed =
            self.console.as_ref().is_some_and(is_console) || self.listed.iter().any(|entry| covers(entry, &wanted));
        if is_allowed { Ok(ReturnTo(wanted.to_string())) } else { Err(NotListed) }
    }
}

impl ReturnTo {
    /// An address read back from storage, where only allowed ones are put.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with a result in its query and, for a completion, a secret in its fragment (S-21).
    #[must_use]
    pub fn with_result(&self, result: &str, provider: &str, fragment: Option<&str>) -> String {
        let Ok(mut url) = Url::parse(&self.0) else {
            return self.0.clone();
        };
        let keep = |name: &str| name != "result" && name != "provider";
        let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| keep(name)).collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("result", result)
            .append_pair("provider", provider);
        url.set_fragment(fragment);
        url.to_string()
    }
}

/// Same origin, and the entry's path itself or one below it.
fn covers(entry: &Url, wanted: &Url) -> bool {
    let (prefix, path) = (entry.path(), wanted.path());
    let is_below = || path.strip_prefix(prefix).is_some_and(|rest| prefix.ends_with('/') || rest.starts_with('/'));
    entry.origin() == wanted.origin() && (prefix == path || is_below())
}

/// A plain http(s) address: no credentials, no fragment, nothing that the parser had to mend.
fn plain_url(text: &str) -> Option<Url> {
    let is_odd = |it: char| it.is_control() || it.is_whitespace() || it == '\\' || !it.is_ascii();
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    if !has_scheme || text.len() > RETURN_TO_MAX || text.contains(is_odd) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // A path that changes when parsed had dot segments: what was listed and what is visited would differ.
    let mended = url.path().contains("//") || text.contains("/.") || text.to_ascii_lowercase().contains("%2e");
    (is_plain && url.host().is_some() && !mended).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> ReturnToList {
        ReturnToList::parse("https://console.example.com/sources  http://localhost:4180/").unwrap()
    }

    #[test]
    fn the_own_console_is_allowed_and_is_not_the_default() {
        // S-16, S-68
        let own = "https://codebind.example.com/console";
        let list = list().with_console(own).unwrap();
        for allowed in [own, "https://codebind.example.com/console?owner=instances%2Feu-1%2Fteam"] {
            assert_eq!(list.allow(allowed).map(|it| it.as_str().to_owned()), Ok(allowed.to_owned()));
        }
        for refused in [
            "https://codebind.example.com/",
            "https://codebind.example.com/console/",
            "https://codebind.example.com/console/0123/app.js",
            "https://codebind.example.com/consoles",
            "http://codebind.example.com/console",
            "https://codebind.example.com.evil.example/console",
            "https://codebind.example.com/console#a",
        ] {
            assert_eq!(list.allow(refused), Err(NotListed), "{refused}");
        }
        assert_eq!(list.default_entry().unwrap().as_str(), "https://console.example.com/sources");
        assert!(ReturnToList::default().with_console(own).unwrap().default_entry().is_none());
        assert!(ReturnToList::default().with_console("https://codebind.example.com/a b").is_none());
    }

    #[test]
    fn entries_allow_themselves_and_what_is_below() {
        // S-16
        for allowed in [
            "https://console.example.com/sources",
            "https://console.example.com/sources?tab=1",
            "https://console.example.com/sources/github",
            "https://CONSOLE.example.com:443/sources",
            "http://localhost:4180/any/page",
        ] {
            assert!(list().allow(allowed).is_ok(), "{allowed}");
        }
        assert_eq!(list().default_entry().unwrap().as_str(), "https://console.example.com/sources");
        assert_eq!(ReturnToList::default().default_entry(), None);
    }

    #[test]
    fn everything_else_is_refused() {
        // S-16
        for refused in [
            "https://console.example.com/",
            "https://console.example.com/sources2",
            "http://console.example.com/sources",
            "https://console.example.com:8443/sources",
            "https://console.example.com.evil.dev/sources",
            "https://console.example.com@evil.dev/sources",
            "https://evil.dev/https://console.example.com/sources",
            "//console.example.com/sources",
            "/sources",
            "https:/console.example.com/sources",
            "https://console.example.com\\sources",
            "https://console.example.com/sources/../admin",
            "https://console.example.com/sources/%2e%2e/admin",
            "https://console.example.com/sources//evil.dev",
            "https://console.example.com/sources#fragment",
            "https://console.example.com/sources\n",
            "javascript:alert(1)",
            "https://con\u{ff53}ole.example.com/sources",
            "https://console.example.com/sources/\u{1}",
            "https://console.example.com/sources/a b",
            "http://localhost:4180/a/./b",
            "http://localhost:4180/a/%2E/b",
            "http://localhost:4180//a",
            "",
        ] {
            assert_eq!(list().allow(refused), Err(NotListed), "{refused}");
        }
    }

    #[test]
    fn an_address_has_its_length() {
        let of_length = |length: usize| list().allow(&format!("http://localhost:4180/{}", "a".repeat(length - 22)));
        assert!(of_length(RETURN_TO_MAX).is_ok());
        assert!(of_length(RETURN_TO_MAX + 1).is_err() && of_length(RETURN_TO_MAX + 200).is_err());
    }

    #[test]
    fn results_are_added_to_the_query() {
        // S-21
        let back = list().allow("https://console.example.com/sources?a=1&result=forged").unwrap();
        let plain = back.with_result("bound", "github", None);
        assert_eq!(plain, "https://console.example.com/sources?a=1&result=bound&provider=github");
        let secret = back.with_result("complete", "github", Some("completion_secret=x"));
        assert!(secret.ends_with("result=complete&provider=github#completion_secret=x"), "{secret}");
    }

    #[test]
    fn a_malformed_list_is_no_list() {
        assert!(ReturnToList::parse("console.example.com").is_none());
        assert!(ReturnToList::parse("").is_some_and(|list| list.listed.is_empty()));
    }
}
