//! What can be shown without a network of one's own: the same cases against the guard and the client of the product,
//! inside this process and over loopback.

use std::time::{Duration, Instant};

use codebind::{
    adapter::provider_client::ProviderClient,
    domain::{
        address::{AddressError, AddressPolicy, CheckedAddress, Homes, NotPublic, ServerAddress},
        answer::Answer,
        deadline::Deadline,
        port_set::PortSet,
        secret::AccessToken,
        timestamp::Timestamp,
        verification::Probe,
    },
    ports::{AskApi as _, CallError, Server as Target},
    providers::gitlab::GITLAB,
};
use futures_util::future::join_all;

use crate::{
    hostile::{CANARY, Case, cases},
    refused::{addresses, spellings},
    server::{Server, Step, always, answer},
};

/// A server here, which the operator lists: only so is it reached.
const LISTED: &str = "127.0.0.1";

fn policy(allowed_hosts: &[String]) -> AddressPolicy {
    AddressPolicy {
        http: true,
        http_ports: PortSet::parse("80 1025-65535").unwrap(),
        https_ports: PortSet::parse("443").unwrap(),
        allowed_hosts: allowed_hosts.to_vec(),
    }
}

fn parse(text: &str) -> Result<ServerAddress, AddressError> {
    ServerAddress::parse(text, Homes::default(), &policy(&[]))
}

fn code(error: &AddressError) -> &'static str {
    match error {
        AddressError::Scheme => "address_scheme",
        AddressError::HttpRefused => "address_http_refused",
        AddressError::Malformed => "address_malformed",
        AddressError::UserInfo => "address_userinfo",
        AddressError::QueryOrFragment => "address_query",
        AddressError::HostRewritten { .. } => "address_host_rewritten",
        AddressError::Port { .. } => "address_port",
        AddressError::ProjectLink { .. } => "address_project_link",
    }
}

#[test]
fn every_spelling_is_refused_with_its_code() {
    // S-23, S-25
    for (text, expected) in spellings() {
        let refused = match parse(&text) {
            Err(error) => code(&error),
            Ok(address) if address.check_host() == Err(NotPublic) => "address_not_public",
            Ok(_) => "accepted",
        };
        assert_eq!(refused, expected, "{text}");
    }
}

#[test]
fn a_name_that_leads_to_one_refused_address_is_refused() {
    // S-25
    let public = "93.184.216.34".parse().unwrap();
    for address in addresses() {
        let refused = address.parse().unwrap();
        for resolved in [vec![refused], vec![public, refused], vec![refused, public]] {
            let checked = parse("https://git.acme.dev").unwrap().checked(&resolved);
            assert!(checked.is_err(), "{resolved:?}");
        }
    }
}

/// A port for a server here, with its address checked because the operator lists it.
fn listed() -> (String, CheckedAddress) {
    let port = std::net::TcpListener::bind((LISTED, 0)).unwrap().local_addr().unwrap().port();
    let host = format!("{LISTED}:{port}");
    let policy = policy(std::slice::from_ref(&host));
    let address = ServerAddress::parse(&format!("http://{host}"), Homes::default(), &policy).unwrap();
    (host, address.checked(&[LISTED.parse().unwrap()]).unwrap())
}

async fn ask(checked: &CheckedAddress) -> Result<Answer, CallError> {
    let token = AccessToken::new("glpat-guard-0123456789".to_owned());
    let deadline = Deadline::new(Duration::from_secs(20), None, Timestamp::now());
    let client = ProviderClient::new(None).unwrap();
    client.ask_api(&GITLAB, Target::Entered(checked), &Probe::get("/user"), &token, deadline).await
}

async fn play(case: Case) {
    let (host, checked) = listed();
    let server = Server::plain(&host, always(case.steps)).await;
    let started = Instant::now();
    let outcome = ask(&checked).await;
    assert!(started.elapsed() < Duration::from_secs(8), "{}: {:?}", case.name, started.elapsed());
    let expected = match case.code {
        "server_timeout" => Err(CallError::TimedOut),
        "server_broken" => Err(CallError::Broken),
        _ => Ok(()),
    };
    assert_eq!(outcome.map(drop), expected, "a server that {}", case.name);
    assert_eq!(server.connections(), 1, "{}", case.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_answers_end_in_time_and_are_not_read_further() {
    // S-39, S-41
    join_all(cases().into_iter().map(|case| tokio::spawn(play(case)))).await.into_iter().for_each(|it| it.unwrap());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    // S-25; R-49
    let (elsewhere, _) = listed();
    let other = Server::plain(&elsewhere, always(vec![Step::Send(answer("200 OK", b""))])).await;
    for status in [301, 302, 303, 307, 308] {
        let (host, checked) = listed();
        let moved = answer(&format!("{status} Moved\r\nlocation: http://{elsewhere}/{CANARY}"), b"");
        let server = Server::plain(&host, always(vec![Step::Send(moved)])).await;
        assert_eq!(ask(&checked).await.unwrap().status, status);
        assert_eq!((server.connections(), other.connections()), (1, 0), "{status}");
    }
}
