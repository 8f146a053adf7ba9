//! What the functions wrote, line by line.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use crate::Scene;

/// How long a line may be on its way from a function to here.
const ON_ITS_WAY: Duration = Duration::from_secs(10);

/// The lines of all functions, in the order of their arrival.
#[derive(Debug)]
pub struct Log(Vec<Value>);

impl Scene {
    /// The log, once it has the lines of so many requests; more than that is found out by what is in it.
    pub async fn log(&self, requests: usize) -> Log {
        let deadline = Instant::now() + ON_ITS_WAY;
        loop {
            let log = Log::read(&self.world().function_output());
            if log.requests().count() >= requests {
                return log;
            }
            assert!(Instant::now() < deadline, "{} of {requests} requests are in the log", log.requests().count());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Log {
    #[track_caller]
    fn read(output: &str) -> Self {
        let line = |text| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Self(output.lines().map(line).collect())
    }

    /// Every line.
    pub fn lines(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    /// The lines of requests.
    pub fn requests(&self) -> impl Iterator<Item = &Value> {
        self.lines().filter(|line| line["message"] == "request")
    }

    /// The lines of calls of one service.
    pub fn calls(&self, service: &str) -> impl Iterator<Item = &Value> {
        self.lines().filter(move |line| line["message"] == "call" && line["service"] == service)
    }

    /// The lines of one event.
    pub fn events(&self, event: &str) -> Vec<&Value> {
        self.lines().filter(|line| line["event"] == event).collect()
    }

    /// The line of the request with this id.
    #[track_caller]
    pub fn request(&self, id: &str) -> &Value {
        let lines: Vec<_> = self.requests().filter(|line| line["request_id"] == id).collect();
        let [line] = &*lines else { panic!("not one line of {id}: {lines:?}") };
        line
    }
}
