//! Every flow of every function, by success and by failure, with what each request is to be told as.

use console::PAGE;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Attempt, BITBUCKET, GITHUB, GITLAB, HUBOT, Lost, OCTO, Owner, Person, Proxy, Scene};
use url::Url;

use crate::refresh;

const GITEE: &str = "gitee";
const GOOD: &str = "glpat-api-glfake";

/// What a request was answered with, and what the log is to say of it.
pub(super) struct Answered {
    pub(super) request_id: String,
    pub(super) status: u16,
    pub(super) outcome: &'static str,
}

/// The requests that were made.
pub(super) struct Tour {
    pub(super) alice: Person,
    pub(super) answers: Vec<Answered>,
}

impl Tour {
    pub(super) async fn through(scene: &Scene, dynamodb: &Proxy) -> Self {
        let mut tour = Self { alice: scene.person("alice"), answers: Vec::new() };
        tour.requests_that_go_nowhere().await;
        tour.the_page().await;
        tour.authorizations(scene).await;
        tour.personal_tokens(dynamodb).await;
        tour.completions(scene).await;
        tour.unwanted_tokens(scene, dynamodb).await;
        tour.moved_rows(scene).await;
        tour.leases(scene).await;
        tour
    }

    fn note(&mut self, answer: Answer, outcome: &'static str) -> Answer {
        let request_id = answer.header("apigw-requestid").to_owned();
        self.answers.push(Answered { request_id, status: answer.status, outcome });
        answer
    }

    async fn requests_that_go_nowhere(&mut self) {
        let alice = self.alice.clone();
        let me = Owner::Me;
        self.note(alice.get("providers").await, "catalogue");
        self.note(alice.list(&me).await, "listed");
        self.note(alice.get("users/me/bindings/github").await, "shown");
        self.note(alice.get("users/me/bindings/sourcehut").await, "unknown_provider");
        self.note(alice.list(&Owner::instance("local-1", "somebody-elses")).await, "not_allowed");
        self.note(alice.list(&Owner::instance("mars", "team")).await, "region_not_offered");
        self.note(alice.put(&me, GITLAB, &json!({"x": 1})).await, "invalid_body");
        self.note(alice.try_start(&me, GITLAB, None).await, "other_method");
        let prefetch =
            alice.browse(Method::GET, "/v1/oauth/callback/github?code=a&state=b").header("purpose", "prefetch");
        self.note(alice.send(prefetch).await, "prefetch_refused");
        let malformed = alice.browse(Method::GET, "/v1/oauth/callback/github?code=a&code=b");
        self.note(alice.send(malformed).await, "invalid_callback");
    }

    async fn the_page(&mut self) {
        let alice = self.alice.clone();
        self.note(alice.get("owners").await, "owners");
        let asset = format!("/console/{}/app.js", PAGE.version);
        for (path, outcome) in [
            ("/", "console_moved"),
            ("/console", "console_page"),
            ("/console/config.json", "console_page"),
            (&asset, "console_asset"),
            ("/console/0/app.js", "not_found"),
        ] {
            self.note(alice.send(alice.browse(Method::GET, path)).await, outcome);
        }
    }

    async fn start(&mut self, provider: &str) -> Attempt {
        let answer = self.alice.try_start(&Owner::Me, provider, None).await;
        let answer = self.note(answer, "started");
        self.alice.started(&answer)
    }

    async fn on_the_way_back(&mut self, provider: &str, account: &str) -> (Attempt, Url) {
        let attempt = self.start(provider).await;
        let back = self.alice.consent(&attempt, account).await;
        (attempt, back)
    }

    async fn authorize(&mut self, provider: &str, account: &str, outcome: &'static str) {
        let (_, back) = self.on_the_way_back(provider, account).await;
        let answer = self.alice.callback(&back).await;
        self.note(answer, outcome);
    }

    async fn authorizations(&mut self, scene: &Scene) {
        let alice = self.alice.clone();
        self.authorize(GITHUB, OCTO, "bound").await;
        self.authorize(GITHUB, OCTO, "renewed").await;
        let (_, back) = self.on_the_way_back(GITHUB, OCTO).await;
        self.note(alice.at_another_browser().callback(&back).await, "authorization_invalid");
        self.note(alice.callback(&back).await, "authorization_used");
        let unknown = alice.browse(Method::GET, &format!("/v1/oauth/callback/github?code=a&state={}", "A".repeat(43)));
        self.note(alice.send(unknown).await, "authorization_invalid");
        let (attempt, _) = self.on_the_way_back(GITHUB, OCTO).await;
        let elsewhere = alice.browse(Method::GET, &attempt.callback_with(GITEE, "0123456789abcdef0123"));
        self.note(alice.send(elsewhere).await, "authorization_other_provider");
        let attempt = self.start(GITHUB).await;
        let declined = alice.decline(&attempt).await;
        self.note(alice.callback(&declined).await, "declined");
        scene.simulator(GITHUB).fail(json!({"path": "/access_token", "status": 500})).await;
        self.authorize(GITHUB, OCTO, "provider_failed").await;
        self.authorize(GITEE, OCTO, "bound").await;
        self.authorize(GITEE, HUBOT, "other_account_bound").await;
        self.note(alice.unbind(&Owner::Me, GITEE).await, "not_revocable");
    }

    async fn personal_tokens(&mut self, dynamodb: &Proxy) {
        let (alice, me) = (self.alice.clone(), Owner::Me);
        self.note(alice.bind_gitlab(&me, GOOD, "glfake").await, "bound");
        self.note(alice.bind_gitlab(&me, GOOD, "glfake").await, "renewed");
        self.note(alice.bind_gitlab(&me, "glpat-expired-glfake", "glfake").await, "token_expired");
        for address in ["http://10.0.0.1", "https://vault.internal"] {
            let form = json!({"address": address, "username": "glfake", "token": GOOD});
            self.note(alice.put(&me, GITLAB, &form).await, "address_not_public");
        }
        self.note(alice.unbind(&me, GITLAB).await, "left_in_place");
        self.note(alice.unbind(&me, GITLAB).await, "not_bound");
        self.note(alice.bind_gitlab(&me, GOOD, "glfake").await, "bound");
        self.note(alice.unbind_and_revoke(&me, GITLAB).await, "revoked");
        // Once for each attempt.
        dynamodb.lose("Query", "", 3, Lost::Request);
        self.note(alice.list(&me).await, "unavailable");
        dynamodb.assert_all_lost();
    }

    /// A request whose answer hands over a secret.
    async fn secretly(&mut self, person: &Person, path: &str, body: &Value, outcome: &'static str) -> Value {
        let answer = person.receive(person.request(Method::POST, path).json(body)).await;
        self.note(answer, outcome).json()
    }

    async fn completion_secret(&mut self, scene: &Scene) -> String {
        let alice = self.alice.clone();
        let answer = alice.send(alice.request(Method::POST, "authorizations/github").json(&json!({}))).await;
        let answer = self.note(answer, "started");
        let attempt = alice.started(&answer);
        let back = alice.consent(&attempt, OCTO).await;
        let callback = &back[url::Position::BeforePath..url::Position::AfterQuery];
        let answer = alice.receive(alice.browse(Method::GET, callback)).await.expect(303);
        let location = self.note(answer, "complete").location();
        let secret = location.fragment().unwrap().strip_prefix("completion_secret=").unwrap().to_owned();
        scene.keep_secret(&secret);
        secret
    }

    async fn completions(&mut self, scene: &Scene) {
        let (alice, eve, team) = (self.alice.clone(), scene.person("eve"), Owner::instance("local-1", "team"));
        let secret = self.completion_secret(scene).await;
        self.secretly(&eve, "grants", &json!({"completion_secret": secret}), "authorization_invalid").await;
        self.secretly(&alice, "grants", &json!({"completion_secret": secret}), "grant_ended").await;
        for (person, outcome) in [(&eve, "authorization_invalid"), (&alice, "bound")] {
            let secret = self.completion_secret(scene).await;
            let redeemed = self.secretly(&alice, "grants", &json!({"completion_secret": secret}), "redeemed").await;
            let grant = redeemed["grant"].as_str().unwrap();
            scene.keep_secret(grant);
            self.note(person.put(&team, GITHUB, &json!({"grant": grant})).await, outcome);
        }
        self.note(alice.unbind(&team, GITHUB).await, "revoked");
    }

    /// Tokens that are issued and bound by nothing: revoked, queued, or neither.
    async fn unwanted_tokens(&mut self, scene: &Scene, dynamodb: &Proxy) {
        let simulator = scene.simulator(GITHUB);
        self.authorize(GITHUB, HUBOT, "other_account_bound").await;
        for is_queued in [true, false] {
            simulator.fail(json!({"path": "/token", "method": "DELETE", "status": 500})).await;
            if !is_queued {
                dynamodb.lose("UpdateItem", "revocation_", 3, Lost::Request);
            }
            self.authorize(GITHUB, HUBOT, "other_account_bound").await;
        }
        dynamodb.assert_all_lost();
    }

    /// A token that is lent, doubted and refreshed; with its answer lost, our client refused, and the grant revoked.
    async fn leases(&mut self, scene: &Scene) {
        let (alice, me, simulator) = (self.alice.clone(), Owner::Me, scene.simulator(BITBUCKET));
        simulator.issue(json!({"expires_in": 100})).await;
        self.authorize(BITBUCKET, OCTO, "bound").await;
        simulator.issue(json!({})).await;
        let mut token = self.lease(scene, "leased").await;
        for (fault, outcome) in [
            (json!({"close": true, "after_effect": true}), "provider_unreachable"),
            (json!({"status": 400, "body": {"error": "unauthorized_client"}}), "registration_refused"),
        ] {
            self.suspect(scene, &token).await;
            let mut fault = fault.as_object().expect("a script").clone();
            fault.insert("path".to_owned(), json!("/access_token"));
            simulator.fail(fault.into()).await;
            self.lease(scene, outcome).await;
            if outcome == "registration_refused" {
                refresh::end_break(scene).await;
            }
            token = self.lease(scene, "leased").await;
        }
        self.suspect(scene, &token).await;
        simulator.revoke_tokens().await;
        self.lease(scene, "reauthorization_required").await;
        self.note(alice.unbind(&me, BITBUCKET).await, "not_revocable");
    }

    async fn lease(&mut self, scene: &Scene, outcome: &'static str) -> String {
        let answer = scene.worker().try_lease(&self.alice, &Owner::Me, BITBUCKET, 300).await;
        let document = self.note(answer, outcome).json();
        document["access_token"].as_str().unwrap_or_default().to_owned()
    }

    async fn suspect(&mut self, scene: &Scene, token: &str) {
        let answer = scene.worker().suspect(&self.alice, &Owner::Me, BITBUCKET, token).await;
        self.note(answer, "suspected");
    }

    /// A row copied to another owner does not open there.
    async fn moved_rows(&mut self, scene: &Scene) {
        let (alice, team) = (self.alice.clone(), Owner::instance("local-1", "team"));
        let mut row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.expect("a row");
        let key = aws_sdk_dynamodb::types::AttributeValue::S(alice.holder(&team).key());
        row.insert("owner".to_owned(), key);
        scene.rows().put_binding(row).await;
        self.note(alice.unbind(&team, GITHUB).await, "revocation_scheduled");
        self.note(alice.unbind(&Owner::Me, GITHUB).await, "revoked");
    }
}
