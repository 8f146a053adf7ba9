//! What a request asks for, in the words of IAM: actions, resources and condition keys.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::template::{CREDENTIAL_KEY, bus_arn, key_arn, table_arn};

/// A resource that no policy names.
const UNKNOWN: &str = "?";

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) keys: BTreeMap<String, Vec<String>>,
}

/// A service that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    /// With the ARN of the key for the tokens: its id differs from world to world, and policies know it by its name.
    Kms {
        key: String,
    },
    SecretsManager,
    EventBridge,
}

impl Service {
    /// The calls that a request is: none only where the body makes none of them.
    pub(crate) fn calls(&self, operation: &str, body: &Value) -> Vec<Call> {
        match self {
            Self::DynamoDb => dynamodb(operation, body),
            Self::Kms { key } => vec![kms(operation, body, key)],
            Self::EventBridge => eventbridge(operation, body),
            Self::SecretsManager => {
                let secret = body["SecretId"].as_str().unwrap_or(UNKNOWN);
                vec![call(&format!("secretsmanager:{operation}"), secret.to_owned())]
            }
        }
    }
}

fn call(action: &str, resource: String) -> Call {
    Call { action: action.to_owned(), resource, keys: BTreeMap::new() }
}

fn kms(operation: &str, body: &Value, own_key: &str) -> Call {
    let asked = body["KeyId"].as_str().unwrap_or(UNKNOWN);
    let asked = if asked.starts_with("arn:") { asked.to_owned() } else { key_arn(asked) };
    let resource = if asked == own_key { key_arn(CREDENTIAL_KEY) } else { asked };
    let mut call = call(&format!("kms:{operation}"), resource);
    for (name, value) in body["EncryptionContext"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().to_owned();
        call.keys.insert(format!("kms:EncryptionContext:{name}"), vec![value]);
    }
    call
}

/// Each entry names its bus.
fn eventbridge(operation: &str, body: &Value) -> Vec<Call> {
    let action = format!("events:{operation}");
    let bus = |entry: &Value| match entry["EventBusName"].as_str() {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(name) => bus_arn(name),
        None => bus_arn("default"),
    };
    let entries = body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let calls: Vec<_> = entries.iter().map(|entry| call(&action, bus(entry))).collect();
    if calls.is_empty() { vec![call(&action, UNKNOWN.to_owned())] } else { calls }
}

fn dynamodb(operation: &str, body: &Value) -> Vec<Call> {
    let parts = match operation {
        "TransactWriteItems" | "TransactGetItems" => body["TransactItems"].as_array(),
        _ => return vec![one(operation, body)],
    };
    // Each part needs the permission that it would need alone.
    let parts = parts.into_iter().flatten().flat_map(|it| it.as_object().into_iter().flatten());
    let calls: Vec<_> = parts
        .map(|(kind, part)| match kind.as_str() {
            // IAM calls these as the operations of a single item.
            "ConditionCheck" | "Delete" | "Get" | "Put" | "Update" => one(&format!("{kind}Item"), part),
            other => call(&format!("dynamodb:{other}"), UNKNOWN.to_owned()),
        })
        .collect();
    if calls.is_empty() { vec![call(&format!("dynamodb:{operation}"), UNKNOWN.to_owned())] } else { calls }
}

fn one(operation: &str, body: &Value) -> Call {
    let table = match body["TableName"].as_str() {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(name) => table_arn(name),
        None => UNKNOWN.to_owned(),
    };
    let resource = match body["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    };
    let mut call = call(&format!("dynamodb:{operation}"), resource);
    if operation == "Query" {
        call.keys.insert("dynamodb:Select".to_owned(), vec![select(body).to_owned()]);
        call.keys.insert("dynamodb:Attributes".to_owned(), attributes(body));
    }
    call
}

/// What is asked for; AWS fills in what a request leaves out.
fn select(body: &Value) -> &str {
    let is_projected = ["ProjectionExpression", "AttributesToGet"].iter().any(|it| body.get(*it).is_some());
    let filled_in = match body.get("IndexName") {
        _ if is_projected => "SPECIFIC_ATTRIBUTES",
        Some(_) => "ALL_PROJECTED_ATTRIBUTES",
        None => "ALL_ATTRIBUTES",
    };
    body["Select"].as_str().unwrap_or(filled_in)
}

/// The attributes that a request names, at the top level: those it wants and those it decides by.
fn attributes(body: &Value) -> Vec<String> {
    const WORDS: [&str; 12] = [
        "and",
        "or",
        "not",
        "between",
        "in",
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "size",
        "as",
    ];
    let expressions = ["ProjectionExpression", "KeyConditionExpression", "FilterExpression"];
    let is_part = |it: char| it.is_alphanumeric() || "_#:.-[]".contains(it);
    let mut named: Vec<String> = expressions
        .iter()
        .filter_map(|it| body[*it].as_str())
        .flat_map(|expression| expression.split(|it| !is_part(it)))
        .filter(|it| !it.is_empty() && !it.starts_with(':') && !WORDS.contains(&it.to_ascii_lowercase().as_str()))
        .filter_map(|path| path.split(['.', '[']).next())
        .map(|name| body["ExpressionAttributeNames"][name].as_str().unwrap_or(name).to_owned())
        .collect();
    for older in ["KeyConditions", "QueryFilter"] {
        named.extend(body[older].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    }
    let wanted = body["AttributesToGet"].as_array().into_iter().flatten();
    named.extend(wanted.filter_map(Value::as_str).map(str::to_owned));
    named.sort();
    named.dedup();
    named
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLES: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/";

    #[test]
    fn a_query_tells_what_it_looks_at() {
        let body = json!({
            "TableName": "t", "ProjectionExpression": "#a, b.c[0].#d", "KeyConditionExpression": "#o = :o AND begins_with(p, :p)",
            "FilterExpression": "NOT attribute_exists(#f.g)",
            "ExpressionAttributeNames": {"#a": "first", "#d": "inner", "#o": "owner", "#f": "filtered"},
        });
        let calls = Service::DynamoDb.calls("Query", &body);
        assert_eq!((calls.len(), calls[0].resource.clone()), (1, format!("{TABLES}t")));
        assert_eq!(calls[0].keys["dynamodb:Attributes"], ["b", "filtered", "first", "owner", "p"]);
        assert_eq!(calls[0].keys["dynamodb:Select"], ["SPECIFIC_ATTRIBUTES"]);
        for (body, select) in [
            (json!({"TableName": "t"}), "ALL_ATTRIBUTES"),
            (json!({"TableName": "t", "IndexName": "i"}), "ALL_PROJECTED_ATTRIBUTES"),
            (json!({"TableName": "t", "Select": "COUNT"}), "COUNT"),
        ] {
            assert_eq!(Service::DynamoDb.calls("Query", &body)[0].keys["dynamodb:Select"], [select]);
        }
    }

    #[test]
    fn each_part_of_a_transaction_is_a_call() {
        let part = |kind: &str, table: &str| json!({kind: {"TableName": table}});
        let items = [part("Put", "a"), part("Update", "b"), part("Delete", "c"), part("ConditionCheck", "d")];
        let calls = Service::DynamoDb.calls("TransactWriteItems", &json!({"TransactItems": items}));
        let calls: Vec<_> =
            calls.iter().map(|it| (it.action.as_str(), it.resource.trim_start_matches(TABLES))).collect();
        let expected = [("PutItem", "a"), ("UpdateItem", "b"), ("DeleteItem", "c"), ("ConditionCheckItem", "d")];
        assert_eq!(
            calls,
            expected
                .map(|(action, table)| (["dynamodb:", action].concat(), table))
                .each_ref()
                .map(|(action, table)| (action.as_str(), *table))
        );
        for odd in [json!({}), json!({"TransactItems": []}), json!({"TransactItems": [{"Other": {}}]})] {
            assert_eq!(Service::DynamoDb.calls("TransactWriteItems", &odd)[0].resource, UNKNOWN);
        }
    }

    #[test]
    fn the_key_is_known_by_its_name() {
        let own = key_arn("1-2");
        let service = Service::Kms { key: own.clone() };
        let call =
            |id: &str| service.calls("Decrypt", &json!({"KeyId": id, "EncryptionContext": {"a:b": "c"}})).remove(0);
        assert_eq!((call(&own).resource, call("1-2").resource), (key_arn(CREDENTIAL_KEY), key_arn(CREDENTIAL_KEY)));
        assert_eq!(call("2-1").resource, key_arn("2-1"));
        assert_eq!(call(&own).keys["kms:EncryptionContext:a:b"], ["c"]);
        assert_eq!(service.calls("Decrypt", &json!({}))[0].resource, key_arn(UNKNOWN));
    }
}
