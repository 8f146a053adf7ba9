//! What the sections of the configuration hold.

use crate::domain::secret::{ClientSecret, Secret};

/// How a function reaches AWS.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    /// `AWS_REGION`
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Secret,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<Secret>,
    /// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`
    pub dynamodb_url: Option<String>,
    /// `AWS_ENDPOINT_URL_KMS` or `AWS_ENDPOINT_URL`
    pub kms_url: Option<String>,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` or `AWS_ENDPOINT_URL`
    pub secrets_manager_url: Option<String>,
    /// `AWS_ENDPOINT_URL_EVENTBRIDGE` or `AWS_ENDPOINT_URL`
    pub eventbridge_url: Option<String>,
    /// What `AWS_CA_BUNDLE` names: certificates in PEM that are trusted beside Amazon's.
    pub ca_bundle: Option<Vec<u8>>,
}

/// Where a client secret is (S-37).
#[derive(Debug, Clone)]
pub enum ClientSecretPlace {
    /// In Secrets Manager, under this ARN.
    Kept(String),
    /// In the environment itself: local runs only.
    Given(ClientSecret),
}

/// Names of the tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// `CODEBIND_BINDINGS_TABLE`
    pub bindings: String,
    /// `CODEBIND_TRANSIENTS_TABLE`
    pub transients: String,
}

/// How callers are read from what the authorizer says (S-1 to S-3).
#[derive(Debug, Clone)]
pub struct CallerConfig {
    /// `CODEBIND_REGIONS`: where binding is offered; the first is the default one.
    pub regions: Vec<String>,
    /// `CODEBIND_USER_CLAIM`, `sub` by default.
    pub user_claim: String,
    /// `CODEBIND_INSTANCES_CLAIM`, `instances` by default.
    pub instances_claim: String,
}
