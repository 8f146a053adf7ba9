//! Certificates that are not to be trusted are told apart, and nothing is sent to their servers (S-26).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::date_time_ymd;
use serde_json::json;
use tests::{Answer, Authority, GITLAB, Identity, Owner, Scene, certificate_for};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server that counts the requests it can read, and answers each with a page.
async fn serve(identity: Identity) -> (SocketAddr, Arc<AtomicUsize>) {
    let acceptor = TlsAcceptor::from(identity.server());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, read) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi")
                    .await;
            }
        }
    });
    (address, read)
}

/// Binds at the server, which the operator lists; `extra_ca` is what the operator trusts beside the public roots.
async fn bind(address: SocketAddr, extra_ca: Option<&str>) -> Answer {
    let host = format!("localhost:{}", address.port());
    let mut builder = Scene::builder().variable("CODEBIND_ALLOWED_HOSTS", &host);
    if let Some(pem) = extra_ca {
        builder = builder.variable("CODEBIND_EXTRA_CA", pem);
    }
    let scene = builder.start().await;
    let form = json!({"address": format!("https://{host}"), "username": "glfake", "token": "glpat-api-glfake"});
    scene.person("alice").put(&Owner::Me, GITLAB, &form).await
}

async fn refused(identity: Identity, extra_ca: Option<&str>, code: &str) {
    let (address, read) = serve(identity).await;
    let problem = bind(address, extra_ca).await.problem(422, code);
    assert_eq!(problem["field"], "address", "{code}");
    assert_eq!(read.load(Ordering::SeqCst), 0, "something was sent in spite of {code}");
}

#[tokio::test]
async fn a_certificate_that_vouches_for_itself_is_told_so() {
    // S-26
    refused(Identity::self_signed("localhost"), None, "certificate_self_signed").await;
}

#[tokio::test]
async fn an_unknown_issuer_is_told_so_and_a_listed_one_is_trusted() {
    // S-25, S-26
    let authority = Authority::default();
    refused(authority.issue(certificate_for("localhost")), None, "certificate_unknown_issuer").await;
    let (address, read) = serve(authority.issue(certificate_for("localhost"))).await;
    bind(address, Some(&authority.pem())).await.problem(422, "not_the_provider");
    assert!(read.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn an_expired_certificate_is_told_so() {
    // S-26
    let authority = Authority::default();
    let mut expired = certificate_for("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    refused(authority.issue(expired), Some(&authority.pem()), "certificate_expired").await;
}

#[tokio::test]
async fn another_hosts_certificate_is_told_so() {
    // S-26
    let authority = Authority::default();
    let elsewhere = authority.issue(certificate_for("elsewhere.example.com"));
    refused(elsewhere, Some(&authority.pem()), "certificate_wrong_name").await;
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_so() {
    // S-26
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    assert_eq!(bind(address, None).await.problem(422, "tls_failed")["field"], "address");
}
