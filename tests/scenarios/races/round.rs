//! One round of a race: an owner of its own, what stood there before, and two racers ready to go.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, GITHUB, GITLAB, Owner, Person, Scene};
use url::Url;

use crate::grants::{completion_secret_of, redeem};

/// Two racers before the start.
pub(super) struct Round {
    pub(super) provider: &'static str,
    pub(super) racers: [Racer; 2],
    /// The id of the binding that stands at the start.
    pub(super) before: Option<String>,
}

/// Somebody with one request to send.
pub(super) struct Racer {
    pub(super) person: Person,
    pub(super) owner: Owner,
    /// Login of the account that the request would bind, or that has been bound.
    pub(super) account: String,
    pub(super) act: Act,
    /// Whether they hold back in half of the rounds.
    pub(super) holds_back: bool,
}

/// What a racer does.
pub(super) enum Act {
    /// Binds with this personal token.
    Token(String),
    /// Comes back from the provider.
    Callback(Url),
    /// Unbinds.
    Unbind(&'static str),
    /// Redeems a completion secret.
    Redeem(String),
    /// Binds a grant.
    Grant(String),
}

impl Racer {
    /// Sends the request.
    pub(super) async fn run(&self) -> Answer {
        let Self { person, owner, account, act, .. } = self;
        match act {
            Act::Token(token) => person.bind_gitlab(owner, token, account).await,
            Act::Callback(back) => person.callback(back).await,
            Act::Unbind(provider) => person.unbind(owner, provider).await,
            Act::Grant(grant) => person.put(owner, GITHUB, &json!({"grant": grant})).await,
            Act::Redeem(secret) => {
                // Not by `send`: the answer is the one that hands a secret over.
                let request = person.request(Method::POST, "grants").json(&json!({"completion_secret": secret}));
                person.receive(request).await
            }
        }
    }
}

/// What a racer is told, in a word: a result, an outcome or a code.
pub(super) fn told(answer: &Answer) -> String {
    match (answer.status, answer.header("content-type")) {
        (303, _) => answer.result(),
        (status, "text/html; charset=utf-8") => format!("page {status}"),
        (200 | 201, _) => {
            let document = answer.json();
            let receipt = document["revocation"].as_str();
            let written =
                document["warnings"].as_array().map(|_| if answer.status == 201 { "bound" } else { "renewed" });
            let redeemed = document["grant"].as_str().map(|_| "redeemed");
            receipt.or(written).or(redeemed).expect("an answer of ours").to_owned()
        }
        _ => answer.code(),
    }
}

/// The two who race in a round, and for whom: by turns one person twice for themselves, and two people for an instance.
pub(super) fn people(scene: &Scene, number: usize) -> ([Person; 2], Owner) {
    if number.is_multiple_of(2) {
        let alice = scene.person(&format!("alice-{number}"));
        return ([alice.at_another_browser(), alice], Owner::Me);
    }
    let owner = Owner::instance("local-1", &format!("team-{number}"));
    let person = |name| scene.person_of(&format!("{name}-{number}"), std::slice::from_ref(&owner));
    ([person("alice"), person("bob")], owner)
}

impl Racer {
    /// Somebody who enters a personal token.
    pub(super) fn with_token(person: &Person, owner: &Owner, token: &str, account: &str) -> Self {
        Self::new(person, owner, account, Act::Token(token.to_owned()))
    }

    /// Somebody who has consented and is on the way back.
    pub(super) async fn on_the_way_back(person: &Person, owner: &Owner, account: &str) -> Self {
        let attempt = person.start(owner, GITHUB).await;
        let back = person.consent(&attempt, account).await;
        Self::new(person, owner, account, Act::Callback(back))
    }

    /// Somebody who unbinds.
    pub(super) fn unbinding(person: &Person, owner: &Owner, provider: &'static str, account: &str) -> Self {
        // An unbinding writes first thing, so it would always be first.
        Self::new(person, owner, account, Act::Unbind(provider)).holding_back()
    }

    /// Somebody whom the console has handed a completion secret.
    pub(super) async fn redeeming(scene: &Scene, person: &Person, owner: &Owner, account: &str) -> Self {
        let secret = completion_secret_of(scene, person, None, GITHUB, account).await;
        Self::new(person, owner, account, Act::Redeem(secret))
    }

    /// Somebody who has a grant and names `owner`.
    pub(super) async fn with_grant(scene: &Scene, person: &Person, owner: &Owner, account: &str) -> Self {
        let secret = completion_secret_of(scene, person, None, GITHUB, account).await;
        let (status, answer) = redeem(scene, person, &secret).await;
        assert_eq!(status, 200, "{}", answer["code"]);
        let grant = answer["grant"].as_str().expect("a grant").to_owned();
        Self::new(person, owner, account, Act::Grant(grant))
    }

    /// Somebody else, or the same person at another browser, with the same request.
    pub(super) fn again_by(&self, person: &Person, owner: &Owner) -> Self {
        let act = match &self.act {
            Act::Token(token) => Act::Token(token.clone()),
            Act::Callback(back) => Act::Callback(back.clone()),
            Act::Unbind(provider) => Act::Unbind(provider),
            Act::Redeem(secret) => Act::Redeem(secret.clone()),
            Act::Grant(grant) => Act::Grant(grant.clone()),
        };
        Self::new(person, owner, &self.account, act)
    }

    /// The same, holding back in half of the rounds.
    pub(super) fn holding_back(self) -> Self {
        Self { holds_back: true, ..self }
    }

    fn new(person: &Person, owner: &Owner, account: &str, act: Act) -> Self {
        let (person, owner, account) = (person.clone(), owner.clone(), account.to_owned());
        Self { person, owner, account, act, holds_back: false }
    }
}

/// A binding that stands at the start; its id.
pub(super) async fn bound_by_token(person: &Person, owner: &Owner, token: &str, account: &str) -> String {
    let bound = person.bind_gitlab(owner, token, account).await.expect(201).json();
    bound["binding_id"].as_str().expect("an id").to_owned()
}

/// A binding by OAuth that stands at the start; its id.
pub(super) async fn bound_by_oauth(person: &Person, owner: &Owner, account: &str) -> String {
    assert_eq!(person.at_another_browser().authorize(owner, GITHUB, account).await.result(), "bound");
    person.entry(owner, GITHUB).await["binding_id"].as_str().expect("an id").to_owned()
}

impl Round {
    /// A round at GitHub.
    pub(super) fn by_oauth(racers: [Racer; 2], before: Option<String>) -> Self {
        Self { provider: GITHUB, racers, before }
    }

    /// A round at GitLab.
    pub(super) fn by_token(racers: [Racer; 2], before: Option<String>) -> Self {
        Self { provider: GITLAB, racers, before }
    }
}
