//! Nothing in a function's environment leads around the guard.

use std::{collections::BTreeSet, fs};

use tests::{Authority, Scratch, certificate_for};

use super::{ADDRESS, NAME, OTHER, PUBLIC, Stage, at, gitlab_at};
use crate::server::{Server, Step, always, gitlab, json_answer};

/// Every variable that some HTTP client goes by.
const PROXIES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "REQUEST_METHOD_PROXY",
    "SOCKS_PROXY",
];

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_proxy_in_the_environment_gets_nothing() {
    // S-25
    let proxy = format!("http://{}", at(OTHER, 3128));
    let stage = Stage::with(|scene| PROXIES.iter().fold(scene, |scene, name| scene.variable(name, &proxy))).await;
    let listener = Server::plain(&at(OTHER, 3128), always(vec![Step::Send(json_answer("200 OK", "{}"))])).await;
    let server = gitlab_at(PUBLIC).await;
    stage.names.tell(NAME, &[PUBLIC]);
    let person = stage.somebody();
    super::bind(&person, ADDRESS).await.expect(201);
    stage.bind(&format!("http://{PUBLIC}")).await.expect(201);
    stage.bind("https://git.acme.dev").await.problem(502, "server_refused");
    stage.is_refused("http://169.254.169.254", "address_not_public").await;
    let receipt = person.unbind_and_revoke(&tests::Owner::Me, tests::GITLAB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revoked");
    assert_eq!((listener.connections(), server.connections()), (0, 5));
    stage.assert_reached(&[&at(PUBLIC, 80), &at(PUBLIC, 443)]);
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_trust_store_in_the_environment_is_not_asked_and_no_key_is_written() {
    // S-26
    let (authority, scratch) = (Authority::default(), Scratch::default());
    fs::create_dir_all(scratch.path()).unwrap();
    let (roots, keys) = (scratch.path().join("roots.pem"), scratch.path().join("keys.log"));
    fs::write(&roots, authority.pem()).unwrap();
    let stage = Stage::with(|scene| {
        let scene = scene.variable("SSL_CERT_FILE", &roots.to_string_lossy());
        let scene = scene.variable("SSL_CERT_DIR", &scratch.path().to_string_lossy());
        scene.variable("SSLKEYLOGFILE", &keys.to_string_lossy())
    })
    .await;
    stage.names.tell(NAME, &[PUBLIC]);
    let identity = authority.issue(certificate_for(NAME));
    let server = Server::tls(&at(PUBLIC, 443), identity.server(), gitlab()).await;
    stage.is_refused("https://git.acme.dev", "certificate_unknown_issuer").await;
    assert_eq!(server.heads(), Vec::<String>::new());
    assert!(!keys.exists());
}

#[test]
#[ignore = "takes the release binaries: cargo guard"]
fn the_release_binaries_know_no_variable_that_is_not_documented() {
    //
    let texts = [include_str!("../../../shared/src/config.rs"), include_str!("../../../shared/src/config/console.rs")];
    let documented: BTreeSet<_> = texts.iter().flat_map(|text| variables(text.as_bytes())).collect();
    for function in ["token-bind", "unbind", "oauth-callback", "oauth-start", "status"] {
        let binary = fs::read(tests::build_release().join(function)).unwrap();
        let known = variables(&binary);
        assert!(known.iter().any(|it| it.starts_with("CODEBIND_BINDINGS_TABLE")), "{function}: {known:?}");
        // Texts lie side by side in a binary: what begins with a documented name is that name and its neighbour.
        let is_documented = |name: &&String| documented.iter().any(|it| name.starts_with(it.as_str()));
        let others: Vec<_> = known.iter().filter(|name| !is_documented(name)).collect();
        assert!(others.is_empty(), "{function}: {others:?}");
    }
}

/// Everything that looks like a variable of ours, apart from the beginning of those that name a provider.
fn variables(bytes: &[u8]) -> BTreeSet<String> {
    let prefix = b"CODEBIND_";
    let starts = bytes.windows(prefix.len()).enumerate().filter(|(_, it)| it == prefix).map(|(at, _)| at);
    let name = |at: usize| bytes[at..].iter().take_while(|it| it.is_ascii_uppercase() || **it == b'_');
    let names = starts.map(|at| name(at).map(|it| char::from(*it)).collect::<String>());
    names.filter(|it| it.len() > prefix.len()).collect()
}
