//! What a person does where the console completes (S-22). Answers that hand over a secret are kept out of the search.

use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::{Answer, Attempt, Owner, Person};

impl Person {
    /// Starts an authorization whose owner is chosen after consent.
    pub async fn start_for_console(&self, provider: &str) -> Attempt {
        let request = self.request(Method::POST, &format!("authorizations/{provider}"));
        self.started(&self.send(request).await)
    }

    /// Comes back from the provider; the answer, and the completion secret in it.
    pub async fn callback_for_console(&self, back: &Url) -> (Answer, Option<String>) {
        let path_and_query = &back[url::Position::BeforePath..url::Position::AfterQuery];
        let of_answer = |answer: &Answer| {
            let location = Url::parse(answer.header("location")).ok()?;
            location.fragment()?.strip_prefix("completion_secret=").map(str::to_owned)
        };
        self.be_handed(self.browse(Method::GET, path_and_query), of_answer).await
    }

    /// Redeems a completion secret; the answer, and the grant in it.
    pub async fn redeem(&self, secret: &str) -> (Answer, Option<String>) {
        let request = self.request(Method::POST, "grants").json(&json!({"completion_secret": secret}));
        let of_answer = |answer: &Answer| {
            let document: serde_json::Value = serde_json::from_str(&answer.text).ok()?;
            document["grant"].as_str().map(str::to_owned)
        };
        self.be_handed(request, of_answer).await
    }

    /// Binds a grant.
    pub async fn bind_grant(&self, owner: &Owner, provider: &str, grant: &str) -> Answer {
        self.put(owner, provider, &json!({"grant": grant})).await
    }
}
