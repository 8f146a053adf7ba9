//! API Gateway's payload format 2.0, the members we use and no others.
//!
//! Our own type rather than `lambda_http`'s, which panics on a query or host that its URI type refuses: the callback
//! is open to everybody, and a panic ends the worker (`shared/decisions/0004-own-event.md`).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request as API Gateway hands it over. Members that emulators leave out are empty. It holds code, state, cookies
/// and tokens, so it has no `Debug`: nothing can print it (S-36).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// The path. API Gateway has decoded its escapes; use `path_parameters` for names.
    pub raw_path: Option<String>,
    /// The query as it was sent: the parsed one joins duplicates by commas.
    pub raw_query_string: Option<String>,
    /// `name=value` of each cookie.
    pub cookies: Option<Vec<String>>,
    /// Header names in lower case; duplicates joined by commas.
    pub headers: Option<HashMap<String, String>>,
    /// Values of the route's variables, decoded.
    pub path_parameters: Option<HashMap<String, String>>,
    /// What the gateway knows of the request.
    pub request_context: RequestContext,
    /// The body.
    pub body: Option<String>,
    /// Whether the body is in base64.
    pub is_base64_encoded: bool,
}

/// What the gateway knows of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestContext {
    /// `METHOD /path/{variable}`, or `$default`.
    pub route_key: Option<String>,
    /// Names the request in the gateway's logs.
    pub request_id: Option<String>,
    /// What the authorizer says, if the route has one.
    pub authorizer: Option<Authorizer>,
    /// The method.
    pub http: Http,
}

/// The method of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Http {
    /// The method.
    pub method: String,
}

/// What an authorizer says (S-1): one of the three.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Authorizer {
    /// A JWT authorizer.
    pub jwt: Option<Jwt>,
    /// A Lambda authorizer's context.
    pub lambda: Option<HashMap<String, Value>>,
    /// IAM.
    pub iam: Option<Iam>,
}

/// What a JWT authorizer says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Jwt {
    /// The claims. HTTP APIs flatten arrays to the text `[a b c]`; emulators may not.
    pub claims: HashMap<String, Value>,
}

/// What IAM says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Iam {
    /// ARN of the caller.
    pub user_arn: Option<String>,
}

/// A response as API Gateway takes it. No `Debug`: it may hold a nonce or a grant (S-36).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// HTTP status.
    pub status_code: u16,
    /// Headers, each once.
    pub headers: HashMap<&'static str, String>,
    /// `Set-Cookie` values.
    pub cookies: Vec<String>,
    /// The body, as text.
    pub body: String,
    /// Whether the body is in base64: what is compressed is.
    pub is_base64_encoded: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_may_lack_nearly_everything() {
        let event: Event = serde_json::from_str("{}").unwrap();
        assert!(event.raw_path.is_none() && event.request_context.authorizer.is_none());
        let event: Event = serde_json::from_str(r#"{"headers":null,"cookies":null,"pathParameters":null}"#).unwrap();
        assert!(event.headers.is_none());
    }

    #[test]
    fn a_query_that_is_no_uri_does_no_harm() {
        let event: Event = serde_json::from_str(r#"{"rawQueryString":"state= \" \u0000é"}"#).unwrap();
        assert_eq!(event.raw_query_string.as_deref(), Some("state= \" \0é"));
    }
}
