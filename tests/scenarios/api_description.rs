//! `shared/openapi.yaml` and `shared/openapi-workers.yaml` say what the code says: routes, codes, version. That every answer
//! of every scenario is as described is checked where a `Scene` ends.

use std::collections::{BTreeMap, BTreeSet};

use codebind::edge::code::Code;
use codebind::edge::route::{Api, ROUTES};
use codebind_local::routes;
use serde_json::Value;
use tests::{Description, Operation};

mod checker;
mod contract;
mod tour;

/// Codes that no operation answers, with the reason.
const NOT_ANSWERED: [(&str, &str); 5] = [
    ("method_not_allowed", "the gateway has only our routes"),
    ("token_displaced", "the problem of a binding, and no answer"),
    ("refresh_uncertain", "the problem of a binding, and no answer"),
    ("rotation_uncertain", "the problem of a binding, and no answer"),
    ("verification_failed", "the problem of a binding, and no answer"),
];

/// What a redirect to the console can name besides codes.
const RESULTS: [&str; 3] = ["bound", "renewed", "complete"];

fn code(name: &str) -> Option<Code> {
    Code::ALL.iter().copied().find(|code| code.name() == name)
}

/// The description of an API.
fn description(api: Api) -> &'static Description {
    match api {
        Api::Public => Description::get(),
        Api::Workers => Description::for_workers(),
    }
}

/// Each answer that lists codes: the operation, the status, the media type, the codes.
fn listed() -> Vec<(&'static Operation, u16, &'static str, Vec<&'static str>)> {
    let mut found = Vec::new();
    for description in Description::all() {
        for operation in description.operations() {
            for (&status, answer) in &operation.answers {
                let content = description.at(&format!("{answer}/content")).and_then(|(_, it)| it.as_object());
                for media_type in content.into_iter().flatten().map(|(media_type, _)| media_type) {
                    found.push((operation, status, media_type.as_str(), description.codes(answer, media_type)));
                }
            }
        }
    }
    found
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn the_routes_are_those_of_the_code_and_of_the_gateway() {
    //
    for api in [Api::Public, Api::Workers] {
        let operations = description(api).operations().iter();
        let described: BTreeSet<_> =
            operations.map(|it| (format!("{} {}", it.method, it.path), it.is_guarded)).collect();
        let of_code = ROUTES.iter().filter(|it| it.api == api).map(|it| format!("{} {}", it.method, it.path));
        let of_gateway = routes::ROUTES.iter().filter(|it| it.api == api);
        let is_guarded = |it: &routes::Route| it.authorization != routes::Authorization::None;
        let of_gateway: BTreeSet<_> = of_gateway.map(|it| (it.key.to_owned(), is_guarded(it))).collect();
        let keys: BTreeSet<_> = described.iter().map(|(key, _)| key.clone()).collect();
        assert_eq!(keys, of_code.collect());
        assert_eq!(described, of_gateway);
    }
}

#[test]
fn operations_are_named_as_in_the_log() {
    let mut ids = BTreeSet::new();
    for route in &ROUTES {
        let operation = description(route.api).operation(route.method, route.path).unwrap();
        let name = route.operation.name();
        let is_alone = ROUTES.iter().filter(|other| other.operation == route.operation).count() == 1;
        let owner = if route.path.starts_with("/v1/users/") { "user" } else { "instance" };
        let expected = if is_alone { name.to_owned() } else { format!("{name}_for_{owner}") };
        assert_eq!(operation.id, expected);
        assert!(ids.insert(expected), "{} stands twice", operation.id);
    }
}

#[test]
fn every_code_is_listed_and_no_other() {
    // S-12, R-95
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    for description in Description::all() {
        let (_, listed) = description.at("/components/schemas/Problem/properties/code/enum").unwrap();
        assert_eq!(strings(listed), codes);
    }
}

#[test]
fn every_listed_code_is_one_of_that_status() {
    // S-12, R-96
    let mut answered = BTreeSet::new();
    for (operation, status, media_type, codes) in listed() {
        let place = format!("{} {status} {media_type}", operation.id);
        let is_page = media_type == "text/html" && operation.id != "console";
        let is_listing = media_type == "application/problem+json" || is_page;
        assert_eq!(is_listing, !codes.is_empty(), "{place}");
        for name in codes.iter().copied().filter(|name| status >= 400 || !RESULTS.contains(name)) {
            let code = code(name).unwrap_or_else(|| panic!("{place}: there is no {name}"));
            assert_eq!(code.status(), status, "{place}: {name}");
            answered.insert(name);
        }
    }
    let unanswered = Code::ALL.iter().map(|code| code.name()).filter(|name| !answered.contains(name));
    assert_eq!(unanswered.collect::<BTreeSet<_>>(), NOT_ANSWERED.iter().map(|(name, _)| *name).collect());
    assert!(NOT_ANSWERED.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn a_problem_has_the_status_of_its_answer() {
    // S-12
    for (operation, status, media_type, _) in listed() {
        if media_type == "application/problem+json" {
            let of_workers = Description::for_workers();
            let is_of_workers = of_workers.operations().iter().any(|it| std::ptr::eq(it, operation));
            let description = if is_of_workers { of_workers } else { Description::get() };
            let pointer = "content/application~1problem+json/schema/allOf/1/properties/status/const";
            let (_, said) = description.at(&format!("{}/{pointer}", operation.answers[&status])).unwrap();
            assert_eq!(*said, status, "{}", operation.id);
        }
    }
}

#[test]
fn the_console_is_told_what_a_page_would_say() {
    // S-21: after the state is used up and its browser proved, a page and a redirect tell the same codes.
    let description = Description::get();
    let (_, location) =
        description.at("/paths/~1v1~1oauth~1callback~1{provider}/get/responses/303/headers/location").unwrap();
    let told: BTreeSet<_> = strings(&location["x-codes"]).into_iter().filter(|it| !RESULTS.contains(it)).collect();
    let on_pages: BTreeSet<_> = listed()
        .into_iter()
        .filter(|(operation, status, media_type, _)| {
            operation.id == "callback" && *status >= 400 && *media_type == "text/html"
        })
        .flat_map(|(_, _, _, codes)| codes)
        .collect();
    let before = [
        "authorization_invalid",
        "authorization_used",
        "authorization_expired",
        "invalid_callback",
        "prefetch_refused",
        "provider_off",
        "unknown_provider",
    ];
    assert_eq!(told.union(&before.into()).copied().collect::<BTreeSet<_>>(), on_pages);
    assert!(told.is_disjoint(&before.into()));
}

#[test]
fn a_bindings_problem_has_codes_of_problems() {
    // S-12
    let (_, listed) = Description::get().at("/components/schemas/BindingProblem/properties/code/enum").unwrap();
    assert!(!strings(listed).is_empty());
    assert!(strings(listed).into_iter().all(|name| code(name).is_some()), "{listed}");
}

#[test]
fn the_version_is_that_of_the_workspace() {
    for description in Description::all() {
        assert_eq!(description.document()["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}

#[test]
fn every_component_is_used() {
    for document in Description::all().map(Description::document) {
        assert_every_component_is_used(document);
    }
}

fn assert_every_component_is_used(document: &Value) {
    let text = document.to_string();
    let kinds: BTreeMap<_, _> = document["components"].as_object().unwrap().iter().collect();
    for (kind, members) in kinds.into_iter().filter(|(kind, _)| *kind != "securitySchemes") {
        for name in members.as_object().unwrap().keys() {
            assert!(text.contains(&format!("\"#/components/{kind}/{name}\"")), "{kind}/{name} is used nowhere");
        }
    }
}
