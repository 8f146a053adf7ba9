//! The address guard (S-25): resolves what a person entered and lets pass only public addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use url::Host;

use super::provider_client::ProviderClient;
use crate::domain::address::{CheckedAddress, NotPublic, ServerAddress};
use crate::domain::deadline::Deadline;
use crate::ports::{CallError, CheckAddress};

/// How long a name may take to resolve.
const RESOLUTION: Duration = Duration::from_secs(2);

/// Resolves by the operating system's resolver, whose answer is checked and then connected to: no second look-up.
impl CheckAddress for ProviderClient {
    async fn check_address(&self, address: ServerAddress, deadline: Deadline) -> Result<CheckedAddress, CallError> {
        // What cannot be public is not even resolved: a look-up is a packet too.
        address.check_host()?;
        let resolved = match &address.host {
            Host::Ipv4(literal) => vec![IpAddr::V4(*literal)],
            Host::Ipv6(literal) => vec![IpAddr::V6(*literal)],
            // A listed name may live in the hosts file or below a search domain of the operator's.
            Host::Domain(name) if address.is_allow_listed() => resolve(name, deadline.within(RESOLUTION)).await?,
            // The dot at the end keeps the resolver from trying the name below its search domains.
            Host::Domain(name) => resolve(&format!("{name}."), deadline.within(RESOLUTION)).await?,
        };
        Ok(address.checked(&resolved)?)
    }
}

async fn resolve(name: &str, time_out: Duration) -> Result<Vec<IpAddr>, CallError> {
    let found = tokio::time::timeout(time_out, tokio::net::lookup_host((name, 0))).await;
    let found = found.map_err(|_| CallError::TimedOut)?.map_err(|_| CallError::NameNotResolved)?;
    let addresses: Vec<IpAddr> = found.map(|socket: SocketAddr| socket.ip()).collect();
    if addresses.is_empty() { Err(CallError::NameNotResolved) } else { Ok(addresses) }
}

impl From<NotPublic> for CallError {
    fn from(_: NotPublic) -> Self {
        Self::NotPublic
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::{AddressPolicy, Homes};
    use crate::domain::port_set::PortSet;
    use crate::domain::timestamp::Timestamp;

    async fn check(text: &str) -> Result<CheckedAddress, CallError> {
        let policy = AddressPolicy {
            http: true,
            http_ports: PortSet::parse("80 1025-65535").unwrap(),
            https_ports: PortSet::parse("443").unwrap(),
            allowed_hosts: vec!["localhost:4182".to_owned()],
        };
        let address = ServerAddress::parse(text, Homes::default(), &policy).unwrap();
        let deadline = Deadline::new(Duration::from_secs(5), None, Timestamp::now());
        ProviderClient::new(None).unwrap().check_address(address, deadline).await
    }

    #[tokio::test]
    async fn private_places_are_refused_without_a_look_up() {
        // S-25
        for text in
            ["http://127.0.0.1:8080", "http://[::1]", "https://localhost", "https://vault.internal", "http://10.1.2.3"]
        {
            assert_eq!(check(text).await.err(), Some(CallError::NotPublic), "{text}");
        }
    }

    #[tokio::test]
    async fn a_listed_host_resolves_to_where_it_is() {
        // S-25
        let checked = check("http://localhost:4182").await.unwrap();
        assert!(checked.sockets().iter().all(|socket| socket.ip().is_loopback() && socket.port() == 4182));
    }

    #[tokio::test]
    async fn public_literals_need_no_look_up() {
        assert_eq!(check("http://1.1.1.1:8080").await.unwrap().sockets(), ["1.1.1.1:8080".parse().unwrap()]);
    }
}
