//! A tour through every success that the description lists, and through its examples.
//!
//! Codes do not go so far: that each one listed can end its operation is shown for those that some scenario gets there
//! (and then checked where the scene ends), and that each is produced at all by `codes`. Which of the others an operation
//! lists follows from what it does.

use std::collections::{BTreeMap, BTreeSet};

use console::PAGE;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Description, GITHUB, GITLAB, HUBOT, OCTO, Occurrence, Owner, Person, Scene};

/// The request that the description shows under this name.
fn example(operation: &str, name: &str) -> Value {
    let description = Description::get();
    let operation = description.operations().iter().find(|it| it.id == operation).unwrap();
    let place = format!("{}/requestBody/content/application~1json/examples/{name}/value", operation.pointer);
    description.at(&place).unwrap_or_else(|| panic!("{place}")).1.clone()
}

/// By token: bound, renewed, refused, looked at, unbound. Then there is nothing.
async fn by_token(person: &Person, owner: &Owner) {
    let form = example("bind_for_user", "personal_access_token");
    person.put(owner, GITLAB, &form).await.expect(201);
    person.put(owner, GITLAB, &form).await.expect(200);
    person.bind_gitlab(owner, "glpat-api-other", "other").await.problem(409, "other_account_bound");
    person.bind_gitlab(owner, "glpat-unknown", "glfake").await.problem(422, "token_rejected");
    person.list(owner).await.expect(200);
    person.get(&format!("{}/bindings/{GITLAB}", owner.path())).await.expect(200);
    person.unbind(owner, GITLAB).await.expect(200);
    person.unbind(owner, GITLAB).await.problem(404, "not_bound");
}

/// By OAuth, once back to the console and once completed by it.
async fn by_oauth(person: &Person, owner: &Owner, account: &str) {
    assert_eq!(person.authorize(owner, GITHUB, account).await.result(), "bound");
    let attempt = person.start_for_console(GITHUB).await;
    let back = person.consent(&attempt, account).await;
    let (_, secret) = person.callback_for_console(&back).await;
    let (_, grant) = person.redeem(&secret.expect("a completion secret")).await;
    person.bind_grant(owner, GITHUB, &grant.expect("a grant")).await.expect(200);
    person.unbind(owner, GITHUB).await.expect(200);
}

async fn seen() -> BTreeMap<Occurrence, Value> {
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    alice.get("providers").await.expect(200);
    alice.get("owners").await.expect(200);
    for (path, status) in [("/", 303), ("/console", 200), ("/console/config.json", 200)] {
        alice.send(alice.browse(Method::GET, path)).await.expect(status);
    }
    let asset = format!("/console/{}/style.css", PAGE.version);
    alice.send(alice.browse(Method::GET, &asset)).await.expect(200);
    for (owner, account) in Owner::of_each_kind().iter().zip([OCTO, HUBOT]) {
        by_token(&alice, owner).await;
        by_oauth(&alice, owner, account).await;
        alice.try_start(owner, GITHUB, Some(&example("start_authorization_for_user", "console"))).await.expect(201);
    }
    let mut seen = scene.seen();
    let without_console = Scene::start().await;
    let bob = without_console.person("bob");
    bob.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "bound");
    bob.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "renewed");
    seen.extend(without_console.seen());
    seen
}

/// The members and their kinds; of a list, the shapes in it.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(items) => {
            let shapes: BTreeMap<_, _> = items.iter().map(shape).map(|it| (it.to_string(), it)).collect();
            shapes.into_values().collect()
        }
        Value::Object(members) => members.iter().map(|(name, it)| (name.clone(), shape(it))).collect(),
    }
}

/// Each example of an answer: the operation, the status, and the body.
fn examples_of_answers() -> Vec<(&'static str, u16, &'static Value)> {
    let description = Description::get();
    let mut found = Vec::new();
    for operation in description.operations() {
        for (status, answer) in &operation.answers {
            for media_type in ["application~1json", "application~1problem+json"] {
                let place = format!("{answer}/content/{media_type}");
                let examples = description.at(&format!("{place}/examples")).and_then(|(_, it)| it.as_object());
                for (name, example) in examples.into_iter().flatten() {
                    let valid = description.validate(&format!("{place}/schema"), &example["value"]);
                    valid.unwrap_or_else(|error| panic!("{} {status} {name}: {error}", operation.id));
                    found.push((operation.id.as_str(), *status, &example["value"]));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn each_success_occurs_and_the_examples_are_what_it_looks_like() {
    // S-12
    let seen = seen().await;
    let succeeded = seen.keys().filter(|it| it.status < 400).map(|it| (it.operation.as_str(), it.status));
    let operations = Description::get().operations().iter();
    let listed = operations.flat_map(|it| it.answers.keys().map(|status| (it.id.as_str(), *status)));
    assert_eq!(succeeded.collect::<BTreeSet<_>>(), listed.filter(|(_, status)| *status < 400).collect());
    let examples = examples_of_answers();
    assert!(!examples.is_empty());
    for (operation, status, example) in examples {
        let code = example["code"].as_str().unwrap_or_default().to_owned();
        let occurrence = Occurrence { operation: operation.to_owned(), status, code };
        let today = seen.get(&occurrence).unwrap_or_else(|| panic!("the tour does not come by {occurrence:?}"));
        assert_eq!(shape(example), shape(today), "{occurrence:?} is today {today:#}");
    }
}

#[test]
fn the_examples_of_requests_are_accepted_by_their_schema() {
    // S-11
    let description = Description::get();
    let mut count = 0;
    for operation in description.operations() {
        let place = format!("{}/requestBody/content/application~1json", operation.pointer);
        let Some((_, examples)) = description.at(&format!("{place}/examples")) else { continue };
        for (name, example) in examples.as_object().unwrap() {
            let valid = description.validate(&format!("{place}/schema"), &example["value"]);
            valid.unwrap_or_else(|error| panic!("{} {name}: {error}", operation.id));
            count += 1;
        }
    }
    assert!(count > 0);
}
