//! Measuring: fresh processes in turns, so that whatever else the machine does hits all alike.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::cap::Cap;
use crate::events;
use crate::process;
use crate::scene::{Scene, Subject};
use crate::statistics::{median, percentile};
use crate::steps::Summary;
use crate::worker::{Call, Worker};

/// Everything that was measured of one subject, a value per round unless said otherwise. Times are in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// From spawn to the first poll.
    pub(crate) init: Vec<f64>,
    /// From spawn to the first answer.
    pub(crate) cold: Vec<f64>,
    /// Processor time to the first answer.
    pub(crate) cpu_cold: Vec<f64>,
    /// From spawn to the first answer, with the processor of a Lambda of 128 MB.
    pub(crate) capped: Vec<f64>,
    /// Latency of each later call, of all rounds.
    pub(crate) warm: Vec<f64>,
    /// Processor time per later call.
    pub(crate) cpu_warm: Vec<f64>,
    /// Peak memory, in MiB.
    pub(crate) memory: Vec<f64>,
    /// What it did over the network while it started, at the first call, and at a later one.
    pub(crate) steps: [Summary; 3],
}

impl Measured {
    /// The latency that half of the later calls do not exceed, and that 99 of 100 do not.
    pub(crate) fn warm_percentiles(&self) -> (f64, f64) {
        (median(&self.warm), percentile(&self.warm, 0.99))
    }
}

impl Measured {
    /// Adds the rounds of another measurement of the same.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.init.append(&mut other.init);
        self.cold.append(&mut other.cold);
        self.cpu_cold.append(&mut other.cpu_cold);
        self.capped.append(&mut other.capped);
        self.warm.append(&mut other.warm);
        self.cpu_warm.append(&mut other.cpu_warm);
        self.memory.append(&mut other.memory);
        self.steps = other.steps;
    }
}

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Fresh processes of each subject.
    pub(crate) rounds: usize,
    /// Later calls in each.
    pub(crate) calls: u32,
}

/// Later calls that are not counted: connections are opened and caches filled.
const UNCOUNTED: u32 = 3;

/// Measures all subjects in turns. `capped` are those that are also started with a capped processor.
///
/// # Errors
/// When one fails.
pub(crate) fn measure(
    scene: &Scene,
    subjects: &[&Subject],
    plan: Plan,
    is_capped: bool,
    tell: &mut dyn FnMut(usize),
) -> Result<BTreeMap<&'static str, Measured>, Failure> {
    let mut all: BTreeMap<&'static str, Measured> = BTreeMap::new();
    for round in 0..plan.rounds {
        tell(round);
        for subject in subjects {
            let measured = all.entry(subject.name).or_default();
            free(scene, subject, plan, measured).map_err(|error| format!("{}: {error}", subject.name))?;
            if is_capped {
                measured.capped.push(capped(subject).map_err(|error| format!("{}: {error}", subject.name))?);
            }
        }
    }
    Ok(all)
}

/// One process on a free processor.
fn free(scene: &Scene, subject: &Subject, plan: Plan, measured: &mut Measured) -> Result<(), Failure> {
    scene.stand_in.steps.clear();
    let mut worker = Worker::start(&subject.program)?;
    let first = successful(&mut worker, subject)?;
    measured.init.push(milliseconds(worker.polled - worker.started));
    measured.cold.push(milliseconds(first.answered - worker.started));
    measured.cpu_cold.push(milliseconds(first.cpu));
    for _ in 0..UNCOUNTED {
        successful(&mut worker, subject)?;
    }
    // The answer of a connection that closes late is not there yet when its caller is done.
    let steps = &scene.stand_in.steps;
    let (before, mut latest) = (process::cpu(worker.process()), Instant::now());
    for _ in 0..plan.calls {
        latest = Instant::now();
        measured.warm.push(milliseconds(successful(&mut worker, subject)?.latency()));
    }
    let spent = process::cpu(worker.process()).saturating_sub(before);
    measured.cpu_warm.push(milliseconds(spent) / f64::from(plan.calls.max(1)));
    #[expect(clippy::cast_precision_loss, reason = "memory in KiB is a small number")]
    measured.memory.push(process::peak_memory(worker.process()) as f64 / 1024.0);
    measured.steps = [
        steps.between(worker.started, first.sent),
        steps.between(first.sent, first.answered),
        steps.between(latest, Instant::now()),
    ];
    Ok(())
}

/// From spawn to the first answer, with all of a processor until the first poll and a share of it afterwards.
fn capped(subject: &Subject) -> Result<f64, Failure> {
    let cap = Cap::new()?;
    let mut worker = Worker::start(&subject.program)?;
    cap.take_in(worker.process())?;
    let first = successful(&mut worker, subject)?;
    let taken = taken([worker.started, worker.polled], [first.sent, first.answered]);
    drop(worker);
    drop(cap);
    Ok(milliseconds(taken))
}

/// Its start and its call, without what is between: to move a process into a group takes the kernel ten milliseconds, in
/// which the process has asked for an event and waits.
fn taken([started, polled]: [Instant; 2], [sent, answered]: [Instant; 2]) -> Duration {
    (polled - started) + (answered - sent)
}

fn successful(worker: &mut Worker, subject: &Subject) -> Result<Call, Failure> {
    let call = worker.invoke(&subject.event)?;
    if events::is_success(&call.body) {
        return Ok(call);
    }
    Err(String::from_utf8_lossy(&call.body).into())
}

/// A duration as a number.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_benchmark_does_in_between_is_not_the_time_of_a_function() {
        let started = Instant::now();
        let after = |milliseconds| started + Duration::from_millis(milliseconds);
        assert_eq!(taken([started, after(2)], [after(12), after(15)]), Duration::from_millis(5));
    }
}
