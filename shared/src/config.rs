//! The environment, read once at start. A missing or malformed value names its variable. A function reads only the
//! sections it needs.

use std::fmt;

use crate::domain::address::AddressPolicy;
use crate::domain::port_set::PortSet;
use crate::domain::provider::Provider;
use crate::domain::registration::{Base, Registration};
use crate::domain::return_to::ReturnToList;
use crate::domain::secret::{ClientSecret, Secret};

mod console;
mod error;
mod sections;
#[cfg(test)]
mod tests;

pub use console::ConsoleConfig;
pub use error::ConfigError;
use error::{malformed, missing};
pub use sections::{AwsConfig, CallerConfig, ClientSecretPlace, Tables};

/// Ports accepted for http addresses (S-24).
const HTTP_PORTS: &str = "80 21 443 70 210 280 488 591 777 1025-65535";

/// Ports accepted for https addresses (S-24).
const HTTPS_PORTS: &str = "443";

/// Where variables come from: the process's environment, or a table in a test.
pub struct Environment<F>(F);

impl<F> fmt::Debug for Environment<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Environment")
    }
}

/// The process's environment.
#[must_use]
pub fn environment() -> Environment<impl Fn(&str) -> Option<String>> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    Environment(|name: &str| std::env::var(name).ok())
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Variables looked up by a function.
    ///
    /// ```
    /// let environment = codebind::config::Environment::new(|_| None);
    /// assert_eq!(environment.tables().unwrap_err().to_string(), "CODEBIND_BINDINGS_TABLE is missing");
    /// ```
    pub fn new(lookup: F) -> Self {
        Self(lookup)
    }

    /// How to reach AWS. `AWS_CA_BUNDLE`, as in every AWS SDK, is the absolute path of a PEM file with certificates that
    /// are trusted beside Amazon's: for an endpoint or a proxy of the operator's own.
    ///
    /// # Errors
    /// [`ConfigError`], as for every section.
    pub fn aws(&self) -> Result<AwsConfig, ConfigError> {
        let endpoint = |name: &str| self.url(name).transpose().or_else(|| self.url("AWS_ENDPOINT_URL").transpose());
        Ok(AwsConfig {
            region: self.required("AWS_REGION")?,
            access_key_id: self.required("AWS_ACCESS_KEY_ID")?,
            secret_access_key: Secret::new(self.required("AWS_SECRET_ACCESS_KEY")?),
            session_token: self.optional("AWS_SESSION_TOKEN").map(Secret::new),
            dynamodb_url: endpoint("AWS_ENDPOINT_URL_DYNAMODB").transpose()?,
            kms_url: endpoint("AWS_ENDPOINT_URL_KMS").transpose()?,
            secrets_manager_url: endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER").transpose()?,
            eventbridge_url: endpoint("AWS_ENDPOINT_URL_EVENTBRIDGE").transpose()?,
            ca_bundle: self.optional("AWS_CA_BUNDLE").map(|path| file("AWS_CA_BUNDLE", &path)).transpose()?,
        })
    }

    /// Names of the tables.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn tables(&self) -> Result<Tables, ConfigError> {
        Ok(Tables {
            bindings: self.required("CODEBIND_BINDINGS_TABLE")?,
            transients: self.required("CODEBIND_TRANSIENTS_TABLE")?,
        })
    }

    /// The key for the tokens: `CODEBIND_KMS_KEY_ID`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn kms_key_id(&self) -> Result<String, ConfigError> {
        self.required("CODEBIND_KMS_KEY_ID")
    }

    /// Where events are published: `CODEBIND_EVENT_BUS`, the name or ARN of a bus.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn event_bus(&self) -> Result<String, ConfigError> {
        self.required("CODEBIND_EVENT_BUS")
    }

    /// How to read callers.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn callers(&self) -> Result<CallerConfig, ConfigError> {
        let name = "CODEBIND_REGIONS";
        let regions: Vec<String> = self.required(name)?.split_whitespace().map(str::to_owned).collect();
        // A slash would make a region and an instance readable in two ways (S-4).
        if regions.is_empty() || regions.iter().any(|region| region.contains('/')) {
            return Err(malformed(name, "must list regions without slashes, separated by blanks"));
        }
        Ok(CallerConfig {
            regions,
            user_claim: self.optional("CODEBIND_USER_CLAIM").unwrap_or_else(|| "sub".to_owned()),
            instances_claim: self.optional("CODEBIND_INSTANCES_CLAIM").unwrap_or_else(|| "instances".to_owned()),
        })
    }

    /// Who issued the subjects by which build workers name people: `CODEBIND_ISSUER`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn issuer(&self) -> Result<String, ConfigError> {
        self.required("CODEBIND_ISSUER")
    }

    /// Where people may be sent back to: `CODEBIND_RETURN_TO`, and the console of this deployment if it is asked for.
    /// Without the list the callback answers with pages.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn return_to(&self) -> Result<ReturnToList, ConfigError> {
        let name = "CODEBIND_RETURN_TO";
        let text = self.optional(name).unwrap_or_default();
        let listed = ReturnToList::parse(&text)
            .ok_or_else(|| malformed(name, "must list http(s) addresses, separated by blanks"))?;
        let console = format!("{}/console", self.public_url()?);
        listed.with_console(&console).ok_or_else(|| malformed("CODEBIND_PUBLIC_URL", "must be a plain http(s) address"))
    }

    /// Whether browsers reach us by plain http: local runs only. The cookie then has neither prefix nor `Secure` (S-15).
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn is_plain_http(&self) -> Result<bool, ConfigError> {
        Ok(self.public_url()?.starts_with("http://"))
    }

    /// Which server addresses are accepted (S-23 to S-25). `CODEBIND_HTTP_ADDRESSES`: `allow`, the default, or
    /// `refuse`. `CODEBIND_HTTP_PORTS` and `CODEBIND_HTTPS_PORTS`: ports and ranges. `CODEBIND_ALLOWED_HOSTS`: the
    /// `host:port` pairs that may be private and on any port; each is a hole that the operator cuts.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn addresses(&self) -> Result<AddressPolicy, ConfigError> {
        let http = match self.optional("CODEBIND_HTTP_ADDRESSES").as_deref() {
            None | Some("allow") => true,
            Some("refuse") => false,
            Some(_) => return Err(malformed("CODEBIND_HTTP_ADDRESSES", "must be allow or refuse")),
        };
        let allowed = self.optional("CODEBIND_ALLOWED_HOSTS").unwrap_or_default();
        let allowed_hosts: Vec<String> = allowed.split_whitespace().map(str::to_ascii_lowercase).collect();
        let has_port = |pair: &String| pair.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if !allowed_hosts.iter().all(has_port) {
            return Err(malformed("CODEBIND_ALLOWED_HOSTS", "must list host:port pairs, separated by blanks"));
        }
        let for_http = self.ports("CODEBIND_HTTP_PORTS", HTTP_PORTS)?;
        let for_https = self.ports("CODEBIND_HTTPS_PORTS", HTTPS_PORTS)?;
        Ok(AddressPolicy { http, http_ports: for_http, https_ports: for_https, allowed_hosts })
    }

    /// The operator's own certificates: `CODEBIND_EXTRA_CA`, PEM text or the absolute path of a PEM file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn extra_ca(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        let name = "CODEBIND_EXTRA_CA";
        match self.optional(name) {
            None => Ok(None),
            Some(path) if path.starts_with('/') => file(name, &path).map(Some),
            Some(pem) => Ok(Some(pem.into_bytes())),
        }
    }

    /// The bases of a provider, overridden by `CODEBIND_{PROVIDER}_URL` and `_API_URL` (S-9).
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn base(&self, provider: &Provider) -> Result<Base, ConfigError> {
        let web = self.url(&variable(provider, "URL"))?;
        let api = self.url(&variable(provider, "API_URL"))?;
        Ok(Base::new(provider, web, api))
    }

    /// Our registration at an OAuth provider: `CODEBIND_{PROVIDER}_CLIENT_ID`; `None` when it is off (S-9).
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn registration(&self, provider: &'static Provider) -> Result<Option<Registration>, ConfigError> {
        let Some(client_id) = self.optional(&variable(provider, "CLIENT_ID")).filter(|_| provider.oauth().is_some())
        else {
            return Ok(None);
        };
        let redirect_uri = self.redirect_uri(provider)?;
        Ok(Some(Registration { provider, client_id, base: self.base(provider)?, redirect_uri }))
    }

    /// The redirect URI to register at an OAuth provider (S-16).
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn redirect_uri(&self, provider: &Provider) -> Result<String, ConfigError> {
        Ok(format!("{}/v1/oauth/callback/{}", self.public_url()?, provider.id))
    }

    /// Where a registration's secret is: `CODEBIND_{PROVIDER}_CLIENT_SECRET_ARN`, locally `…_CLIENT_SECRET` (S-37).
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn client_secret(&self, provider: &Provider) -> Result<ClientSecretPlace, ConfigError> {
        if let Some(secret) = self.optional(&variable(provider, "CLIENT_SECRET")) {
            return Ok(ClientSecretPlace::Given(ClientSecret::new(secret)));
        }
        self.required(&variable(provider, "CLIENT_SECRET_ARN")).map(ClientSecretPlace::Kept)
    }

    /// `CODEBIND_PUBLIC_URL`: base of the redirect URIs, without a slash at the end (S-16).
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn public_url(&self) -> Result<String, ConfigError> {
        let name = "CODEBIND_PUBLIC_URL";
        let url = self.url(name)?.ok_or_else(|| missing(name))?;
        Ok(url.trim_end_matches('/').to_owned())
    }

    fn ports(&self, name: &str, default: &str) -> Result<PortSet, ConfigError> {
        let text = self.optional(name).unwrap_or_else(|| default.to_owned());
        PortSet::parse(&text).ok_or_else(|| malformed(name, "must list ports and ranges such as 443 1025-65535"))
    }

    fn url(&self, name: &str) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.optional(name) else {
            return Ok(None);
        };
        let parsed = url::Url::parse(&text).ok();
        let is_base = |url: &url::Url| {
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
        };
        if parsed.as_ref().is_some_and(is_base) {
            Ok(Some(text))
        } else {
            Err(malformed(name, "must be an http(s) address"))
        }
    }

    fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.optional(name).ok_or_else(|| missing(name))
    }

    /// An empty value counts as none: templates cannot leave a variable out.
    fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }
}

/// A file that a variable names by its absolute path.
fn file(name: &str, path: &str) -> Result<Vec<u8>, ConfigError> {
    if !path.starts_with('/') {
        return Err(malformed(name, "must be an absolute path"));
    }
    std::fs::read(path).map_err(|_| malformed(name, "names a file that cannot be read"))
}

fn variable(provider: &Provider, suffix: &str) -> String {
    format!("CODEBIND_{}_{suffix}", provider.id.to_ascii_uppercase())
}
