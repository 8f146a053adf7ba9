//! `address`: what a person enters as a server's address, and what a console asks to be sent back to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use codebind::domain::address::{AddressPolicy, Homes, Scheme, ServerAddress};
use codebind::domain::port_set::PortSet;
use codebind::domain::return_to::ReturnToList;
use url::{Host, Url};

use super::bytes::{Bytes, text};
use super::oracle;

const HOMES: Homes<'static> = Homes { provider: "https://gitlab.com", configured: "https://git.acme.dev" };
const CONSOLES: &str = "https://console.example.com/sources http://localhost:4180/";

/// The first byte chooses the policy, the rest is the text.
pub(super) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let choices = bytes.byte();
    let rest = bytes.rest();
    let text = text(rest);
    let policy = policy(choices);
    if let Ok(address) = ServerAddress::parse(&text, HOMES, &policy) {
        is_plain(&text, &address);
        obeys(&address, &policy);
        comes_back(&address, &policy);
        is_guarded(&address, rest);
    }
    is_sent_back_where_allowed(&text);
    ports_are_read_back(&text);
}

fn policy(choices: u8) -> AddressPolicy {
    let allowed: &[&str] = if choices & 2 == 0 { &[] } else { &["127.0.0.1:4182", "[::1]:9", "git.corp:8443"] };
    let ports = |text| PortSet::parse(text).expect("ports");
    AddressPolicy {
        http: choices & 1 == 0,
        http_ports: ports("80 21 443 70 210 280 488 591 777 1025-65535"),
        https_ports: ports(if choices & 4 == 0 { "443" } else { "443 8443" }),
        allowed_hosts: allowed.iter().map(|it| (*it).to_owned()).collect(),
    }
}

/// S-23: two readers of the text see one server, and it is the one that is shown.
fn is_plain(text: &str, address: &ServerAddress) {
    let (scheme, rest) = text.trim_matches(' ').split_once("://").expect("a scheme");
    assert_eq!(scheme.to_ascii_lowercase(), address.scheme.name());
    let authority = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let (host, port) = (address.host.to_string(), address.port);
    assert!(authority == host || authority == format!("{host}:{port}"), "{text} is taken for {address}");
    let shown = address.to_string();
    let origin = shown.split('/').take(3).collect::<Vec<_>>().join("/");
    assert_eq!((origin.as_str(), origin.as_str()), (address.origin().as_str(), origin.to_ascii_lowercase().as_str()));
    assert!(shown.is_ascii() && !shown.contains(['@', '?', '#', '\\', '%', ' ', ';']), "{shown}");
    assert!(!shown.contains(|it: char| it.is_control()) && !shown.ends_with(['/', ':']), "{shown}");
    if let Host::Domain(name) = &address.host {
        assert!(name.len() <= 253 && !name.ends_with('.') && name.parse::<IpAddr>().is_err(), "{name}");
        let is_label =
            |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
        assert!(name.split('.').all(is_label) && !name.contains('_'), "{name}");
    }
}

/// S-23, S-24
fn obeys(address: &ServerAddress, policy: &AddressPolicy) {
    let ports = if address.scheme == Scheme::Http { &policy.http_ports } else { &policy.https_ports };
    assert!(address.scheme == Scheme::Https || policy.http, "{address}");
    assert!(address.port != 0 && (address.is_allow_listed() || ports.contains(address.port)), "{address}");
    let pair = format!("{}:{}", address.host, address.port);
    assert_eq!(address.is_allow_listed(), policy.allowed_hosts.contains(&pair), "{address}");
}

/// what is stored is read as the same server by us and by the HTTP client.
fn comes_back(address: &ServerAddress, policy: &AddressPolicy) {
    let shown = address.to_string();
    assert_eq!(ServerAddress::parse(&shown, HOMES, policy).as_ref(), Ok(address));
    let path = shown.strip_prefix(&address.origin()).expect("the origin comes first");
    let called = Url::parse(&format!("{shown}/api/v4/user")).expect("an address");
    assert_eq!(called.path(), format!("{path}/api/v4/user"));
    assert_eq!(called.host().map(|it| it.to_owned()).as_ref(), Some(&address.host));
    assert_eq!(called.port_or_known_default(), Some(address.port));
    assert!(called.username().is_empty() && called.password().is_none());
}

/// by the oracle's table, not by ours.
fn is_guarded(address: &ServerAddress, bytes: &[u8]) {
    let is_listed = address.is_allow_listed();
    let is_refused = match &address.host {
        Host::Domain(name) => oracle::refuses_name(name),
        Host::Ipv4(literal) => oracle::refuses((*literal).into()),
        Host::Ipv6(literal) => oracle::refuses((*literal).into()),
    };
    assert_eq!(address.check_host().is_err(), is_refused && !is_listed, "{address}");
    let mut found = vec![IpAddr::from([1, 1, 1, 1])];
    found.extend(bytes.last_chunk::<4>().map(|octets| IpAddr::V4(Ipv4Addr::from(*octets))));
    found.extend(bytes.last_chunk::<16>().map(|octets| IpAddr::V6(Ipv6Addr::from(*octets))));
    for count in 0..=found.len() {
        let found = &found[..count];
        let may = !found.is_empty() && (is_listed || !is_refused && !found.iter().any(|ip| oracle::refuses(*ip)));
        let checked = address.clone().checked(found);
        assert_eq!(checked.is_ok(), may, "{address} at {found:?}");
        let Ok(checked) = checked else { continue };
        // What was checked is what is connected to.
        let sockets: Vec<_> = checked.sockets().iter().map(|it| (it.ip(), it.port())).collect();
        assert_eq!(sockets, found.iter().map(|ip| (*ip, address.port)).collect::<Vec<_>>());
    }
}

/// S-16, S-21
fn is_sent_back_where_allowed(text: &str) {
    let list = ReturnToList::parse(CONSOLES).expect("a list");
    let Ok(back) = list.allow(text) else { return };
    let url = Url::parse(back.as_str()).expect("an address");
    let below = |entry: &str| {
        let entry = Url::parse(entry).expect("an address");
        let segments =
            |url: &Url| url.path().split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        url.origin() == entry.origin() && segments(&url).starts_with(&segments(&entry))
    };
    assert!(CONSOLES.split(' ').any(below), "{text} leads to {url}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
    let location = back.with_result("bound", "github", Some("completion_secret=x"));
    assert!(location.bytes().all(|it| (0x21..=0x7e).contains(&it)), "{location}");
    let sent = Url::parse(&location).expect("an address");
    assert_eq!((sent.origin(), sent.path(), sent.fragment()), (url.origin(), url.path(), Some("completion_secret=x")));
    let values =
        |name: &str| sent.query_pairs().filter(|it| it.0 == name).map(|it| it.1.into_owned()).collect::<Vec<_>>();
    assert_eq!((values("result"), values("provider")), (vec!["bound".to_owned()], vec!["github".to_owned()]));
}

fn ports_are_read_back(text: &str) {
    let Some(ports) = PortSet::parse(text) else { return };
    let written = ports.to_string().replace(", ", " ").replace('–', "-");
    assert_eq!(PortSet::parse(&written), Some(ports.clone()));
    assert!(!ports.contains(0));
}
