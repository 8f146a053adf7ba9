//! Rules of what the product gives the log: listed fields, listed events, and no `Debug` of anything (S-36, S-43).

use std::collections::BTreeSet;

use codebind::edge::log::vocabulary::{EVENTS, FIELDS};

use super::assert_none;
use super::source::sources;

/// One line that the product can write: where, and the parts between its commas.
struct Written {
    path: String,
    parts: Vec<String>,
}

/// Every call of a macro that writes a line, in what is no test.
fn written() -> Vec<Written> {
    let product = sources().into_iter().filter(|it| it.is_below("shared/src/") || it.is_below("functions/"));
    let of_source = |source: super::source::Source| {
        let (skeleton, code) = (source.product(true), source.product(false));
        let starts: Vec<_> = skeleton.match_indices("tracing::").map(|(at, _)| at).collect();
        let calls = starts.into_iter().filter_map(|at| arguments(&skeleton, at));
        let parts = calls.map(|cuts| cuts.windows(2).map(|cut| code[cut[0]..cut[1] - 1].trim().to_owned()).collect());
        parts.map(|parts| Written { path: source.path.clone(), parts }).collect::<Vec<_>>()
    };
    product.flat_map(of_source).collect()
}

/// Where the arguments of the macro called at `at` begin, and where the last one ends.
fn arguments(skeleton: &str, at: usize) -> Option<Vec<usize>> {
    let (name, _) = skeleton[at..].split_once("!(").filter(|(name, _)| name.len() < 20)?;
    let start = at + name.len() + 2;
    let (mut depth, mut cuts) = (0, vec![start]);
    for (offset, byte) in skeleton.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                cuts.push(offset + 1);
                return Some(cuts);
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => cuts.push(offset + 1),
            _ => {}
        }
    }
    None
}

#[test]
fn only_listed_fields_are_logged() {
    //
    let written = written();
    assert!(written.len() > 20, "the lines are found: {}", written.len());
    let mut found = Vec::new();
    for Written { path, parts } in &written {
        for part in parts.iter().filter(|it| !it.is_empty() && !it.starts_with("target:")) {
            if part.starts_with('"') {
                if part.contains('{') {
                    found.push(format!("{path}: a message with a value in it: {part}"));
                }
                continue;
            }
            let (name, value) = part.split_once('=').map_or((part.as_str(), part.as_str()), |(name, it)| (name, it));
            let name = name.trim().trim_start_matches(['%', '?']);
            if !FIELDS.iter().any(|field| field.is_given && field.name == name) {
                found.push(format!("{path}: {name} is no field of the log"));
            }
            if value.trim().starts_with('?') || value.contains("format!") {
                found.push(format!("{path}: {name} is not written in words"));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn the_listed_events_are_those_that_are_logged() {
    //
    let written = written();
    let events = written.iter().flat_map(|it| &it.parts).filter_map(|part| part.strip_prefix("event = "));
    let logged: BTreeSet<_> = events.map(|event| event.trim_matches('"')).collect();
    assert_eq!(logged, EVENTS.iter().map(|it| it.0).collect());
}

#[test]
fn nothing_is_written_but_through_the_log() {
    //
    let ways = ["println", "print", "eprintln", "eprint", "dbg", "stdout", "stderr"];
    let found = ["shared/src/", "functions/"].iter().flat_map(|folder| super::naming(folder, &ways));
    assert_none(&found.filter(|it| it != "shared/src/edge/log.rs names stdout").collect::<Vec<_>>());
}
