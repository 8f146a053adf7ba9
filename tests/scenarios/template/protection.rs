//! What protects the deployment: roles, keys, tables and logs.

use std::collections::BTreeSet;

use codebind_local::FUNCTIONS;
use serde_json::{Value, json};

use super::{template, text};

/// Actions of which AWS knows no resources.
const WITHOUT_RESOURCE: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/// What the access log says of a request: neither path, query, header nor claim.
const LOGGED: [&str; 10] = [
    "authorizer.error",
    "error.responseType",
    "identity.sourceIp",
    "integrationLatency",
    "requestId",
    "requestTimeEpoch",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
];

/// The ARN of the key for what is at rest.
pub(super) fn storage_key() -> &'static str {
    "arn:aws:kms:us-east-1:123456789012:key/StorageKey"
}

/// Every statement of every policy: where it stands, and the statement.
fn statements() -> Vec<(String, &'static Value)> {
    let mut all = Vec::new();
    for (resource_type, member) in [
        ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        ("AWS::IAM::Policy", "PolicyDocument"),
        ("AWS::KMS::Key", "KeyPolicy"),
    ] {
        for (id, resource) in template().resources(resource_type) {
            let statements = resource["Properties"][member]["Statement"].as_array().expect("there are statements");
            all.extend(statements.iter().map(|it| (format!("{id}, {}", it["Sid"]), it)));
        }
    }
    all
}

fn list(value: &Value) -> Vec<&str> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().map(|it| it.as_str().unwrap_or_else(|| panic!("{it} is no text"))).collect()
}

fn is_kept(resource: &Value) -> bool {
    let policy = |name: &str| text(resource, name).to_owned();
    // Of a stack that could not be made nothing is kept: there is nothing in it.
    policy("DeletionPolicy") == "RetainExceptOnCreate" && policy("UpdateReplacePolicy") == "Retain"
}

#[test]
fn no_policy_has_a_wildcard() {
    //
    let statements = statements();
    assert!(statements.len() > 30, "the policies are found: {}", statements.len());
    for (place, statement) in statements {
        assert_eq!(statement["Effect"], "Allow", "{place}");
        let members = ["NotAction", "NotResource", "NotPrincipal"];
        assert!(members.iter().all(|it| statement.get(*it).is_none()), "{place}");
        let actions = list(&statement["Action"]);
        assert!(actions.iter().all(|it| !it.contains(['*', '?'])), "{place}: {actions:?}");
        if statement["Principal"].is_null() {
            let without = actions.iter().all(|it| WITHOUT_RESOURCE.contains(it));
            for resource in list(&statement["Resource"]) {
                assert_eq!(resource == "*", without, "{place}: {resource}");
            }
        } else {
            assert!(!statement["Principal"].to_string().contains('*'), "{place}");
        }
    }
}

#[test]
fn each_function_has_a_role_a_log_and_a_concurrency_of_its_own() {
    //
    let (mut roles, mut logs) = (BTreeSet::new(), BTreeSet::new());
    for function in template().functions() {
        let (name, properties) = (&function.name, &function.properties);
        assert!(roles.insert(&function.role), "{name} shares its role");
        let role = function.role.rsplit('/').next().expect("an ARN has a name");
        let trust = &template().resource(role)["Properties"]["AssumeRolePolicyDocument"]["Statement"];
        let lambda =
            json!([{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]);
        assert_eq!(*trust, lambda, "{name}");
        let log = text(&properties["LoggingConfig"], "LogGroup");
        assert!(logs.insert(log), "{name} shares its log");
        let group = &template().resource(log)["Properties"];
        assert_eq!(text(group, "LogGroupName"), format!("/aws/lambda/codebind-{name}"));
        assert!(group["RetentionInDays"].as_u64().is_some_and(|days| days > 0), "{name}");
        assert!(properties["ReservedConcurrentExecutions"].as_u64().is_some_and(|it| it > 0), "{name}");
        assert_eq!(properties["Tracing"], "Active", "{name}");
    }
    assert_eq!(roles.len(), FUNCTIONS.len());
    assert_eq!(template().resources("AWS::IAM::Role").count(), FUNCTIONS.len(), "a role for nobody");
    assert_eq!(template().resources("AWS::IAM::Policy").count(), FUNCTIONS.len(), "a policy for nobody");
}

#[test]
fn the_api_alone_may_invoke_a_function() {
    //
    let permissions: Vec<_> = template().resources("AWS::Lambda::Permission").collect();
    assert_eq!(permissions.len(), FUNCTIONS.len());
    for (id, permission) in permissions {
        let properties = &permission["Properties"];
        if id == "SweeperPermission" {
            // Its own schedule, and nobody else.
            assert_eq!(text(properties, "Principal"), "events.amazonaws.com");
            assert_eq!(text(properties, "SourceArn"), "arn:aws:events:us-east-1:123456789012:rule/SweeperSchedule");
            continue;
        }
        assert_eq!(text(properties, "Principal"), "apigateway.amazonaws.com", "{id}");
        let api = if id == "CredentialPermission" { "WorkersApi" } else { "Api" };
        assert_eq!(
            text(properties, "SourceArn"),
            format!("arn:aws:execute-api:us-east-1:123456789012:{api}/*"),
            "{id}"
        );
    }
}

#[test]
fn the_api_is_throttled_and_its_log_names_nobody() {
    //
    for (stage, _) in template().resources("AWS::ApiGatewayV2::Stage") {
        assert_is_throttled_and_names_nobody(stage);
    }
    assert_eq!(template().resources("AWS::ApiGatewayV2::Stage").count(), 2);
}

fn assert_is_throttled_and_names_nobody(stage: &str) {
    let stage = &template().resource(stage)["Properties"];
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        assert!(stage["DefaultRouteSettings"][limit].as_u64().is_some_and(|it| it > 0), "{limit}");
    }
    let format = text(&stage["AccessLogSettings"], "Format");
    let line: Value = serde_json::from_str(format).expect("a line is JSON");
    let told: BTreeSet<_> = line.as_object().expect("a line is an object").values().filter_map(Value::as_str).collect();
    assert_eq!(told, LOGGED.map(|it| format!("$context.{it}")).iter().map(String::as_str).collect());
    assert_eq!(format.matches('$').count(), LOGGED.len(), "each stands alone and once");
}

#[test]
fn tables_can_be_recovered_and_are_not_lost() {
    //
    let tables: Vec<_> = template().resources("AWS::DynamoDB::Table").collect();
    assert_eq!(tables.len(), 2);
    for (id, table) in tables {
        let properties = &table["Properties"];
        assert!(is_kept(table), "{id}");
        assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true, "{id}");
        assert_eq!(properties["DeletionProtectionEnabled"], "true", "{id}");
        let at_rest = json!({"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": storage_key()});
        assert_eq!(properties["SSESpecification"], at_rest, "{id}");
        // Bindings stay; what is short-lived does not.
        let ttl =
            if id == "TransientsTable" { json!({"AttributeName": "expires_at", "Enabled": true}) } else { Value::Null };
        assert_eq!(properties["TimeToLiveSpecification"], ttl, "{id}");
    }
}

#[test]
fn keys_are_rotated_and_not_lost() {
    //
    let keys: Vec<_> = template().resources("AWS::KMS::Key").collect();
    assert_eq!(keys.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["CredentialKey", "StorageKey"]);
    for (id, key) in keys {
        assert!(is_kept(key), "{id}");
        assert_eq!(key["Properties"]["EnableKeyRotation"], true, "{id}");
        assert_eq!(key["Properties"]["PendingWindowInDays"], 30, "{id}");
    }
}

#[test]
fn the_key_at_rest_serves_storage_and_nobody_directly() {
    // the functions reach it through a service, and never open anything by it themselves.
    let key = &template().resource("StorageKey")["Properties"]["KeyPolicy"]["Statement"];
    let of_use = [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ];
    for statement in key.as_array().expect("there are statements") {
        let is_use = list(&statement["Action"]).iter().any(|it| of_use.contains(it));
        let condition = json!({"StringEquals": {
            "kms:CallerAccount": "123456789012",
            "kms:ViaService": ["dynamodb.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"],
        }});
        assert_eq!(statement["Condition"] == condition, is_use, "{}", statement["Sid"]);
    }
}
