//! A second opinion on what is not public: the registries of IANA as prefixes in text, matched bit by bit. It shares
//! neither table nor arithmetic with `codebind::domain::public`.

use std::net::IpAddr;
use std::sync::LazyLock;

/// What the registries of special-purpose addresses do not call globally reachable, as a whole, and what the registries
/// of the address spaces keep back or give to multicast.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, `iana-ipv6-special-registry`,
/// `ipv4-address-space`, `ipv6-address-space`.
const REGISTRY: [&str; 42] = [
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::/128",
    "::1/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:2::/48",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
    // Reserved by the IETF.
    "::/8",
    "100::/8",
    "200::/7",
    "400::/6",
    "800::/5",
    "1000::/4",
    "4000::/2",
    "8000::/2",
    "c000::/3",
    "e000::/4",
    "f000::/5",
];

/// What we refuse although the registries call it reachable, or nothing at all.
pub(crate) const EXTRAS: [(&str, &str); 16] = [
    ("192.0.0.9/32", "anycast of port control: a protocol, not a server of sources"),
    ("192.0.0.10/32", "anycast of TURN: the same"),
    ("192.88.99.0/24", "relays of 6to4, given back"),
    ("100.100.100.200/32", "the metadata of a cloud: within a range above, named lest that be narrowed"),
    ("64:ff9b::/96", "NAT64: an IPv4 address inside, private ones too"),
    ("2001::/32", "Teredo: an IPv4 address inside"),
    ("2001:1::1/128", "anycast of port control"),
    ("2001:1::2/128", "anycast of TURN"),
    ("2001:1::3/128", "anycast of DNS-SD registration"),
    ("2001:3::/32", "multicast tunnels"),
    ("2001:4:112::/48", "sinks for queries of private names"),
    ("2001:20::/28", "ORCHID: names, not places"),
    ("2001:30::/28", "names of drones, not places"),
    ("2002::/16", "6to4: an IPv4 address inside"),
    ("f800::/6", "kept back"),
    ("fe00::/7", "link-local, site-local as it was, and kept back"),
];

/// Names that the registries of special names, and habit, keep from the public internet, with all below them.
const NAMES: [&str; 11] =
    ["arpa", "corp", "example", "home", "internal", "invalid", "lan", "local", "localhost", "onion", "test"];

/// Whether an address must not be connected to on a person's word.
pub(crate) fn refuses(address: IpAddr) -> bool {
    static PREFIXES: LazyLock<Vec<Prefix>> = LazyLock::new(|| prefixes().map(Prefix::read).collect());
    let bits = bits(address);
    PREFIXES.iter().any(|prefix| prefix.width == bits.len() && bits.starts_with(&prefix.fixed))
}

/// Every prefix, of the registries and beyond.
pub(crate) fn prefixes() -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().copied().chain(EXTRAS.iter().map(|(prefix, _)| *prefix))
}

/// Whether a name must not even be looked up.
pub(crate) fn refuses_name(name: &str) -> bool {
    let labels: Vec<_> = name.split('.').map(str::to_lowercase).collect();
    let last = labels.last().map(String::as_str).unwrap_or_default();
    labels.len() < 2 || NAMES.contains(&last)
}

/// The address as a row of bits.
fn bits(address: IpAddr) -> Vec<bool> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    octets.iter().flat_map(|octet| (0..8).rev().map(move |at| octet >> at & 1 == 1)).collect()
}

/// The bits that a prefix fixes, and how many an address of its family has.
pub(crate) struct Prefix {
    pub(crate) fixed: Vec<bool>,
    pub(crate) width: usize,
}

impl Prefix {
    /// Reads `network/length`.
    pub(crate) fn read(text: &str) -> Self {
        let (network, length) = text.split_once('/').expect("a prefix has a length");
        let network = bits(network.parse().expect("a prefix has a network"));
        let length: usize = length.parse().expect("the length is a number");
        assert!(!network[length..].contains(&true), "{text} has bits beyond its length");
        Self { fixed: network[..length].to_vec(), width: network.len() }
    }
}
