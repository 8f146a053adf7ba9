//! What a function did over the network, and how many steps of it came one after the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// One step: a connection that is opened, or a request with its answer.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// With whom.
    pub(crate) service: &'static str,
    /// What: an operation, method and path, or [`CONNECT`].
    pub(crate) what: String,
    /// When the other side saw the beginning.
    pub(crate) begin: Instant,
    /// When the other side was done.
    pub(crate) end: Instant,
}

/// How a connection that is opened is named. TCP and TLS together count as one step.
pub(crate) const CONNECT: &str = "connect";

/// All steps, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps(Arc<Mutex<Vec<Step>>>);

impl Steps {
    /// Notes one that is over.
    pub(crate) fn add(&self, step: Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    /// Those that began between two moments.
    pub(crate) fn between(&self, begin: Instant, end: Instant) -> Summary {
        let steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let within = steps.iter().filter(|it| begin <= it.begin && it.begin < end);
        Summary::of(within.cloned().collect())
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The steps of one invocation, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Connections that were opened.
    pub(crate) connections: usize,
    /// Requests that were answered.
    pub(crate) requests: usize,
    /// How many steps came one after the other, at the most: what a longer way to the network multiplies.
    pub(crate) in_a_row: usize,
    /// In words, in the order in which they began.
    pub(crate) what: Vec<String>,
}

impl Summary {
    fn of(mut steps: Vec<Step>) -> Self {
        steps.sort_by_key(|it| it.begin);
        let connections = steps.iter().filter(|it| it.what == CONNECT).count();
        let intervals: Vec<_> = steps.iter().map(|it| (it.begin, it.end)).collect();
        Self {
            connections,
            requests: steps.len() - connections,
            in_a_row: longest_chain(intervals),
            what: steps.iter().map(|it| format!("{} {}", it.service, it.what)).collect(),
        }
    }
}

/// The most intervals of which each begins when the one before is over. Whoever ends first leaves most room.
fn longest_chain<T: Ord + Copy>(mut intervals: Vec<(T, T)>) -> usize {
    intervals.sort_by_key(|(_, end)| *end);
    let (mut length, mut free_from) = (0, None);
    for (begin, end) in intervals {
        if free_from.is_none_or(|free_from| free_from <= begin) {
            length += 1;
            free_from = Some(end);
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_happens_at_once_is_one_step() {
        assert_eq!(longest_chain(vec![(0, 10), (1, 9), (2, 11)]), 1);
    }

    #[test]
    fn what_waits_for_the_one_before_is_another() {
        assert_eq!(longest_chain(vec![(0, 10), (10, 20), (25, 30)]), 3);
        assert_eq!(longest_chain::<u8>(Vec::new()), 0);
    }

    #[test]
    fn the_longer_of_two_branches_counts() {
        // One long request beside a connection and two requests.
        assert_eq!(longest_chain(vec![(0, 100), (0, 10), (12, 20), (22, 90)]), 3);
    }

    #[test]
    fn only_what_began_in_time_is_counted() {
        let (steps, start) = (Steps::default(), Instant::now());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let step =
            |what: &str, begin, end| Step { service: "kms", what: what.to_owned(), begin: at(begin), end: at(end) };
        for it in [step(CONNECT, 0, 2), step("Decrypt", 3, 5), step("Decrypt", 8, 9)] {
            steps.add(it);
        }
        let summary = steps.between(at(0), at(8));
        assert_eq!((summary.connections, summary.requests, summary.in_a_row), (1, 1, 2));
        assert_eq!(summary.what, ["kms connect", "kms Decrypt"]);
        steps.clear();
        assert_eq!(steps.between(at(0), at(9)).requests, 0);
    }
}
