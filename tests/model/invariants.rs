//! What must hold in every state that can be reached.
//!
//! Each names the requirements that it stands for, as `R-n`, and scenarios that show the same in the real binaries.

use crate::case::{Case, Kind};
use crate::world::{Number, Row, Step, Told, Used, World};

/// A property of the protocol.
pub(crate) struct Named {
    /// Its requirements, and what it says.
    pub(crate) name: &'static str,
    /// Scenarios that show it, as `file::test`.
    pub(crate) scenarios: &'static [&'static str],
    pub(crate) holds: fn(&Case, &World) -> bool,
}

/// What always holds.
pub(crate) const ALWAYS: &[Named] = &[
    Named {
        name: "R-10, R-79: a state is used up once, and one code is exchanged for it at the most",
        scenarios: &[
            "races::of_many_callbacks_of_one_state_exactly_one_exchanges",
            "callback::a_second_use_is_told_so_and_exchanges_nothing",
        ],
        holds: |_, world| world.authorizations.iter().all(|it| it.winners <= 1 && it.exchanges <= 1),
    },
    Named {
        name: "R-9, R-10: an expired state exchanges nothing",
        scenarios: &["callback::a_late_callback_binds_nothing"],
        holds: |_, world| !world.happened.exchange_of_expired,
    },
    Named {
        name: "R-10: whoever used a state up is not told that somebody did",
        scenarios: &["lost_answers::the_rightful_browser_is_let_in_though_the_answer_was_lost"],
        holds: |case, world| {
            over(case, world).all(|(request, kind, told)| match kind {
                Kind::Callback { authorization, .. } => {
                    let user = world.authorizations[usize::from(authorization)].consumed_by;
                    told != Told::AlreadyUsed || user != Some(request)
                }
                _ => true,
            })
        },
    },
    Named {
        name: "R-1: nothing is exchanged for anybody but who started",
        scenarios: &[
            "callback::the_cookie_of_another_attempt_proves_nothing",
            "grants::somebody_elses_console_gets_nothing_and_ends_it",
        ],
        holds: |_, world| !world.happened.exchange_without_proof,
    },
    Named {
        name: "R-12: a state that comes without proof is at its end",
        scenarios: &["callback::another_browser_gets_nothing_and_burns_the_state"],
        holds: |case, world| {
            over(case, world).all(|(_, kind, told)| match kind {
                Kind::Callback { authorization, proven: false } if told == Told::NotTheStarter => {
                    let row = &world.authorizations[usize::from(authorization)];
                    row.consumed_by.is_some() || row.expired
                }
                _ => true,
            })
        },
    },
    Named {
        name: "R-12, S-22: a completion secret in other hands is at its end",
        scenarios: &["grants::somebody_elses_console_gets_nothing_and_ends_it"],
        holds: |case, world| {
            over(case, world).all(|(_, kind, told)| match kind {
                Kind::Redeem { authorization, starter: false } if told == Told::NotTheStarter => {
                    let code = &world.authorizations[usize::from(authorization)].code;
                    code.as_ref().is_none_or(|it| it.used.is_some())
                }
                _ => true,
            })
        },
    },
    Named {
        name: "R-12, S-22: a grant in other hands is at its end, and binds nothing for them",
        scenarios: &[
            "grants::a_grant_in_other_hands_is_ended_and_its_token_revoked",
            "grants::a_used_grant_in_other_hands_harms_nobody",
        ],
        holds: |case, world| {
            let stranger = |kind| matches!(kind, Kind::BindGrant { starter: false, .. });
            let ended = over(case, world).all(|(_, kind, told)| match kind {
                Kind::BindGrant { authorization, .. } if stranger(kind) && told == Told::NotTheStarter => {
                    let grant = &world.authorizations[usize::from(authorization)].grant;
                    grant.as_ref().is_none_or(|it| it.used.is_some())
                }
                _ => true,
            });
            let mut requests = case.requests.iter().zip(&world.processes);
            ended && requests.all(|(kind, process)| !stranger(*kind) || process.landed == 0)
        },
    },
    Named {
        name: "R-70: an account gives way to another one by an unbinding alone",
        scenarios: &[
            "races::of_many_accounts_exactly_one_is_bound",
            "races/callbacks::of_two_accounts_at_the_callback_one_is_bound_and_the_other_token_dies",
        ],
        holds: |_, world| !world.happened.account_changed,
    },
    Named {
        name: "S-22: a grant is bound once, and so is an authorization",
        scenarios: &[
            "grants::of_many_clicks_with_one_grant_one_writes",
            "grants::a_used_grant_is_not_made_new_by_a_late_request",
        ],
        holds: |case, world| {
            (0..).zip(&world.authorizations).all(|(number, _)| {
                let of_it = case.requests.iter().zip(&world.processes).filter(|(kind, _)| match kind {
                    Kind::Callback { authorization, .. } | Kind::BindGrant { authorization, .. } => {
                        *authorization == number
                    }
                    _ => false,
                });
                of_it.map(|(_, process)| process.landed).sum::<u8>() <= 1
            })
        },
    },
    Named {
        name: "R-77, R-84: no binding that stands has a token that was revoked",
        scenarios: &[
            "late_writes::a_binding_whose_token_was_revoked_never_lands",
            "lost_answers::a_token_that_may_be_stored_is_never_revoked",
            "siblings::a_personal_token_is_not_taken_from_under_another_owner",
        ],
        holds: |_, world| standing(world).all(|token| !world.tokens[usize::from(token)].revoked),
    },
    Named {
        name: "R-84, R-85: no binding that stands has a token, issued for it, that waits to be revoked",
        scenarios: &[
            "races/callbacks::two_states_of_one_account_make_one_binding",
            "grants::a_second_click_is_told_what_the_first_one_did",
        ],
        // A personal token may be other owners' too: whoever takes it from the queue has to look for them first.
        holds: |_, world| {
            let mut issued = standing(world).filter(|token| !world.tokens[usize::from(*token)].personal);
            issued.all(|token| !world.rows.iter().any(|row| row.queues(token)))
        },
    },
    Named {
        name: "R-77: a personal token is not revoked unasked",
        scenarios: &["unbind::a_personal_token_is_left_in_place"],
        holds: |_, world| !world.happened.revoked_unasked,
    },
    Named {
        name: "R-77, R-80, R-82 to R-87: a token is stored, queued, revoked, in somebody's hands, or lost where it may be",
        scenarios: &[
            "races/callbacks::of_two_accounts_at_the_callback_one_is_bound_and_the_other_token_dies",
            "exchange::a_token_that_cannot_be_taken_back_now_waits_for_it",
            "exchange::a_token_whose_account_cannot_be_read_is_taken_back",
            "lost_answers::a_token_that_is_surely_not_stored_is_revoked",
            "lost_answers::an_unbinding_of_unknown_outcome_loses_no_token",
            "unbind::a_revocation_that_fails_is_kept_and_the_binding_is_gone_all_the_same",
        ],
        holds: |_, world| {
            (0..).zip(&world.tokens).all(|(number, token)| {
                let is_free = !token.issued || token.personal || token.revoked || token.excuse.is_some();
                is_free || is_kept(world, number) || is_held(world, number)
            })
        },
    },
    Named {
        name: "R-78, R-81: what was unbound does not come back",
        scenarios: &[
            "callback::a_late_callback_cannot_bring_an_unbound_binding_back",
            "late_writes::a_binding_by_token_does_not_come_back_after_it_was_unbound",
        ],
        holds: |_, world| !world.happened.came_back,
    },
    Named {
        name: "R-81: an authorization that was started before an unbinding binds nothing after it",
        scenarios: &[
            "callback::a_late_callback_cannot_bring_an_unbound_binding_back",
            "races/unbinding::a_callback_under_way_never_outlives_an_unbinding",
        ],
        holds: |_, world| !world.happened.bound_by_stopped,
    },
    Named {
        name: "R-78: nothing takes effect after its request was answered for certain",
        scenarios: &[
            "late_writes::a_binding_by_token_does_not_undo_its_renewal",
            "late_writes::an_unbinding_that_was_repeated_removes_no_second_binding",
            "races::binders_and_unbinders_end_as_if_they_had_stood_in_line",
        ],
        holds: |_, world| !world.happened.took_effect_after_answer,
    },
    Named {
        name: "R-78: an unbinding that lands late removes nothing that was asked for after its answer",
        scenarios: &["late_writes::an_unbinding_removes_nothing_that_was_bound_after_it"],
        holds: |_, world| !world.happened.removed_newer,
    },
    Named {
        name: "R-78: an unbinding removes one binding",
        scenarios: &["lost_answers::an_unbinding_finds_what_it_removed"],
        holds: |_, world| !world.happened.removed_twice,
    },
    Named {
        name: "R-78, R-86: what a caller is told for certain is so",
        scenarios: &[
            "lost_answers::a_write_of_unknown_outcome_is_read_back",
            "races::renewals_and_unbinders_end_as_if_they_had_stood_in_line",
        ],
        holds: |case, world| {
            over(case, world).all(|(request, _, told)| {
                let landed = world.processes[usize::from(request)].landed > 0;
                match told {
                    Told::Bound | Told::Renewed | Told::Unbound => landed,
                    Told::Refused | Told::AlreadyUsed | Told::NotTheStarter | Told::AsBefore => !landed,
                    Told::NotBound => !world.happened.own_removal_denied,
                    Told::Unavailable | Told::Secret => true,
                }
            })
        },
    },
    Named {
        name: "R-87: a binding and the mark on what it comes from are written together or not at all",
        scenarios: &["grants::of_many_clicks_with_one_grant_one_writes"],
        holds: |case, world| {
            let marks = world.authorizations.iter().flat_map(|it| [it.used, it.grant.as_ref().and_then(|it| it.used)]);
            let mut users = marks.filter_map(|used| match used? {
                Used::By(user) => Some(user),
                Used::Ended(_) => None,
            });
            users.all(|user| world.processes[usize::from(user)].landed > 0 && usize::from(user) < case.requests.len())
        },
    },
];

/// Requests that are over, with what was told.
fn over<'a>(case: &'a Case, world: &'a World) -> impl Iterator<Item = (u8, Kind, Told)> + 'a {
    let requests = (0..).zip(case.requests.iter().zip(&world.processes));
    requests.filter_map(|(request, (kind, process))| match process.at {
        Step::Over(told) => Some((request, *kind, told)),
        _ => None,
    })
}

/// The tokens of bindings that stand.
pub(crate) fn standing(world: &World) -> impl Iterator<Item = Number> + '_ {
    world.rows.iter().filter_map(|row| Some(row.standing?.token))
}

impl Row {
    fn queues(&self, token: Number) -> bool {
        self.queue.iter().any(|(_, queued)| *queued == token)
    }
}

/// Whether storage holds a token: in a binding, in the queue, or in a grant that led to no binding.
pub(crate) fn is_kept(world: &World, token: Number) -> bool {
    let in_grant = world.authorizations.get(usize::from(token)).and_then(|it| it.grant.as_ref());
    let in_rows = world.rows.iter().any(|row| row.queues(token) || row.standing.is_some_and(|it| it.token == token));
    in_rows || in_grant.is_some_and(|it| !matches!(it.used, Some(Used::By(_))))
}

/// Whether a request that goes on holds a token.
fn is_held(world: &World, token: Number) -> bool {
    let is_going_on = |at| !matches!(at, Step::Over(_) | Step::Killed);
    world.processes.iter().any(|it| it.token == Some(token) && is_going_on(it.at))
}
