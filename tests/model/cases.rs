//! The cases, each searched through: nothing that must not happen can.

use crate::case::{Case, HUBOT, Kind, OCTO};
use crate::holds;

/// Clicks on the way back, by the browser that started and by others.
fn callback(authorization: u8) -> Kind {
    Kind::Callback { authorization, proven: true }
}

fn stranger(authorization: u8) -> Kind {
    Kind::Callback { authorization, proven: false }
}

/// One state: two clicks of the rightful browser and one of another, which may come too late.
pub(crate) fn one_state() -> Case {
    let requests = vec![callback(0), callback(0), stranger(0)];
    Case::of(requests).authorization(OCTO, true).expiring().faults(2, 1)
}

/// Two states with different accounts.
pub(crate) fn two_accounts() -> Case {
    Case::of(vec![callback(0), callback(1)]).authorization(OCTO, true).authorization(HUBOT, true).faults(3, 1)
}

/// Two states of one account.
pub(crate) fn one_account() -> Case {
    Case::of(vec![callback(0), callback(1)]).authorization(OCTO, true).authorization(OCTO, true).faults(3, 1)
}

/// A binding that stands, and two states that renew it.
pub(crate) fn two_renewals() -> Case {
    let case = Case::of(vec![callback(0), callback(1)]).authorization(OCTO, true).authorization(OCTO, true);
    case.token(false).bound(0, OCTO).faults(3, 1)
}

/// A binding that stands, a state that renews it, another that is started at any time, and somebody who unbinds.
pub(crate) fn callbacks_and_unbinding() -> Case {
    let case = Case::of(vec![callback(0), callback(1), Kind::Unbind { row: 0, revoke: false }]);
    case.authorization(OCTO, true).authorization(OCTO, false).token(false).bound(0, OCTO).faults(1, 0)
}

/// A binding that stands, a state that renews it, and two who unbind.
pub(crate) fn callback_and_unbindings() -> Case {
    let unbind = Kind::Unbind { row: 0, revoke: false };
    let case = Case::of(vec![callback(0), unbind, unbind]);
    case.authorization(OCTO, false).token(false).bound(0, OCTO).faults(2, 1)
}

/// Personal tokens of one account, and two who unbind.
pub(crate) fn tokens_and_unbindings() -> Case {
    let unbind = Kind::Unbind { row: 0, revoke: false };
    let bind = |token| Kind::BindToken { token, account: OCTO, row: 0 };
    let case = Case::of(vec![bind(0), bind(1), unbind, unbind]);
    case.personal_token().personal_token().faults(1, 0)
}

/// A binding that stands, and personal tokens of its account and of another one.
pub(crate) fn tokens_of_two_accounts() -> Case {
    let bind = |token, account| Kind::BindToken { token, account, row: 0 };
    let case = Case::of(vec![bind(0, OCTO), bind(1, HUBOT), bind(2, OCTO)]);
    let case = case.personal_token().personal_token().personal_token();
    case.personal_token().bound(0, OCTO).faults(2, 1)
}

/// The console completes: one code, presented by who started and by somebody else.
pub(crate) fn completion() -> Case {
    let redeem = |starter| Kind::Redeem { authorization: 0, starter };
    let case = Case::of(vec![stranger(0), redeem(true), redeem(true), redeem(false)]);
    case.authorization(OCTO, true).console().faults(2, 1)
}

/// The console completes: one grant, for two owners, and in other hands.
pub(crate) fn grants() -> Case {
    let grant = |starter, row| Kind::BindGrant { authorization: 0, starter, row };
    let redeem = Kind::Redeem { authorization: 0, starter: true };
    let case = Case::of(vec![stranger(0), redeem, grant(true, 0), grant(true, 1), grant(false, 0)]);
    case.authorization(OCTO, true).console().another_row().faults(1, 1)
}

/// A grant is clicked twice, and what it made is unbound.
pub(crate) fn grant_and_unbinding() -> Case {
    let grant = Kind::BindGrant { authorization: 0, starter: true, row: 0 };
    let redeem = Kind::Redeem { authorization: 0, starter: true };
    let case = Case::of(vec![stranger(0), redeem, grant, grant, Kind::Unbind { row: 0, revoke: false }]);
    case.authorization(OCTO, true).console().faults(1, 0)
}

/// Two owners with one personal token, both unbinding, one of them to have it revoked.
pub(crate) fn siblings() -> Case {
    let unbind = |row, revoke| Kind::Unbind { row, revoke };
    let case = Case::of(vec![unbind(0, true), unbind(1, true), unbind(1, false)]);
    case.another_row().personal_token().bound(0, OCTO).bound(1, OCTO).faults(2, 1)
}

#[test]
fn one_state_is_completed_once_and_by_who_started() {
    //
    holds(
        one_state(),
        &["a binding is made", "a stranger is turned away", "a state was used already", "a crash loses a token"],
    );
}

#[test]
fn of_two_accounts_one_is_bound() {
    //
    let shown = ["a loser's token is revoked while the winner's is stored", "a late write is refused"];
    holds(two_accounts(), &shown);
}

#[test]
fn of_one_account_one_binding_is_renewed() {
    //
    let shown = [
        "a binding is renewed",
        "a revocation waits in the queue when all is over",
        "a token whose fate is unknown is stored after all",
    ];
    holds(one_account(), &shown);
}

#[test]
fn renewals_queue_each_others_tokens_once() {
    //
    holds(two_renewals(), &["a binding is renewed", "a late write is refused"]);
}

#[test]
fn an_unbinding_stops_the_callbacks_that_were_under_way() {
    //
    holds(callbacks_and_unbinding(), &["a binding is renewed", "a binding is made", "a binding is removed"]);
}

#[test]
fn each_unbinding_removes_what_it_was_meant_for() {
    //
    let shown = ["a binding is removed", "a late write is refused", "a revocation waits in the queue when all is over"];
    holds(callback_and_unbindings(), &shown);
}

#[test]
fn binders_and_unbinders_stand_in_line() {
    //
    holds(tokens_and_unbindings(), &["a binding is made", "a binding is renewed", "a late write is refused"]);
}

#[test]
fn of_personal_tokens_none_is_revoked() {
    //
    holds(tokens_of_two_accounts(), &["a binding is renewed", "a late write is refused"]);
}

#[test]
fn the_console_completes_for_who_started_alone() {
    // S-22
    holds(completion(), &["a stranger is turned away", "a crash loses a token"]);
}

#[test]
fn a_grant_is_bound_once() {
    // R-12, S-22, S-33
    holds(grants(), &["a binding is made", "a stranger is turned away", "a late write is refused"]);
}

#[test]
fn a_grant_does_not_bring_back_what_was_unbound() {
    // R-81, S-22
    holds(grant_and_unbinding(), &["a second click is told of the first", "a binding is removed"]);
}

#[test]
fn a_shared_token_lives_until_its_last_owner_lets_go() {
    // R-77, S-33
    holds(siblings(), &["a binding is removed"]);
}
