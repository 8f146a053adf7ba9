//! Alarms look at what is really measured, and at everything that is bad.

use std::collections::BTreeSet;

use codebind::edge::{
    code::Code,
    log::vocabulary::{
        EVENT_DIMENSIONS, EVENT_METRICS, EVENTS, NAMESPACE, REQUEST_DIMENSIONS, REQUEST_METRICS, SUCCESSES,
        SWEEP_DIMENSIONS, SWEEP_METRICS,
    },
};
use codebind_local::FUNCTIONS;
use serde_json::Value;

use super::{template, text};

/// Events of which nobody is told at once.
const NOT_ALARMING: [(&str, &str); 19] = [
    ("bound", "what the product is for"),
    ("renewed", "what the product is for"),
    ("unbound", "what the product is for"),
    ("callback_denied", "people change their minds; what is our fault has alarms by its outcome"),
    ("state_mismatch", "a stale link does that, and so does whoever sends any state at all: it reaches nothing"),
    ("orphan_revoked", "the token is dead"),
    ("orphan_left", "the token ends by itself, and nothing can be done"),
    ("orphan_queued", "the queue holds the token"),
    ("token_displaced", "the owner is told by the status"),
    ("expiring", "the owner is told by an event on the bus"),
    ("authorization_unaccounted", "a person who says no at the provider does that too"),
    ("leased", "what the product is for"),
    ("suspect_reported", "the token is looked at before it is lent again; what comes out is an event of its own"),
    ("refreshed", "what the product is for"),
    ("rotation_refused", "the token works still, and the owner is told before it ends"),
    ("rotation_uncertain", "the token is looked at at once; what comes out is an event of its own"),
    ("recovered", "it is good news"),
    ("breaker_closed", "it is good news"),
    ("displacement_untold", "the owner meets it at the next use, and binds again"),
];

/// A metric that an alarm looks at.
struct Watched {
    alarm: &'static str,
    namespace: &'static str,
    name: &'static str,
    dimensions: Vec<(&'static str, &'static str)>,
}

fn watched() -> Vec<Watched> {
    let mut all = Vec::new();
    for (alarm, resource) in template().resources("AWS::CloudWatch::Alarm") {
        let properties = &resource["Properties"];
        let several = properties["Metrics"].as_array().into_iter().flatten();
        let several = several.map(|it| &it["MetricStat"]["Metric"]).filter(|it| !it.is_null());
        let metrics: Vec<_> =
            Some(properties).filter(|it| it.get("Namespace").is_some()).into_iter().chain(several).collect();
        assert!(!metrics.is_empty() && metrics.len() <= 10, "{alarm}: CloudWatch takes ten");
        assert_eq!(properties["AlarmActions"], serde_json::json!(["AlarmTopic"]), "{alarm}");
        all.extend(metrics.into_iter().map(|metric| {
            let dimensions = metric["Dimensions"].as_array().expect("there are dimensions");
            let dimensions = dimensions.iter().map(|it| (text(it, "Name"), text(it, "Value"))).collect();
            Watched { alarm, namespace: text(metric, "Namespace"), name: text(metric, "MetricName"), dimensions }
        }));
    }
    all
}

fn is_known(name: &str, value: &str) -> bool {
    let is_success = || SUCCESSES.iter().any(|(outcome, _)| *outcome == value);
    match name {
        "event" => EVENTS.iter().any(|(event, _)| *event == value),
        "function" => FUNCTIONS.iter().any(|it| it.name == value),
        "outcome" => is_success() || Code::ALL.iter().any(|it| it.name() == value),
        "FunctionName" => template().functions().iter().any(|it| text(&it.properties, "FunctionName") == value),
        "TableName" => ["codebind-bindings", "codebind-transients"].contains(&value),
        "ApiId" => ["Api", "WorkersApi"].contains(&value),
        "Operation" => true,
        other => panic!("{other} is no dimension"),
    }
}

#[test]
fn every_alarm_looks_at_what_is_measured() {
    //
    let watched = watched();
    assert!(watched.len() > 30, "the alarms are found: {}", watched.len());
    for Watched { alarm, namespace, name, dimensions } in watched {
        let names: Vec<_> = dimensions.iter().map(|(name, _)| *name).collect();
        if namespace == NAMESPACE {
            let measured = [
                (REQUEST_METRICS, REQUEST_DIMENSIONS),
                (EVENT_METRICS, EVENT_DIMENSIONS),
                (SWEEP_METRICS, SWEEP_DIMENSIONS),
            ];
            let found = measured.iter().find(|(metrics, _)| metrics.iter().any(|it| it.name == name));
            let (_, sets) = found.unwrap_or_else(|| panic!("{alarm}: {name}"));
            assert!(sets.contains(&names.as_slice()), "{alarm}: {names:?}");
        } else {
            let expected: &[&str] = match (namespace, name) {
                ("AWS/Lambda", "Errors" | "Throttles") => &["FunctionName"],
                ("AWS/ApiGateway", "5xx") => &["ApiId"],
                ("AWS/DynamoDB", "ThrottledRequests") => &["TableName", "Operation"],
                other => panic!("{alarm}: {other:?} is not known"),
            };
            assert_eq!(names, expected, "{alarm}");
        }
        for (name, value) in dimensions {
            assert!(is_known(name, value), "{alarm}: {name} is never {value}");
        }
    }
}

#[test]
fn every_event_has_an_alarm_or_a_reason() {
    //
    let watched = watched();
    let alarming: BTreeSet<_> = watched
        .iter()
        .flat_map(|it| &it.dimensions)
        .filter(|(name, _)| *name == "event")
        .map(|(_, event)| *event)
        .collect();
    for (event, _) in EVENTS {
        let excused = NOT_ALARMING.iter().any(|(name, reason)| name == event && !reason.is_empty());
        assert_ne!(alarming.contains(event), excused, "{event}: an alarm, or a reason for none");
    }
    assert!(NOT_ALARMING.iter().all(|(name, _)| is_known("event", name)));
}

#[test]
fn what_is_our_fault_has_an_alarm_at_every_function_that_can_answer_it() {
    //
    let watched = watched();
    let functions = |outcome: &str| -> BTreeSet<&str> {
        let of_outcome =
            watched.iter().filter(|it| it.name == "Requests" && it.dimensions.contains(&("outcome", outcome)));
        of_outcome
            .flat_map(|it| &it.dimensions)
            .filter(|(name, _)| *name == "function")
            .map(|(_, value)| *value)
            .collect()
    };
    let all: BTreeSet<_> = FUNCTIONS.iter().map(|it| it.name).collect();
    assert_eq!(functions("misconfigured"), all);
    assert_eq!(functions("unavailable"), all);
    assert_eq!(
        functions("registration_refused"),
        ["credential", "oauth-callback", "token-bind"].into(),
        "those that ask for tokens"
    );
    let lambda = |name: &str| watched.iter().filter(|it| it.namespace == "AWS/Lambda" && it.name == name).count();
    assert_eq!((lambda("Errors"), lambda("Throttles")), (all.len(), all.len()));
}

#[test]
fn a_table_that_refuses_is_noticed_whatever_was_asked_of_it() {
    //
    let watched = watched();
    for table in ["codebind-bindings", "codebind-transients"] {
        let of_table = watched.iter().filter(|it| it.dimensions.contains(&("TableName", table)));
        let operations: BTreeSet<_> = of_table.map(|it| it.dimensions[1].1.to_owned()).collect();
        // IAM knows the parts of a transaction, and the metric knows the whole.
        let mut asked = BTreeSet::from(["TransactWriteItems".to_owned()]);
        for permission in template().functions().iter().flat_map(|it| it.policy.permissions()) {
            let is_meant = permission.resource.split('/').nth(1) == Some(table);
            asked.extend(permission.action.strip_prefix("dynamodb:").filter(|_| is_meant).map(str::to_owned));
        }
        assert_eq!(operations, asked, "{table}");
    }
}

#[test]
fn the_dashboard_can_be_drawn() {
    let body = text(&template().resource("Dashboard")["Properties"], "DashboardBody");
    let dashboard: Value = serde_json::from_str(body).expect("the dashboard is JSON");
    assert!(dashboard["widgets"].as_array().is_some_and(|it| it.len() > 5));
}
