//! Every call of every function, each by name, in the order in which the flows make them.

use tests::{Fault, Plan, Service};

use super::table::{Flow, Point, Weight};

mod callback;
mod grants;
mod tokens;
mod unbinding;

const STORAGE: Service = Service::Storage;
const KEYS: Service = Service::Keys;

const CONSUMED: &str = "consumed_by";
const BINDS: &str = "attribute_not_exists(#binding)";
const CLOSES: &str = "#used_by = :closed";
const RENEWS: &str = "#version = :seen";
const EXCHANGE: &str = "POST /access_token";
const ACCOUNT: &str = "GET /user";
const REVOKE: &str = "DELETE /token";
const KEY: &str = "GenerateDataKey";
const TRANSACTION: &str = "TransactWriteItems";

/// All flows.
pub(super) fn all() -> impl Iterator<Item = &'static Flow> {
    [callback::FLOWS, grants::FLOWS, tokens::FLOWS, unbinding::FLOWS].into_iter().flatten()
}

const fn point(
    name: &'static str,
    service: Service,
    operation: &'static str,
    mentions: &'static str,
    weight: Weight,
) -> Point {
    Point { name, service, operation, mentions, weight: Some(weight) }
}

/// A call that another flow, or a scenario of its own, tells more of.
const fn told(service: Service, operation: &'static str, mentions: &'static str) -> Point {
    Point { name: "", service, operation, mentions, weight: None }
}

const fn always(service: Service, operation: &'static str, fault: Fault) -> (Service, Plan) {
    (service, Plan { operation, mentions: "", skip: 0, times: usize::MAX, fault })
}
