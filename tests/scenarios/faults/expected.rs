//! What S-20, S-39 and S-40 demand of each cell of the matrix: by rule, not by what comes out.

use tests::{Fault, Service};

use super::table::{Flow, Weight};

/// What a flow may end with when the call at `index` meets `fault`, once or every time.
pub(super) fn outcomes(flow: &Flow, index: usize, fault: Fault, once: bool) -> Vec<&'static str> {
    let lasting = lasting(flow, weight(flow, index), fault);
    if !once {
        return vec![lasting];
    }
    match (flow.points[index].service, fault) {
        // What is no answer of AWS may or may not be asked for again.
        (Service::Storage | Service::Keys | Service::Bus, Fault::Nonsense | Fault::Garbled | Fault::Cut) => {
            vec![flow.success, lasting]
        }
        // All else is: every write is safe to repeat (S-17, S-30, S-39).
        (Service::Storage | Service::Keys | Service::Bus, _) => vec![flow.success],
        (Service::Provider(_), _) if is_repeated(weight(flow, index), fault) => vec![flow.success],
        (Service::Provider(_), _) => vec![lasting],
    }
}

/// Whether one such fault ends otherwise than many.
pub(super) fn heals(flow: &Flow, index: usize, fault: Fault) -> bool {
    match flow.points[index].service {
        Service::Storage | Service::Keys | Service::Bus => fault != Fault::Refused,
        Service::Provider(_) => is_repeated(weight(flow, index), fault),
    }
}

/// Whether the fault can happen there: a provider that refuses us has words of its own.
pub(super) fn exists(flow: &Flow, index: usize, fault: Fault) -> bool {
    fault != Fault::Refused || !matches!(flow.points[index].service, Service::Provider(_))
}

/// Only the read of an account is repeated, and not where that would take too long or be a nuisance.
fn is_repeated(weight: Weight, fault: Fault) -> bool {
    weight == Weight::Account && matches!(fault, Fault::Reset | Fault::Unanswered | Fault::Cut | Fault::Failing)
}

fn weight(flow: &Flow, index: usize) -> Weight {
    flow.points[index].weight.expect("the point is this flow's own")
}

fn lasting(flow: &Flow, weight: Weight, fault: Fault) -> &'static str {
    match weight {
        // An operator's mistake is no matter of coming back later, and not the person's.
        Weight::Vital | Weight::Write if fault == Fault::Refused => "misconfigured",
        Weight::Proof if fault == Fault::Refused => "page 500",
        Weight::Proof => "page 503",
        // What took effect is found when it is read back.
        Weight::Write if fault.takes_effect() => flow.success,
        Weight::Vital | Weight::ReadBack | Weight::Write => "unavailable",
        Weight::Beside => flow.success,
        Weight::Receipt(says) => says,
        Weight::Exchange | Weight::Account | Weight::Ask => match fault {
            Fault::Throttled => "provider_limited",
            Fault::Silent | Fault::Slow => "provider_timeout",
            Fault::Reset | Fault::Unanswered | Fault::Cut => "provider_unreachable",
            _ => "provider_failed",
        },
        // A server that somebody entered: each cause has its own words (S-27).
        Weight::Verify => match fault {
            Fault::Throttled => "provider_limited",
            Fault::Silent | Fault::Slow => "server_timeout",
            Fault::Reset | Fault::Unanswered | Fault::Cut => "server_broken",
            Fault::Failing => "provider_failed",
            _ => "not_the_provider",
        },
    }
}

/// How many tokens a fault may lose: one whose existence we never learned, or that could be neither revoked nor queued.
pub(super) fn lost_max(flow: &Flow, index: usize, fault: Fault, once: bool) -> usize {
    let may_fail = outcomes(flow, index, fault, once).iter().any(|it| *it != flow.success);
    let is_unknown = flow.exchange() == Some(index) && fault.takes_effect();
    let may_be_unqueued = flow.name == "queue" && is_lasting(fault, once);
    // Storage is out of reach altogether.
    let is_out_of_sight = flow.name == "out_of_sight" && is_lasting(fault, once);
    // It ends by itself: the provider offers no way to end it.
    let is_left = may_fail && !flow.provider().is_revoked_by_client() && weight(flow, index) == Weight::Account;
    usize::from(is_unknown || may_be_unqueued || is_out_of_sight || is_left)
}

/// Whether the SDK may give up.
fn is_lasting(fault: Fault, once: bool) -> bool {
    !once || matches!(fault, Fault::Nonsense | Fault::Garbled | Fault::Cut)
}

/// How many a crash at a call may lose, `after` it took effect or before it arrived: one that was issued and is not
/// written down yet.
pub(super) fn lost_in_crash_max(flow: &Flow, index: usize, after: bool) -> usize {
    let Some(exchange) = flow.exchange() else { return 0 };
    let is_issued = index > exchange || index == exchange && after;
    // The call that writes it down or ends it; what runs beside it may be killed before it.
    let is_safe = after && matches!(flow.points[index].name, "write" | "renew" | "put_grant" | "queue" | "revoke");
    usize::from(is_issued && !is_safe && flow.name != "settle")
}
