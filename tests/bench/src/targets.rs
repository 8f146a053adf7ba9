//! What is to be reached, as ratios of what was measured in one run, and steps that were counted.

use std::collections::BTreeMap;

use crate::baselines::{CARGO_ADD, FLOOR, NODE_PUT};
use crate::measure::Measured;
use crate::scene::Subject;
use crate::statistics::{median, ratio};

/// One target and what came of it.
#[derive(Debug)]
pub(crate) struct Target {
    /// In words.
    pub(crate) what: String,
    /// The most that is wanted.
    pub(crate) limit: String,
    /// What was measured.
    pub(crate) reached: String,
    /// Whether it is reached; `None` when it was not measured.
    pub(crate) is_reached: Option<bool>,
}

/// What was measured, by subject.
pub(crate) type All = BTreeMap<&'static str, Measured>;

/// Which figures of a subject are compared.
pub(crate) type Pick = fn(&Measured) -> &Vec<f64>;

/// Ours, what of it, the other, and how much of that ours may be.
const RATIOS: [(&str, &str, Pick, &str, f64); 10] = [
    ("oauth-start", "init", |it| &it.init, FLOOR, 1.6),
    ("oauth-start", "CPU to the first answer", |it| &it.cpu_cold, FLOOR, 2.7),
    ("oauth-start", "cold at 128 MB", |it| &it.capped, NODE_PUT, 0.02),
    ("oauth-start", "cold at 128 MB", |it| &it.capped, CARGO_ADD, 0.05),
    ("oauth-start", "CPU per later call", |it| &it.cpu_warm, NODE_PUT, 0.15),
    ("oauth-start", "peak memory", |it| &it.memory, NODE_PUT, 0.15),
    ("status", "init", |it| &it.init, FLOOR, 1.6),
    ("status", "CPU to the first answer", |it| &it.cpu_cold, FLOOR, 2.7),
    ("status", "CPU per later call", |it| &it.cpu_warm, NODE_PUT, 0.15),
    ("status", "peak memory", |it| &it.memory, NODE_PUT, 0.15),
];

/// Functions that may take twice as long to their first answer as `oauth-start`, and their own steps besides.
const TWICE: [&str; 3] = ["token-bind", "oauth-callback", "unbind"];

/// The most steps in a row of a later call, and of what they are.
const STEPS: [(&str, usize, &str); 6] = [
    ("oauth-start", 1, "the write"),
    ("status", 1, "the query"),
    ("unbind", 1, "the write"),
    ("unbind, revoking", 2, "the write, the provider"),
    ("token-bind", 3, "a connection to the provider, two questions at once and the data key beside them, the write"),
    ("oauth-callback", 4, "the write, the exchange, the account, the write"),
];

/// The most bytes of a zip.
const ZIP: u64 = 3_000_000;

/// All targets.
pub(crate) fn targets(all: &All, subjects: &[&Subject], step: f64) -> Vec<Target> {
    let mut targets: Vec<_> = RATIOS.iter().map(|it| of_ratio(all, it)).collect();
    targets.extend(TWICE.iter().filter_map(|name| of_cold(all, name, step)));
    targets.extend(STEPS.iter().filter_map(|it| of_steps(all, it)));
    let largest = subjects.iter().filter(|it| it.is_ours).max_by_key(|it| it.zip);
    targets.extend(largest.map(|Subject { name, zip, .. }| Target {
        what: format!("largest zip (`{name}`)"),
        limit: format!("{ZIP} bytes"),
        reached: format!("{zip} bytes"),
        is_reached: Some(*zip < ZIP),
    }));
    targets
}

fn of_ratio(all: &All, (ours, what, pick, theirs, limit): &(&str, &str, Pick, &str, f64)) -> Target {
    let values = all.get(ours).map(pick).zip(all.get(theirs).map(pick));
    let measured = values.filter(|(one, other)| !one.is_empty() && !other.is_empty());
    let ratio = measured.map(|(one, other)| ratio(one, other));
    Target {
        what: format!("`{ours}`: {what}, to {theirs}"),
        limit: format!("{limit} ×"),
        reached: ratio.map_or_else(
            || "not measured".to_owned(),
            |it| format!("{:.3} × ({:.3} to {:.3})", it.value, it.low, it.high),
        ),
        is_reached: ratio.map(|it| it.value <= *limit),
    }
}

fn of_cold(all: &All, name: &str, step: f64) -> Option<Target> {
    let (ours, start) = (all.get(name)?, all.get("oauth-start")?);
    let steps = |it: &Measured| it.steps[0].in_a_row + it.steps[1].in_a_row;
    let more = steps(ours).saturating_sub(steps(start));
    #[expect(clippy::cast_precision_loss, reason = "there are a few steps")]
    let limit = 2.0 * median(&start.cold) + more as f64 * step;
    let cold = median(&ours.cold);
    Some(Target {
        what: format!("`{name}`: cold, to `oauth-start`'s and {more} steps of {step} ms more"),
        limit: format!("2 × and steps: {limit:.2} ms"),
        reached: format!("{cold:.2} ms ({:.2} ×)", cold / median(&start.cold)),
        is_reached: Some(cold <= limit),
    })
}

fn of_steps(all: &All, (name, limit, what): &(&str, usize, &str)) -> Option<Target> {
    let steps = all.get(name)?.steps[2].in_a_row;
    Some(Target {
        what: format!("`{name}`: steps in a row of a later call ({what})"),
        limit: limit.to_string(),
        reached: steps.to_string(),
        is_reached: Some(steps <= *limit),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Summary;

    fn measured(cold: f64, in_a_row: usize) -> Measured {
        let steps = || Summary { in_a_row, ..Summary::default() };
        Measured {
            cold: vec![cold; 3],
            init: vec![cold; 3],
            steps: [Summary::default(), steps(), steps()],
            ..Measured::default()
        }
    }

    #[test]
    fn a_target_is_reached_up_to_its_limit() {
        let all: All =
            [("oauth-start", measured(1.6, 1)), (FLOOR, measured(1.0, 0)), ("unbind", measured(3.3, 2))].into();
        let of = |what: &str| targets(&all, &[], 1.0).into_iter().find(|it| it.what.starts_with(what)).unwrap();
        assert_eq!(of("`oauth-start`: init").is_reached, Some(true));
        assert_eq!(of("`oauth-start`: peak").is_reached, None);
        // Twice 1.6, and one step more.
        assert_eq!(
            (of("`unbind`: cold").is_reached, &*of("`unbind`: cold").limit),
            (Some(true), "2 × and steps: 4.20 ms")
        );
        assert_eq!(of("`unbind`: steps").is_reached, Some(false));
    }
}
