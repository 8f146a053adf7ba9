//! Who works for one function right now, and on what.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::body::Bytes;
use tokio::{
    sync::{Notify, oneshot},
    task::AbortHandle,
};

const BACK_OFF_MIN: Duration = Duration::from_millis(200);
const BACK_OFF_MAX: Duration = Duration::from_secs(5);

/// Tells the workers of one function apart; never used twice.
pub(crate) type WorkerId = u64;

/// Why an invocation brought no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

/// An invocation as a worker gets it.
pub(crate) struct Handout {
    pub(crate) request_id: String,
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
    pub(crate) deadline: SystemTime,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) queue: VecDeque<Invocation>,
    pub(crate) workers: BTreeMap<WorkerId, Worker>,
    pub(crate) next_worker: WorkerId,
    pub(crate) failed_starts: u32,
    pub(crate) stopping: bool,
}

pub(crate) struct Worker {
    pub(crate) phase: Phase,
    pub(crate) kill: Arc<Notify>,
}

pub(crate) enum Phase {
    /// Launched; has not asked for an invocation yet.
    Starting,
    /// Waits for an invocation.
    Idle(oneshot::Sender<Handout>),
    Busy(Job),
    /// Has answered, and will ask for the next one.
    Answered,
}

pub(crate) struct Job {
    pub(crate) request_id: String,
    pub(crate) answer: oneshot::Sender<Result<Bytes, Failure>>,
    pub(crate) overrun: AbortHandle,
}

pub(crate) struct Invocation {
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
    pub(crate) answer: oneshot::Sender<Result<Bytes, Failure>>,
}

impl State {
    pub(crate) fn take_idle_worker(&mut self) -> Option<(WorkerId, oneshot::Sender<Handout>)> {
        self.workers.iter_mut().find_map(|(id, worker)| {
            if !matches!(worker.phase, Phase::Idle(_)) {
                return None;
            }
            match std::mem::replace(&mut worker.phase, Phase::Answered) {
                Phase::Idle(idle) => Some((*id, idle)),
                _ => None,
            }
        })
    }

    pub(crate) fn set_phase(&mut self, id: WorkerId, phase: Phase) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.phase = phase;
        }
    }

    pub(crate) fn back_off(&self) -> Duration {
        match self.failed_starts {
            0 => Duration::ZERO,
            failed => BACK_OFF_MAX.min(BACK_OFF_MIN * 2_u32.saturating_pow(failed - 1)),
        }
    }
}

impl Job {
    pub(crate) fn finish(self, result: Result<Bytes, Failure>) {
        self.overrun.abort();
        // The caller may have hung up.
        let _ = self.answer.send(result);
    }
}
