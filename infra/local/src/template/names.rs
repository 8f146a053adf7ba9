//! What the resources of the template are called in the local world.

use crate::environment::{ACCOUNT_ID, REGION};

/// The name of the stack.
pub(super) const STACK: &str = "codebind";

/// What the deployment service itself knows.
pub(super) fn pseudo_parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::AccountId" => ACCOUNT_ID,
        "AWS::Partition" => "aws",
        "AWS::Region" => REGION,
        "AWS::StackName" => STACK,
        "AWS::URLSuffix" => "amazonaws.com",
        _ => return None,
    })
}

/// What `Ref` gives of a resource.
pub(super) fn reference(
    id: &str,
    resource_type: &str,
    property: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    Ok(match resource_type {
        "AWS::DynamoDB::Table" => table_name(id),
        "AWS::SecretsManager::Secret" => secret_arn(&property("Name")?),
        "AWS::Serverless::Function" => property("FunctionName")?,
        "AWS::Events::EventBus" => property("Name")?,
        _ => id.to_owned(),
    })
}

/// What `GetAtt` gives of a resource.
pub(super) fn attribute(
    id: &str,
    resource_type: &str,
    attribute: &str,
    property: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    Ok(match (resource_type, attribute) {
        ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => format!("https://{id}.execute-api.{REGION}.amazonaws.com"),
        ("AWS::DynamoDB::Table", "Arn") => table_arn(&table_name(id)),
        ("AWS::Events::EventBus", "Arn") => bus_arn(&property("Name")?),
        ("AWS::Events::Rule", "Arn") => arn("events", &format!("rule/{id}")),
        ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{ACCOUNT_ID}:role/{id}"),
        ("AWS::KMS::Key", "Arn") => key_arn(id),
        ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{}:*", property("LogGroupName")?)),
        ("AWS::SecretsManager::Secret", "Id") => secret_arn(&property("Name")?),
        ("AWS::Serverless::Function", "Arn") => arn("lambda", &format!("function:{}", property("FunctionName")?)),
        _ => return Err(format!("the attribute {attribute} of {id}, an {resource_type}, is not known")),
    })
}

/// The ARN of a secret: six characters of its own end it.
fn secret_arn(name: &str) -> String {
    arn("secretsmanager", &format!("secret:{name}-??????"))
}

/// The ARN of a table, by its local name.
pub(crate) fn table_arn(name: &str) -> String {
    arn("dynamodb", &format!("table/{name}"))
}

/// The ARN of an event bus, by its name.
pub(crate) fn bus_arn(name: &str) -> String {
    arn("events", &format!("event-bus/{name}"))
}

/// The ARN of a key, by its id.
pub(crate) fn key_arn(id: &str) -> String {
    arn("kms", &format!("key/{id}"))
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{resource}")
}

/// `BindingsTable` is `codebind-bindings`.
pub(super) fn table_name(id: &str) -> String {
    format!("{STACK}-{}", id.trim_end_matches("Table").to_ascii_lowercase())
}
