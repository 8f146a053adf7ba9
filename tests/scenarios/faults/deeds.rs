//! What a person does in each flow: the way there, the one request that meets the fault, and how they start again.

use serde_json::json;
use tests::{Answer, Owner, Person, Scene};
use url::Url;

/// How somebody is told that a state was used before.
const USED: &str = "page 410";

/// A flow's one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Start,
    Callback {
        renews: bool,
    },
    /// Of an account that ten others have bound: one of their tokens ends.
    Crowded,
    Keep,
    Redeem,
    BindGrant,
    EndGrant,
    /// With a personal token that begins so.
    Token {
        renews: bool,
        token: &'static str,
    },
    Unbind,
    UnbindToken {
        token: &'static str,
    },
    Status,
}

/// What was reached on the way there.
#[derive(Debug, Clone)]
pub(super) enum Reached {
    Nothing,
    /// The browser is about to come back, with the state.
    Back(Url, String),
    Secret(String),
    Grant(String),
}

/// Somebody with an account of their own at the provider.
pub(super) struct Actor<'a> {
    pub(super) scene: &'a Scene,
    pub(super) person: Person,
    pub(super) provider: &'static str,
    pub(super) account: String,
}

impl Actor<'_> {
    /// Everything before the request that meets the fault.
    pub(super) async fn prepare(&self, deed: Deed) -> Reached {
        match deed {
            Deed::Start | Deed::Status | Deed::Token { renews: false, .. } => Reached::Nothing,
            Deed::Token { renews: true, token } | Deed::UnbindToken { token } => {
                self.enter(token, 1).await.expect(201);
                Reached::Nothing
            }
            Deed::Crowded => {
                for number in 0..10 {
                    let other = self.scene.person(&format!("{number} of {}", self.person.subject));
                    assert_eq!(other.authorize(&Owner::Me, self.provider, &self.account).await.result(), "bound");
                }
                self.on_the_way_back().await
            }
            Deed::Unbind => {
                assert_eq!(self.authorize().await, "bound");
                Reached::Nothing
            }
            Deed::Callback { renews } => {
                if renews {
                    assert_eq!(self.authorize().await, "bound");
                }
                self.on_the_way_back().await
            }
            Deed::Keep => {
                let attempt = self.person.start_for_console(self.provider).await;
                Reached::Back(self.person.consent(&attempt, &self.account).await, attempt.state)
            }
            Deed::Redeem => Reached::Secret(self.keep().await),
            Deed::BindGrant | Deed::EndGrant => Reached::Grant(self.redeem().await),
        }
    }

    async fn on_the_way_back(&self) -> Reached {
        let attempt = self.person.start(&Owner::Me, self.provider).await;
        Reached::Back(self.person.consent(&attempt, &self.account).await, attempt.state)
    }

    /// The request that meets the fault.
    pub(super) async fn act(&self, deed: Deed, reached: &Reached) -> Answer {
        let person = &self.person;
        match (deed, reached) {
            (Deed::Start, _) => person.try_start(&Owner::Me, self.provider, None).await,
            (Deed::Callback { .. } | Deed::Crowded, Reached::Back(back, _)) => person.callback(back).await,
            (Deed::Keep, Reached::Back(back, _)) => person.callback_for_console(back).await.0,
            (Deed::Redeem, Reached::Secret(secret)) => person.redeem(secret).await.0,
            (Deed::BindGrant, Reached::Grant(grant)) => person.bind_grant(&Owner::Me, self.provider, grant).await,
            (Deed::EndGrant, Reached::Grant(grant)) => {
                let eve = self.scene.person(&format!("eve of {}", person.subject));
                eve.bind_grant(&Owner::Me, self.provider, grant).await
            }
            (Deed::Token { token, .. }, _) => self.enter(token, 2).await,
            (Deed::Unbind, _) => person.unbind(&Owner::Me, self.provider).await,
            (Deed::UnbindToken { .. }, _) => person.unbind_and_revoke(&Owner::Me, self.provider).await,
            (Deed::Status, _) => person.list(&Owner::Me).await,
            (deed, reached) => panic!("{deed:?} does not follow from {reached:?}"),
        }
    }

    /// Does it again, as somebody would who was told to. Whatever is used up is told to be, and never used twice.
    pub(super) async fn again(&self, deed: Deed, reached: &Reached) {
        let before = self.is_bound().await;
        match (deed, reached) {
            (Deed::Callback { .. }, Reached::Back(back, state)) => {
                let is_used = self.is_used(state).await;
                let fresh = if before { "renewed" } else { "bound" };
                let expected = if is_used { USED } else { fresh };
                assert_eq!(outcome(&self.person.callback(back).await), expected, "the callback once more");
            }
            (Deed::Keep, Reached::Back(back, state)) => {
                let expected = if self.is_used(state).await { USED } else { "complete" };
                let (answer, _) = self.person.callback_for_console(back).await;
                assert_eq!(outcome(&answer), expected, "the callback once more");
            }
            (Deed::BindGrant, Reached::Grant(grant)) => {
                let answer = self.person.bind_grant(&Owner::Me, self.provider, grant).await;
                assert_eq!(answer.status, if before { 200 } else { 201 }, "{}", answer.everything());
            }
            (Deed::Unbind, _) => {
                let answer = self.person.unbind(&Owner::Me, self.provider).await;
                assert_eq!(answer.status, if before { 200 } else { 404 }, "{}", answer.everything());
            }
            (Deed::Status, _) => drop(self.person.list(&Owner::Me).await.expect(200)),
            _ => {}
        }
        self.start_over(deed).await;
        assert!(self.is_bound().await, "not bound in the end");
    }

    async fn start_over(&self, deed: Deed) {
        let expected = if self.is_bound().await { ("renewed", 200) } else { ("bound", 201) };
        match deed {
            Deed::Token { token, .. } => drop(self.enter(token, 3).await.expect(expected.1)),
            // The token that is to be revoked may be dead: another one is entered.
            Deed::UnbindToken { token } => drop(self.enter(token, 4).await.expect(expected.1)),
            Deed::Keep | Deed::Redeem | Deed::BindGrant | Deed::EndGrant => {
                let grant = self.redeem().await;
                self.person.bind_grant(&Owner::Me, self.provider, &grant).await.expect(expected.1);
            }
            _ => assert_eq!(self.authorize().await, expected.0),
        }
    }

    /// Whether status says that something is bound.
    pub(super) async fn is_bound(&self) -> bool {
        let entry = self.person.entry(&Owner::Me, self.provider).await;
        assert!(entry["problem"].is_null(), "{entry}");
        match entry["state"].as_str() {
            Some("bound") => true,
            Some("unbound") => false,
            _ => panic!("neither bound nor unbound: {entry}"),
        }
    }

    async fn is_used(&self, state: &str) -> bool {
        self.scene.rows().authorization(state).await.expect("a row").contains_key("consumed_by")
    }

    async fn authorize(&self) -> String {
        self.person.authorize(&Owner::Me, self.provider, &self.account).await.result()
    }

    async fn keep(&self) -> String {
        let attempt = self.person.start_for_console(self.provider).await;
        let back = self.person.consent(&attempt, &self.account).await;
        let (answer, secret) = self.person.callback_for_console(&back).await;
        secret.unwrap_or_else(|| panic!("no secret: {}", answer.everything()))
    }

    async fn redeem(&self) -> String {
        let (answer, grant) = self.person.redeem(&self.keep().await).await;
        grant.unwrap_or_else(|| panic!("no grant: {}", answer.everything()))
    }

    /// Enters a personal token of the account.
    async fn enter(&self, token: &str, number: usize) -> Answer {
        let token = format!("{token}+{number}-{}", self.account);
        self.person.put(&Owner::Me, self.provider, &json!({"username": self.account, "token": token})).await
    }
}

/// What an answer says, in one word; its status must be what S-40 wants of that word.
#[track_caller]
pub(super) fn outcome(answer: &Answer) -> String {
    let has = |name: &str| answer.text.contains(&format!("\"{name}\":"));
    match (answer.status, answer.header("content-type")) {
        (303, _) => answer.result(),
        (status, "text/html; charset=utf-8") => format!("page {status}"),
        (status, "application/problem+json") => {
            let code = answer.code();
            let document = answer.problem(status_of(&code), &code);
            let comes_back = document["retry_after"].as_u64().is_some_and(|seconds| seconds > 0);
            assert_eq!(comes_back, status == 503, "{document}");
            code
        }
        (500, _) => "crashed".to_owned(),
        (201, _) if has("authorization_url") => "started".to_owned(),
        (201, _) => "bound".to_owned(),
        (200, _) if has("grant") => "redeemed".to_owned(),
        (200, _) if has("bindings") => "listed".to_owned(),
        (200, _) if has("revocation") => answer.json()["revocation"].as_str().expect("a text").to_owned(),
        (200, _) => "renewed".to_owned(),
        _ => panic!("an answer of another kind: {}", answer.everything()),
    }
}

/// S-40: come back later, or the provider's fault, and never the person's.
fn status_of(code: &str) -> u16 {
    match code {
        "unavailable" | "provider_limited" => 503,
        "provider_failed" | "provider_unreachable" | "server_broken" => 502,
        "provider_timeout" | "server_timeout" => 504,
        "not_the_provider" => 422,
        "authorization_invalid" => 400,
        "misconfigured" => 500,
        other => panic!("not the code of a fault: {other}"),
    }
}
