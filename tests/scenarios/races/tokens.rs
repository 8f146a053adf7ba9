//! Races of people who enter personal tokens (S-5, S-6, S-30).

use tests::GITLAB;

use super::{
    contest::{Who, contest, line},
    round::{Racer, Round, bound_by_token, people},
    scene,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bind_and_bind_of_two_accounts() {
    // S-5, S-6, S-42; R-77
    let scene = scene().await;
    let table = [
        line(["bound", "other_account_bound"], Who::First, Who::First, 0),
        line(["other_account_bound", "bound"], Who::Second, Who::Second, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let racer = |person, login: &str| {
            let account = format!("{login}{number}");
            Racer::with_token(person, &owner, &format!("glpat-api-{account}"), &account)
        };
        Round::by_token([racer(&one, "one"), racer(&other, "other")], None)
    };
    contest("bind, bind; two accounts", &scene, &table, prepare).await;
}

/// Somebody with the `number`th of their tokens.
fn with_token(person: &tests::Person, owner: &tests::Owner, number: usize, account: &str) -> Racer {
    Racer::with_token(person, owner, &format!("glpat-api+{number}-{account}"), account)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bind_and_bind_of_one_account() {
    // S-5, S-6, S-42
    let scene = scene().await;
    let table = [
        line(["bound", "renewed"], Who::First, Who::Second, 0),
        line(["renewed", "bound"], Who::Second, Who::First, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("racer{number}");
        Round::by_token([with_token(&one, &owner, 1, &account), with_token(&other, &owner, 2, &account)], None)
    };
    contest("bind, bind; one account", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bind_and_unbind() {
    // S-30, S-42; R-78
    let scene = scene().await;
    let table = [
        line(["bound", "not_bound"], Who::Second, Who::First, 0),
        line(["bound", "left_in_place"], Who::First, Who::Nobody, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("racer{number}");
        let unbinding = Racer::unbinding(&other, &owner, GITLAB, &account);
        Round::by_token([with_token(&one, &owner, 1, &account), unbinding], None)
    };
    contest("bind, unbind", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renew_and_renew() {
    // S-6, S-42; R-76
    let scene = scene().await;
    let table = [line(["renewed", "renewed"], Who::Either, Who::Either, 0)];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("racer{number}");
        let before = bound_by_token(&one, &owner, &format!("glpat-api-{account}"), &account).await;
        Round::by_token([with_token(&one, &owner, 1, &account), with_token(&other, &owner, 2, &account)], Some(before))
    };
    contest("renew, renew", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renew_and_unbind() {
    // S-6, S-30, S-42
    let scene = scene().await;
    let table = [
        line(["renewed", "left_in_place"], Who::First, Who::Nobody, 0),
        line(["bound", "left_in_place"], Who::Second, Who::First, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("racer{number}");
        let before = bound_by_token(&one, &owner, &format!("glpat-api-{account}"), &account).await;
        let unbinding = Racer::unbinding(&other, &owner, GITLAB, &account);
        Round::by_token([with_token(&one, &owner, 1, &account), unbinding], Some(before))
    };
    contest("renew, unbind; by token", &scene, &table, prepare).await;
}
