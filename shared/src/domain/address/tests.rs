//! What [`super::ServerAddress::parse`] accepts and refuses.

use super::*;

const HOME: Homes<'static> = Homes { provider: "https://gitlab.com", configured: "https://git.acme.dev" };

fn policy() -> AddressPolicy {
    AddressPolicy {
        http: true,
        http_ports: PortSet::parse("80 21 443 70 210 280 488 591 777 1025-65535").unwrap(),
        https_ports: PortSet::parse("443").unwrap(),
        allowed_hosts: vec!["127.0.0.1:4182".to_owned(), "[::1]:9".to_owned()],
    }
}

fn parse(text: &str) -> Result<String, AddressError> {
    ServerAddress::parse(text, HOME, &policy()).map(|address| address.to_string())
}

#[test]
fn plain_addresses_are_normalised() {
    // S-23
    for (text, expected) in [
        ("https://gitlab.com", "https://gitlab.com"),
        (" https://GitLab.Example.com:443/ ", "https://gitlab.example.com"),
        ("http://git.example.com:80//", "http://git.example.com"),
        ("https://host.example/gitlab/", "https://host.example/gitlab"),
        ("https://host.example/a/b", "https://host.example/a/b"),
        ("https://git.acme.dev/gitlab", "https://git.acme.dev/gitlab"),
        ("http://git.example.com:8080", "http://git.example.com:8080"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("http://93.184.216.34:8080", "http://93.184.216.34:8080"),
        ("http://127.0.0.1:4182", "http://127.0.0.1:4182"),
        ("https://[2606:4700::1]", "https://[2606:4700::1]"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn the_scheme_is_mandatory() {
    // S-23
    for text in ["gitlab.com", "", "ssh://git@host.example", "https:gitlab.com", "https:/gitlab.com", "//h.example"] {
        assert_eq!(parse(text), Err(AddressError::Scheme), "{text}");
    }
}

#[test]
fn what_does_not_belong_is_refused() {
    // S-23
    assert_eq!(parse("https://u:p@host.example"), Err(AddressError::UserInfo));
    assert_eq!(parse("https://gitlab.com@127.0.0.1"), Err(AddressError::UserInfo));
    assert_eq!(parse("https://host.example/?a"), Err(AddressError::QueryOrFragment));
    assert_eq!(parse("https://host.example#a"), Err(AddressError::QueryOrFragment));
    for text in [
        "https://",
        "https://ho st.example",
        "https://host.example\\x",
        "https://host\t.example",
        "https://a..b.example",
        "https://-a.example",
        "https://a_b.example",
        "https://host.example:0",
        "https://host.example:",
        "https://host.example:65536",
        "https://host.example:0443",
        "https://host.example/%2e%2e",
        "https://host.example/a/../b",
        "https://host.example/a//b",
        "https://host.example/a;b",
        "https://1.1.1.1.1",
        "http:///evil.example",
    ] {
        assert!(
            matches!(parse(text), Err(AddressError::Malformed | AddressError::HostRewritten { .. })),
            "{text}: {:?}",
            parse(text)
        );
    }
    let of_length = |length: usize| parse(&format!("https://host.example/{}", "a".repeat(length - 21)));
    assert_eq!(of_length(ADDRESS_MAX + 1), Err(AddressError::Malformed));
    assert!(of_length(ADDRESS_MAX).is_ok());
}

#[test]
fn what_the_parser_would_drop_or_turn_is_malformed() {
    // R-38: it is not even said what the parser would make of it.
    for text in
        ["https://host\t.example", "https://ho\nst.example", "https://host.example\\x", "https://host.example\r"]
    {
        assert_eq!(parse(text), Err(AddressError::Malformed), "{text:?}");
    }
}

#[test]
fn a_name_is_no_longer_than_a_name_may_be() {
    // R-42
    let name = |length: usize| parse(&format!("https://{}", "a.".repeat(length).split_at(length).0));
    assert!(name(253).is_ok());
    for length in [255, 301] {
        assert_eq!(name(length), Err(AddressError::Malformed), "{length}");
    }
    let label = |length: usize| parse(&format!("https://{}.dev", "a".repeat(length)));
    assert!(label(63).is_ok() && label(64) == Err(AddressError::Malformed));
}

#[test]
fn a_rewritten_host_is_refused_with_its_plain_spelling() {
    // S-23, S-25: literals in every spelling, look-alike letters, escapes.
    for (text, plain) in [
        ("http://2130706433", "127.0.0.1"),
        ("http://0x7f.1", "127.0.0.1"),
        ("http://0177.0.0.1", "127.0.0.1"),
        ("http://127.1", "127.0.0.1"),
        ("http://①②⑦.0.0.1", "127.0.0.1"),
        ("http://127。0。0。1", "127.0.0.1"),
        ("https://ｇitlab.com", "gitlab.com"),
        ("https://gitl\u{ad}ab.com", "gitlab.com"),
        ("https://gitlab.com%2eevil.example", "gitlab.com.evil.example"),
        ("https://gitlаb.com", "xn--gitlb-7ve.com"),
        ("https://[0:0:0:0:0:0:0:1]", "[::1]"),
        ("https://host.example.", "host.example"),
    ] {
        let expected = Err(AddressError::HostRewritten { plain: plain.to_owned() });
        assert_eq!(parse(text), expected, "{text}");
    }
}

#[test]
fn links_to_projects_are_refused_with_the_server_they_mean() {
    // S-23
    for (text, server) in [
        ("https://gitlab.com/group/project", "https://gitlab.com"),
        ("https://gitlab.com/group", "https://gitlab.com"),
        ("https://git.acme.dev/group/project", "https://git.acme.dev"),
        ("https://git.example.com:443/group/project.git", "https://git.example.com"),
        ("http://git.example.com:8080/group/project/-/tree/main", "http://git.example.com:8080"),
    ] {
        assert_eq!(parse(text), Err(AddressError::ProjectLink { server: server.to_owned() }), "{text}");
    }
}

#[test]
fn ports_follow_the_policy() {
    // S-24
    for port in [80, 21, 443, 70, 210, 280, 488, 591, 777, 1025, 65535] {
        assert!(parse(&format!("http://git.example.com:{port}")).is_ok(), "{port}");
    }
    for port in [22, 1024, 8] {
        assert!(matches!(parse(&format!("http://git.example.com:{port}")), Err(AddressError::Port { .. })), "{port}");
    }
    let Err(AddressError::Port { port, scheme, accepted, http_would_do }) = parse("https://git.example.com:8443")
    else {
        panic!("https is on 443 alone");
    };
    assert_eq!((port, scheme, accepted.to_string().as_str(), http_would_do), (8443, Scheme::Https, "443", true));
}

#[test]
fn an_allow_listed_host_may_be_on_any_port() {
    // S-24, S-25
    let policy = AddressPolicy { allowed_hosts: vec!["git.corp:8443".to_owned()], ..policy() };
    let listed = ServerAddress::parse("https://git.corp:8443", HOME, &policy).unwrap();
    assert!(listed.is_allow_listed());
    assert!(!ServerAddress::parse("https://git.corp", HOME, &policy).unwrap().is_allow_listed());
    assert!(ServerAddress::parse("https://git.corp:8444", HOME, &policy).is_err());
}

#[test]
fn an_operator_can_refuse_http() {
    // S-23
    let policy = AddressPolicy { http: false, ..policy() };
    assert_eq!(ServerAddress::parse("http://git.example.com", HOME, &policy), Err(AddressError::HttpRefused));
    let refused = ServerAddress::parse("https://git.example.com:8443", HOME, &policy);
    assert!(matches!(refused, Err(AddressError::Port { http_would_do: false, .. })));
}

fn check(text: &str, resolved: &[&str]) -> Result<Vec<String>, NotPublic> {
    let resolved: Vec<IpAddr> = resolved.iter().map(|ip| ip.parse().unwrap()).collect();
    let policy = AddressPolicy { allowed_hosts: vec!["git.corp:443".to_owned()], ..policy() };
    let address = ServerAddress::parse(text, HOME, &policy).unwrap();
    address.checked(&resolved).map(|checked| checked.sockets().iter().map(SocketAddr::to_string).collect())
}

#[test]
fn every_resolved_address_must_be_public() {
    // S-25
    assert_eq!(check("https://git.acme.dev", &["1.1.1.1", "2606:4700::1"]).unwrap()[0], "1.1.1.1:443");
    assert_eq!(check("https://git.acme.dev", &["1.1.1.1", "10.0.0.1"]), Err(NotPublic));
    assert_eq!(check("https://git.acme.dev", &["::ffff:127.0.0.1"]), Err(NotPublic));
    assert_eq!(check("https://git.acme.dev", &[]), Err(NotPublic));
    assert_eq!(check("http://localhost:8080", &["1.1.1.1"]), Err(NotPublic));
    assert_eq!(check("http://169.254.169.254", &["169.254.169.254"]), Err(NotPublic));
    assert_eq!(check("https://[::1]", &["::1"]), Err(NotPublic));
}

#[test]
fn a_listed_host_may_be_private() {
    // S-25
    assert_eq!(check("https://git.corp", &["10.0.0.1"]).unwrap(), ["10.0.0.1:443"]);
}
