//! The address of a server that a person enters: what is accepted, before anything is sent (S-23, S-24).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::port_set::PortSet;
use super::public::{is_public, is_public_name};
use spelling::{plain_host, plain_path, split_scheme};

mod spelling;

/// Longest address accepted, in bytes.
pub const ADDRESS_MAX: usize = 512;

/// Path segments that only links to a project's pages contain.
const PROJECT_PAGES: [&str; 6] = ["-", "tree", "blob", "commits", "merge_requests", "issues"];

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS: accepted with a warning, unless the operator refuses it.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// As written in an address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port meant when none is written.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A well-formed server address that the policy allows. It says nothing about where the name leads: for that
/// it has to become an `adapter::egress::CheckedAddress`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// Its scheme.
    pub scheme: Scheme,
    /// Its host, a name or a literal in canonical spelling.
    pub host: Host<String>,
    /// Its port, the scheme's default one included.
    pub port: u16,
    path: String,
    is_allow_listed: bool,
}

/// Servers that are known, so that a path below them can be told for a project's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Homes<'a> {
    /// The provider's own: below it every path is a project's or group's.
    pub provider: &'a str,
    /// The one that the operator offers as the default.
    pub configured: &'a str,
}

/// A server address whose every resolved network address may be connected to. There is no other way to make one than
/// [`ServerAddress::checked`], and connections go to these very addresses (S-25).
#[derive(Debug, Clone)]
pub struct CheckedAddress {
    address: ServerAddress,
    sockets: Vec<SocketAddr>,
}

impl CheckedAddress {
    /// The address as it is stored and shown.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// Where to connect.
    #[must_use]
    pub fn sockets(&self) -> &[SocketAddr] {
        &self.sockets
    }

    /// Whether `peer` is one of the addresses that were checked.
    #[must_use]
    pub fn is_at(&self, peer: SocketAddr) -> bool {
        self.sockets.iter().any(|checked| (checked.ip(), checked.port()) == (peer.ip(), peer.port()))
    }
}

/// An address leads, or may lead, to a network that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address is not public")]
pub struct NotPublic;

/// Which addresses the operator accepts.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    /// Whether http is accepted (S-23).
    pub http: bool,
    /// Ports accepted for http (S-24).
    pub http_ports: PortSet,
    /// Ports accepted for https (S-24).
    pub https_ports: PortSet,
    /// `host:port` pairs that may be private and on any port (S-25).
    pub allowed_hosts: Vec<String>,
}

/// Why an address is refused. What helps is in the variant; the words are in `edge::messages`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not begin with `http://` or `https://`.
    #[error("the scheme is missing or not http or https")]
    Scheme,
    /// The operator refuses http.
    #[error("http addresses are refused here")]
    HttpRefused,
    /// It is too long, or has characters that no address has.
    #[error("not an address")]
    Malformed,
    /// It carries a user name or password.
    #[error("an address with user name or password")]
    UserInfo,
    /// It carries a query or a fragment.
    #[error("an address with query or fragment")]
    QueryOrFragment,
    /// The host is spelled so that it would have to be rewritten: two readers might see two hosts.
    #[error("the host is not spelled plainly")]
    HostRewritten {
        /// The plain spelling.
        plain: String,
    },
    /// The port is not accepted.
    #[error("port {port} is not accepted")]
    Port {
        /// The port.
        port: u16,
        /// What the port was for.
        scheme: Scheme,
        /// What is accepted for it.
        accepted: PortSet,
        /// Whether http on that port would be.
        http_would_do: bool,
    },
    /// It is a link to a project or repository.
    #[error("a link to a project")]
    ProjectLink {
        /// The server address it seems to mean.
        server: String,
    },
}

impl ServerAddress {
    /// Reads what a person entered.
    ///
    /// # Errors
    /// [`AddressError`], S-23 and S-24.
    pub fn parse(text: &str, homes: Homes<'_>, policy: &AddressPolicy) -> Result<Self, AddressError> {
        let text = text.trim_matches(' ');
        let plain = |it: char| it.is_control() || it.is_whitespace() || it == '\\';
        if text.len() > ADDRESS_MAX || text.contains(plain) {
            return Err(AddressError::Malformed);
        }
        let (scheme, rest) = split_scheme(text)?;
        let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(AddressError::UserInfo);
        }
        if path.contains(['?', '#']) {
            return Err(AddressError::QueryOrFragment);
        }
        let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
        let host = plain_host(&url, authority)?;
        let path = plain_path(&url, path)?;
        let port = url.port().unwrap_or(scheme.default_port());
        let is_allow_listed = policy.allowed_hosts.contains(&format!("{host}:{port}"));
        let address = Self { scheme, host, port, path, is_allow_listed };
        address.check_project_link(homes)?;
        address.check_policy(policy)?;
        Ok(address)
    }

    /// Whether the operator lists this very host and port (S-25).
    #[must_use]
    pub fn is_allow_listed(&self) -> bool {
        self.is_allow_listed
    }

    /// The server without its path.
    #[must_use]
    pub fn origin(&self) -> String {
        let Self { scheme, host, port, .. } = self;
        if *port == scheme.default_port() {
            format!("{}://{host}", scheme.name())
        } else {
            format!("{}://{host}:{port}", scheme.name())
        }
    }

    /// Whether the address has a path, so that the server is installed below one, or the path is a mistake.
    #[must_use]
    pub fn has_path(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether the host can be public at all; what cannot is not even resolved.
    ///
    /// # Errors
    /// [`NotPublic`] for private literals and special names that the operator does not list.
    pub fn check_host(&self) -> Result<(), NotPublic> {
        let is_public = match &self.host {
            Host::Domain(name) => is_public_name(name),
            Host::Ipv4(literal) => is_public((*literal).into()),
            Host::Ipv6(literal) => is_public((*literal).into()),
        };
        if is_public || self.is_allow_listed { Ok(()) } else { Err(NotPublic) }
    }

    /// The checked address, if every one of `resolved` may be connected to.
    ///
    /// # Errors
    /// [`NotPublic`] if one of them is not public, or there is none.
    pub fn checked(self, resolved: &[IpAddr]) -> Result<CheckedAddress, NotPublic> {
        self.check_host()?;
        let may_be_met = |&ip: &IpAddr| self.is_allow_listed || is_public(ip);
        if resolved.is_empty() || !resolved.iter().all(may_be_met) {
            return Err(NotPublic);
        }
        let sockets = resolved.iter().map(|&ip| SocketAddr::new(ip, self.port)).collect();
        Ok(CheckedAddress { address: self, sockets })
    }

    fn check_project_link(&self, homes: Homes<'_>) -> Result<(), AddressError> {
        let is_page = self.path.split('/').any(|segment| PROJECT_PAGES.contains(&segment));
        let is_clone_link = self.path.to_ascii_lowercase().strip_suffix(".git").is_some();
        let is_below_provider = self.has_path() && self.origin() == homes.provider;
        // The operator's own server may be installed below a path, but hardly below two.
        let is_below_configured = self.path.matches('/').count() > 1 && self.origin() == homes.configured;
        if is_page || is_clone_link || is_below_provider || is_below_configured {
            return Err(AddressError::ProjectLink { server: self.origin() });
        }
        Ok(())
    }

    fn check_policy(&self, policy: &AddressPolicy) -> Result<(), AddressError> {
        if self.scheme == Scheme::Http && !policy.http {
            return Err(AddressError::HttpRefused);
        }
        let accepted = match self.scheme {
            Scheme::Http => &policy.http_ports,
            Scheme::Https => &policy.https_ports,
        };
        if self.is_allow_listed || accepted.contains(self.port) {
            return Ok(());
        }
        Err(AddressError::Port {
            port: self.port,
            scheme: self.scheme,
            accepted: accepted.clone(),
            http_would_do: self.scheme == Scheme::Https && policy.http && policy.http_ports.contains(self.port),
        })
    }
}

/// The one form that is stored, compared, shown and used: no default port, no slash at the end.
impl fmt::Display for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.origin(), self.path)
    }
}

#[cfg(test)]
mod tests;
