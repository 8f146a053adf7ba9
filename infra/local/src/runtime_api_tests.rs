//! The Runtime API as workers see it: fake ones in this process, speaking HTTP.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::*;
use crate::{
    Function,
    output::Output,
    server::{Server, listen_on_loopback},
};

static ECHO: Function = Function { name: "echo", timeout: Duration::from_secs(20), memory_megabytes: 128 };
static HASTY: Function = Function { name: "hasty", timeout: Duration::from_millis(50), memory_megabytes: 128 };

/// What a fake worker does with its invocations.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Answers each event with itself.
    Echo,
    /// Ends when it gets an event.
    CrashOnEvent,
    /// Reports that it failed.
    Fail,
    /// Never answers.
    Hang,
    /// Ends before it asks for anything.
    CrashAtStart,
}

struct Fixture {
    pool: Arc<Pool>,
    launched: Arc<AtomicUsize>,
    _server: Server,
}

/// A pool whose n-th worker behaves like the n-th of `behaviours`, and later ones like the last.
async fn fixture(function: &'static Function, workers: usize, behaviours: &'static [Behaviour]) -> Fixture {
    let (listener, url) = listen_on_loopback().await.unwrap();
    let launched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&launched);
    let pool = Pool::new(
        function,
        workers,
        Output::new(false),
        Box::new(move |id, kill| {
            let nth = count.fetch_add(1, Ordering::SeqCst).min(behaviours.len() - 1);
            let base = worker_url(&url, function.name, id);
            Box::pin(async move {
                tokio::select! {
                    () = fake_worker(base, behaviours[nth]) => "ended".to_owned(),
                    () = kill.notified() => "was killed".to_owned(),
                }
            })
        }),
    );
    let pools = Arc::new(Pools::from([(function.name, Arc::clone(&pool))]));
    Fixture { pool, launched, _server: Server::spawn_router(listener, router(pools)) }
}

async fn fake_worker(base: String, behaviour: Behaviour) {
    if matches!(behaviour, Behaviour::CrashAtStart) {
        return;
    }
    let invocation = format!("{base}/2018-06-01/runtime/invocation");
    loop {
        let (head, event) = call("GET", &format!("{invocation}/next"), "").await;
        let Some(id) = header(&head, "lambda-runtime-aws-request-id") else { return };
        match behaviour {
            Behaviour::CrashOnEvent | Behaviour::CrashAtStart => return,
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Echo => {
                call("POST", &format!("{invocation}/{id}/response"), &event).await;
            }
            Behaviour::Fail => {
                let error = r#"{"errorType":"Oops","errorMessage":"no luck"}"#;
                call("POST", &format!("{invocation}/{id}/error"), error).await;
            }
        }
    }
}

/// A request over a connection of its own; the head and the body of what is answered.
async fn call(method: &str, url: &str, body: &str) -> (String, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

async fn invoke(pool: &Arc<Pool>, event: &'static str) -> Result<String, String> {
    let invoked = pool.invoke("Root=1-0-0".to_owned(), event.into());
    let answer = timeout(Duration::from_secs(10), invoked).await.expect("an answer in time");
    answer.map(|it| String::from_utf8_lossy(&it).into_owned()).map_err(|Failure(reason)| reason)
}

#[tokio::test]
async fn workers_answer_and_grow_to_their_limit() {
    let it = fixture(&ECHO, 2, &[Behaviour::Echo]).await;
    it.pool.begin_start().await.unwrap();
    assert_eq!(it.launched.load(Ordering::SeqCst), 1);
    let racers = (0..20).map(|_| {
        let pool = Arc::clone(&it.pool);
        tokio::spawn(async move { invoke(&pool, "event").await })
    });
    for racer in racers.collect::<Vec<_>>() {
        assert_eq!(racer.await.unwrap(), Ok("event".to_owned()));
    }
    assert_eq!(it.launched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_crash_answers_its_invocation_and_the_next_worker_the_next() {
    let it = fixture(&ECHO, 1, &[Behaviour::CrashOnEvent, Behaviour::Echo]).await;
    assert_eq!(invoke(&it.pool, "first").await, Err("ended".to_owned()));
    assert_eq!(invoke(&it.pool, "second").await, Ok("second".to_owned()));
}

#[tokio::test]
async fn a_reported_failure_keeps_the_worker() {
    let it = fixture(&ECHO, 1, &[Behaviour::Fail]).await;
    for _ in 0..2 {
        assert_eq!(invoke(&it.pool, "event").await, Err("failed: Oops: no luck".to_owned()));
    }
    assert_eq!(it.launched.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_worker_past_its_deadline_is_killed_and_replaced() {
    let it = fixture(&HASTY, 1, &[Behaviour::Hang, Behaviour::Echo]).await;
    assert_eq!(invoke(&it.pool, "first").await, Err("timed out after 50ms".to_owned()));
    assert_eq!(invoke(&it.pool, "second").await, Ok("second".to_owned()));
}

#[tokio::test]
async fn killed_workers_answer_what_they_had_and_take_no_more() {
    let it = fixture(&ECHO, 1, &[Behaviour::Hang, Behaviour::Echo]).await;
    it.pool.begin_start().await.unwrap();
    let pool = Arc::clone(&it.pool);
    let in_flight = tokio::spawn(async move { invoke(&pool, "first").await });
    tokio::task::yield_now().await;
    assert_eq!(it.pool.kill_workers(), 1);
    assert_eq!(invoke(&it.pool, "second").await, Ok("second".to_owned()));
    assert_eq!(in_flight.await.unwrap(), Err("was killed".to_owned()));
}

#[tokio::test]
async fn a_failed_start_is_told_and_repeated() {
    let it = fixture(&ECHO, 1, &[Behaviour::CrashAtStart, Behaviour::CrashAtStart, Behaviour::Echo]).await;
    assert_eq!(it.pool.begin_start().await, Err("ended".to_owned()));
    assert_eq!(invoke(&it.pool, "first").await, Err("ended".to_owned()));
    assert_eq!(invoke(&it.pool, "second").await, Ok("second".to_owned()));
}

#[tokio::test]
async fn stopping_answers_what_is_in_hand() {
    let it = fixture(&ECHO, 1, &[Behaviour::Hang]).await;
    it.pool.begin_start().await.unwrap();
    let pool = Arc::clone(&it.pool);
    let in_flight = tokio::spawn(async move { invoke(&pool, "first").await });
    tokio::task::yield_now().await;
    let stopped = timeout(Duration::from_secs(1), it.pool.stop());
    stopped.await.expect("nothing to wait for");
    assert_eq!(in_flight.await.unwrap(), Err("was killed".to_owned()));
    assert_eq!(invoke(&it.pool, "late").await, Err("is gone, as the run ends".to_owned()));
}

#[tokio::test]
async fn an_invocation_says_what_lambda_says() {
    let (listener, url) = listen_on_loopback().await.unwrap();
    // The worker is played by the test itself.
    let pool = Pool::new(
        &ECHO,
        1,
        Output::new(false),
        Box::new(|_, kill| {
            Box::pin(async move {
                kill.notified().await;
                "was killed".to_owned()
            })
        }),
    );
    let pools = Arc::new(Pools::from([("echo", Arc::clone(&pool))]));
    let _server = Server::spawn_router(listener, router(pools));
    let asked = Arc::clone(&pool);
    let answered = tokio::spawn(async move { invoke(&asked, "event").await });
    tokio::task::yield_now().await;

    let invocation = format!("{url}/echo/0/2018-06-01/runtime/invocation");
    let (head, event) = call("GET", &format!("{invocation}/next"), "").await;
    assert_eq!(event, "event");
    let deadline: u128 = header(&head, "lambda-runtime-deadline-ms").unwrap().parse().unwrap();
    let left = deadline - milliseconds_since_epoch(SystemTime::now());
    assert!((15_000..=20_000).contains(&left), "{left} ms are left");
    assert_eq!(
        header(&head, "lambda-runtime-invoked-function-arn").unwrap(),
        "arn:aws:lambda:us-east-1:123456789012:function:echo",
    );
    assert_eq!(header(&head, "lambda-runtime-trace-id").unwrap(), "Root=1-0-0");

    let id = header(&head, "lambda-runtime-aws-request-id").unwrap();
    let status = async |path: String| call("POST", &path, "answer").await.0[9..12].to_owned();
    assert_eq!(status(format!("{invocation}/another/response")).await, "400");
    assert_eq!(status(format!("{url}/echo/9/2018-06-01/runtime/invocation/{id}/response")).await, "400");
    assert_eq!(status(format!("{invocation}/{id}/response")).await, "202");
    assert_eq!(status(format!("{invocation}/{id}/response")).await, "400");
    assert_eq!(answered.await.unwrap(), Ok("answer".to_owned()));
    let (head, _) = call("GET", &format!("{url}/echo/9/2018-06-01/runtime/invocation/next"), "").await;
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    pool.stop().await;
}
