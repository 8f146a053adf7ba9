//! The one registered client, and where it may have the browser sent.

use url::Url;

use crate::{
    environment::Environment,
    origins::{Origins, is_loopback},
};

const CLIENT_ID: &str = "CODEBIND_CONSOLE_CLIENT_ID";
const DEFAULT_CLIENT_ID: &str = "codebind-console";

/// The console: a public client, wherever on this machine it is served.
pub(super) struct Client {
    id: String,
    origins: Origins,
}

impl Client {
    pub(super) fn new(origins: Origins, environment: &Environment) -> Self {
        let id = environment.get(CLIENT_ID).map_or(DEFAULT_CLIENT_ID, String::as_str).to_owned();
        Self { id, origins }
    }

    pub(super) fn is(&self, id: &str) -> bool {
        self.id == id
    }

    /// The address, if the browser may be sent there: a page of the gateway, of a console that is listed, or of this machine.
    pub(super) fn redirect_uri(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        let is_ours = is_loopback(&url) || self.origins.contains(&url.origin().ascii_serialization());
        (is_plain && is_ours).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(environment: &Environment) -> Client {
        let origins = Origins::new(["http://codebind.test", "https://console.test/sources"].into_iter());
        Client::new(origins, environment)
    }

    #[test]
    fn the_browser_is_sent_to_our_pages_and_those_of_this_machine() {
        let client = client(&Environment::new());
        for allowed in [
            "http://codebind.test/console",
            "https://console.test/another?a=b",
            "http://localhost:5173/",
            "http://[::1]:1/x",
        ] {
            assert!(client.redirect_uri(allowed).is_some(), "{allowed}");
        }
        for refused in [
            "https://codebind.test/console",
            "https://console.test.evil.test/",
            "https://console.test@evil.test/",
            "https://me@console.test/",
            "https://console.test/#fragment",
            "http://localhost:5173/#",
            "javascript:alert(1)",
            "data:text/html,x",
            "/console",
            "",
        ] {
            assert!(client.redirect_uri(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn the_operator_can_rename_the_client() {
        assert!(client(&Environment::new()).is("codebind-console"));
        let renamed = client(&[(CLIENT_ID.to_owned(), "mine".to_owned())].into());
        assert!(renamed.is("mine") && !renamed.is("codebind-console"));
    }
}
