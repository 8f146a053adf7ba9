//! Races of browsers that come back from the provider (S-5, S-6, S-17, S-18, S-20).

use tests::{Owner, Person};

use super::{
    contest::{Who, contest, line},
    round::{Racer, Round, bound_by_oauth, people},
    scene,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_callbacks_of_one_state() {
    // S-17, S-42; R-79: a double click.
    let scene = scene().await;
    let table = [
        line(["bound", "page 410"], Who::First, Who::First, 1),
        line(["page 410", "bound"], Who::Second, Who::Second, 1),
    ];
    let prepare = async |number| {
        let ([one, _], owner) = people(&scene, number);
        let racer = Racer::on_the_way_back(&one, &owner, &format!("octo-{number}")).await;
        let again = racer.again_by(&one, &owner);
        Round::by_oauth([racer, again], None)
    };
    contest("callback, callback; one state", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_with_the_state_and_its_rightful_browser() {
    // S-17, S-18, S-42; R-79: whoever comes first uses it up, and the stranger is never told which.
    let scene = scene().await;
    let table = [
        line(["bound", "page 400"], Who::First, Who::First, 1),
        line(["page 410", "page 400"], Who::Second, Who::Nobody, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let racer = Racer::on_the_way_back(&one, &owner, &format!("octo-{number}")).await;
        let stranger = racer.again_by(&other.at_another_browser(), &owner);
        Round::by_oauth([racer.holding_back(), stranger], None)
    };
    contest("callback, stranger's callback", &scene, &table, prepare).await;
}

/// Two states of an owner, each with consent to an account.
async fn two_states(people: &[Person; 2], owner: &Owner, accounts: [&str; 2]) -> [Racer; 2] {
    let [one, other] = people;
    [Racer::on_the_way_back(one, owner, accounts[0]).await, Racer::on_the_way_back(other, owner, accounts[1]).await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_accounts_at_the_callback_one_is_bound_and_the_other_token_dies() {
    // S-5, S-20, S-42
    let scene = scene().await;
    let table = [
        line(["bound", "other_account_bound"], Who::First, Who::First, 2),
        line(["other_account_bound", "bound"], Who::Second, Who::Second, 2),
    ];
    let prepare = async |number| {
        let (people, owner) = people(&scene, number);
        let accounts = [&*format!("octo-{number}"), &*format!("hubot-{number}")];
        Round::by_oauth(two_states(&people, &owner, accounts).await, None)
    };
    contest("callback, callback; two states, two accounts", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_states_of_one_account_make_one_binding() {
    // S-6, S-20, S-32, S-42: the token that is replaced waits to be revoked.
    let scene = scene().await;
    let table = [
        line(["bound", "renewed"], Who::First, Who::Second, 2),
        line(["renewed", "bound"], Who::Second, Who::First, 2),
    ];
    let prepare = async |number| {
        let (people, owner) = people(&scene, number);
        let account = &*format!("octo-{number}");
        Round::by_oauth(two_states(&people, &owner, [account, account]).await, None)
    };
    contest("callback, callback; two states, one account", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_renewals_by_callback_lose_no_token() {
    // S-6, S-20, S-32, S-42; R-80
    let scene = scene().await;
    let table = [line(["renewed", "renewed"], Who::Either, Who::Either, 2)];
    let prepare = async |number| {
        let (people, owner) = people(&scene, number);
        let account = &*format!("octo-{number}");
        let before = bound_by_oauth(&people[0], &owner, account).await;
        Round::by_oauth(two_states(&people, &owner, [account, account]).await, Some(before))
    };
    contest("callback, callback; both renew", &scene, &table, prepare).await;
}
