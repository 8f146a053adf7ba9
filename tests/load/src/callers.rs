//! Callers: each sends its next request when the last one is answered, for as long as the run takes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use codebind_local::World;
use futures_util::future::join_all;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    Failure, processes,
    table::{Table, subject},
};

/// How long callers call before their rows are put back. What they do to their rows in between is what nobody would: hundreds of
/// renewals, whose events wait in the row for the sweeper.
const SLICE: Duration = Duration::from_secs(1);

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// All entries of an owner: `status`.
    List,
    /// An authorization: `oauth-start`.
    Start,
    /// A personal token, of a caller who holds one: `token-bind`.
    Renew,
}

impl Request {
    /// Every one.
    pub(crate) const ALL: [Self; 3] = [Self::List, Self::Start, Self::Renew];

    /// The function that answers it.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::List => "status",
            Self::Start => "oauth-start",
            Self::Renew => "token-bind",
        }
    }

    /// The request, without who sends it.
    pub(crate) fn send(self, http: &Client, url: &str) -> reqwest::RequestBuilder {
        let address = |rest: &str| format!("{url}/v1/users/me/bindings{rest}");
        match self {
            Self::List => http.request(Method::GET, address("")),
            Self::Start => http.request(Method::POST, address("/github/authorization")),
            Self::Renew => {
                let body = json!({"username": "glfake", "token": "glpat-api-glfake"});
                http.request(Method::PUT, address("/gitlab")).json(&body)
            }
        }
    }

    fn expects(self) -> &'static [StatusCode] {
        match self {
            Self::List => &[StatusCode::OK],
            Self::Start => &[StatusCode::CREATED],
            // Two callers can renew the same binding at once: one of them is told, as it should be.
            Self::Renew => &[StatusCode::OK, StatusCode::CREATED],
        }
    }
}

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// What was asked for.
    pub(crate) request: Request,
    /// Rows in the table.
    pub(crate) rows: u64,
    /// Callers at a time.
    pub(crate) callers: u64,
    /// Requests answered in a second.
    pub(crate) per_second: f64,
    /// Half of the answers came within this.
    pub(crate) p50: Duration,
    /// 99 of 100 answers came within this.
    pub(crate) p99: Duration,
    /// CPU time of the function per request.
    pub(crate) cpu: Duration,
    /// The largest memory of one worker, in KiB.
    pub(crate) peak_kib: u64,
}

/// Who calls, where, and how long.
pub(crate) struct Run<'a> {
    pub(crate) world: &'a World,
    pub(crate) http: &'a Client,
    pub(crate) table: &'a Table,
    pub(crate) rows: u64,
    pub(crate) callers: u64,
    pub(crate) lasts: Duration,
}

impl Run<'_> {
    /// Sends requests of one kind. Every caller is another owner; they lie evenly in the table.
    pub(crate) async fn send(&self, request: Request) -> Result<Outcome, Failure> {
        let step = (self.rows / self.callers).max(1);
        let persons: Vec<_> = (0..self.callers).map(|it| it * step % self.rows).collect();
        let tokens: Vec<_> = persons.iter().map(|&it| self.token(it)).collect();
        // What the workers do for the first time, and connections that are opened for it, are no part of the run.
        self.slice(request, &tokens).await?;
        let before = processes::used(request.function());
        let (mut times, mut took) = (Vec::new(), Duration::ZERO);
        while took < self.lasts {
            self.table.put_back(&persons)?;
            let started = Instant::now();
            times.extend(self.slice(request, &tokens).await?);
            took += started.elapsed();
        }
        let after = processes::used(request.function());
        self.table.put_back(&persons)?;
        if before.workers != after.workers {
            return Err("a worker was started or ended during the run, so its time is not known".into());
        }
        times.sort_unstable();
        let count = u32::try_from(times.len()).map_err(Failure::because)?;
        let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        Ok(Outcome {
            request,
            rows: self.rows,
            callers: self.callers,
            per_second: f64::from(count) / took.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            cpu: Duration::from_nanos(after.cpu_ns - before.cpu_ns) / count.max(1),
            peak_kib: after.peak_kib,
        })
    }

    /// All callers for a while: the time that each answer took.
    async fn slice(&self, request: Request, tokens: &[Arc<str>]) -> Result<Vec<Duration>, Failure> {
        let until = Instant::now() + SLICE;
        let calls = join_all(tokens.iter().map(|token| self.call(request, token, until))).await;
        Ok(calls.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// One caller's answers, with the time that each took.
    async fn call(&self, request: Request, token: &str, until: Instant) -> Result<Vec<Duration>, Failure> {
        let mut times = Vec::new();
        loop {
            let started = Instant::now();
            let answer = request.send(self.http, self.world.url()).bearer_auth(token).send().await;
            let answer = answer.map_err(Failure::because)?;
            let status = answer.status();
            let body = answer.text().await.map_err(Failure::because)?;
            if !request.expects().contains(&status) {
                return Err(format!("{request:?} was answered {status}: {body}").into());
            }
            times.push(started.elapsed());
            if Instant::now() >= until {
                return Ok(times);
            }
        }
    }

    fn token(&self, person: u64) -> Arc<str> {
        self.world.token(&token_claims(person)).into()
    }
}

/// What the token of a person says.
pub(crate) fn token_claims(person: u64) -> Value {
    json!({"sub": subject(person)})
}
