//! The client secrets: readable, and of a shape that the functions take. They are never told.

use std::collections::BTreeMap;

use codebind::{
    adapter::secrets::client_secret,
    config::ClientSecretPlace,
    domain::{provider::Provider, secret::ClientSecret},
    providers,
};
use futures_util::future::join_all;
use serde_json::Value;
use zeroize::Zeroizing;

use super::aws::{Aws, Failure, without};
use crate::{Variables, report::Finding};

/// Secrets Manager's labels of the version in use and of the one before it.
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
const PERMISSION: &str = "secretsmanager:GetSecretValue";

/// A provider's secrets, as far as they could be read.
pub(super) struct Secrets {
    pub(super) current: ClientSecret,
    pub(super) previous: Option<ClientSecret>,
}

/// What was found, and the secrets by provider.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) read: BTreeMap<&'static str, Secrets>,
}

pub(super) async fn check(deployment: &Variables, aws: Option<&Aws>) -> Found {
    let each = providers::ALL.iter().map(|provider| of_provider(deployment, aws, provider));
    let mut found = Found { findings: vec![], read: BTreeMap::new() };
    for (id, findings, secrets) in join_all(each).await {
        found.findings.extend(findings);
        found.read.extend(secrets.map(|it| (id, it)));
    }
    if found.findings.is_empty() {
        found.findings.push(Finding::skipped("client secrets", "no OAuth provider is on"));
    }
    found
}

async fn of_provider(
    deployment: &Variables,
    aws: Option<&Aws>,
    provider: &'static Provider,
) -> (&'static str, Vec<Finding>, Option<Secrets>) {
    let (id, environment) = (provider.id, deployment.environment());
    let Ok(Some(_)) = environment.registration(provider) else { return (id, vec![], None) };
    match (environment.client_secret(provider), aws) {
        (Err(_), _) => (id, vec![Finding::skipped(id, "none is configured")], None),
        (Ok(ClientSecretPlace::Given(current)), _) => {
            (id, vec![Finding::ok(id, "is given in the environment")], Some(Secrets { current, previous: None }))
        }
        (Ok(ClientSecretPlace::Kept(_)), None) => (id, vec![without(id)], None),
        (Ok(ClientSecretPlace::Kept(arn)), Some(aws)) => kept(id, aws, &arn).await,
    }
}

async fn kept(id: &'static str, aws: &Aws, arn: &str) -> (&'static str, Vec<Finding>, Option<Secrets>) {
    let (current, previous) = tokio::join!(read(aws, arn, CURRENT), read(aws, arn, PREVIOUS));
    let current = match current {
        Ok(text) => text,
        Err(Failure::NotFound) => {
            let cure = "there is no such secret, or it has no value: make it, or correct the ARN";
            return (id, vec![Finding::wrong(id, cure)], None);
        }
        Err(failure) => return (id, vec![failure.finding(id, PERMISSION)], None),
    };
    let current = match usable(current.as_deref().map(String::as_str)) {
        Ok(current) => current,
        Err(problem) => return (id, vec![Finding::wrong(id, problem)], None),
    };
    let previous = previous.ok().flatten().and_then(|it| client_secret(&it));
    let previous = previous.filter(|it| !it.0.same_as(&current.0));
    let beside = if previous.is_some() { "and a previous version stands beside it" } else { "and no other version" };
    (id, vec![Finding::ok(id, format!("is readable, {beside}"))], Some(Secrets { current, previous }))
}

async fn read(aws: &Aws, arn: &str, stage: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let value = aws.secrets_manager.get_secret_value().secret_id(arn).version_stage(stage).send().await;
    Ok(value.map_err(|error| Failure::of(&error))?.secret_string.map(Zeroizing::new))
}

/// What the functions would take for the secret, or why that would not be it.
fn usable(kept: Option<&str>) -> Result<ClientSecret, &'static str> {
    let Some(text) = kept else { return Err("is binary: keep it as text") };
    let pairs = serde_json::from_str::<Value>(text).ok();
    let is_pair = |value: &Value| value.get("client_secret").is_some_and(Value::is_string);
    if pairs.is_some_and(|it| it.is_object() && !is_pair(&it)) {
        return Err("is JSON without a text `client_secret`: name it so, or keep the text alone");
    }
    client_secret(text).ok_or("is empty: put the provider's secret into it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_text_or_a_pair() {
        // S-37
        for kept in ["s3cret", "12345678", r#"{"client_secret": "s3cret"}"#] {
            assert!(usable(Some(kept)).is_ok(), "{kept}");
        }
        for kept in
            [None, Some(""), Some(" "), Some("{}"), Some(r#"{"secret": "s3cret"}"#), Some(r#"{"client_secret": 1}"#)]
        {
            let problem = usable(kept).unwrap_err();
            assert!(!problem.contains("s3cret"), "{problem}");
        }
    }
}
