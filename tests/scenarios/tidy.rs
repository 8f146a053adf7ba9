//! Rules of the sources that a machine can keep.

use std::collections::BTreeSet;

use codebind::{edge::route, providers};
use codebind_local::routes;

use source::{Source, blank, files, functions, is_word, own_modules, root, sources};

pub(crate) use supply::{OF_PROVIDERS, VARIABLES};

mod log;
mod requirements;
mod source;
mod supply;

const LINES_MAX: usize = 300;
const FUNCTION_LINES_MAX: usize = 70;

#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Whether `name` stands in `code` as a whole word.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (code[..at].bytes().last(), code[at + name.len()..].bytes().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Files below `folder` whose code, without tests, names one of `words`.
fn naming(folder: &str, words: &[&str]) -> Vec<String> {
    let found = sources().into_iter().filter(|it| it.is_below(folder)).flat_map(|source| {
        let code = source.product(true);
        let named: Vec<_> = words.iter().filter(|word| names(&code, word)).map(|it| (*it).to_owned()).collect();
        named.into_iter().map(move |word| format!("{} names {word}", source.path))
    });
    found.collect()
}

/// Files below `folder` whose code, without tests, names another of our modules than `allowed`.
fn importing_others_than(folder: &str, allowed: &[&str]) -> Vec<String> {
    let found = sources().into_iter().filter(|it| it.is_below(folder)).flat_map(|source| {
        let modules = own_modules(&source.product(true)).into_iter();
        let others: BTreeSet<_> = modules.filter(|module| !allowed.contains(&module.as_str())).collect();
        others.into_iter().map(move |module| format!("{} imports crate::{module}", source.path))
    });
    found.collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = |it: &Source| !it.text.starts_with("//!") && !it.text.starts_with("#![doc = include_str!(");
    assert_none(&sources().into_iter().filter(silent).map(|it| it.path).collect::<Vec<_>>());
}

#[test]
fn no_file_and_no_function_is_long() {
    let mut long = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            long.push(format!("{} has {lines} lines", source.path));
        }
        let functions = functions(&blank(&source.text, true)).into_iter();
        let of_file = functions.filter(|(_, _, lines)| *lines > FUNCTION_LINES_MAX);
        long.extend(of_file.map(|(name, line, lines)| format!("{}:{line}: {name} has {lines} lines", source.path)));
    }
    assert_none(&long);
}

#[test]
fn nouns_and_declarations_do_no_io() {
    let io = [
        "reqwest",
        "tokio",
        "hyper",
        "lambda_runtime",
        "aws_sdk_dynamodb",
        "aws_sdk_kms",
        "aws_sdk_eventbridge",
        "TcpStream",
        "fs",
    ];
    let smithy = ["aws_smithy_types", "aws_smithy_runtime_api", "aws_smithy_http_client", "env"];
    for folder in ["shared/src/domain/", "shared/src/providers/", "shared/src/flow/"] {
        assert_none(&naming(folder, &smithy));
    }
    for folder in ["shared/src/domain/", "shared/src/providers/"] {
        assert_none(&naming(folder, &io));
    }
    let io_of_flows = io.into_iter().filter(|it| *it != "tokio").collect::<Vec<_>>();
    assert_none(&naming("shared/src/flow/", &io_of_flows));
}

#[test]
fn nobody_knows_more_than_they_may() {
    assert_none(&importing_others_than("shared/src/domain/", &["domain"]));
    assert_none(&importing_others_than("shared/src/providers/", &["domain", "providers"]));
    assert_none(&importing_others_than("shared/src/ports", &["domain", "error", "ports"]));
    assert_none(&importing_others_than("shared/src/flow/", &["domain", "ports", "providers", "error", "flow"]));
    assert_none(&importing_others_than("shared/src/adapter/", &["adapter", "domain", "ports", "error", "config"]));
    assert_none(&importing_others_than("shared/src/config", &["domain", "providers", "config"]));
}

#[test]
fn adapters_do_not_know_each_other() {
    // What all of them may use; and the guard is a part of the client, in a file of its own.
    let common = ["aws", "tls", "sealed"];
    let parts = [("egress", "provider_client")];
    let mut met = Vec::new();
    let folder = "shared/src/adapter/";
    let adapters = ["dynamo", "egress", "eventbridge", "kms", "provider_client", "secrets"];
    for source in sources().into_iter().filter(|it| it.is_below(folder) && it.path != format!("{folder}mod.rs")) {
        let own = source.path[folder.len()..].split(['/', '.']).next().expect("a file has a name").to_owned();
        let code = source.product(true);
        let up = if source.path[folder.len()..].contains('/') { "super::super::" } else { "super::" };
        for other in adapters.into_iter().filter(|it| *it != own && !common.contains(it)) {
            let imported = [up, "crate::adapter::"].iter().any(|from| code.contains(&format!("{from}{other}")));
            if imported && !parts.contains(&(own.as_str(), other)) {
                met.push(format!("{} imports {other}", source.path));
            }
        }
    }
    assert_none(&met);
}

#[test]
fn only_the_edge_knows_what_is_answered() {
    let others = sources().into_iter().filter(|it| it.is_below("shared/src/") && !it.is_below("shared/src/edge/"));
    let telling = others.filter(|it| {
        let code = it.product(true);
        ["StatusCode", "status_code", "lambda_runtime", "Reply"].iter().any(|word| names(&code, word))
    });
    assert_none(&telling.map(|it| it.path).collect::<Vec<_>>());
}

#[test]
fn the_environment_is_read_in_one_place() {
    let readers =
        ["shared/", "functions/"].iter().flat_map(|folder| naming(folder, &["var", "vars", "var_os", "vars_os"]));
    // Cargo tells a build script where to write.
    let excused = |it: &String| it.starts_with("shared/src/config") || it == "functions/console/build.rs names var";
    assert_none(&readers.filter(|it| !excused(it)).collect::<Vec<_>>());
}

#[test]
fn a_provider_is_named_in_its_own_files_alone() {
    // S-8
    let of_providers = ["shared/src/providers/", "infra/local/src/simulator/"];
    let ids: Vec<_> = providers::ALL.iter().map(|it| it.id).collect();
    let mut named = Vec::new();
    let product = ["shared/src/", "functions/", "infra/local/src/"];
    for source in sources().into_iter().filter(|it| product.iter().any(|folder| it.is_below(folder))) {
        if of_providers.iter().any(|folder| source.is_below(folder)) {
            continue;
        }
        // Dots and hyphens belong to a word: the host of an example address is not a name.
        let code = source.product(false).to_lowercase();
        let words = code.split(|it: char| !it.is_ascii_alphanumeric() && !".-".contains(it));
        let found: BTreeSet<_> = words.filter(|it| ids.contains(it)).collect();
        named.extend(found.into_iter().map(|id| format!("{} names {id}", source.path)));
    }
    assert_none(&named);
}

#[test]
fn every_provider_has_wire_examples() {
    // S-10
    let names: Vec<_> = std::fs::read_dir(root().join("tests/fixtures"))
        .expect("there are fixtures")
        .map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let without = providers::ALL.iter().filter(|it| !names.iter().any(|name| name.starts_with(&format!("{}.", it.id))));
    assert_none(&without.map(|it| it.id.to_owned()).collect::<Vec<_>>());
}

#[test]
fn every_wire_example_is_used_or_says_why_not() {
    // S-10
    let folder = root().join("tests/fixtures");
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let examples: Vec<_> = entries.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    let reasons = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let code: String = sources().iter().map(|source| source.text.as_str()).collect();
    let is_dealt_with = |name: &&String| {
        let (used, excused) = (code.contains(&format!("\"{name}\"")), reasons.contains(&format!("`{name}`")));
        // One of the two: a reason for not using what is used is out of date.
        used != excused
    };
    let found: Vec<_> = examples.iter().filter(|name| !is_dealt_with(name)).cloned().collect();
    assert!(examples.len() > 100, "{}", examples.len());
    assert_none(&found);
}

#[test]
fn every_rule_that_is_named_exists() {
    let text = std::fs::read_to_string(root().join("shared/RULES.md")).expect("the rules are written down");
    let rule = |line: &str| line.strip_prefix("- **S-").map(|rest| digits(rest).to_owned());
    let rules: BTreeSet<_> = text.lines().filter_map(rule).collect();
    assert!(rules.len() > 40, "the rules are read");
    let mut unknown = Vec::new();
    for source in sources() {
        let marks =
            source.text.match_indices("S-").filter(|(at, _)| !source.text[..*at].bytes().last().is_some_and(is_word));
        let named = marks.map(|(at, mark)| digits(&source.text[at + mark.len()..])).filter(|it| !it.is_empty());
        let missing: BTreeSet<_> = named.filter(|it| !rules.contains(*it)).collect();
        unknown.extend(missing.into_iter().map(|it| format!("{} names S-{it}", source.path)));
    }
    assert_none(&unknown);
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

#[test]
fn the_gateway_has_the_routes_of_the_functions() {
    let of_functions: BTreeSet<_> =
        route::ROUTES.iter().map(|it| (format!("{} {}", it.method, it.path), it.function)).collect();
    let of_gateway: BTreeSet<_> = routes::ROUTES.iter().map(|it| (it.key.to_owned(), it.function.name)).collect();
    assert_eq!(of_functions, of_gateway);
}

#[test]
fn only_the_callback_and_the_page_are_open() {
    // S-1
    let open: Vec<_> =
        routes::ROUTES.iter().filter(|it| it.authorization == routes::Authorization::None).map(|it| it.key).collect();
    let of_console = ["GET /", "GET /console", "GET /console/config.json", "GET /console/{version}/{file}"];
    assert_eq!(open, [&["GET /v1/oauth/callback/{provider}"][..], &of_console].concat());
}

#[test]
fn nothing_is_left_for_later() {
    // Put together, so that this file may be looked at too.
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["X", "XX"].concat()];
    let marked = files().into_iter().filter(|it| marks.iter().any(|mark| names(&it.text, mark)));
    assert_none(&marked.map(|it| it.path).collect::<Vec<_>>());
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let folders = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat()];
    let mut found = Vec::new();
    for file in files() {
        found.extend(folders.iter().filter(|it| file.text.contains(*it)).map(|it| format!("{} has {it}", file.path)));
        // As many steps up as lead out of the project.
        let out = format!("{}shared", "../".repeat(file.path.matches('/').count() + 1));
        if file.text.contains(&out) {
            found.push(format!("{} has {out}", file.path));
        }
    }
    assert_none(&found);
}
