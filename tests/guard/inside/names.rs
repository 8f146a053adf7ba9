//! Names that lead to refused addresses, among others or after a while.

use std::time::{Duration, Instant};

use super::{ADDRESS, NAME, OTHER, PUBLIC, PUBLIC_V6, Stage, at, carries_token, gitlab_at};
use crate::{network::SEARCHED, refused::addresses};

const NOT_PUBLIC: &str = "address_not_public";

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_name_that_leads_to_a_refused_address_sends_no_packet() {
    // S-25
    let stage = Stage::start().await;
    for (number, address) in addresses().enumerate() {
        let name = format!("n{number}.acme.dev");
        stage.names.tell(&name, &[address]);
        stage.is_refused(&format!("http://{name}"), NOT_PUBLIC).await;
        assert_eq!(stage.names.look_ups(&name), (1, 1), "{address}");
    }
    stage.assert_reached(&[]);
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn one_refused_address_among_public_ones_is_enough() {
    // S-25; R-46
    let stage = Stage::start().await;
    let (_v4, _v6) = (gitlab_at(PUBLIC).await, gitlab_at(PUBLIC_V6).await);
    stage.names.tell("private.acme.dev", &["10.0.0.1"]);
    stage.names.tell("half.acme.dev", &["private.acme.dev"]);
    for records in [
        &[PUBLIC, "10.0.0.1"][..],
        &["10.0.0.1", PUBLIC],
        &[PUBLIC, OTHER, PUBLIC_V6, "127.0.0.1"],
        &[PUBLIC, "::1"],
        &[PUBLIC, "::ffff:93.184.216.34"],
        &[PUBLIC, "fd00:ec2::254"],
        &[PUBLIC_V6, "169.254.169.254"],
        &[PUBLIC_V6, "64:ff9b::7f00:1"],
        &["private.acme.dev"],
        &["half.acme.dev"],
    ] {
        stage.names.tell(NAME, records);
        stage.is_refused(ADDRESS, NOT_PUBLIC).await;
    }
    stage.assert_reached(&[]);
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn the_connection_goes_to_what_was_checked_and_the_name_is_looked_up_once() {
    // S-25: public when it is checked, and refused from the next moment on.
    let stage = Stage::start().await;
    let server = gitlab_at(PUBLIC).await;
    for (number, refused) in
        ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254"].into_iter().enumerate()
    {
        let name = format!("rebinds-{number}.acme.dev");
        stage.names.tell_in_turn(&name, &[&[PUBLIC], &[refused]]);
        stage.bind(&format!("http://{name}")).await.expect(201);
        assert_eq!(stage.names.look_ups(&name), (1, 1), "{refused}");
        stage.is_refused(&format!("http://{name}"), NOT_PUBLIC).await;
    }
    stage.assert_reached(&[&at(PUBLIC, 80)]);
    assert!(server.heads().iter().all(|it| carries_token(it) && it.contains("host: rebinds-")));
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_name_with_both_kinds_of_address_is_reached_at_one_of_them() {
    // S-25; R-46
    let stage = Stage::start().await;
    let (v4, v6) = (gitlab_at(PUBLIC).await, gitlab_at(PUBLIC_V6).await);
    stage.names.tell("cdn.acme.dev", &[PUBLIC, PUBLIC_V6]);
    stage.names.tell(NAME, &["cdn.acme.dev"]);
    stage.bind(ADDRESS).await.expect(201);
    assert_eq!(v4.connections() + v6.connections(), 2);
    let reached: Vec<_> = stage.packets.reached().iter().map(ToString::to_string).collect();
    assert!(reached.iter().all(|it| [at(PUBLIC, 80), at(PUBLIC_V6, 80)].contains(it)), "{reached:?}");
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_name_that_does_not_resolve_is_told_so_and_not_tried_elsewhere() {
    // S-25, S-27; R-46
    let stage = Stage::start().await;
    let _server = gitlab_at(PUBLIC).await;
    stage.names.tell("empty.acme.dev", &[]);
    stage.names.tell("dangling.acme.dev", &["nowhere.acme.dev"]);
    stage.names.fail("failing.acme.dev", 2);
    stage.names.fail("refusing.acme.dev", 5);
    for name in ["nowhere.acme.dev", "empty.acme.dev", "dangling.acme.dev", "failing.acme.dev", "refusing.acme.dev"] {
        // Whoever may choose names below the search domain of our resolver must not be asked.
        stage.names.tell(&format!("{name}.{SEARCHED}"), &[PUBLIC]);
        let answer = stage.bind(&format!("http://{name}")).await;
        assert_eq!(answer.code(), "address_not_resolved", "{name}: {}", answer.everything());
    }
    stage.names.silence("silent.acme.dev");
    let started = Instant::now();
    stage.bind("http://silent.acme.dev").await.problem(504, "server_timeout");
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    stage.assert_reached(&[]);
    let asked = stage.names.asked();
    assert!(asked.iter().all(|it| !it.ends_with(SEARCHED)), "{asked:?}");
}
