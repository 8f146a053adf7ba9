//! The workers of one function and the invocations that wait for them.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use axum::body::Bytes;
use tokio::{
    sync::{Notify, oneshot, watch},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    Function,
    crew::{Failure, Handout, Invocation, Job, Phase, State, Worker, WorkerId},
    ids::invocation_id,
    output::Output,
};

const STOP_MAX: Duration = Duration::from_secs(2);

/// Runs one worker until it ends or is told to, and says how it ended.
pub(crate) type Launch = Box<dyn Fn(WorkerId, Arc<Notify>) -> Running + Send + Sync>;
/// A worker at work.
pub(crate) type Running = Pin<Box<dyn Future<Output = String> + Send>>;

/// The workers of one function. Each is a process of its own and has one invocation at a time.
pub(crate) struct Pool {
    pub(crate) function: &'static Function,
    workers_max: usize,
    launch: Launch,
    output: Output,
    state: Mutex<State>,
    tasks: Mutex<JoinSet<()>>,
    start: watch::Sender<Start>,
}

/// How the function's first worker fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// It has not asked for an invocation yet.
    Pending,
    /// It has.
    Ready,
    /// It ended before; this is how.
    Failed(String),
}

impl Pool {
    pub(crate) fn new(function: &'static Function, workers_max: usize, output: Output, launch: Launch) -> Arc<Self> {
        Arc::new(Self {
            function,
            workers_max: workers_max.max(1),
            launch,
            output,
            state: Mutex::default(),
            tasks: Mutex::default(),
            start: watch::Sender::new(Start::Pending),
        })
    }

    /// Starts the first worker; the future resolves when it asks for an invocation, or ends before.
    pub(crate) fn begin_start(self: &Arc<Self>) -> impl Future<Output = Result<(), String>> + use<> {
        let mut start = self.start.subscribe();
        self.keep_one();
        async move {
            let settled = start.wait_for(|it| *it != Start::Pending).await.map(|it| it.clone());
            match settled {
                Ok(Start::Failed(reason)) => Err(reason),
                _ => Ok(()),
            }
        }
    }

    /// Has a worker answer `event`.
    pub(crate) async fn invoke(self: &Arc<Self>, trace_id: String, event: Bytes) -> Result<Bytes, Failure> {
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.state();
            if state.stopping {
                return Err(Failure("is gone, as the run ends".to_owned()));
            }
            state.queue.push_back(Invocation { trace_id, event, answer });
            self.hand_out(&mut state);
        }
        answered.await.unwrap_or_else(|_| Err(Failure("is gone, as the run ends".to_owned())))
    }

    /// A worker asks for its next invocation; none when it is not one of ours any more.
    pub(crate) fn next(self: &Arc<Self>, id: WorkerId) -> Option<oneshot::Receiver<Handout>> {
        let mut state = self.state();
        let worker = state.workers.get_mut(&id)?;
        let (sender, receiver) = oneshot::channel();
        worker.phase = Phase::Idle(sender);
        state.failed_starts = 0;
        self.start.send_replace(Start::Ready);
        self.hand_out(&mut state);
        Some(receiver)
    }

    /// A worker answers its invocation; false when it has no such one.
    pub(crate) fn complete(&self, id: WorkerId, request_id: &str, result: Result<Bytes, Failure>) -> bool {
        let mut state = self.state();
        let Some(worker) = state.workers.get_mut(&id) else { return false };
        if !matches!(&worker.phase, Phase::Busy(job) if job.request_id == request_id) {
            return false;
        }
        if let Phase::Busy(job) = std::mem::replace(&mut worker.phase, Phase::Answered) {
            job.finish(result);
        }
        true
    }

    /// Tells every worker to end at once, as a crash would; returns how many there were.
    pub(crate) fn kill_workers(&self) -> usize {
        let mut state = self.state();
        for worker in state.workers.values_mut() {
            worker.kill.notify_one();
            // What comes next waits for a replacement instead of going to the dying,
            // and dying on demand is not a failed start.
            if matches!(worker.phase, Phase::Idle(_) | Phase::Starting) {
                worker.phase = Phase::Answered;
            }
        }
        state.workers.len()
    }

    /// Ends every worker and waits for them.
    pub(crate) async fn stop(&self) {
        self.begin_stop();
        self.kill_workers();
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        let ended = async { while tasks.join_next().await.is_some() {} };
        if timeout(STOP_MAX, ended).await.is_err() {
            tasks.shutdown().await;
        }
    }

    /// Ends every worker without waiting: the processes die with the tasks that own them.
    pub(crate) fn abort(&self) {
        self.begin_stop();
        lock(&self.tasks).abort_all();
    }

    /// Says something about the function to whoever watches the run.
    pub(crate) fn tell(&self, line: &str) {
        self.output.tell(self.function.name, line);
    }

    fn begin_stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        state.queue.clear();
    }

    fn hand_out(self: &Arc<Self>, state: &mut State) {
        while let Some((id, idle)) = state.take_idle_worker() {
            let Some(Invocation { trace_id, event, answer }) = state.queue.pop_front() else {
                state.set_phase(id, Phase::Idle(idle));
                return;
            };
            let request_id = invocation_id();
            let deadline = SystemTime::now() + self.function.timeout;
            let handout = Handout { request_id: request_id.clone(), trace_id: trace_id.clone(), event, deadline };
            match idle.send(handout) {
                Ok(()) => {
                    let overrun = self.watch_overrun(id, request_id.clone());
                    state.set_phase(id, Phase::Busy(Job { request_id, answer, overrun }));
                }
                // The worker hung up before it could be given anything.
                Err(Handout { event, .. }) => {
                    state.queue.push_front(Invocation { trace_id, event, answer });
                }
            }
        }
        self.grow(state);
    }

    fn grow(self: &Arc<Self>, state: &mut State) {
        let coming = |it: &&Worker| matches!(it.phase, Phase::Starting | Phase::Answered);
        let mut coming = state.workers.values().filter(coming).count();
        // After a failed start the replacement alone shows whether another one helps.
        while state.queue.len() > coming
            && state.workers.len() < self.workers_max
            && state.failed_starts == 0
            && !state.stopping
        {
            self.launch(state);
            coming += 1;
        }
    }

    fn launch(self: &Arc<Self>, state: &mut State) {
        let id = state.next_worker;
        state.next_worker += 1;
        let kill = Arc::new(Notify::new());
        let running = (self.launch)(id, Arc::clone(&kill));
        state.workers.insert(id, Worker { phase: Phase::Starting, kill });
        let pool = Arc::clone(self);
        self.spawn(async move {
            let reason = running.await;
            pool.worker_ended(id, &reason);
        });
    }

    fn worker_ended(self: &Arc<Self>, id: WorkerId, reason: &str) {
        let mut state = self.state();
        let Some(worker) = state.workers.remove(&id) else { return };
        if state.stopping {
            if let Phase::Busy(job) = worker.phase {
                job.finish(Err(Failure(reason.to_owned())));
            }
            return;
        }
        self.tell(&format!("a worker {reason}"));
        match worker.phase {
            Phase::Busy(job) => job.finish(Err(Failure(reason.to_owned()))),
            Phase::Starting => {
                state.failed_starts += 1;
                self.start.send_if_modified(|start| {
                    let first = *start == Start::Pending;
                    if first {
                        *start = Start::Failed(reason.to_owned());
                    }
                    first
                });
                if state.workers.is_empty() {
                    for invocation in state.queue.drain(..) {
                        // Nobody may be waiting any more.
                        let _ = invocation.answer.send(Err(Failure(reason.to_owned())));
                    }
                }
            }
            Phase::Idle(_) | Phase::Answered => {}
        }
        let delay = state.back_off();
        let pool = Arc::clone(self);
        self.spawn(async move {
            sleep(delay).await;
            pool.keep_one();
        });
    }

    fn keep_one(self: &Arc<Self>) {
        let mut state = self.state();
        if state.workers.is_empty() && !state.stopping {
            self.launch(&mut state);
        }
        self.grow(&mut state);
    }

    fn watch_overrun(self: &Arc<Self>, id: WorkerId, request_id: String) -> AbortHandle {
        let pool = Arc::clone(self);
        self.spawn(async move {
            sleep(pool.function.timeout).await;
            let timed_out = Failure(format!("timed out after {:?}", pool.function.timeout));
            if pool.complete(id, &request_id, Err(timed_out)) {
                pool.kill(id);
            }
        })
    }

    fn kill(&self, id: WorkerId) {
        if let Some(worker) = self.state().workers.get(&id) {
            worker.kill.notify_one();
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// What a panicking task leaves behind is whole enough: every change here is made in one go.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
