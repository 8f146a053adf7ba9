//! The loop of every function: event in, handler, answer out, one log line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::task::Poll;
use std::time::{Duration, Instant};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::code::Code;
use super::event::{Event, Response};
use super::language::Language;
use super::log::current::{self, Current};
use super::problem::Problem;
use super::request::{self, Frame, Incoming};
use super::response::Reply;
use crate::error::InWords;

/// Start, status and unbind answer within this, even when everything behind them hangs (S-39).
pub const BUDGET_SHORT: Duration = Duration::from_secs(9);

/// Binding and callback answer within this, even when everything behind them hangs (S-39).
pub const BUDGET_LONG: Duration = Duration::from_secs(20);

/// How far a last call, begun in time, may run over: within S-39 still.
const OVERRUN: Duration = Duration::from_millis(800);

/// Serves requests with `handler`, each within `budget`, until the platform ends the process.
///
/// # Errors
/// When the platform's interface fails.
pub async fn serve<H>(function: &'static str, budget: Duration, handler: H) -> Result<(), lambda_runtime::Error>
where
    H: AsyncFn(&Incoming, &Frame) -> Reply,
{
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        Ok::<Response, std::convert::Infallible>(answer_text(function, budget, handler, event).await)
    }))
    .await
}

/// How the process ends: what ended it stands in the log, in the log's own form.
#[must_use]
pub fn ended(served: Result<(), lambda_runtime::Error>) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %InWords(&*error), "the function cannot go on");
            ExitCode::FAILURE
        }
    }
}

/// Reads the event here and not in the runtime, which would write what it could not read, and answer nothing.
async fn answer_text<H>(
    function: &'static str,
    budget: Duration,
    handler: &H,
    event: LambdaEvent<Box<RawValue>>,
) -> Response
where
    H: AsyncFn(&Incoming, &Frame) -> Reply,
{
    let (text, context) = event.into_parts();
    let parsed = serde_json::from_str::<Event>(text.get());
    // The body is in it.
    drop(Zeroizing::new(Box::<str>::from(text)));
    if let Ok(event) = parsed {
        return answer(function, budget, handler, LambdaEvent::new(event, context)).await;
    }
    let frame = Frame { request_id: context.request_id, language: Language::English };
    let current = Current::new(function, &frame.request_id, context.xray_trace_id.as_deref(), Instant::now());
    let work = async {
        tracing::error!("what came is no event of payload format 2.0");
        over(Reply::problem(&Problem::new(Code::Internal), &frame), &frame)
    };
    current.scope(work).await
}

/// The answer to one event: there is always one.
pub async fn answer<H>(function: &'static str, budget: Duration, handler: &H, event: LambdaEvent<Event>) -> Response
where
    H: AsyncFn(&Incoming, &Frame) -> Reply,
{
    let started = Instant::now();
    let trace = event.context.xray_trace_id.clone();
    let (frame, incoming) = request::read(event, budget);
    let current = Current::new(function, &frame.request_id, trace.as_deref(), started);
    let work = async {
        let reply = match &incoming {
            // A gateway that sends a request to the wrong function must not make it act: a GET would unbind.
            Ok(incoming) if incoming.operation.function() != function => {
                Reply::problem(&Problem::new(Code::NotFound), &frame)
            }
            Ok(incoming) => reply(handler, incoming, &frame).await,
            Err(problem) => Reply::problem(problem, &frame),
        };
        over(reply, &frame)
    };
    current.scope(work).await
}

/// Writes the request's line.
fn over(reply: Reply, frame: &Frame) -> Response {
    current::finish(reply.outcome(), reply.status());
    reply.into_response(frame.language)
}

/// The handler's reply, or what is said when it takes too long or panics. Release builds abort when it panics.
async fn reply<H>(handler: &H, incoming: &Incoming, frame: &Frame) -> Reply
where
    H: AsyncFn(&Incoming, &Frame) -> Reply,
{
    current::about_operation(incoming.operation.name());
    let mut work = Box::pin(handler(incoming, frame));
    let caught =
        std::future::poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Code::Internal)),
        });
    let in_time = tokio::time::timeout(incoming.deadline.left() + OVERRUN, caught).await;
    in_time.unwrap_or(Err(Code::Unavailable)).unwrap_or_else(|code| Reply::problem(&Problem::new(code), frame))
}

/// What a handler's error becomes: logged once, here, with its causes where it is not the caller's.
#[must_use]
pub fn problem_of(error: &crate::error::Error, provider: Option<&crate::domain::provider::Provider>) -> Problem {
    let problem = Problem::of(error, provider);
    if problem.code.status() >= 500 {
        let provider = provider.map(|provider| provider.id);
        tracing::error!(reason = problem.code.name(), provider, error = %InWords(error), "request failed");
    }
    problem
}

#[cfg(test)]
mod tests;
