//! What is said of a table, by its description.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingModeSummary, Projection, ScalarAttributeType, SseDescription,
};

use super::*;
use crate::report::Outcome;

fn element(name: &str, role: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

fn accounts(projection: ProjectionType, status: IndexStatus) -> GlobalSecondaryIndexDescription {
    let projection = Projection::builder().projection_type(projection).non_key_attributes("token_mark");
    GlobalSecondaryIndexDescription::builder()
        .index_name(ACCOUNTS.name)
        .key_schema(element("issued_at", KeyType::Range))
        .key_schema(element("account_key", KeyType::Hash))
        .projection(projection.non_key_attributes("binding_id").build())
        .index_status(status)
        .build()
}

fn bindings(status: TableStatus, sort: &str, index: Option<GlobalSecondaryIndexDescription>) -> TableDescription {
    let mut table = TableDescription::builder()
        .table_name("b")
        .table_status(status)
        .key_schema(element(sort, KeyType::Range))
        .key_schema(element("owner", KeyType::Hash))
        .billing_mode_summary(BillingModeSummary::builder().billing_mode(BillingMode::PayPerRequest).build());
    for name in ["owner", "provider", "account_key"] {
        table = table.attribute_definitions(attribute(name, ScalarAttributeType::S));
    }
    table = table.attribute_definitions(attribute("issued_at", ScalarAttributeType::N));
    table.set_global_secondary_indexes(index.map(|it| vec![it])).build()
}

#[test]
fn the_key_is_compared_whatever_the_order_of_its_parts() {
    let told = shape("bindings", &bindings(TableStatus::Active, "provider", None), BINDINGS_KEY);
    assert_eq!(told, Finding::ok("bindings", "b is ACTIVE, on demand"));
    let other = shape("bindings", &bindings(TableStatus::Active, "account_key", None), BINDINGS_KEY);
    assert_eq!(other.outcome, Outcome::Wrong);
    let updating = shape("bindings", &bindings(TableStatus::Archived, "provider", None), BINDINGS_KEY);
    assert_eq!(updating.outcome, Outcome::Wrong);
    assert!(updating.says.contains("ARCHIVED"), "{}", updating.says);
}

#[test]
fn the_index_must_be_whole() {
    let told = |it: Option<GlobalSecondaryIndexDescription>| {
        index("bindings: index", &bindings(TableStatus::Active, "provider", it), &ACCOUNTS)
    };
    for projection in [ProjectionType::Include, ProjectionType::All] {
        assert_eq!(told(Some(accounts(projection, IndexStatus::Active))).outcome, Outcome::Ok);
    }
    for (wrong, says) in [
        (None, "there is no index"),
        (Some(accounts(ProjectionType::Include, IndexStatus::Creating)), "CREATING"),
        (
            Some(GlobalSecondaryIndexDescription::builder().index_name(ACCOUNTS.name).build()),
            "another key than account_key (S), issued_at (N)",
        ),
    ] {
        let finding = told(wrong);
        assert_eq!(finding.outcome, Outcome::Wrong);
        assert!(finding.says.contains(says), "{}", finding.says);
    }
    let mut poor = accounts(ProjectionType::Include, IndexStatus::Active);
    poor.projection = Some(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
    assert!(told(Some(poor)).says.contains("does not project"));
    let of_work = index("bindings: index", &bindings(TableStatus::Active, "provider", None), &WORK);
    assert!(of_work.says.contains("there is no index work"), "{}", of_work.says);
}

#[test]
fn a_server_that_says_nothing_of_protection_is_not_blamed() {
    let outcomes = |table: &TableDescription| protection("bindings", table).map(|it| it.outcome);
    let mut table = bindings(TableStatus::Active, "provider", None);
    assert_eq!(outcomes(&table), [Outcome::CannotTell, Outcome::CannotTell]);
    table.deletion_protection_enabled = Some(false);
    assert_eq!(outcomes(&table), [Outcome::Warning, Outcome::Warning]);
    table.deletion_protection_enabled = Some(true);
    table.sse_description = Some(SseDescription::builder().sse_type(SseType::Kms).build());
    assert_eq!(outcomes(&table), [Outcome::Ok, Outcome::Ok]);
}

#[test]
fn a_table_that_is_not_there_is_named() {
    let finding = absent("bindings", "my-table", Failure::NotFound);
    assert_eq!(finding.outcome, Outcome::Wrong);
    assert!(finding.says.contains("my-table"), "{}", finding.says);
    assert_eq!(absent("bindings", "my-table", Failure::Denied).outcome, Outcome::CannotTell);
}
