//! Who signed a request to the workers' API. Nothing local checks the signature: the access key id alone says who calls.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::environment::ACCOUNT_ID;

/// How the access key ids of build workers begin: IAM would allow them `execute-api:Invoke`, and nobody else.
const WORKER: &str = "worker";

/// A principal whom IAM lets in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    access_key_id: String,
}

/// The principal that the request is signed by, if IAM lets it in.
pub(crate) fn principal(headers: &HeaderMap) -> Option<Principal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (values.next()?.to_str().ok()?, values.next());
    let rest = value.strip_prefix("AWS4-HMAC-SHA256 ").filter(|_| more.is_none())?;
    let credential = rest.split(',').find_map(|part| part.trim().strip_prefix("Credential="))?;
    let scope: Vec<_> = credential.split('/').collect();
    let [id, _date, _region, "execute-api", "aws4_request"] = *scope else { return None };
    let is_plain = id.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    let is_worker = id.starts_with(WORKER) && id.len() <= 128 && is_plain;
    is_worker.then(|| Principal { access_key_id: id.to_owned() })
}

impl Principal {
    /// What the gateway says of it.
    pub(crate) fn context(&self) -> Value {
        let id = &self.access_key_id;
        json!({
            "accessKey": id,
            "accountId": ACCOUNT_ID,
            "callerId": format!("AROALOCAL:{id}"),
            "cognitoIdentity": null,
            "principalOrgId": "aws:PrincipalOrgID",
            "userArn": format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/build-worker/{id}"),
            "userId": format!("AROALOCAL:{id}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(authorization: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        principal(&headers).map(|it| it.access_key_id)
    }

    #[test]
    fn a_worker_is_who_signed_for_this_service() {
        // S-48
        let signed = |id: &str, service: &str| {
            let credential = format!("{id}/20260101/us-east-1/{service}/aws4_request");
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0")
        };
        assert_eq!(of(&signed("worker-1", "execute-api")).as_deref(), Some("worker-1"));
        for nobody in [
            signed("local-status", "execute-api"),
            signed("worker-1", "dynamodb"),
            signed("worker_1", "execute-api"),
            "Bearer worker-1".to_owned(),
            "AWS4-HMAC-SHA256 Credential=worker-1".to_owned(),
        ] {
            assert_eq!(of(&nobody), None, "{nobody}");
        }
        assert_eq!(principal(&HeaderMap::new()), None);
    }
}
