//! An answer of the product, and what a scenario asks of it.

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("the answer has a whole body") }
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.everything());
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.everything()))
    }

    /// A header's value; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// The code of a problem.
    #[track_caller]
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.everything());
        self.json()["code"].as_str().expect("a problem has a code").to_owned()
    }

    /// A problem in the shape of S-12, with this status and code; the document is given back.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, &*self.code()), (status, code), "{}", self.everything());
        let document = self.json();
        assert_eq!(document["status"], status);
        assert_eq!(document["type"], format!("urn:codebind:problem:{code}"));
        for member in ["title", "detail", "request_id"] {
            assert!(document[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {document}");
        }
        document
    }

    /// A page of the callback, with this status and words in it.
    #[track_caller]
    pub fn page(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{}", self.everything());
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert!(self.text.contains(words), "no {words:?} in {}", self.text);
    }

    /// Where it redirects to.
    #[track_caller]
    pub fn location(&self) -> Url {
        Url::parse(self.header("location")).unwrap_or_else(|error| panic!("{error}: {}", self.everything()))
    }

    /// The result that the browser is sent back to the console with (S-21).
    #[track_caller]
    pub fn result(&self) -> String {
        assert_eq!(self.status, 303, "{}", self.everything());
        let location = self.location();
        let results: Vec<_> = location.query_pairs().filter(|(name, _)| name == "result").collect();
        let [(_, result)] = &*results else { panic!("not one result in {location}") };
        result.clone().into_owned()
    }

    /// The `Set-Cookie` values.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The body without what differs in every answer.
    pub fn text_without_request_id(&self) -> String {
        self.text.replace(self.header("apigw-requestid"), "")
    }

    /// Status, headers and body in one text.
    pub fn everything(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.text)
    }
}
