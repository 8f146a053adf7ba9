//! The table of requirements in `tests/README.md`, held to the tests it names, and the requirements that the sources
//! themselves can show.

use std::{collections::BTreeSet, path::Path};

use super::{
    assert_none,
    source::{Source, is_word, root, sources, texts},
};

/// How many requirements there are.
const REQUIREMENTS: usize = 114;

/// What begins the cell of a requirement that no test shows, followed by why.
const NOT_SHOWN: &str = "— ";

/// A row of the table.
struct Row {
    number: usize,
    shown_by: String,
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("tests/README.md")).expect("the tests have a README");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| R-")?.trim_end_matches('|').split(" | ");
        let number = cells.next()?.trim().parse().ok()?;
        Some(Row { number, shown_by: cells.nth(1)?.trim().to_owned() })
    };
    text.lines().filter_map(row).collect()
}

/// Names of tests, in backticks with two colons.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).filter(|it| it.contains("::")).collect()
}

/// What a file is called by in the table: its name, or that of its folder where its own says nothing.
fn called(path: &str) -> String {
    let path = Path::new(path);
    let (stem, folder) = (path.file_stem(), path.parent().and_then(Path::file_name));
    let said = stem.filter(|it| !["tests", "mod", "main"].iter().any(|nothing| *it == *nothing)).or(folder);
    said.unwrap_or_default().to_string_lossy().into_owned()
}

/// Every test of the project, as `file::test`.
fn tests() -> BTreeSet<String> {
    let of_source = |source: Source| {
        let mut is_next = false;
        let mut found = Vec::new();
        for line in source.text.lines().map(str::trim) {
            is_next |= ["#[test]", "#[tokio::test"].iter().any(|mark| line.starts_with(mark));
            let name = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")).filter(|_| is_next);
            if let Some(name) = name.and_then(|rest| rest.split('(').next()) {
                found.push(format!("{}::{name}", called(&source.path)));
                is_next = false;
            }
        }
        found
    };
    sources().into_iter().flat_map(of_source).collect()
}

#[test]
fn each_requirement_is_shown_by_tests_that_exist_or_says_why_not() {
    let (rows, tests) = (table(), tests());
    assert_eq!(rows.iter().map(|it| it.number).collect::<Vec<_>>(), (1..=REQUIREMENTS).collect::<Vec<_>>());
    assert!(tests.len() > 300, "the tests are found");
    let mut wrong = Vec::new();
    for Row { number, shown_by } in rows {
        let names = named(&shown_by);
        let has_reason = shown_by.strip_prefix(NOT_SHOWN).is_some_and(|reason| reason.len() > 10);
        if names.is_empty() && !has_reason {
            wrong.push(format!("R-{number} names no test and gives no reason"));
        }
        let missing = names.into_iter().filter(|it| !tests.contains(*it));
        wrong.extend(missing.map(|it| format!("R-{number} names {it}, which is no test")));
    }
    assert_none(&wrong);
}

#[test]
fn each_requirement_that_a_test_names_is_in_the_table() {
    let mut unknown = Vec::new();
    for source in sources() {
        let marks = source.text.match_indices("R-");
        let marks = marks.filter(|(at, _)| !source.text[..*at].bytes().last().is_some_and(is_word));
        let numbers = marks.map(|(at, mark)| super::digits(&source.text[at + mark.len()..]));
        let odd = numbers.filter(|it| it.parse::<usize>().is_ok_and(|number| !(1..=REQUIREMENTS).contains(&number)));
        unknown.extend(odd.map(|it| format!("{} names R-{it}", source.path)));
    }
    assert_none(&unknown);
}

/// Files of the product with the texts in their code.
fn product(folder: &str) -> Vec<(String, Vec<String>)> {
    let of_folder = sources().into_iter().filter(|it| it.is_below(folder));
    of_folder.map(|it| (it.path.clone(), texts(&it.product(false)))).collect()
}

#[test]
fn no_weak_grant_is_in_the_code() {
    //
    let weak = ["plain", "implicit", "password", "client_credentials"];
    let found = product("shared/src/").into_iter().flat_map(|(path, texts)| {
        let named: Vec<_> = texts.into_iter().filter(|it| weak.contains(&it.as_str())).collect();
        named.into_iter().map(move |it| format!("{path} has {it:?}"))
    });
    assert_none(&found.collect::<Vec<_>>());
    let start = product("shared/src/flow/start.rs").remove(0).1;
    let after = |name: &str| start.iter().skip_while(|it| *it != name).nth(1).map(String::as_str);
    assert_eq!((after("response_type"), after("code_challenge_method")), (Some("code"), Some("S256")));
}

#[test]
fn every_redirect_is_a_see_other() {
    //
    // A panic has a location too, in the log.
    let answering = product("shared/src/edge/").into_iter().filter(|(path, _)| !path.contains("/log"));
    let redirecting = answering.filter(|(_, texts)| texts.iter().any(|it| it == "location"));
    assert_eq!(redirecting.map(|(path, _)| path).collect::<Vec<_>>(), ["shared/src/edge/response.rs"]);
    for source in sources().into_iter().filter(|it| it.is_below("shared/src/edge/")) {
        let code = source.product(true);
        let words: Vec<_> = code.split(|it: char| !it.is_ascii_alphanumeric()).collect();
        let others = ["301", "302", "307", "308"].into_iter().filter(|it| words.contains(it));
        assert_none(&others.map(|it| format!("{} has {it}", source.path)).collect::<Vec<_>>());
    }
}

#[test]
fn expressions_hold_placeholders_only() {
    //
    let words =
        ["SET", "REMOVE", "ADD", "AND", "OR", "attribute_exists", "attribute_not_exists", "if_not_exists", "NOT"];
    let is_expression =
        |text: &&String| text.contains(" = :") || text.contains("attribute_") || text.contains("#owner");
    let mut seen = 0;
    for (path, texts) in product("shared/src/adapter/dynamo/") {
        for text in texts.iter().filter(is_expression) {
            seen += 1;
            let parts = text.split(|it: char| !(it.is_ascii_alphanumeric() || "_#:{}.".contains(it)));
            let parts = parts.flat_map(|part| part.split_inclusive('}')).flat_map(|part| part.split('.'));
            let bare = |part: &&str| {
                !part.is_empty() && !part.starts_with(['#', ':', '{']) && !part.ends_with('}') && !words.contains(part)
            };
            let bare: Vec<_> = parts.filter(bare).collect();
            assert!(bare.is_empty(), "{path}: {bare:?} in {text:?}");
        }
    }
    assert!(seen > 10, "the expressions are found");
}
