//! The model can fail: without any one of its rules, the checker finds what the rule is there for.

use stateright::{Checker as _, HasDiscoveries, Model as _};

use crate::case::Case;
use crate::cases;
use crate::invariants::ALWAYS;
use crate::rules::{Rule, Rules};

/// A rule, a case in which it is needed, and how the invariant begins that fails without it.
type Need = (Rule, fn() -> Case, &'static str);

/// All rules.
const NEEDED: &[Need] = &[
    (Rule::StateUnused, cases::one_state, "R-10, R-79: a state is used up once"),
    (Rule::ConsumptionFindsItself, cases::one_state, "R-10: whoever used a state up"),
    (Rule::StateLive, cases::one_state, "R-9, R-10: an expired state"),
    (Rule::Proof, cases::one_state, "R-1: nothing is exchanged"),
    (Rule::Burning, cases::one_state, "R-12: a state that comes without proof"),
    (Rule::CodeOnce, cases::completion, "R-10, R-79: a state is used up once"),
    (Rule::CodeBurning, cases::completion, "R-12, S-22: a completion secret"),
    (Rule::PlaceFree, cases::two_accounts, "R-70:"),
    (Rule::SameAccount, cases::two_accounts, "R-70:"),
    (Rule::VersionSeen, cases::tokens_of_two_accounts, "R-78: nothing takes effect"),
    (Rule::RenewalQueues, cases::one_account, "R-77, R-80, R-82 to R-87: a token is stored"),
    (Rule::NotUnboundSince, cases::callbacks_and_unbinding, "R-81: an authorization"),
    (Rule::TimesGoForward, cases::tokens_and_unbindings, "R-78, R-81: what was unbound"),
    (Rule::OriginUnused, cases::grants, "S-22: a grant is bound once"),
    (Rule::OriginOnce, cases::two_renewals, "R-84, R-85: no binding that stands has a token, issued"),
    (Rule::Closing, cases::two_accounts, "R-77, R-84: no binding that stands"),
    (Rule::UnknownLeftAlone, cases::one_account, "R-77, R-84: no binding that stands"),
    (Rule::Discarding, cases::two_accounts, "R-77, R-80, R-82 to R-87: a token is stored"),
    (Rule::FailureQueues, cases::two_accounts, "R-77, R-80, R-82 to R-87: a token is stored"),
    (Rule::RemovalUpTo, cases::callback_and_unbindings, "R-78: an unbinding that lands late"),
    (Rule::RemovalOnce, cases::callback_and_unbindings, "R-78: an unbinding removes one"),
    (Rule::RemovalFindsItself, cases::callback_and_unbindings, "R-78, R-86: what a caller is told"),
    (Rule::RemovalQueues, cases::callback_and_unbindings, "R-77, R-80, R-82 to R-87: a token is stored"),
    (Rule::RemovalFirst, cases::callback_and_unbindings, "R-77, R-84: no binding that stands"),
    (Rule::AskedOnly, cases::siblings, "R-77: a personal token"),
    (Rule::Sharing, cases::siblings, "R-77, R-84: no binding that stands"),
    (Rule::GrantStaysUsed, cases::grants, "S-22: a grant is bound once"),
    (Rule::GrantBurning, cases::grants, "R-12, S-22: a grant in other hands"),
    (Rule::EndUnused, cases::grants, "R-77, R-84: no binding that stands"),
];

#[test]
fn without_any_one_rule_something_is_found() {
    let mut kept = Vec::new();
    for (rule, case, beginning) in NEEDED {
        let invariant = ALWAYS.iter().find(|it| it.name.starts_with(beginning)).expect("there is such an invariant");
        let case = Case { rules: Rules { without: Some(*rule) }, ..case() };
        let when_found = HasDiscoveries::AnyOf([invariant.name].into());
        let checker = case.checker().threads(2).finish_when(when_found).spawn_bfs().join();
        if checker.discovery(invariant.name).is_none() {
            let others: Vec<_> =
                ALWAYS.iter().filter(|it| checker.discovery(it.name).is_some()).map(|it| it.name).collect();
            kept.push(format!(
                "without {rule:?} nobody misses {beginning}; {others:?} {}",
                checker.unique_state_count()
            ));
        }
    }
    assert!(kept.is_empty(), "\n{}", kept.join("\n"));
}
