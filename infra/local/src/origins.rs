//! Origins of pages, as browsers write them.

use std::collections::BTreeSet;

use url::{Host, Origin, Url};

use crate::{environment::Environment, world::PUBLIC_URL};

const RETURN_TO: &str = "CODEBIND_RETURN_TO";

/// Origins that are listed.
#[derive(Debug, Clone)]
pub(crate) struct Origins(BTreeSet<String>);

impl Origins {
    /// Those of the gateway at `url` itself and of the consoles that the browser returns to.
    pub(crate) fn of(url: &str, environment: &Environment) -> Self {
        let by_address = url.replace("//localhost:", "//127.0.0.1:");
        let own = [url, &by_address].into_iter();
        let value = |name| environment.get(name).map(String::as_str).unwrap_or_default();
        Self::new(own.chain([value(PUBLIC_URL)]).chain(value(RETURN_TO).split_whitespace()))
    }

    /// Those of these URLs; text that is no URL has none.
    pub(crate) fn new<'a>(urls: impl Iterator<Item = &'a str>) -> Self {
        // An opaque origin is written `null`, which every sandboxed page sends.
        let tuples = urls.filter_map(|url| Url::parse(url).ok()).map(|url| url.origin()).filter(Origin::is_tuple);
        Self(tuples.map(|it| it.ascii_serialization()).collect())
    }

    pub(crate) fn contains(&self, origin: &str) -> bool {
        self.0.contains(origin)
    }
}

/// Whether a page of this machine is meant.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    is_here && matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_and_nothing_that_looks_like_it() {
        for (url, expected) in [
            ("http://localhost:5173", true),
            ("https://127.0.0.1", true),
            ("http://127.1.2.3:1/page", true),
            ("http://[::1]:8080", true),
            ("http://localhost.evil.test", false),
            ("http://127.0.0.1.evil.test", false),
            ("http://10.0.0.1", false),
            ("javascript://localhost/", false),
            ("data:,localhost", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn the_gateway_and_the_listed_consoles_are_in() {
        let variables = [(PUBLIC_URL, "http://codebind.test"), (RETURN_TO, "https://a.test/x https://b.test nonsense")];
        let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let origins = Origins::of("http://localhost:4180", &environment);
        for origin in ["http://localhost:4180", "http://127.0.0.1:4180", "http://codebind.test", "https://a.test"] {
            assert!(origins.contains(origin), "{origin}");
        }
        assert!(!origins.contains("https://c.test") && !origins.contains("null") && !origins.contains(""));
    }
}
