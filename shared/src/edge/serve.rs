//! The loop of every function: event in, handler, answer out, one log line.

use std::time::{Duration, Instant};

use lambda_runtime::{LambdaEvent, service_fn};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::code::Code;
use super::event::{Event, Response};
use super::problem::Problem;
use super::request::{self, Frame, Incoming};
use super::response::Reply;

/// Start, status and unbind answer within this, even when everything behind them hangs (S-39).
pub const BUDGET_SHORT: Duration = Duration::from_secs(9);

/// Binding and callback answer within this, even when everything behind them hangs (S-39).
pub const BUDGET_LONG: Duration = Duration::from_secs(20);

/// How far a last call, begun in time, may run over: within S-39 still.
const OVERRUN: Duration = Duration::from_millis(800);

/// Starts the log: our own lines from INFO, other crates' from WARN. Theirs at DEBUG print headers and bodies, so no
/// variable can ask for them (S-36).
pub fn start_log() {
    let filter = Targets::new().with_default(LevelFilter::WARN).with_target("codebind", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
}

/// Serves requests with `handler`, each within `budget`, until the platform ends the process.
///
/// # Errors
/// When the platform's interface fails.
pub async fn serve<H>(function: &'static str, budget: Duration, handler: H) -> Result<(), lambda_runtime::Error>
where
    H: AsyncFn(&Incoming, &Frame) -> Reply,
{
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        Ok::<Response, std::convert::Infallible>(answer(function, budget, handler, event).await)
    }))
    .await
}

/// The answer to one event: there is always one.
pub async fn answer<H>(function: &'static str, budget: Duration, handler: &H, event: LambdaEvent<Event>) -> Response
where
    H: AsyncFn(&Incoming, &Frame) -> Reply,
{
    let started = Instant::now();
    let (frame, incoming) = request::read(event, budget);
    let reply = match &incoming {
        // A gateway that sends a request to the wrong function must not make it act: a GET would unbind.
        Ok(incoming) if incoming.operation.function() != function => {
            Reply::problem(&Problem::new(Code::NotFound), &frame)
        }
        Ok(incoming) => {
            let left = incoming.deadline.left() + OVERRUN;
            let in_time = tokio::time::timeout(left, Box::pin(handler(incoming, &frame))).await;
            in_time.unwrap_or_else(|_| Reply::problem(&Problem::new(Code::Unavailable), &frame))
        }
        Err(problem) => Reply::problem(problem, &frame),
    };
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (outcome, status) = (reply.outcome(), reply.status());
    tracing::info!(function, request_id = frame.request_id, outcome, status, milliseconds, "request");
    reply.into_response(frame.language)
}

/// What a handler's error becomes: logged once, here, with its causes where it is not the caller's.
#[must_use]
pub fn problem_of(error: &crate::error::Error, provider: Option<&crate::domain::provider::Provider>) -> Problem {
    let problem = Problem::of(error, provider);
    if problem.code.status() >= 500 {
        let provider = provider.map(|provider| provider.id);
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(code = problem.code.name(), provider, %error, cause, "request failed");
    }
    problem
}
