//! The request in hand, as the log knows it: every line written on its behalf carries its id, and its own line says
//! how it ended.

use std::cell::OnceCell;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::domain::owner::{Owner, User};

/// Whether this process has not had a request yet.
static IS_COLD: AtomicBool = AtomicBool::new(true);

tokio::task_local! {
    /// Not a span: one request is in hand at a time, and a span costs each event a walk.
    static CURRENT: Current;
}

/// A request in hand.
#[derive(Debug)]
pub struct Current {
    pub(super) function: &'static str,
    pub(super) request_id: String,
    trace_id: Option<String>,
    started: Instant,
    is_cold: bool,
    operation: OnceCell<&'static str>,
    provider: OnceCell<&'static str>,
    owner: OnceCell<String>,
}

impl Current {
    /// The request `request_id` of `function`, taken up when `started` says. `trace` is what the platform sent of
    /// X-Ray.
    #[must_use]
    pub fn new(function: &'static str, request_id: &str, trace: Option<&str>, started: Instant) -> Self {
        let root = trace.and_then(|trace| trace.split(';').find_map(|part| part.trim().strip_prefix("Root=")));
        Self {
            function,
            request_id: request_id.to_owned(),
            trace_id: root.map(str::to_owned),
            started,
            is_cold: IS_COLD.swap(false, Ordering::Relaxed),
            operation: OnceCell::new(),
            provider: OnceCell::new(),
            owner: OnceCell::new(),
        }
    }

    /// Runs `work` as part of this request.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

/// Notes what the request asks for.
pub fn about_operation(name: &'static str) {
    with(|current| _ = current.operation.set(name));
}

/// Notes which provider it is about.
pub fn about_provider(id: &'static str) {
    with(|current| _ = current.provider.set(id));
}

/// Notes whose bindings it is about.
pub fn about_owner(owner: &Owner) {
    with(|current| _ = current.owner.set(owner.hash()));
}

/// Notes who calls, where no owner is named.
pub fn about_caller(user: &User) {
    about_owner(&Owner::User(user.clone()));
}

/// Hash of the owner it is about, if that is known.
#[must_use]
pub fn owner() -> Option<String> {
    with(|current| current.owner.get().cloned()).flatten()
}

/// Writes the request's one line: it is over.
pub fn finish(outcome: &str, status: u16) {
    with(|current| {
        let Current { trace_id, started, is_cold, operation, provider, owner, .. } = current;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            target: super::REQUEST,
            trace_id = trace_id.as_deref(),
            owner = owner.get().map(String::as_str),
            provider = provider.get(),
            operation = operation.get(),
            outcome,
            status,
            milliseconds,
            cold_start = is_cold.then_some(true),
            "request"
        );
    });
}

/// What is known of the request in hand; `None` between requests.
pub(super) fn with<R>(read: impl FnOnce(&Current) -> R) -> Option<R> {
    CURRENT.try_with(read).ok()
}
