//! A console that has people sign in, as far as the issuer sees it.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tests::{Browser, Scene};
use url::Url;

pub(super) const CLIENT: &str = "codebind-console";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of [`VERIFIER`], as RFC 7636 appendix B has it.
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Parameters to replace; an empty value takes one away.
pub(super) type Changes<'a> = &'a [(&'a str, &'a str)];

/// A console, and the browser that it runs in.
pub(super) struct Console<'a> {
    pub(super) scene: &'a Scene,
    pub(super) browser: Browser,
    pub(super) discovery: Value,
}

/// What came back: status, headers, and the text.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) response: Headers,
    pub(super) text: String,
}

type Headers = reqwest::header::HeaderMap;

impl Seen {
    pub(super) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, response: headers, text: response.text().await.unwrap() }
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Where the browser is sent, and the query of that.
    #[track_caller]
    pub(super) fn redirect(&self) -> (String, BTreeMap<String, String>) {
        assert_eq!(self.status, 303, "{}", self.text);
        let url = Url::parse(self.response["location"].to_str().unwrap()).unwrap();
        (url[..url::Position::AfterPath].to_owned(), url.query_pairs().into_owned().collect())
    }

    #[track_caller]
    pub(super) fn refusal(&self, error: &str) {
        assert_eq!((self.status, self.json()["error"].as_str()), (400, Some(error)), "{}", self.text);
        assert_eq!(self.response["cache-control"], "no-store");
    }

    /// A page, and no redirect.
    #[track_caller]
    pub(super) fn page(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(!self.response.contains_key("location"));
        assert!(self.text.contains(words) && !self.text.contains("<script"), "{}", self.text);
        let policy = self.response["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

impl<'a> Console<'a> {
    pub(super) async fn new(scene: &'a Scene) -> Self {
        let url = format!("{}/dev/.well-known/openid-configuration", scene.world().url());
        let discovery = scene.http().get(url).send().await.unwrap().json().await.unwrap();
        Self { scene, browser: Browser::default(), discovery }
    }

    pub(super) fn page(&self) -> String {
        format!("{}/console", self.scene.world().url())
    }

    pub(super) fn endpoint(&self, name: &str) -> &str {
        self.discovery[name].as_str().unwrap()
    }

    pub(super) fn request(&self, changes: Changes) -> Vec<(String, String)> {
        let page = self.page();
        let parameters = [
            ("client_id", CLIENT),
            ("redirect_uri", &page),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "st4te"),
            ("nonce", "n0nce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        with(&parameters, changes)
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Seen {
        let request = match self.browser.header() {
            Some(cookies) => request.header("cookie", cookies),
            None => request,
        };
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            self.browser.set(cookie.to_str().unwrap());
        }
        Seen::of(response).await
    }

    pub(super) async fn authorize(&self, changes: Changes<'_>) -> Seen {
        let url = Url::parse_with_params(self.endpoint("authorization_endpoint"), self.request(changes)).unwrap();
        self.send(self.scene.http().get(url)).await
    }

    /// Presses a button of the page.
    pub(super) async fn choose(&self, changes: Changes<'_>) -> Seen {
        let request = self.scene.http().post(self.endpoint("authorization_endpoint"));
        self.send(request.form(&self.request(changes))).await
    }

    /// Signs in as alice, and catches the code.
    pub(super) async fn code(&self, changes: Changes<'_>) -> String {
        let changes: Vec<_> = changes.iter().copied().chain([("person", "alice")]).collect();
        let code = self.choose(&changes).await.redirect().1.remove("code").unwrap();
        self.scene.keep_secret(&code);
        code
    }

    pub(super) async fn exchange(&self, code: &str, changes: Changes<'_>) -> Seen {
        let page = self.page();
        let parameters = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("redirect_uri", &page),
            ("code_verifier", VERIFIER),
            ("code", code),
        ];
        self.ask_for_tokens(&with(&parameters, changes)).await
    }

    pub(super) async fn refresh(&self, refresh_token: &str, changes: Changes<'_>) -> Seen {
        let parameters = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", refresh_token)];
        self.ask_for_tokens(&with(&parameters, changes)).await
    }

    pub(super) async fn ask_for_tokens(&self, form: &[(String, String)]) -> Seen {
        let request = self.scene.http().post(self.endpoint("token_endpoint")).form(form);
        let seen = Seen::of(request.header("origin", self.scene.world().url()).send().await.unwrap()).await;
        for name in ["access_token", "id_token", "refresh_token"] {
            if let Some(token) = seen.json()[name].as_str() {
                self.scene.keep_secret(token);
            }
        }
        seen
    }

    /// The API's answer to whoever has this token.
    pub(super) async fn call(&self, path: &str, token: &str) -> Seen {
        let url = format!("{}/v1/{path}", self.scene.world().url());
        Seen::of(self.scene.http().get(url).bearer_auth(token).send().await.unwrap()).await
    }
}

fn with(parameters: &[(&str, &str)], changes: Changes) -> Vec<(String, String)> {
    let kept = parameters.iter().filter(|(name, _)| !changes.iter().any(|(it, _)| it == name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The claims of a token, unchecked.
pub(super) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
