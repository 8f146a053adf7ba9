//! What is linked, from where, and which switches are in it.

use std::collections::BTreeSet;

use tests::function_binary;

use super::assert_none;
use super::source::{Source, files, sources};

/// Every variable that the configuration reads. None turns the address guard, the verification of certificates or the
/// sealing off: a new one is argued for here.
pub(crate) const VARIABLES: [&str; 19] = [
    "CODEBIND_ALLOWED_HOSTS",
    "CODEBIND_BINDINGS_TABLE",
    "CODEBIND_CONSOLE_CLIENT_ID",
    "CODEBIND_CONSOLE_CONNECT",
    "CODEBIND_CONSOLE_RESOURCE",
    "CODEBIND_CONSOLE_SCOPE",
    "CODEBIND_EVENT_BUS",
    "CODEBIND_EXTRA_CA",
    "CODEBIND_HTTPS_PORTS",
    "CODEBIND_HTTP_ADDRESSES",
    "CODEBIND_HTTP_PORTS",
    "CODEBIND_INSTANCES_CLAIM",
    "CODEBIND_ISSUER",
    "CODEBIND_KMS_KEY_ID",
    "CODEBIND_PUBLIC_URL",
    "CODEBIND_REGIONS",
    "CODEBIND_RETURN_TO",
    "CODEBIND_TRANSIENTS_TABLE",
    "CODEBIND_USER_CLAIM",
];

/// What follows a provider's name.
pub(crate) const OF_PROVIDERS: [&str; 5] = ["API_URL", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_ARN", "URL"];

fn named(name: &str) -> Vec<Source> {
    files().into_iter().filter(|it| it.path == name || it.path.ends_with(&format!("/{name}"))).collect()
}

/// The names of variables in a text: `CODEBIND_` and what may follow it in a name.
fn variables(text: &str) -> BTreeSet<String> {
    let is_part = |it: &char| it.is_ascii_uppercase() || *it == '_';
    let rest = text.split("CODEBIND_").skip(1).map(|rest| rest.chars().take_while(is_part).collect::<String>());
    rest.filter(|rest| !rest.is_empty()).map(|rest| format!("CODEBIND_{rest}")).collect()
}

/// The code that reads the environment.
fn config() -> String {
    sources().into_iter().filter(|it| it.path.starts_with("shared/src/config")).map(|it| it.text).collect()
}

#[test]
fn every_dependency_comes_from_the_one_registry_with_its_checksum() {
    // nothing from git, from elsewhere or unlocked, for the fuzz targets neither.
    let locks = named("Cargo.lock");
    assert_eq!(locks.len(), 4, "the project's, that of the fuzz targets and those of two baselines");
    let value = |package: &str, name: &str| {
        package.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_matches(&['=', ' ', '"'][..]).to_owned()))
    };
    let (mut sources, mut found) = (BTreeSet::new(), Vec::new());
    for lock in &locks {
        for package in lock.text.split("[[package]]").skip(1) {
            let Some(source) = value(package, "source") else { continue };
            if value(package, "checksum").is_none() || !source.starts_with("registry+https://") {
                found.push(format!("{}: {package}", lock.path));
            }
            sources.insert(source);
        }
    }
    assert_none(&found);
    assert_eq!(sources.len(), 1, "{sources:?}");
}

#[test]
fn no_package_may_switch_the_lints_off() {
    // `unsafe` is forbidden in every package of ours.
    let manifests = named("Cargo.toml");
    assert!(manifests.len() > 9, "the packages are found");
    let forbids = |it: &Source| {
        it.text.contains("[lints]\nworkspace = true\n") || it.text.contains("\nunsafe_code = \"forbid\"\n")
    };
    assert_none(&manifests.iter().filter(|it| !forbids(it)).map(|it| it.path.clone()).collect::<Vec<_>>());
    let loose = |line: &&str| line.contains("git = ") || line.ends_with("\"*\"") || line.contains("registry = ");
    let found =
        manifests.iter().flat_map(|it| it.text.lines().filter(loose).map(|line| format!("{}: {line}", it.path)));
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn one_stack_speaks_tls() {
    // one rustls, one ring, and no other.
    let lock = named("Cargo.lock").into_iter().find(|it| it.path == "Cargo.lock").expect("the lock file");
    let count = |name: &str| lock.text.matches(&format!("name = \"{name}\"\n")).count();
    for name in ["rustls", "ring", "rustls-webpki", "tokio-rustls", "hyper-rustls", "webpki-roots"] {
        assert_eq!(count(name), 1, "{name}");
    }
    for name in ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys", "boring", "mbedtls", "graviola"] {
        assert_eq!(count(name), 0, "{name}");
    }
}

#[test]
fn the_variables_are_these_and_none_weakens_the_guard() {
    //
    let product = sources().into_iter().filter(|it| it.is_below("shared/src/") || it.is_below("functions/"));
    let read: BTreeSet<_> = product.flat_map(|it| variables(&it.product(false))).collect();
    let config = config();
    let suffixes = config.split("variable(provider, \"").skip(1).filter_map(|rest| rest.split('"').next());
    let suffixes: BTreeSet<_> = suffixes.collect();
    assert_eq!(read, VARIABLES.map(str::to_owned).into(), "argue for a new variable at `VARIABLES`");
    assert_eq!(suffixes, OF_PROVIDERS.into());
}

#[test]
fn every_variable_is_documented_where_it_is_read() {
    //
    let config = config();
    let comments: String = config.lines().filter(|line| line.trim_start().starts_with("//")).collect();
    let undocumented = VARIABLES.iter().filter(|it| !comments.contains(**it));
    assert_none(&undocumented.map(|it| (*it).to_owned()).collect::<Vec<_>>());
}

#[test]
fn a_function_links_only_the_switches_and_the_services_it_needs() {
    // S-38, R-114: KMS by the name of its service on the wire, the client by the name it gives itself.
    let (key_management, client) = ("TrentService.", concat!("codebind/", env!("CARGO_PKG_VERSION")));
    let known = |rest: &str| VARIABLES.iter().any(|it| rest.starts_with(&it["CODEBIND_".len()..]));
    for (function, calls) in [
        ("console", false),
        ("credential", true),
        ("oauth-callback", true),
        ("oauth-start", false),
        ("status", false),
        ("sweeper", true),
        ("token-bind", true),
        ("unbind", true),
    ] {
        let binary = function_binary(function);
        let text = String::from_utf8_lossy(&binary);
        for service in [key_management, client] {
            assert_eq!(text.contains(service), calls, "{function}: {service}");
        }
        assert_eq!(text.contains("AWSEvents."), function == "sweeper", "{function}");
        // The page's function reaches nothing: it has neither storage nor any certificates to trust.
        for part in ["DynamoDB_20120810", "BEGIN CERTIFICATE"] {
            assert_eq!(text.contains(part), function != "console", "{function}: {part}");
        }
        // In the binary names stand without a gap between them. The bare prefix is that of a provider's variables.
        let is_name = |rest: &&str| rest.starts_with(|it: char| it.is_ascii_uppercase());
        let unknown = text.split("CODEBIND_").skip(1).filter(is_name).filter(|rest| !known(rest));
        assert_none(&unknown.map(|rest| rest.chars().take(20).collect()).collect::<Vec<_>>());
    }
}
