//! Races for what the console completes: a completion secret and a grant are good once (S-22).

use tests::{GITHUB, Owner};

use super::{
    contest::{Who, contest, line},
    round::{Racer, Round, bound_by_oauth, people},
    scene,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_completion_secret_redeemed_twice() {
    // S-22, S-42; R-79: whoever redeemed it can bind, which the end of each round shows.
    let scene = scene().await;
    let table = [
        line(["redeemed", "grant_ended"], Who::First, Who::First, 1),
        line(["grant_ended", "redeemed"], Who::Second, Who::Second, 1),
    ];
    let prepare = async |number| {
        let ([one, _], owner) = people(&scene, number);
        let racer = Racer::redeeming(&scene, &one, &owner, &format!("octo-{number}")).await;
        let again = racer.again_by(&one, &owner);
        Round::by_oauth([racer, again], None)
    };
    contest("redeem, redeem", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_secret_in_the_hands_of_a_thief_and_of_its_owner() {
    // S-22, S-42: redeemed before the thief came, or ended by the thief and nothing exchanged.
    let scene = scene().await;
    let table = [
        line(["redeemed", "grant_ended"], Who::First, Who::First, 1),
        line(["grant_ended", "authorization_invalid"], Who::Second, Who::Nobody, 0),
    ];
    let prepare = async |number| {
        let team = Owner::instance("local-1", &format!("team-{number}"));
        let person = scene.person_of(&format!("alice-{number}"), std::slice::from_ref(&team));
        let racer = Racer::redeeming(&scene, &person, &team, &format!("octo-{number}")).await;
        let thief = racer.again_by(&scene.person(&format!("mallory-{number}")), &Owner::Me);
        Round::by_oauth([racer, thief.holding_back()], None)
    };
    contest("redeem, thief's redeem", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_grant_bound_twice_to_one_owner() {
    // S-22, S-42: the second is told what the first did.
    let scene = scene().await;
    let table = [
        line(["bound", "renewed"], Who::First, Who::Either, 0),
        line(["renewed", "bound"], Who::Second, Who::Either, 0),
    ];
    let prepare = async |number| {
        let ([one, _], owner) = people(&scene, number);
        let racer = Racer::with_grant(&scene, &one, &owner, &format!("octo-{number}")).await;
        let again = racer.again_by(&one, &owner);
        Round::by_oauth([racer, again], None)
    };
    contest("grant, grant; one owner", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_grant_bound_to_two_owners() {
    // S-22, S-33, S-42; R-77: one of them has it, and their token lives.
    let scene = scene().await;
    let table = [
        line(["bound", "grant_ended"], Who::First, Who::First, 0),
        line(["grant_ended", "bound"], Who::Second, Who::Second, 0),
    ];
    let prepare = async |number| {
        let other = Owner::instance("local-1", &format!("team-{number}"));
        let person = scene.person_of(&format!("alice-{number}"), std::slice::from_ref(&other));
        let racer = Racer::with_grant(&scene, &person, &Owner::Me, &format!("octo-{number}")).await;
        let again = racer.again_by(&person, &other);
        Round::by_oauth([racer, again], None)
    };
    contest("grant, grant; two owners", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_in_the_hands_of_a_thief_and_of_its_owner() {
    // S-22, S-42: bound before the thief came, or ended by the thief and its token revoked.
    let scene = scene().await;
    let table = [
        line(["bound", "authorization_invalid"], Who::First, Who::First, 0),
        line(["grant_ended", "authorization_invalid"], Who::Second, Who::Nobody, 0),
    ];
    let prepare = async |number| {
        let team = Owner::instance("local-1", &format!("team-{number}"));
        let person = scene.person_of(&format!("alice-{number}"), std::slice::from_ref(&team));
        let racer = Racer::with_grant(&scene, &person, &team, &format!("octo-{number}")).await;
        let thief = racer.again_by(&scene.person(&format!("mallory-{number}")), &Owner::Me);
        Round::by_oauth([racer, thief.holding_back()], None)
    };
    contest("grant, thief's grant", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_and_an_unbinding_of_nothing_yet() {
    // S-22, S-30, S-42; R-78
    let scene = scene().await;
    let table = [
        line(["bound", "not_bound"], Who::Second, Who::First, 0),
        line(["bound", "revoked"], Who::First, Who::Nobody, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("octo-{number}");
        let unbinding = Racer::unbinding(&other, &owner, GITHUB, &account);
        Round::by_oauth([Racer::with_grant(&scene, &one, &owner, &account).await, unbinding], None)
    };
    contest("grant, unbind; nothing bound", &scene, &table, prepare).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_renews_and_an_unbinding() {
    // S-6, S-22, S-30, S-42; R-78: renewed and then unbound, or unbound and then bound anew.
    let scene = scene().await;
    let table = [
        line(["renewed", "revoked"], Who::First, Who::Nobody, 0),
        line(["bound", "revoked"], Who::Second, Who::First, 0),
    ];
    let prepare = async |number| {
        let ([one, other], owner) = people(&scene, number);
        let account = format!("octo-{number}");
        let before = bound_by_oauth(&one, &owner, &account).await;
        let unbinding = Racer::unbinding(&other, &owner, GITHUB, &account);
        Round::by_oauth([Racer::with_grant(&scene, &one, &owner, &account).await, unbinding], Some(before))
    };
    contest("grant, unbind; renew", &scene, &table, prepare).await;
}
