//! What is shown in the private network, against the release binaries. Each test here has the network for itself.

mod answers;
mod certificates;
mod environment;
mod later;
mod literals;
mod names;
mod redirects;

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tests::{Answer, GITLAB, Owner, Person, Scene, SceneBuilder};

use crate::{
    hostile::CANARY,
    names::Names,
    network,
    packets::Packets,
    server::{Server, USERNAME, gitlab},
};

/// The token that must go nowhere but where it belongs.
const TOKEN: &str = "glpat-guard-0123456789abcdef";

/// A server's address that looks public, and is this machine here.
const PUBLIC: &str = "93.184.216.34";
/// Another one.
const OTHER: &str = "151.101.1.69";
/// An IPv6 address that looks public.
const PUBLIC_V6: &str = "2606:4700::5";

/// A name for the server.
const NAME: &str = "git.acme.dev";
/// Its address, as a person enters it.
const ADDRESS: &str = "http://git.acme.dev";

/// A scene with the release binaries, with a name server, and with all packets watched.
struct Stage {
    names: Names,
    packets: Packets,
    scene: Scene,
    people: AtomicUsize,
}

impl Stage {
    async fn start() -> Self {
        Self::with(|scene| scene).await
    }

    async fn with(prepare: impl FnOnce(SceneBuilder<'static>) -> SceneBuilder<'static>) -> Self {
        assert!(network::is_inside(), "only in the private network: run `cargo guard`");
        let (names, packets) = (Names::start().await, Packets::watch());
        let scene = prepare(Scene::builder().release().workers(12)).start().await;
        scene.keep_secret(CANARY);
        Self { names, packets, scene, people: AtomicUsize::new(0) }
    }

    /// Somebody with nothing bound yet.
    fn somebody(&self) -> Person {
        self.scene.person(&format!("person-{}", self.people.fetch_add(1, Ordering::Relaxed)))
    }

    /// Somebody tries to bind at `address`.
    async fn bind(&self, address: &str) -> Answer {
        bind(&self.somebody(), address).await
    }

    /// Somebody tries to bind at `address`, and is told this; nobody hears of it.
    async fn is_refused(&self, address: &str, code: &str) {
        let answer = self.bind(address).await;
        assert_eq!(answer.code(), code, "{address}: {}", answer.everything());
        assert_eq!((answer.status, &answer.json()["field"]), (422, &json!("address")), "{address}");
    }

    /// These and no others are those whom anybody tried to reach.
    #[track_caller]
    fn assert_reached(&self, expected: &[&str]) {
        let expected: BTreeSet<SocketAddr> = expected.iter().map(|it| it.parse().expect("an address")).collect();
        assert_eq!(self.packets.reached(), expected);
    }
}

async fn bind(person: &Person, address: &str) -> Answer {
    let form = json!({"address": address, "username": USERNAME, "token": TOKEN});
    person.put(&Owner::Me, GITLAB, &form).await
}

/// A GitLab on port 80 of `ip`.
async fn gitlab_at(ip: &str) -> Server {
    Server::plain(&at(ip, 80), gitlab()).await
}

fn at(ip: &str, port: u16) -> String {
    SocketAddr::new(ip.parse().expect("an address"), port).to_string()
}

/// Whether a request carries the token.
fn carries_token(head: &str) -> bool {
    head.to_lowercase().contains(&format!("private-token: {TOKEN}"))
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn what_is_public_is_reached_and_seen() {
    // S-25: without this, nothing here that sees no packet would mean anything.
    let stage = Stage::start().await;
    let (v4, v6) = (gitlab_at(PUBLIC).await, gitlab_at(PUBLIC_V6).await);
    let literals = [format!("http://{PUBLIC}"), format!("http://[{PUBLIC_V6}]")];
    for (address, server) in literals.iter().zip([&v4, &v6]) {
        stage.bind(address).await.expect(201);
        let (heads, host) = (server.heads(), address.trim_start_matches("http://"));
        assert_eq!(heads.len(), 2, "{heads:?}");
        for (head, path) in heads.iter().zip(["/api/v4/personal_access_tokens/self", "/api/v4/user"]) {
            assert!(heads.iter().any(|it| it.starts_with(&format!("GET {path} HTTP/1.1\r\n"))), "{heads:?}");
            assert!(carries_token(head) && head.contains(&format!("host: {host}\r\n")), "{head}");
            assert!(!head.lines().next().is_some_and(|it| it.contains(TOKEN)), "{head}");
        }
    }
    stage.assert_reached(&[&at(PUBLIC, 80), &at(PUBLIC_V6, 80)]);

    // And the watch sees what nobody answers, wherever it goes.
    let _ = tokio::net::TcpStream::connect(("10.1.2.3", 80)).await;
    let _ = tokio::net::TcpStream::connect(("fd00:ec2::254", 80)).await;
    let _ = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, 9001)).await;
    let expected =
        [at(PUBLIC, 80), at(PUBLIC_V6, 80), at("10.1.2.3", 80), at("fd00:ec2::254", 80), at("127.0.0.1", 9001)];
    stage.assert_reached(&expected.each_ref().map(String::as_str));
    assert_eq!(stage.names.asked(), Vec::<String>::new());
}
