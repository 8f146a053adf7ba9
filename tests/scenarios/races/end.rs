//! How a round ended: the rows, the status, and what became of every token, held to the order that the answers tell.

use std::collections::BTreeSet;

use codebind::domain::credential::{Purpose, SealContext};
use serde_json::{Value, json};
use tests::{Answer, GITHUB, GITLAB, Item, Owner, Scene, SeenToken, sha256_hex};

use super::{
    contest::Who,
    round::{Act, Racer, Round, told},
};

/// What one owner's row holds; tokens by their hashes.
struct Held {
    stored: Option<Stored>,
    /// Tokens that wait to be revoked.
    waiting: Vec<String>,
}

/// A binding as it is stored.
struct Stored {
    id: String,
    token: String,
    account: String,
    bound_by: String,
}

/// Fails unless the round ended as it must, if the racers came in the order that `answers` fit. `all` are the
/// tokens of the provider.
pub(super) async fn check(scene: &Scene, round: &Round, answers: &[Answer; 2], stands: Who, all: &[SeenToken]) {
    for (racer, answer) in round.racers.iter().zip(answers) {
        if told(answer) == "redeemed" {
            bind_redeemed(scene, racer, answer).await;
        }
    }
    let mut held = Vec::new();
    for owner in round.racers.iter().map(|it| &it.owner).collect::<BTreeSet<_>>() {
        let racer = round.racers.iter().find(|it| it.owner == *owner).expect("an owner has a racer");
        held.push((owner, look(scene, racer, round.provider).await));
    }
    let standing: Vec<_> = held.iter().filter_map(|(owner, it)| Some((*owner, it.stored.as_ref()?))).collect();
    let whose = |number: usize| {
        let [(owner, stored)] = &*standing else { return false };
        is_of(&round.racers[number], owner, stored)
    };
    let fits = match stands {
        Who::Nobody => standing.is_empty(),
        Who::First => whose(0),
        Who::Second => whose(1),
        Who::Either => whose(0) || whose(1),
    };
    let both = || answers.each_ref().map(Answer::everything).join("\n");
    assert!(fits, "{stands:?} does not stand after\n{}", both());
    ids(round, answers, standing.first().map(|(_, it)| &*it.id));
    tokens(round, held.into_iter().map(|(_, it)| it).collect(), all);
}

/// A grant is seen to be good by binding it.
async fn bind_redeemed(scene: &Scene, racer: &Racer, answer: &Answer) {
    let grant = answer.json()["grant"].as_str().expect("a grant").to_owned();
    scene.keep_secret(&grant);
    racer.person.put(&racer.owner, GITHUB, &json!({"grant": grant})).await.expect(201);
}

fn is_of(racer: &Racer, owner: &Owner, stored: &Stored) -> bool {
    let is_own_token = match &racer.act {
        Act::Token(token) => stored.token == sha256_hex(token.as_bytes()),
        _ => true,
    };
    racer.owner == *owner && racer.account == stored.account && racer.person.subject == stored.bound_by && is_own_token
}

/// Reads an owner's row, opens what is sealed in it, and compares it with what its owner is told.
async fn look(scene: &Scene, racer: &Racer, provider: &str) -> Held {
    let holder = racer.person.holder(&racer.owner);
    let row = scene.rows().binding(&holder, provider).await.unwrap_or_default();
    let entry = racer.person.entry(&racer.owner, provider).await;
    // All or none: half a binding would be found by its account, or shown and not opened.
    let parts = ["binding", "credential", "account_key", "issued_at", "token_mark"];
    let present = parts.iter().filter(|name| row.contains_key(**name)).count();
    assert!([0, parts.len()].contains(&present), "half a binding: {:?}", row.keys());
    let mut waiting = Vec::new();
    for (_, credential) in row.iter().filter(|(name, _)| name.starts_with("revocation_")) {
        waiting.push(open(scene, &holder.hash(), provider, credential.as_m().expect("a credential")).await);
    }
    let Some(binding) = row.get("binding").map(|it| it.as_m().expect("a binding")) else {
        assert_eq!(entry["state"], "unbound");
        return Held { stored: None, waiting };
    };
    let text = |name: &str| binding[name].as_s().expect("a text").clone();
    let token = open(scene, &holder.hash(), provider, row["credential"].as_m().expect("a credential")).await;
    let (id, account) = (text("id"), text("account_login"));
    assert_eq!((&entry["state"], &entry["binding_id"]), (&json!("bound"), &json!(id)));
    assert_eq!(entry["account"]["login"], *account);
    Held { stored: Some(Stored { id, token, account, bound_by: text("bound_by_subject") }), waiting }
}

/// The hash of a token that is sealed in a row.
async fn open(scene: &Scene, owner_hash: &str, provider: &str, credential: &Item) -> String {
    let binding_id = credential["binding_id"].as_s().expect("an id").clone();
    let (owner_hash, provider) = (owner_hash.to_owned(), provider.to_owned());
    let context = SealContext { owner_hash, provider, binding_id, purpose: Purpose::Credential };
    let sealed = credential["sealed"].as_b().expect("sealed bytes").as_ref();
    let key = scene.seals().unwrap_key(sealed, &context).await.expect("the context unwraps the key");
    let plain = scene.seals().open(sealed, &key, &context).expect("the key opens the token");
    let plain: Value = serde_json::from_str(&plain).expect("a credential is JSON");
    sha256_hex(plain["access_token"].as_str().expect("a token").as_bytes())
}

/// The ids in the answers tell of one binding, or of two that stood one after the other.
fn ids(round: &Round, answers: &[Answer; 2], standing: Option<&str>) {
    let of = |what: &[&str]| {
        let meant = answers.iter().filter(|it| it.status != 303 && what.contains(&&*told(it)));
        meant.map(|it| it.json()["binding_id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let (made, renewed) = (of(&["bound"]), of(&["renewed"]));
    let removed = of(&["revoked", "revocation_scheduled", "left_in_place"]);
    if let (Some(id), Some(before)) = (removed.first(), &round.before) {
        assert_eq!(id, before, "what stood at the start is what was removed");
        assert!(!made.contains(before), "a new binding has an id of its own");
    }
    let stood = removed.first().or(round.before.as_ref()).or(made.first());
    assert!(renewed.iter().all(|id| Some(id) == stood), "a renewal keeps the id: {renewed:?} {stood:?}");
    if let (Some(id), Some(standing)) = (made.first(), standing) {
        assert_eq!(id, standing);
    }
}

/// Every token is accounted for: stored and alive, or dead, or waiting to be revoked. A personal one is never revoked.
fn tokens(round: &Round, held: Vec<Held>, all: &[SeenToken]) {
    let stored: Vec<_> = held.iter().filter_map(|it| Some(it.stored.as_ref()?.token.clone())).collect();
    let waiting: Vec<_> = held.into_iter().flat_map(|it| it.waiting).collect();
    let is_of_round = |it: &SeenToken| round.racers.iter().any(|racer| racer.account == it.account);
    let issued: Vec<_> = all.iter().filter(|it| is_of_round(it)).collect();
    for token in &stored {
        assert!(issued.iter().any(|it| it.sha256 == *token && !it.revoked), "a dead token is stored: {issued:?}");
        assert!(!waiting.contains(token), "what is stored is to be revoked");
    }
    if round.provider == GITLAB {
        assert!(waiting.is_empty() && issued.iter().all(|it| !it.revoked), "a personal token: {issued:?}");
        return;
    }
    for token in issued.iter().filter(|it| !it.revoked) {
        let is_known = stored.contains(&token.sha256) || waiting.contains(&token.sha256);
        assert!(is_known, "a token lives that nobody holds: {token:?}");
    }
}
