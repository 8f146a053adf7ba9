//! Hostile answers end in time, take no more than they may, and say nothing through us.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use super::{ADDRESS, NAME, PUBLIC, Stage, at};
use crate::{
    hostile::{Case, cases},
    server::{Server, Step, always, gitlab, json_answer},
};

/// Longest wait for one entered server (S-39), with something for a busy machine.
const WAIT_MAX: Duration = Duration::from_secs(9);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the private network: cargo guard"]
async fn hostile_answers_end_in_time_and_are_not_repeated() {
    // S-27, S-39, S-41. That nothing of them is shown, the scene finds out when it ends.
    let stage = Stage::start().await;
    let cases: Vec<_> = cases().into_iter().enumerate().map(|(number, case)| (number + 1, case)).collect();
    let ips: BTreeSet<_> = cases.iter().map(|(number, _)| at(&ip(*number), 80)).collect();
    let (slow, quick): (Vec<_>, Vec<_>) = cases.into_iter().partition(|(_, case)| case.code == "server_timeout");
    join_all(slow.into_iter().map(|(number, case)| play(&stage, number, case))).await;
    for (number, case) in quick {
        play(&stage, number, case).await;
    }
    stage.assert_reached(&ips.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Each server has an address of its own.
fn ip(number: usize) -> String {
    format!("93.184.217.{number}")
}

async fn play(stage: &Stage, number: usize, case: Case) {
    let server = Server::plain(&at(&ip(number), 80), always(case.steps)).await;
    let started = Instant::now();
    let answer = stage.bind(&format!("http://{}", ip(number))).await;
    let told = (answer.status, answer.code());
    assert_eq!(told, (case.status, case.code.to_owned()), "a server that {}: {}", case.name, answer.everything());
    assert!(started.elapsed() < WAIT_MAX, "a server that {}: {:?}", case.name, started.elapsed());
    assert_eq!(server.connections(), 2, "a server that {}", case.name);
    for head in server.heads() {
        assert!(!head.contains("accept-encoding") && !head.contains("cookie:"), "{head}");
    }
}

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn a_long_answer_is_read_up_to_its_limit() {
    // S-41: the limit is on what is read, and not on what is useful.
    let stage = Stage::start().await;
    stage.names.tell(NAME, &[PUBLIC]);
    let whole = gitlab();
    let padded = move |head: &str| match &whole(head)[..] {
        [Step::Send(answer)] => {
            let answer = String::from_utf8_lossy(answer).into_owned();
            let body = answer.split("\r\n\r\n").nth(1).expect("a body").to_owned();
            vec![Step::Send(json_answer("200 OK", &format!("{body}{}", " ".repeat(1024 * 1024 - body.len()))))]
        }
        _ => panic!("GitLab answers in one go"),
    };
    let _server = Server::plain(&at(PUBLIC, 80), std::sync::Arc::new(padded)).await;
    stage.bind(ADDRESS).await.expect(201);
}
