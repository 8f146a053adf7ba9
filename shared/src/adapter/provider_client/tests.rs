//! What the client does not look at, whatever a server sends.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use super::reading::HEADERS_MAX;
use super::*;
use crate::domain::address::{AddressPolicy, Homes, ServerAddress};
use crate::domain::port_set::PortSet;
use crate::ports::TlsProblem;

/// A server that answers everybody with `head` and a JSON body.
fn server(head: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}content-length: 2\r\n\r\n{{}}");
        }
    });
    address
}

/// The address, checked as if it were public.
fn checked(address: SocketAddr) -> CheckedAddress {
    let ports = PortSet::parse("1-65535").unwrap();
    let allowed_hosts = vec![address.to_string()];
    let policy = AddressPolicy { http: true, http_ports: ports.clone(), https_ports: ports, allowed_hosts };
    let parsed = ServerAddress::parse(&format!("http://{address}"), Homes::default(), &policy).unwrap();
    parsed.checked(&[address.ip()]).unwrap()
}

async fn ask(address: SocketAddr, checked: &CheckedAddress) -> Result<Answer, CallError> {
    let request = ProviderClient::new(None).unwrap().configured.get(format!("http://{address}/"));
    exchange(request, Some(checked)).await.map(|(answer, _)| answer)
}

#[tokio::test]
async fn an_answer_from_elsewhere_than_what_was_checked_is_not_looked_at() {
    // S-25, R-48
    let address = server("content-type: application/json\r\n".to_owned());
    assert!(ask(address, &checked(address)).await.unwrap().json.is_some());
    let elsewhere = checked(server(String::new()));
    assert_eq!(ask(address, &elsewhere).await.unwrap_err(), CallError::NotPublic);
}

#[tokio::test]
async fn only_what_says_that_it_is_json_is_read_as_json() {
    // S-41, R-51
    for (kind, expected) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/problem+json", true),
        ("text/html; profile=json", false),
        ("application/jsonp", false),
        ("", false),
    ] {
        let address = server(format!("content-type: {kind}\r\n"));
        let answer = ask(address, &checked(address)).await.unwrap();
        assert_eq!(answer.json.is_some(), expected, "{kind}");
    }
}

#[tokio::test]
async fn more_headers_than_any_provider_sends_are_refused() {
    //
    let line = |length| format!("x-padding: {}\r\n", "a".repeat(length));
    let address = server(line(HEADERS_MAX / 2));
    assert!(ask(address, &checked(address)).await.is_ok());
    let address = server(line(HEADERS_MAX));
    assert_eq!(ask(address, &checked(address)).await.unwrap_err(), CallError::Broken);
}

#[tokio::test]
async fn a_pinned_client_finds_no_other_name() {
    // S-25, R-46
    let client = ProviderClient::new(None).unwrap();
    let pinned = client.pinned(&checked(server(String::new()))).unwrap();
    let error = pinned.get("http://localhost:1/").send().await.unwrap_err();
    assert!(format!("{error:?}").contains("NotPublic"), "{error:?}");
}

#[tokio::test]
async fn hanging_up_on_the_handshake_is_another_thing_than_refusing_the_connection() {
    // S-26, S-27
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || listener.accept().unwrap().0.read(&mut [0; 4096]).unwrap());
    let client = ProviderClient::new(None).unwrap().configured;
    let asked = || exchange(client.get(format!("https://{address}/")), None);
    assert_eq!(asked().await.unwrap_err(), CallError::Tls(TlsProblem::Handshake));
    assert!(server.join().unwrap() > 0, "a handshake was begun");
    assert_eq!(asked().await.unwrap_err(), CallError::Refused);
}
