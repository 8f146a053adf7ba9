//! Races of an unbinding with a browser that comes back from the provider (S-20, S-30).

use serde_json::json;
use tests::GITHUB;

use super::{
    contest::{Who, contest, line},
    round::{Racer, Round, bound_by_oauth, people},
    scene,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_and_an_unbinding_of_nothing_yet() {
    // S-30, S-42; R-78
    let scene = scene().await;
    let table = [
        line(["bound", "not_bound"], Who::Second, Who::First, 1),
        line(["bound", "revoked"], Who::First, Who::Nobody, 1),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("octo-{number}");
        let unbinding = Racer::unbinding(&other, &owner, GITHUB, &account);
        Round::by_oauth([Racer::on_the_way_back(&one, &owner, &account).await, unbinding], None)
    };
    contest("callback, unbind; nothing bound", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_under_way_never_outlives_an_unbinding() {
    // S-6, S-30, S-42: renewed and then unbound, or unbound and then refused.
    let scene = scene().await;
    let table = [
        line(["renewed", "revoked"], Who::First, Who::Nobody, 1),
        line(["unbound_since", "revoked"], Who::Second, Who::Nobody, 1),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("octo-{number}");
        let before = bound_by_oauth(&one, &owner, &account).await;
        let unbinding = Racer::unbinding(&other, &owner, GITHUB, &account);
        Round::by_oauth([Racer::on_the_way_back(&one, &owner, &account).await, unbinding], Some(before))
    };
    contest("callback, unbind; renew", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_of_another_account_gains_nothing_by_an_unbinding() {
    // S-6, S-20, S-30, S-42
    let scene = scene().await;
    let table = [
        line(["other_account_bound", "revoked"], Who::First, Who::Nobody, 1),
        line(["unbound_since", "revoked"], Who::Second, Who::Nobody, 1),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let (account, bound) = (format!("octo-{number}"), format!("hubot-{number}"));
        let before = bound_by_oauth(&one, &owner, &bound).await;
        let unbinding = Racer::unbinding(&other, &owner, GITHUB, &bound);
        Round::by_oauth([Racer::on_the_way_back(&one, &owner, &account).await, unbinding], Some(before))
    };
    contest("callback, unbind; another account", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_can_be_revoked_every_token_waits_for_it() {
    // S-20, S-30, S-32, S-42: the loser's token and the unbound one are queued in the same row.
    let scene = scene().await;
    scene.simulator(GITHUB).fail(json!({"path": "/token", "method": "DELETE", "status": 503, "times": 10_000})).await;
    let table = [
        line(["renewed", "revocation_scheduled"], Who::First, Who::Nobody, 1),
        line(["unbound_since", "revocation_scheduled"], Who::Second, Who::Nobody, 1),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("octo-{number}");
        let before = bound_by_oauth(&one, &owner, &account).await;
        let unbinding = Racer::unbinding(&other, &owner, GITHUB, &account);
        Round::by_oauth([Racer::on_the_way_back(&one, &owner, &account).await, unbinding], Some(before))
    };
    contest("callback, unbind; no revocation", &scene, &table, prepare).await;
    assert!(scene.simulator(GITHUB).tokens().await.iter().all(|it| !it.revoked), "nothing could be revoked");
}
