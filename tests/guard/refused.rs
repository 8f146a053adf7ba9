//! What nothing is ever sent to: special ranges, and all the ways to spell them.

/// First and last address of each special range: the registries of IANA, and what was handed out to nobody. Written
/// down anew, and not taken from the product.
const RANGES: [(&str, &str); 36] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
    // Unspecified, loopback, and IPv4 inside: compatible, mapped, translated.
    ("::", "::1"),
    ("::2", "::ffff:ffff"),
    ("::ffff:0:0", "::ffff:ffff:ffff"),
    ("::ffff:0:0:0", "::ffff:0:ffff:ffff"),
    ("64:ff9b::", "64:ff9b::ffff:ffff"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("100:0:0:1::", "100::1:ffff:ffff:ffff:ffff"),
    ("200::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    // The block of the protocols, and in it Teredo, benchmarks and ORCHID.
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:0:1::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
    ("2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

/// Addresses within that somebody would be after: metadata of instances, containers and tracing, other vendors', and
/// IPv6 addresses that hold a private or a public IPv4 address.
const SOUGHT: [&str; 27] = [
    "127.0.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.79.129",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fe80::a9fe:a9fe",
    "fec0::1",
    "ff02::1",
    "::7f00:1",
    "::a9fe:a9fe",
    "::808:808",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
    "::ffff:808:808",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "2001:0:7f00:1::",
    "2001:0:808:808::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
];

/// Both ends of each range, and what is sought in them.
pub(crate) fn addresses() -> impl Iterator<Item = &'static str> {
    RANGES.into_iter().flat_map(|(first, last)| [first, last]).chain(SOUGHT)
}

/// The address as it stands in an URL.
pub(crate) fn host(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

const REWRITTEN: &str = "address_host_rewritten";
const NOT_PUBLIC: &str = "address_not_public";
const MALFORMED: &str = "address_malformed";

/// Hosts, and the code that an address with them is refused with.
const HOSTS: [(&str, &[&str]); 3] = [
    (
        REWRITTEN,
        &[
            // This machine.
            "2130706433",
            "0x7f000001",
            "0X7F000001",
            "0x7f.1",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "0177.1",
            "017700000001",
            "127.1",
            "127.0.1",
            "127.0x0.1",
            "127.000.000.001",
            "127.0.0.1.",
            "127.1.",
            "①②⑦.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "127．0．0．1",
            "127%2e0%2e0%2e1",
            "%31%32%37.0.0.1",
            "0",
            "0x",
            "0x0",
            "00",
            "0.0.0.0.",
            "[0:0:0:0:0:0:0:1]",
            "[0000::0001]",
            "[::0.0.0.1]",
            "[0:0:0:0:0:0:0:0]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:ffff:127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            // Metadata.
            "2852039166",
            "0xa9fea9fe",
            "0xa9.0xfe.0xa9.0xfe",
            "0251.0376.0251.0376",
            "0251.254.169.254",
            "025177524776",
            "169.254.43518",
            "169.16689662",
            "[::ffff:169.254.169.254]",
            // Broadcast.
            "4294967295",
            "0xffffffff",
            "037777777777",
            "255.255.65535",
            "255.16777215",
            "0xff.0xff.0xff.0xff",
            "0377.0377.0377.0377",
            "[::ffff:255.255.255.255]",
            // Public, and yet another host than the one that a reader sees.
            "①.1.1.1",
            "ğitlab.com",
            "ｇitlab.com",
            "gitlab\u{ad}.com",
            "gitlab\u{200b}.com",
            "gitlab。com",
            "gitlаb.com",
            "gitlab.com%2eevil.dev",
            "gitlab.com.",
            "localhost.",
            "ｌocalhost",
        ],
    ),
    (
        NOT_PUBLIC,
        &[
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "gitlab",
            "vault.internal",
            "printer.local",
            "git.corp",
            "git.lan",
            "git.home",
            "1.168.192.in-addr.arpa",
            "hidden.onion",
            "git.test",
            "git.invalid",
            "git.example",
        ],
    ),
    (
        MALFORMED,
        &[
            "",
            "[::1%25lo]",
            "[::1%lo]",
            "[fe80::1%25eth0]",
            "[fe80::1%eth0]",
            "::1",
            "[::1",
            "[::1]]",
            "[127.0.0.1]",
            "[::ffff:127.0.0.1.]",
            "[]",
            "127.0.0.1.1",
            "1.1.1.1.1",
            "256.1.1.1",
            "425.510.425.510",
            "4294967296",
            "0x100000000",
            "127.0.0.1:0",
            "127.0.0.1:00",
            "127.0.0.1:",
            "127.0.0.1:+80",
            "127.0.0.1:080",
            "127.0.0.1:65536",
            "127.0.0.1:80:80",
            "127.0.0.1\\@git.acme.dev",
            "127.0.0\t.1",
            "127.0.0.1 .git.acme.dev",
            "127.0.0.1%00.git.acme.dev",
            "127.0.0.1%0d%0a.git.acme.dev",
            "git.acme.dev\r\nprivate-token: x",
            "git.acme.dev\0",
            "a..b.dev",
            "-a.dev",
            "a_b.dev",
            "xn--a.dev",
        ],
    ),
];

/// Whole addresses, and the code that each is refused with.
const WHOLE: [(&str, &str); 24] = [
    ("127.0.0.1", "address_scheme"),
    ("//127.0.0.1", "address_scheme"),
    ("http:/localhost:9201", "address_scheme"),
    ("http:127.0.0.1", "address_scheme"),
    ("file:///etc/passwd", "address_scheme"),
    ("gopher://127.0.0.1:6379/_INFO", "address_scheme"),
    ("dict://127.0.0.1:11211/stat", "address_scheme"),
    ("ftp://127.0.0.1", "address_scheme"),
    ("jar:http://127.0.0.1!/", "address_scheme"),
    ("ws://127.0.0.1", "address_scheme"),
    ("http://:8080", MALFORMED),
    ("http:///127.0.0.1", REWRITTEN),
    ("http:////127.0.0.1", REWRITTEN),
    ("http://\t127.0.0.1", MALFORMED),
    ("ht\ntp://127.0.0.1", MALFORMED),
    ("http:\\\\127.0.0.1", MALFORMED),
    ("HTTP://127.0.0.1", NOT_PUBLIC),
    ("http://127.0.0.1/%2e%2e/", MALFORMED),
    ("http://git.acme.dev@127.0.0.1", "address_userinfo"),
    ("http://git.acme.dev:80@127.0.0.1", "address_userinfo"),
    ("http://127.0.0.1#@git.acme.dev", "address_query"),
    ("http://127.0.0.1?@git.acme.dev", "address_query"),
    ("https://127.0.0.1:2375", "address_port"),
    ("http://127.0.0.1:22", "address_port"),
];

/// Addresses in all these spellings, each with the code that it is refused with.
pub(crate) fn spellings() -> Vec<(String, &'static str)> {
    let hosts = HOSTS.into_iter().flat_map(|(code, hosts)| hosts.iter().map(move |it| (format!("http://{it}"), code)));
    let whole = WHOLE.into_iter().map(|(address, code)| (address.to_owned(), code));
    let literals = addresses().map(|it| (format!("http://{}", host(it)), NOT_PUBLIC));
    let long = (format!("http://{}.dev", "a".repeat(1024)), MALFORMED);
    let label = (format!("http://{}.dev", "a".repeat(64)), MALFORMED);
    hosts.chain(whole).chain(literals).chain([long, label]).collect()
}
