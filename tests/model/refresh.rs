//! The protocol of refreshing as a model of its own: attempts that take turns, a provider whose refresh tokens are good
//! once and which ends a family of tokens when one is used again, an unbinding and a renewal that come at any time, lost
//! answers, crashes, and turns that are over while their holder still waits.

use stateright::{Checker as _, HasDiscoveries, Model, Property};

use state::{At, Row, State, Told};

mod state;

/// A condition or step of the protocol that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A turn is taken only where there is none, or where the one that was seen is over.
    TurnFree,
    /// The turn that is taken over leaves a mark.
    TakeOverNoted,
    /// A lost answer leaves a mark.
    LossNoted,
    /// The successor is saved before it is used.
    SaveFirst,
    /// It replaces the credential that was refreshed and no other.
    SaveMark,
    /// The verdict is about the credential that was judged and no other.
    JudgeMark,
    /// A refusal is looked at again.
    SecondLook,
    /// A successor that nobody holds is taken back.
    Discard,
    /// A turn is given back by its holder alone.
    OwnTurn,
}

/// A case: how many attempts, and what may go wrong.
#[derive(Clone, Debug)]
struct Case {
    attempts: u8,
    faults: u8,
    crashes: u8,
    /// Whether an unbinding and a renewal may come.
    changes: bool,
    without: Option<Rule>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Step(usize),
    /// The write takes effect, or the provider acts, and the answer is lost.
    Lose(usize),
    Kill(usize),
    /// The time of the turn is over, whatever its holder does.
    EndTurn,
    Unbind,
    Renew,
}

impl Model for Case {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.attempts, self.faults, self.crashes)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (index, attempt) in state.attempts.iter().enumerate() {
            if matches!(attempt.at, At::Over(_) | At::Killed) {
                continue;
            }
            actions.push(Action::Step(index));
            if state.faults > 0 && matches!(attempt.at, At::Present { .. } | At::Save) {
                actions.push(Action::Lose(index));
            }
            if state.crashes > 0 {
                actions.push(Action::Kill(index));
            }
        }
        let turn = state.row.as_ref().and_then(|row| row.turn);
        if let Some((holder, false)) = turn {
            // Its holder is gone, or too slow; a process that has not sent anything looks at the clock first.
            let at = state.attempts[usize::from(holder)].at;
            if matches!(at, At::Over(_) | At::Killed | At::Save | At::Present { .. }) {
                actions.push(Action::EndTurn);
            }
        }
        if self.changes && state.row.is_some() && !state.unbound {
            actions.push(Action::Unbind);
        }
        if self.changes && state.row.is_some() && !state.renewed {
            actions.push(Action::Renew);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Step(index) => next.step(self.without, index, false),
            Action::Lose(index) => {
                next.faults -= 1;
                next.step(self.without, index, true);
            }
            Action::Kill(index) => {
                next.crashes -= 1;
                next.kill(index);
            }
            Action::EndTurn => {
                let row = next.row.as_mut()?;
                row.turn = row.turn.map(|(holder, _)| (holder, true));
                let holder = row.turn?.0;
                // One that waits for the provider is too slow, and two may ask.
                next.slow |= !matches!(next.attempts[usize::from(holder)].at, At::Over(_) | At::Killed);
            }
            Action::Unbind => {
                next.unbound = true;
                next.row = None;
            }
            Action::Renew => next.renew(),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = ALWAYS.iter().map(|(name, holds, _)| Property::always(name, *holds));
        always.chain(SOMETIMES.iter().map(|(name, holds)| Property::sometimes(name, *holds))).collect()
    }
}

type Holds = fn(&Case, &State) -> bool;

/// What must hold, and the scenarios that show it against the binaries.
const ALWAYS: &[(&str, Holds, &[&str])] = &[
    (
        "R-102: one attempt at a time has a refresh token under way, unless its turn was over",
        |_, state| {
            let presenting = state.attempts.iter().filter(|it| matches!(it.at, At::Present { .. }));
            let mut marks: Vec<_> = presenting.filter_map(|it| it.seen.map(|seen| seen.mark)).collect();
            marks.sort_unstable();
            state.slow || marks.windows(2).all(|pair| pair[0] != pair[1])
        },
        &["refresh::two_hundred_leases_at_expiry_end_in_one_refresh"],
    ),
    (
        "R-103: what is handed out was saved",
        |_, state| {
            let handed = state.attempts.iter().filter_map(|it| match it.at {
                At::Over(Told::Token(token)) => Some(token),
                _ => None,
            });
            handed.into_iter().all(|token| state.stored.contains(&token))
        },
        &["refresh::a_token_is_refreshed_before_it_ends_and_not_earlier"],
    ),
    (
        "R-104: a binding that is said to be dead is dead",
        |_, state| {
            let Some(Row { mark, dead: true, .. }) = state.row else { return true };
            !state.is_good(mark)
        },
        &["refresh/races::a_renewal_during_a_refresh_wins", "refresh/outcomes::one_bad_answer_ends_no_binding"],
    ),
    (
        "S-50: a binding that died of a cut-off refresh is said to have",
        |_, state| {
            let Some(Row { mark, dead: true, uncertain: false, .. }) = state.row else { return true };
            !state.hidden.contains(&mark)
        },
        &["refresh/outcomes::a_lost_answer_is_told_and_what_comes_next_finds_out"],
    ),
    (
        "R-106: a renewal stands, whatever comes late",
        |_, state| state.row.is_none_or(|row| !state.renewed || state.is_of_renewal(row.mark)),
        &["refresh/races::a_renewal_during_a_refresh_wins"],
    ),
    (
        "R-106: what is unbound stays so",
        |_, state| !state.unbound || state.row.is_none(),
        &["refresh/races::unbinding_during_a_refresh_wins"],
    ),
    (
        "R-103, R-106: a token that was issued is stored, in somebody's hands, taken back, or accounted for",
        |_, state| state.issued().all(|token| state.is_accounted_for(token)),
        &["refresh/races::unbinding_during_a_refresh_wins"],
    ),
    (
        "S-50: a turn that is under way is nobody else's to end",
        |_, state| !state.robbed,
        &["refresh/races::a_provider_that_is_slower_than_the_turn_does_no_harm"],
    ),
];

/// What must be reachable, or the model would show nothing.
const SOMETIMES: &[(&str, Holds)] = &[
    ("both get the same token", |_, state| {
        let told = |index: usize| state.attempts.get(index).map(|it| it.at);
        matches!((told(0), told(1)), (Some(At::Over(Told::Token(one))), Some(At::Over(Told::Token(other)))) if one == other && one > 1)
    }),
    ("a turn is taken over", |_, state| state.row.is_some_and(|row| row.uncertain && row.turn.is_some())),
    ("a binding dies of a crash", |_, state| state.row.is_some_and(|row| row.dead && row.uncertain)),
    ("a successor is not wanted", |_, state| !state.taken_back.is_empty()),
];

/// Each rule, and how the invariant begins that fails without it.
const NEEDED: [(Rule, &str); 9] = [
    (Rule::TurnFree, "R-102:"),
    (Rule::TakeOverNoted, "S-50: a binding that died"),
    (Rule::LossNoted, "S-50: a binding that died"),
    (Rule::SaveFirst, "R-103: what is handed out"),
    (Rule::SaveMark, "R-106: a renewal stands"),
    (Rule::JudgeMark, "R-104:"),
    (Rule::SecondLook, "R-104:"),
    (Rule::Discard, "R-103, R-106:"),
    (Rule::OwnTurn, "S-50: a turn that is under way"),
];

fn case(without: Option<Rule>) -> Case {
    Case { attempts: 2, faults: 1, crashes: 1, changes: true, without }
}

#[test]
fn refreshes_unbinding_and_renewal_end_well_in_every_order() {
    // S-42, S-50
    for case in [case(None), Case { attempts: 3, crashes: 0, changes: false, ..case(None) }] {
        let is_whole = case.changes;
        let checker = case.checker().threads(2).spawn_bfs().join();
        for (name, _, _) in ALWAYS {
            if let Some(path) = checker.discovery(name) {
                let steps: Vec<_> = path.clone().into_actions().iter().map(|it| format!("{it:?}")).collect();
                panic!("{name}\n{}\n{:?}", steps.join("\n"), path.last_state());
            }
        }
        for (name, _) in SOMETIMES {
            assert!(!is_whole || checker.discovery(name).is_some(), "{name}: never seen");
        }
        assert!(checker.unique_state_count() > 1000, "{} states", checker.unique_state_count());
    }
}

#[test]
fn without_any_one_rule_of_refreshing_something_is_found() {
    //
    for (rule, beginning) in NEEDED {
        let (name, _, _) = ALWAYS.iter().find(|it| it.0.starts_with(beginning)).expect("there is such an invariant");
        let when_found = HasDiscoveries::AnyOf([*name].into());
        let checker = case(Some(rule)).checker().threads(2).finish_when(when_found).spawn_bfs().join();
        assert!(checker.discovery(name).is_some(), "without {rule:?} nobody misses {name}");
    }
}

#[test]
fn every_invariant_of_refreshing_names_scenarios_that_exist() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for (name, _, scenarios) in ALWAYS {
        for scenario in *scenarios {
            let (file, test) = scenario.split_once("::").expect("a file and a test");
            let source = std::fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap_or_default();
            assert!(source.contains(&format!("fn {test}()")), "{name} names {scenario}");
        }
    }
}
