//! The protocol as a model that a checker searches through: every order of steps, with duplicates, lost answers, late
//! writes, crashes and expiry, within bounds.
//!
//! A **case** says who asks for what, what is there before, and how much may go wrong. Each request goes through its
//! **flow** step by step, as `shared/src/flow` does; each write has the condition of `shared/src/adapter/dynamo`, and
//! may be delivered, delivered with its answer lost, or left in the network to land at any time later; calls to the
//! provider may fail, unheard or not; a function may be killed at any step. Transactions are not credited with the
//! storage's own way of telling repetitions, so that their conditions are shown to be enough.
//!
//! The **invariants** must hold in every state, what is to be **shown** must be reachable, and without any one of the
//! **rules** the checker must find a state in which an invariant fails. A path that breaks one is printed as the steps
//! that lead to it.
#![expect(clippy::expect_used, clippy::panic, reason = "a panic is how a check fails")]

mod aim;
mod broken;
mod case;
mod cases;
mod flows;
mod invariants;
mod outside;
mod protocol;
mod refresh;
mod rules;
mod shown;
mod storage;
mod world;

use std::{collections::BTreeSet, fs, path::Path};

use stateright::{Checker as _, Model as _};

use case::Case;
use invariants::{ALWAYS, Named};
use shown::SOMETIMES;

/// Searches a case through and fails where an invariant does, or where one of `shown` never comes about.
#[track_caller]
fn holds(case: Case, shown: &[&'static str]) {
    let checker = case.checker().threads(2).spawn_bfs().join();
    for named in ALWAYS {
        if let Some(path) = checker.discovery(named.name) {
            let steps: Vec<_> = path.clone().into_actions().iter().map(|it| format!("{it:?}")).collect();
            panic!("{}\n{}\n{:?}", named.name, steps.join("\n"), path.last_state());
        }
    }
    for name in shown {
        assert!(SOMETIMES.iter().any(|it| it.name == *name), "{name} is no property");
        assert!(checker.discovery(name).is_some(), "{name}: never seen");
    }
    let states = checker.unique_state_count();
    assert!(states > 1000, "{states} states are hardly a search");
}

#[test]
fn every_invariant_names_its_requirement_and_scenarios_that_exist() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let exists = |scenario: &str| {
        let (file, test) = scenario.split_once("::").expect("a file and a test");
        let source = fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap_or_default();
        source.contains(&format!("fn {test}()"))
    };
    for Named { name, scenarios, .. } in ALWAYS {
        assert!(name.starts_with("R-") || name.starts_with("S-"), "{name}");
        assert!(!scenarios.is_empty(), "{name} names no scenario");
        let missing: Vec<_> = scenarios.iter().filter(|it| !exists(it)).collect();
        assert!(missing.is_empty(), "{name} names {missing:?}");
    }
    let names: BTreeSet<_> = ALWAYS.iter().chain(SOMETIMES).map(|it| it.name).collect();
    assert_eq!(names.len(), ALWAYS.len() + SOMETIMES.len(), "every property has a name of its own");
}
