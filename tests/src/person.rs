//! A person: a token for the API, a browser, and what they do with both.

use std::sync::Arc;

use codebind::domain::owner::{Owner as Holder, User};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use crate::{Answer, Browser, Description, Exchange, GITLAB, Owner, consent::Form, scene::Link};

/// Somebody who uses the product. A clone is the same person at the same browser.
#[derive(Clone)]
pub struct Person {
    link: Arc<Link>,
    /// The `sub` of their token.
    pub subject: String,
    /// Their browser.
    pub browser: Browser,
    token: String,
}

/// An authorization that was started.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Where the browser is to be sent.
    pub authorization_url: Url,
    /// The state in it.
    pub state: String,
}

impl Person {
    pub(crate) fn new(link: Arc<Link>, subject: &str, token: String, browser: Browser) -> Self {
        Self { link, subject: subject.to_owned(), browser, token }
    }

    /// The same person at another browser, without cookies.
    pub fn at_another_browser(&self) -> Self {
        Self { browser: Browser::default(), ..self.clone() }
    }

    /// The owner as the product keeps it.
    pub fn holder(&self, owner: &Owner) -> Holder {
        match owner.clone() {
            Owner::Me => Holder::User(User { issuer: self.link.issuer.clone(), subject: self.subject.clone() }),
            Owner::Instance { region, instance } => Holder::Instance { region, instance },
        }
    }

    /// A request to a path below `/v1`, with token and cookies.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.with_cookies(method, &format!("{}/v1/{path}", self.link.url)).bearer_auth(&self.token)
    }

    /// Sends a request whose answer may hold a secret: then that is kept, and the answer is not.
    pub(crate) async fn be_handed(
        &self,
        request: RequestBuilder,
        secret: impl Fn(&Answer) -> Option<String>,
    ) -> (Answer, Option<String>) {
        let answer = self.receive(request).await;
        let secret = secret(&answer);
        match &secret {
            Some(secret) => self.link.journal.keep_secret(secret),
            None => self.link.journal.keep_answer(&answer),
        }
        (answer, secret)
    }

    /// Adds a text that must not be seen.
    pub fn keep_secret(&self, text: &str) {
        self.link.journal.keep_secret(text);
    }

    /// Fails if a secret is in `output`, or in an answer that this person got. A scene sees to that for its own.
    pub fn assert_no_secret_in(&self, output: &str) {
        self.link.journal.search(output);
    }

    /// Sends a request whose answer is not for the search at the end, as it hands over a secret. Every other way of
    /// asking comes by here, where the answer is held against the description of the API.
    pub async fn receive(&self, request: RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.expect("a request can be made");
        let exchange = Exchange::asked(&request);
        let response = client.execute(request).await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let answer = Answer::read(response).await;
        self.link.journal.compare(Description::get(), &exchange(answer.clone()));
        for cookie in answer.cookies() {
            self.browser.set(cookie);
        }
        answer
    }

    /// Sends a request and keeps the answer for the search at the end.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = self.receive(request).await;
        let hands_over = answer.status == 201 && answer.text.contains("authorization_url");
        if !hands_over {
            self.link.journal.keep_answer(&answer);
        }
        answer
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, path);
        self.send(body.iter().fold(request, RequestBuilder::json)).await
    }

    /// Reads a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// All entries of an owner.
    pub async fn list(&self, owner: &Owner) -> Answer {
        self.get(&format!("{}/bindings", owner.path())).await
    }

    /// The entry of one provider.
    pub async fn entry(&self, owner: &Owner, provider: &str) -> Value {
        self.get(&format!("{}/bindings/{provider}", owner.path())).await.expect(200).json()
    }

    /// Asks for an authorization.
    pub async fn try_start(&self, owner: &Owner, provider: &str, body: Option<&Value>) -> Answer {
        let path = format!("{}/bindings/{provider}/authorization", owner.path());
        let answer = self.call(Method::POST, &path, body).await;
        for (_, nonce) in self.browser.cookies() {
            self.link.journal.keep_secret(&nonce);
        }
        answer
    }

    /// Starts an authorization.
    pub async fn start(&self, owner: &Owner, provider: &str) -> Attempt {
        self.started(&self.try_start(owner, provider, None).await)
    }

    /// The attempt in the answer of a start.
    #[track_caller]
    pub fn started(&self, answer: &Answer) -> Attempt {
        assert_eq!(answer.status, 201, "{}", answer.everything());
        let text = answer.json()["authorization_url"].as_str().expect("there is an address").to_owned();
        let authorization_url = Url::parse(&text).expect("it is an address");
        let state = query(&authorization_url, "state").expect("it carries a state");
        self.link.journal.keep_secret(&state);
        Attempt { authorization_url, state }
    }

    /// Consents at the provider's page with `account` and all scopes; where the provider then sends the browser.
    pub async fn consent(&self, attempt: &Attempt, account: &str) -> Url {
        self.decide(attempt, account, None).await
    }

    /// Consents with some scopes only.
    pub async fn consent_to(&self, attempt: &Attempt, account: &str, scopes: &[&str]) -> Url {
        self.decide(attempt, account, Some(scopes)).await
    }

    async fn decide(&self, attempt: &Attempt, account: &str, scopes: Option<&[&str]>) -> Url {
        let mut form = self.consent_page(attempt).await;
        if let Some(scopes) = scopes {
            form.fields.retain(|(name, value)| name != "scope" || scopes.contains(&value.as_str()));
        }
        form.fields.push(("account_name".to_owned(), account.to_owned()));
        self.submit(form, "authorize").await
    }

    /// Declines at the provider's page.
    pub async fn decline(&self, attempt: &Attempt) -> Url {
        let form = self.consent_page(attempt).await;
        self.submit(form, "cancel").await
    }

    async fn consent_page(&self, attempt: &Attempt) -> Form {
        let page = self.link.http.get(attempt.authorization_url.clone()).send().await.expect("a page");
        assert_eq!(page.status(), 200, "{page:?}");
        Form::read(&page.text().await.expect("a whole page"), &attempt.authorization_url)
    }

    async fn submit(&self, mut form: Form, decision: &str) -> Url {
        form.fields.push(("decision".to_owned(), decision.to_owned()));
        let answer = self.link.http.post(form.action).form(&form.fields).send().await.expect("an answer");
        assert_eq!(answer.status(), 302, "{answer:?}");
        let location = answer.headers()["location"].to_str().expect("an address").to_owned();
        let location = Url::parse(&location).expect("an address");
        if let Some(code) = query(&location, "code") {
            self.link.journal.keep_secret(&code);
        }
        location
    }

    /// Brings the browser back from the provider, with its cookies and without a token.
    pub async fn callback(&self, url: &Url) -> Answer {
        let path_and_query = &url[url::Position::BeforePath..url::Position::AfterQuery];
        self.send(self.browse(Method::GET, path_and_query)).await
    }

    /// A request of the browser to the gateway: cookies, no token.
    pub fn browse(&self, method: Method, path_and_query: &str) -> RequestBuilder {
        self.with_cookies(method, &format!("{}{path_and_query}", self.link.url))
    }

    fn with_cookies(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.link.http.request(method, url);
        self.browser.header().into_iter().fold(request, |request, cookies| request.header("cookie", cookies))
    }

    /// Starts, consents and comes back.
    pub async fn authorize(&self, owner: &Owner, provider: &str, account: &str) -> Answer {
        let attempt = self.start(owner, provider).await;
        let back = self.consent(&attempt, account).await;
        self.callback(&back).await
    }

    /// Binds by a form.
    pub async fn put(&self, owner: &Owner, provider: &str, form: &Value) -> Answer {
        if let Some(token) = form["token"].as_str() {
            self.link.journal.keep_secret(token.trim());
        }
        self.call(Method::PUT, &format!("{}/bindings/{provider}", owner.path()), Some(form)).await
    }

    /// Binds `username` of the provider's own server with one of their tokens.
    pub async fn bind_gitlab(&self, owner: &Owner, token: &str, username: &str) -> Answer {
        self.put(owner, GITLAB, &json!({"username": username, "token": token})).await
    }

    /// Unbinds.
    pub async fn unbind(&self, owner: &Owner, provider: &str) -> Answer {
        self.call(Method::DELETE, &format!("{}/bindings/{provider}", owner.path()), None).await
    }

    /// Unbinds and has the token revoked.
    pub async fn unbind_and_revoke(&self, owner: &Owner, provider: &str) -> Answer {
        self.call(Method::DELETE, &format!("{}/bindings/{provider}?revoke=true", owner.path()), None).await
    }
}

impl Attempt {
    /// What the provider would send the browser back with, for a code that it never made.
    pub fn callback_with(&self, provider: &str, code: &str) -> String {
        format!("/v1/oauth/callback/{provider}?code={code}&state={}", self.state)
    }
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
