//! What the console has to know: for the function `console`, and for a page that is hosted elsewhere.

use serde_json::{Value, json};
use url::Url;

use super::error::malformed;
use super::{ConfigError, Environment};

/// The console's section (S-68).
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    public_url: String,
    issuer: String,
    client_id: String,
    scope: String,
    resource: Option<String>,
    connect: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Where the console is, if this deployment serves one.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn console_address(&self) -> Result<Option<String>, ConfigError> {
        let is_served = self.optional("CODEBIND_CONSOLE_CLIENT_ID").is_some();
        is_served.then(|| self.public_url().map(|url| format!("{url}/console"))).transpose()
    }

    /// The console's client at the issuer: `CODEBIND_CONSOLE_CLIENT_ID`; the scope it asks for:
    /// `CODEBIND_CONSOLE_SCOPE`, `openid` by default; the resource (RFC 8707), where the issuer needs one to issue
    /// tokens for this API: `CODEBIND_CONSOLE_RESOURCE`; and further origins that the page may call, where the issuer's
    /// endpoints are on another host than the issuer itself: `CODEBIND_CONSOLE_CONNECT`. Without a client there is no
    /// console.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn console(&self) -> Result<Option<ConsoleConfig>, ConfigError> {
        let Some(client_id) = self.optional("CODEBIND_CONSOLE_CLIENT_ID") else { return Ok(None) };
        let (scope, resource) = (self.optional("CODEBIND_CONSOLE_SCOPE"), self.optional("CODEBIND_CONSOLE_RESOURCE"));
        let issuer = self.issuer()?;
        let of_issuer = origin(&issuer).ok_or_else(|| malformed("CODEBIND_ISSUER", "must be an http(s) address"))?;
        let name = "CODEBIND_CONSOLE_CONNECT";
        let further = self.optional(name).unwrap_or_default();
        let further = further.split_whitespace().map(origin).collect::<Option<Vec<_>>>();
        let further = further.ok_or_else(|| malformed(name, "must list http(s) origins, separated by blanks"))?;
        Ok(Some(ConsoleConfig {
            public_url: self.public_url()?,
            issuer,
            client_id,
            scope: scope.unwrap_or_else(|| "openid".to_owned()),
            resource,
            connect: std::iter::once(of_issuer).chain(further).collect(),
        }))
    }
}

impl ConsoleConfig {
    /// Where the page is served from.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}/console", self.public_url)
    }

    /// The path of that address.
    #[must_use]
    pub fn path(&self) -> String {
        let address = self.address();
        Url::parse(&address).map_or(address, |url| url.path().to_owned())
    }

    /// Where people sign in.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the page reads as `config.json`. None of it is secret.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "api": self.public_url,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "scope": self.scope,
            "resource": self.resource,
        })
    }

    /// Whether the page may call `address`.
    #[must_use]
    pub fn may_call(&self, address: &str) -> bool {
        origin(address).is_some_and(|origin| self.connect.contains(&origin))
    }

    /// The page's Content Security Policy. `api` is an origin that it may call besides its own and the issuer's. Pictures
    /// are those of accounts, wherever the providers keep them.
    fn policy_with(&self, api: Option<&str>) -> String {
        let pictures = if self.public_url.starts_with("http://") { "'self' https: http:" } else { "'self' https:" };
        let calls = api.into_iter().chain(self.connect.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self' {calls}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types lit-html"
        )
    }

    /// The policy of the page at [`ConsoleConfig::address`].
    #[must_use]
    pub fn policy(&self) -> String {
        self.policy_with(None)
    }

    /// The policy of the page on another host, from where it calls this deployment.
    #[must_use]
    pub fn policy_elsewhere(&self) -> String {
        self.policy_with(origin(&self.public_url).as_deref())
    }
}

/// The origin of an http(s) address, as a policy names it: nothing of the text itself gets into one.
fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(further: &[(&str, &str)]) -> Result<Option<ConsoleConfig>, ConfigError> {
        let given = [
            ("CODEBIND_PUBLIC_URL", "https://codebind.example.com/"),
            ("CODEBIND_ISSUER", "https://login.example.com/pool; script-src *"),
            ("CODEBIND_CONSOLE_CLIENT_ID", "console"),
        ];
        let of = |name: &str| further.iter().chain(&given).find(|it| it.0 == name).map(|it| it.1.to_owned());
        Environment::new(of).console()
    }

    #[test]
    fn the_policy_names_origins_alone() {
        // S-68
        let rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                    trusted-types lit-html";
        let calls = "https://login.example.com https://tokens.example.com:8443";
        let expected = |pictures: &str, calls: &str| {
            format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self' {calls}; {rest}"
            )
        };
        let connect = ("CODEBIND_CONSOLE_CONNECT", "https://tokens.example.com:8443/oauth2/token");
        let config = console(&[connect]).unwrap().unwrap();
        assert_eq!(config.policy(), expected("'self' https:", calls));
        let with_api = format!("https://codebind.example.com {calls}");
        assert_eq!(config.policy_elsewhere(), expected("'self' https:", &with_api));
        let config = console(&[connect, ("CODEBIND_PUBLIC_URL", "http://localhost:4180")]).unwrap().unwrap();
        assert_eq!(config.policy(), expected("'self' https: http:", calls));
    }

    #[test]
    fn the_page_is_told_its_client_and_no_more() {
        // S-68
        let further = [("CODEBIND_CONSOLE_SCOPE", "openid api"), ("CODEBIND_CONSOLE_RESOURCE", "urn:codebind")];
        let document = console(&further).unwrap().unwrap().document();
        let expected = json!({
            "api": "https://codebind.example.com",
            "issuer": "https://login.example.com/pool; script-src *",
            "client_id": "console",
            "scope": "openid api",
            "resource": "urn:codebind",
        });
        assert_eq!(document, expected);
        let document = console(&[]).unwrap().unwrap().document();
        assert_eq!((&document["scope"], &document["resource"]), (&json!("openid"), &json!(null)));
    }

    #[test]
    fn what_is_no_origin_is_refused_by_name() {
        for (name, value) in
            [("CODEBIND_ISSUER", "login.example.com"), ("CODEBIND_CONSOLE_CONNECT", "https://a.example *")]
        {
            assert_eq!(console(&[(name, value)]).unwrap_err().variable(), name);
        }
        assert!(console(&[("CODEBIND_CONSOLE_CLIENT_ID", "")]).unwrap().is_none());
    }
}
