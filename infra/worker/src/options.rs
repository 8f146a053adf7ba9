//! Options and variables: where the workers' API is, whose account is asked for, and as whom.

use std::{env, net::IpAddr};

use aws_credential_types::Credentials;
use clap::Parser;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::failure::Failure;

/// What stays as it is in a segment of a path: the unreserved characters of RFC 3986, as signatures want it.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A git credential helper that gets the credential of a bound account from codebind
#[derive(Debug, Parser)]
#[command(name = crate::NAME, version)]
pub(crate) struct Options {
    /// Address of the workers' API
    #[arg(long, env = "CODEBIND_WORKER_URL")]
    url: Option<String>,
    /// Whose account it is: users/SUBJECT or instances/REGION/INSTANCE
    #[arg(long, env = "CODEBIND_WORKER_OWNER")]
    owner: Option<String>,
    /// The provider that the account is at, by its id
    #[arg(long, env = "CODEBIND_WORKER_PROVIDER")]
    provider: Option<String>,
    /// For how many seconds the token must be good
    #[arg(long, value_name = "SECONDS", env = "CODEBIND_WORKER_MIN_TTL", default_value = "300")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=3600))]
    min_ttl: u32,
    /// What the token is for
    #[arg(long, env = "CODEBIND_WORKER_PURPOSE", default_value = "clone")]
    #[arg(value_parser = ["clone", "list", "webhook"])]
    purpose: String,
    /// What git asks for: get, store or erase
    pub(crate) operation: String,
}

/// What a call needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The account's place in the workers' API, without a slash at the end.
    pub(crate) url: Url,
    pub(crate) region: String,
    pub(crate) min_ttl: u32,
    pub(crate) purpose: String,
    pub(crate) credentials: Credentials,
}

impl Settings {
    /// Those of this process: the options, and what AWS's own tools find in the environment.
    pub(crate) fn new(options: &Options) -> Result<Self, Failure> {
        Self::with(options, |name| env::var_os(name)?.into_string().ok())
    }

    fn with(options: &Options, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let named = |name: &str| variable(name).filter(|it| !it.is_empty());
        let needed = |name: &'static str| named(name).ok_or(Failure::Missing(name));
        let region = named("AWS_REGION").or_else(|| named("AWS_DEFAULT_REGION"));
        let secret = needed("AWS_SECRET_ACCESS_KEY")?;
        let session = named("AWS_SESSION_TOKEN");
        Ok(Self {
            url: place(options)?,
            region: region.ok_or(Failure::Missing("AWS_REGION"))?,
            min_ttl: options.min_ttl,
            purpose: options.purpose.clone(),
            credentials: Credentials::new(needed("AWS_ACCESS_KEY_ID")?, secret, session, None, "environment"),
        })
    }
}

/// The account's place in the workers' API.
fn place(options: &Options) -> Result<Url, Failure> {
    let given = |value: &'_ Option<String>, missing| value.clone().filter(|it| !it.is_empty()).ok_or(missing);
    let mut url = base(&given(&options.url, Failure::Missing("--url or CODEBIND_WORKER_URL"))?)?;
    let owner = owner(&given(&options.owner, Failure::Missing("--owner or CODEBIND_WORKER_OWNER"))?)?;
    let provider = given(&options.provider, Failure::Missing("--provider or CODEBIND_WORKER_PROVIDER"))?;
    let provider = segment(&provider).ok_or(Failure::Setting { name: "--provider", reason: "it is no id" })?;
    let path = format!("{}/v1/{owner}/bindings/{provider}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// A token comes from there: it is https, or this very machine.
fn base(text: &str) -> Result<Url, Failure> {
    let wrong = |reason| Failure::Setting { name: "--url", reason };
    let url = Url::parse(text).map_err(|_| wrong("it is no address"))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if is_here => {}
        _ => return Err(wrong("it must begin with https://")),
    }
    let is_bare = url.username().is_empty() && url.password().is_none();
    if !is_bare || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has more than a host, a port and a path"));
    }
    Ok(url)
}

/// The owner's part of a path, encoded.
fn owner(text: &str) -> Result<String, Failure> {
    let wrong = Failure::Setting { name: "--owner", reason: "it is users/SUBJECT or instances/REGION/INSTANCE" };
    let segments = match text.split_once('/') {
        // A subject may be any text.
        Some(("users", subject)) => vec![Some("users".to_owned()), segment(subject)],
        Some(("instances", rest)) => {
            let mut segments = vec![Some("instances".to_owned())];
            segments.extend(rest.split('/').map(segment));
            segments
        }
        _ => return Err(wrong),
    };
    let is_complete = segments.len() == if text.starts_with("users/") { 2 } else { 3 };
    let segments = segments.into_iter().collect::<Option<Vec<_>>>().filter(|_| is_complete).ok_or(wrong)?;
    Ok(segments.join("/"))
}

/// A segment of a path. None for what would lead elsewhere.
fn segment(text: &str) -> Option<String> {
    (!["", ".", ".."].contains(&text)).then(|| utf8_percent_encode(text, SEGMENT).to_string())
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
