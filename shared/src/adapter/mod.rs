//! The world behind the ports: DynamoDB, KMS, Secrets Manager and the providers. Adapters do not know each other.

pub mod aws;
mod call;
pub mod dynamo;
pub mod egress;
pub mod eventbridge;
pub mod kms;
pub mod provider_client;
pub mod sealed;
pub mod secrets;
pub mod tls;
