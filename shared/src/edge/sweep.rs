//! The function `sweeper`: no HTTP, one run for each invocation of the schedule.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;

use super::log::{SWEEP, current};
use super::serve::problem_of;
use crate::config::Environment;
use crate::domain::deadline::Deadline;
use crate::domain::timestamp::Timestamp;
use crate::error::BoxError;
use crate::flow::sweep::{Report, SweepProviders, SweepRules, SweepStore, sweep};
use crate::ports::{Client, Open, PublishEvents, Seal, World};
use crate::providers;

/// A run ends within this: the schedule's next one is never far.
pub const BUDGET: Duration = Duration::from_secs(280);

/// How many calls of verification one host gets in one run.
const CALLS_PER_HOST_MAX: usize = 60;

/// The name of the function.
const NAME: &str = "sweeper";

/// What an invocation is answered, for people who invoke by hand.
#[derive(Debug, Serialize)]
struct Answer {
    outcome: &'static str,
    handled: u64,
}

/// Reads the configuration.
///
/// # Errors
/// When a variable is missing or malformed.
pub fn rules<F: Fn(&str) -> Option<String>>(
    environment: &Environment<F>,
    clients: Vec<Client>,
) -> Result<SweepRules, BoxError> {
    let base = |&provider| Ok((provider, environment.base(provider)?));
    Ok(SweepRules {
        clients,
        policy: environment.addresses()?,
        bases: providers::ALL.iter().map(base).collect::<Result<_, BoxError>>()?,
        key_id: environment.kms_key_id()?,
        calls_per_host_max: CALLS_PER_HOST_MAX,
    })
}

/// Runs the sweeper for each invocation until the platform ends the process. What the schedule sends is not looked at.
///
/// # Errors
/// When the platform's interface fails.
pub async fn serve<C: Seal + Open>(
    world: &World<impl SweepStore, C, impl SweepProviders>,
    bus: &impl PublishEvents,
    rules: &SweepRules,
) -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        let context = event.context;
        let current =
            current::Current::new(NAME, &context.request_id, context.xray_trace_id.as_deref(), Instant::now());
        let platform = i64::try_from(context.deadline).ok().map(Timestamp::from_milliseconds);
        Ok::<_, Infallible>(current.scope(run(world, bus, rules, platform)).await)
    }))
    .await
}

async fn run<C: Seal + Open>(
    world: &World<impl SweepStore, C, impl SweepProviders>,
    bus: &impl PublishEvents,
    rules: &SweepRules,
    platform: Option<Timestamp>,
) -> Answer {
    current::about_operation("sweep");
    let now = Timestamp::now();
    let deadline = Deadline::new(BUDGET, platform, now);
    match Box::pin(sweep(world, bus, rules, deadline, now)).await {
        Ok(report) => {
            tell(&report);
            current::finish("swept", 200);
            Answer { outcome: "swept", handled: report.handled }
        }
        Err(error) => {
            let code = problem_of(&error, None).code;
            current::finish(code.name(), code.status());
            Answer { outcome: code.name(), handled: 0 }
        }
    }
}

/// The run's own line: what it did, by kind.
fn tell(report: &Report) {
    let Report { handled, published, revoked, verified, refreshed, .. } = *report;
    let Report { notified, ended, resealed, put_off, failed, oldest_due_seconds, .. } = *report;
    tracing::info!(
        target: SWEEP,
        handled,
        published,
        revoked,
        verified,
        refreshed,
        notified,
        ended,
        resealed,
        put_off,
        failed,
        oldest_due_seconds,
        "swept"
    );
}
