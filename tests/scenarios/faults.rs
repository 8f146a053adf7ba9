//! Faults and crashes at every call of every function: what is answered, and what must hold afterwards.

use std::collections::BTreeSet;

use codebind_local::{FUNCTIONS, iam::Permission};
use tests::{Fault, Plan, Service};

use deeds::Deed;
use lane::{Cell, Lane, try_all};
use table::Flow;

mod deeds;
mod expected;
mod flows;
mod lane;
mod table;

#[track_caller]
fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{} cells failed:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_has_every_call_and_no_other() {
    // S-14, S-34, S-39: what is not in the table is not struck.
    let lane = Lane::start(0).await;
    for flow in flows::all() {
        let calls = run(&lane, flow).await;
        compare(flow, calls);
    }
}

/// Runs every flow once; the permissions that the calls made use of.
pub(crate) async fn permissions_used() -> BTreeSet<Permission> {
    let lane = Lane::start(0).await;
    for flow in flows::all() {
        run(&lane, flow).await;
    }
    lane.scene.world().permissions_used()
}

/// Runs a flow, with what goes wrong in every run of it; the calls.
async fn run(lane: &Lane, flow: &Flow) -> Vec<(Service, tests::Call)> {
    let actor = lane.actor(flow);
    let reached = actor.prepare(flow.deed).await;
    lane.border.clear();
    for (service, plan) in flow.before {
        lane.border.plan(*service, *plan);
    }
    let answer = actor.act(flow.deed, &reached).await;
    assert_eq!(deeds::outcome(&answer), flow.success, "{}", flow.name);
    let calls = lane.border.calls();
    lane.border.clear();
    calls
}

/// Each call claims a row of the table; a repeated one may find its row claimed, if another flow tells of it.
fn compare(flow: &Flow, calls: Vec<(Service, tests::Call)>) {
    let mut claimed = vec![false; flow.points.len()];
    for (service, call) in calls {
        let is_meant = |index: &usize| {
            let point = &flow.points[*index];
            point.service == service && call.is(point.operation, point.mentions)
        };
        let meant: Vec<_> = (0..flow.points.len()).filter(is_meant).collect();
        let free = meant.iter().find(|index| !claimed[**index]);
        let told = meant.iter().find(|index| flow.points[**index].weight.is_none());
        let index = free.or(told).unwrap_or_else(|| panic!("{}: no row for {call:?}", flow.name));
        claimed[*index] = true;
    }
    let idle = flow.points.iter().zip(claimed).find(|(_, claimed)| !claimed);
    assert!(idle.is_none(), "{}: a row without a call: {idle:?}", flow.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_call_of_start_is_answered_and_leaves_all_whole() {
    // S-14, S-36, S-39, S-40, R-89, R-90, R-92
    assert_none(&try_all(Cell::of_faults("oauth-start")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_call_of_callback_is_answered_and_leaves_all_whole() {
    // S-17, S-20, S-22, S-32, S-36, S-39, S-40, R-82, R-83, R-84, R-85, R-88, R-89, R-90, R-92, R-98
    assert_none(&try_all(Cell::of_faults("oauth-callback")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_call_of_binding_is_answered_and_leaves_all_whole() {
    // S-6, S-20, S-22, S-27, S-36, S-39, S-40, R-76, R-82, R-83, R-88, R-89, R-90, R-92, R-98
    assert_none(&try_all(Cell::of_faults("token-bind")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_call_of_unbinding_is_answered_and_leaves_all_whole() {
    // S-30, S-31, S-32, S-33, S-36, S-39, S-40, R-76, R-85, R-86, R-89, R-92, R-98
    assert_none(&try_all(Cell::of_faults("unbind")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_call_of_status_is_answered_and_leaves_all_whole() {
    // S-34, S-36, S-39, S-40, R-89, R-90, R-92
    assert_none(&try_all(Cell::of_faults("status")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_call_leaves_all_whole_and_one_simply_starts_again() {
    // S-17, S-20, S-22, S-30, S-32, S-36, R-79, R-86, R-87
    let cells = FUNCTIONS.iter().flat_map(|function| Cell::of_crashes(function.name));
    assert_none(&try_all(cells.collect()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_cannot_be_told_of_a_displaced_token_stops_nobody() {
    // S-33, S-40
    let lane = Lane::start(0).await;
    let flow = flows::all().find(|flow| flow.deed == Deed::Crowded).expect("there is such a flow");
    for fault in [Fault::Throttled, Fault::Unanswered, Fault::Refused] {
        let actor = lane.actor(flow);
        let reached = actor.prepare(flow.deed).await;
        let mark = Plan { operation: "UpdateItem", mentions: "#problem", skip: 0, times: usize::MAX, fault };
        lane.border.plan(Service::Storage, mark);
        assert_eq!(deeds::outcome(&actor.act(flow.deed, &reached).await), flow.success, "{fault:?}");
        assert!(lane.border.proxy(Service::Storage).met() > 0, "{fault:?}: nobody was to be told");
        lane.border.clear();
        assert!(actor.is_bound().await, "{fault:?}");
    }
    let output = lane.scene.world().function_output();
    assert_eq!(output.lines().filter(|line| line.contains("displacement_untold")).count(), 3);
}
