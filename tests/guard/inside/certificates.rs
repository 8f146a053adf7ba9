//! Certificates that are not to be trusted: told apart, and no token is sent (S-26).

use rcgen::{CertificateParams, date_time_ymd};
use tests::{Authority, Identity, certificate_for};

use super::{NAME, PUBLIC, Stage, at, carries_token};
use crate::server::{Script, Server, Step, always, gitlab};

const ADDRESS: &str = "https://git.acme.dev";
const TLS_FAILED: &str = "tls_failed";

/// A server on the port of https that speaks something else.
async fn speaks(stage: &Stage, what: &str, script: Script, code: &str) {
    let server = Server::plain(&at(PUBLIC, 443), script).await;
    let answer = stage.bind(ADDRESS).await;
    assert_eq!(answer.code(), code, "{what}: {}", answer.everything());
    let heads = server.heads();
    // A handshake was begun: nothing that could be read.
    assert!(!heads.is_empty() && heads.iter().all(|it| !carries_token(it) && !it.contains("GET ")), "{what}");
}

fn between(from: i32, to: i32) -> CertificateParams {
    let mut params = certificate_for(NAME);
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
    params
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn no_token_is_sent_to_a_server_whose_certificate_is_not_trusted() {
    // S-26
    let (ours, unknown) = (Authority::default(), Authority::default());
    let pem = ours.pem();
    let stage = Stage::with(|scene| scene.variable("CODEBIND_EXTRA_CA", &pem)).await;
    stage.names.tell(NAME, &[PUBLIC]);
    for (identity, code) in [
        (Identity::self_signed(NAME), "certificate_self_signed"),
        (ours.issue(between(2020, 2021)), "certificate_expired"),
        (ours.issue(between(2098, 2099)), "certificate_expired"),
        (ours.issue(certificate_for("elsewhere.acme.dev")), "certificate_wrong_name"),
        (ours.issue(certificate_for("*.git.acme.dev")), "certificate_wrong_name"),
        (ours.issue(certificate_for("acme.dev")), "certificate_wrong_name"),
        (ours.issue(certificate_for("*.dev")), "certificate_wrong_name"),
        (ours.issue(certificate_for(PUBLIC)), "certificate_wrong_name"),
        (unknown.issue(certificate_for(NAME)), "certificate_unknown_issuer"),
    ] {
        let server = Server::tls(&at(PUBLIC, 443), identity.server(), gitlab()).await;
        stage.is_refused(ADDRESS, code).await;
        assert!(server.connections() > 0, "{code}");
        assert_eq!(server.heads(), Vec::<String>::new(), "{code}");
    }
    // The certificate of a name is not that of the address that the name leads to.
    let server = Server::tls(&at(PUBLIC, 443), ours.issue(certificate_for(NAME)).server(), gitlab()).await;
    stage.is_refused(&format!("https://{PUBLIC}"), "certificate_wrong_name").await;
    assert_eq!(server.heads(), Vec::<String>::new());

    // And with nothing wrong about it, the same server gets the token.
    stage.bind(ADDRESS).await.expect(201);
    assert!(server.heads().len() == 2 && server.heads().iter().all(|it| carries_token(it)));
    stage.assert_reached(&[&at(PUBLIC, 443)]);
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn no_token_is_sent_where_no_tls_is_spoken() {
    // S-26, S-27; R-58
    let stage = Stage::start().await;
    stage.names.tell(NAME, &[PUBLIC]);
    // A hello of TLS 1.1, with a cipher of its time: version, 32 random bytes, no session, cipher, no compression.
    let hello = [&[0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
    for (what, bytes) in [
        ("http", b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec()),
        ("an alert: no such version", vec![0x15, 3, 1, 0, 2, 2, 70]),
        ("TLS 1.1", hello),
        ("SSLv2", vec![0x80, 0x2e, 4, 0, 1, 0, 2]),
        ("garbage", vec![0xfe; 512]),
    ] {
        speaks(&stage, what, always(vec![Step::Send(bytes)]), TLS_FAILED).await;
    }
    speaks(&stage, "nothing", always(vec![Step::Hang]), "server_timeout").await;
    speaks(&stage, "nothing, and hangs up", always(Vec::new()), TLS_FAILED).await;
    stage.assert_reached(&[&at(PUBLIC, 443)]);
}
