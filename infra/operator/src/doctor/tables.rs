//! The tables: whether they are there, as the code expects them, and protected.

use aws_sdk_dynamodb::types::{
    BillingMode, ContinuousBackupsDescription, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement, KeyType,
    PointInTimeRecoveryStatus, ProjectionType, SseType, TableDescription, TableStatus, TimeToLiveStatus,
};

use super::aws::{Aws, Failure, without};
use crate::{
    Variables,
    report::{Finding, shown},
};

/// Names and types of the keys, as `shared/src/adapter/dynamo` uses them: partition, then sort key.
const BINDINGS_KEY: &[(&str, &str)] = &[("owner", "S"), ("provider", "S")];
const TRANSIENTS_KEY: &[(&str, &str)] = &[("id", "S")];
const ACCOUNTS: Index = Index {
    name: "accounts",
    key: &[("account_key", "S"), ("issued_at", "N")],
    attributes: &["binding_id", "token_mark"],
};
const WORK: Index = Index { name: "work", key: &[("work_shard", "S"), ("work_at", "N")], attributes: &[] };
const TTL_ATTRIBUTE: &str = "expires_at";

/// An index, and what of a row is in it besides the keys.
struct Index {
    name: &'static str,
    key: &'static [(&'static str, &'static str)],
    attributes: &'static [&'static str],
}

pub(super) async fn check(deployment: &Variables, aws: Option<&Aws>) -> Vec<Finding> {
    let Some(aws) = aws else { return vec![without("tables")] };
    let Ok(tables) = deployment.environment().tables() else {
        return vec![Finding::skipped("tables", "their names are not configured")];
    };
    let (bindings, transients) = (&tables.bindings, &tables.transients);
    let (bindings_table, transients_table, recovery, time_to_live) = tokio::join!(
        describe(aws, bindings),
        describe(aws, transients),
        recovery(aws, bindings),
        time_to_live(aws, transients),
    );
    let mut findings = vec![];
    match bindings_table {
        Err(failure) => findings.push(absent("bindings", bindings, failure)),
        Ok(table) => {
            findings.push(shape("bindings", &table, BINDINGS_KEY));
            findings.extend([&ACCOUNTS, &WORK].map(|it| index("bindings: index", &table, it)));
            findings.push(recovery);
            findings.extend(protection("bindings", &table));
        }
    }
    // What is in the other table lives for minutes: nobody would bring it back.
    match transients_table {
        Err(failure) => findings.push(absent("transients", transients, failure)),
        Ok(table) => {
            findings.push(shape("transients", &table, TRANSIENTS_KEY));
            findings.push(index("transients: index", &table, &WORK));
            findings.push(time_to_live);
            findings.extend(protection("transients", &table));
        }
    }
    findings
}

async fn describe(aws: &Aws, table: &str) -> Result<TableDescription, Failure> {
    let described = aws.dynamodb.describe_table().table_name(table).send().await;
    let described = described.map_err(|error| Failure::of(&error))?.table;
    described.ok_or_else(|| Failure::Other("no description".to_owned()))
}

fn absent(check: &str, name: &str, failure: Failure) -> Finding {
    match failure {
        Failure::NotFound => {
            let name = shown(name);
            Finding::wrong(
                check,
                format!("there is no table {name} in this account and region: deploy it, or correct its name"),
            )
        }
        failure => failure.finding(check, "dynamodb:DescribeTable"),
    }
}

fn shape(check: &str, table: &TableDescription, expected: &[(&str, &str)]) -> Finding {
    let name = shown(table.table_name().unwrap_or_default());
    if table.table_status() != Some(&TableStatus::Active) {
        let status = table.table_status().map_or("unknown", TableStatus::as_str);
        return Finding::wrong(check, format!("{name} is {status} and not ACTIVE: wait, or look at it in the console"));
    }
    if key(table, table.key_schema()) != expected_key(expected) {
        let expected = expected_key(expected).join(", ");
        return Finding::wrong(
            check,
            format!("{name} has another key than {expected}: keys cannot be changed, make it anew"),
        );
    }
    let mode = table.billing_mode_summary().and_then(|it| it.billing_mode());
    let mode = if mode == Some(&BillingMode::PayPerRequest) { "on demand" } else { "provisioned" };
    Finding::ok(check, format!("{name} is ACTIVE, {mode}"))
}

/// A key as text: name, type and role of each attribute.
fn key(table: &TableDescription, schema: &[KeySchemaElement]) -> Vec<String> {
    let type_of = |name: &str| {
        let definition = table.attribute_definitions().iter().find(|it| it.attribute_name() == name);
        definition.map_or("?", |it| it.attribute_type().as_str())
    };
    let element = |it: &KeySchemaElement| {
        (it.key_type() != &KeyType::Hash, format!("{} ({})", it.attribute_name(), type_of(it.attribute_name())))
    };
    let mut elements: Vec<_> = schema.iter().map(element).collect();
    elements.sort();
    elements.into_iter().map(|(_, text)| text).collect()
}

fn expected_key(expected: &[(&str, &str)]) -> Vec<String> {
    expected.iter().map(|(name, kind)| format!("{name} ({kind})")).collect()
}

fn index(check: &'static str, table: &TableDescription, expected: &Index) -> Finding {
    let name = expected.name;
    let Some(index) = table.global_secondary_indexes().iter().find(|it| it.index_name() == Some(name)) else {
        return Finding::wrong(check, format!("there is no index {name}: add it as the template has it"));
    };
    if key(table, index.key_schema()) != expected_key(expected.key) {
        let expected = expected_key(expected.key).join(", ");
        return Finding::wrong(check, format!("{name} has another key than {expected}: make it anew"));
    }
    if !projects_all(index, expected.attributes) {
        let expected = expected.attributes.join(", ");
        return Finding::wrong(check, format!("{name} does not project {expected}: make it anew"));
    }
    match index.index_status() {
        Some(IndexStatus::Active) => Finding::ok(check, format!("{name} is ACTIVE")),
        status => {
            let status = status.map_or("unknown", IndexStatus::as_str);
            Finding::wrong(check, format!("{name} is {status} and not ACTIVE: wait until it is"))
        }
    }
}

fn projects_all(index: &GlobalSecondaryIndexDescription, attributes: &[&str]) -> bool {
    let Some(projection) = index.projection() else { return attributes.is_empty() };
    let projected = projection.non_key_attributes();
    projection.projection_type() == Some(&ProjectionType::All)
        || attributes.iter().all(|it| projected.iter().any(|name| name == it))
}

async fn time_to_live(aws: &Aws, table: &str) -> Finding {
    let check = "transients: time to live";
    let described = aws.dynamodb.describe_time_to_live().table_name(table).send().await;
    let described = match described {
        Ok(described) => described.time_to_live_description,
        Err(error) => return Failure::of(&error).finding(check, "dynamodb:DescribeTimeToLive"),
    };
    let is_on = |status: &TimeToLiveStatus| matches!(status, TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling);
    match described {
        Some(it) if !it.time_to_live_status().is_some_and(is_on) => {
            Finding::wrong(check, format!("is off: turn it on for {TTL_ATTRIBUTE}, or what has ended is kept for ever"))
        }
        Some(it) if it.attribute_name() != Some(TTL_ATTRIBUTE) => {
            let other = shown(it.attribute_name().unwrap_or_default());
            Finding::wrong(check, format!("is on for {other} and not for {TTL_ATTRIBUTE}: correct it"))
        }
        Some(_) => Finding::ok(check, format!("is on for {TTL_ATTRIBUTE}")),
        None => Finding::cannot_tell(check, "the server does not say"),
    }
}

async fn recovery(aws: &Aws, table: &str) -> Finding {
    let check = "bindings: point-in-time recovery";
    let described = aws.dynamodb.describe_continuous_backups().table_name(table).send().await;
    let described = match described {
        Ok(described) => described.continuous_backups_description,
        Err(error) => return Failure::of(&error).finding(check, "dynamodb:DescribeContinuousBackups"),
    };
    let recovery = described.as_ref().and_then(ContinuousBackupsDescription::point_in_time_recovery_description);
    match recovery.and_then(|it| it.point_in_time_recovery_status()) {
        Some(PointInTimeRecoveryStatus::Enabled) => Finding::ok(check, "is on"),
        Some(_) => Finding::warning(check, "is off: turn it on, or a mistake loses bindings for ever"),
        None => Finding::cannot_tell(check, "the server does not say"),
    }
}

/// DynamoDB always says whether a table is protected. A server that does not knows nothing of its encryption either.
fn protection(table_check: &str, table: &TableDescription) -> [Finding; 2] {
    let (deletion, encryption) = (format!("{table_check}: deletion protection"), format!("{table_check}: encryption"));
    let unknown = |check| Finding::cannot_tell(check, "the server does not say");
    let Some(is_protected) = table.deletion_protection_enabled() else {
        return [unknown(deletion), unknown(encryption)];
    };
    let is_own = table.sse_description().is_some_and(|it| it.sse_type() == Some(&SseType::Kms));
    [
        if is_protected {
            Finding::ok(deletion, "is on")
        } else {
            Finding::warning(deletion, "is off: turn it on, or one call deletes the table")
        },
        if is_own {
            Finding::ok(encryption, "by a key in KMS")
        } else {
            Finding::warning(
                encryption,
                "by a key of AWS's own: choose a customer managed key, so that reads are yours to allow",
            )
        },
    ]
}

#[cfg(test)]
mod tests;
