//! What each service answers.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::rows::Rows;
use crate::Failure;
use crate::http::Message;

/// A provider's pages.
pub(crate) const GITHUB: &str = "github";
/// Its API, which is another host.
pub(crate) const GITHUB_API: &str = "github-api";
/// A provider with both on one host.
pub(crate) const GITLAB: &str = "gitlab";

/// The tables.
pub(crate) const BINDINGS: &str = "bindings";
/// The other one.
pub(crate) const TRANSIENTS: &str = "transients";
/// The key for the tokens.
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000";
/// Where a client secret is kept.
pub(crate) const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:codebind-AbCdEf";

/// As long as KMS wraps a key of 32 bytes.
const WRAPPED_LEN: usize = 184;

/// Provider, method and path, and the wire example that is answered.
const EXAMPLES: [(&str, &str, &str); 5] = [
    (GITHUB, "POST /login/oauth/access_token", "github.token.success_oauth_app"),
    (GITHUB_API, "GET /user", "github.user.success_oauth_app"),
    (GITHUB_API, "DELETE /applications", "github.revoke_token.success"),
    (GITLAB, "GET /api/v4/personal_access_tokens/self", "gitlab.pat_self.success"),
    (GITLAB, "GET /api/v4/user", "gitlab.user.success"),
];

/// One answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn json(value: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.0".to_owned())];
        Self { status: 200, headers, body: value.to_string().into_bytes() }
    }
}

/// Everything that is answered.
#[derive(Debug)]
pub(crate) struct Answers {
    examples: Vec<(&'static str, &'static str, Answer)>,
    rows: Mutex<Rows>,
    keeps_rows: AtomicBool,
}

impl Answers {
    /// Reads the wire examples.
    pub(crate) fn new() -> Result<Self, Failure> {
        let examples = EXAMPLES.iter().map(|&(service, request, name)| Ok((service, request, example(name)?)));
        let examples = examples.collect::<Result<_, Failure>>()?;
        Ok(Self { examples, rows: Mutex::default(), keeps_rows: AtomicBool::new(false) })
    }

    pub(super) fn keep_rows(&self) {
        self.keeps_rows.store(true, Ordering::Relaxed);
    }

    /// What a request is called, and its answer.
    pub(super) fn to(&self, service: &str, request: &Message) -> (String, Answer) {
        if let Some((_, operation)) = request.header("x-amz-target").and_then(|it| it.split_once('.')) {
            let body = serde_json::from_slice(&request.body).unwrap_or_default();
            return (operation.to_owned(), Answer::json(&self.aws(operation, &body)));
        }
        let (method, path) = request.method_and_path();
        let asked = format!("{method} {path}");
        let known = self.examples.iter().find(|(of, begin, _)| *of == service && asked.starts_with(begin));
        // Services of AWS answer a bare request too, with nothing of interest.
        let answer = known.map_or_else(|| Answer { status: 404, ..Answer::default() }, |(.., answer)| answer.clone());
        let path = path.split('?').next().unwrap_or_default();
        (format!("{method} {path}"), answer)
    }

    fn aws(&self, operation: &str, body: &Value) -> Value {
        let (key, wrapped) = (STANDARD.encode([7; 32]), STANDARD.encode([8; WRAPPED_LEN]));
        match operation {
            "GenerateDataKey" => json!({"KeyId": KEY, "Plaintext": key, "CiphertextBlob": wrapped}),
            "Decrypt" => json!({"KeyId": KEY, "Plaintext": key, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
            "GetSecretValue" => json!({"ARN": SECRET, "Name": "codebind", "SecretString": "s3cret",
                "VersionId": "00000000-0000-4000-8000-000000000001", "VersionStages": ["AWSCURRENT"]}),
            _ => {
                let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
                if self.keeps_rows.load(Ordering::Relaxed) {
                    return rows.clone().answer(operation, body);
                }
                rows.answer(operation, body)
            }
        }
    }
}

/// The answer of a wire example.
fn example(name: &str) -> Result<Answer, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let text = fs::read(folder.join(format!("{name}.json"))).map_err(|error| format!("{name}: {error}"))?;
    let example: Value = serde_json::from_slice(&text)?;
    let response = &example["response"];
    let headers = response["headers"].as_object().into_iter().flatten();
    let headers = headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    let status = response["status"].as_u64().and_then(|it| it.try_into().ok()).ok_or("a wire example has a status")?;
    let body = if response["body"].is_null() { Vec::new() } else { response["body"].to_string().into_bytes() };
    Ok(Answer { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(start: &str, headers: &[(&str, &str)], service: &str) -> (String, Answer) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answers::new().unwrap().to(service, &Message { start: start.to_owned(), headers, body: b"{}".to_vec() })
    }

    #[test]
    fn providers_answer_as_their_wire_examples_do() {
        let (what, answer) = ask("GET /user HTTP/1.1", &[], GITHUB_API);
        assert_eq!((&*what, answer.status), ("GET /user", 200));
        assert!(answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-oauth-scopes")));
        assert_eq!(ask("GET /user HTTP/1.1", &[], GITLAB).1.status, 404);
    }

    #[test]
    fn services_are_asked_by_operation() {
        let (what, answer) = ask("POST / HTTP/1.1", &[("x-amz-target", "TrentService.GenerateDataKey")], "kms");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            (&*what, STANDARD.decode(body["Plaintext"].as_str().unwrap()).unwrap().len()),
            ("GenerateDataKey", 32)
        );
    }
}
