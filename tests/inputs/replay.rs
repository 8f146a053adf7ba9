//! Plays the corpora back, and each wire example through every provider's functions.

use std::{fs, path::Path};

use codebind::domain::answer::Answer;
use codebind::domain::verification::Entered;

use crate::bodies;

/// Corpora stay small: they are read at every run, and by people.
const FILES_MAX: usize = 200;
const BYTES_MAX: usize = 500 * 1024;

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|it| it.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|it| (it.display().to_string(), fs::read(it).unwrap())).collect()
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name))
}

fn replay(name: &str) {
    let (_, body) = bodies::ALL.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    assert!(!corpus.is_empty(), "{name} has no corpus");
    for (file, bytes) in corpus {
        let outcome = std::panic::catch_unwind(|| body(&bytes));
        assert!(outcome.is_ok(), "{file}");
    }
}

#[test]
fn addresses_found_by_the_fuzzer_are_read_as_promised() {
    // S-16, S-23, S-24, S-25, R-38 to R-47
    replay("address");
}

#[test]
fn answers_found_by_the_fuzzer_are_read_as_promised() {
    // S-27, S-28, S-40, R-52, R-105
    replay("answer");
}

#[test]
fn events_found_by_the_fuzzer_end_in_an_answer() {
    // S-1, S-13, S-19, R-34, R-36, R-97
    replay("event");
}

#[test]
fn no_function_acts_on_a_route_of_another() {
    // S-38, R-97: each route is sent to every function, with what would make it act.
    let (_, body) = bodies::ALL.iter().find(|(name, _)| *name == "event").unwrap();
    let state = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for route in 0..14_u8 {
        for (provider, json) in
            [("github", ""), ("github", "{\"grant\":\"x\"}"), ("gitlab", "{\"username\":\"u\",\"token\":\"t\"}")]
        {
            let route = char::from(b'0' + route);
            let head =
                format!("1\n{route}010\n\neu-1\nteam\n{provider}\ncode=a&state={state}\n\nen\napplication/json\n\n");
            body(format!("{head}alice\n[eu-1/team]\n{json}").as_bytes());
        }
    }
}

#[test]
fn keys_and_seals_found_by_the_fuzzer_are_read_as_promised() {
    // S-4, S-15, S-35, R-68
    replay("keys");
}

#[test]
fn queries_found_by_the_fuzzer_are_read_as_promised() {
    // S-19, R-25, R-30
    replay("query");
}

#[test]
fn corpora_stay_small_and_complete() {
    let all: Vec<_> = bodies::ALL.iter().flat_map(|(name, _)| corpus(name)).collect();
    let bytes: usize = all.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(all.len() <= FILES_MAX && bytes <= BYTES_MAX, "{} files, {bytes} bytes", all.len());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut corpora: Vec<_> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    corpora.sort();
    assert_eq!(corpora, bodies::ALL.map(|(name, _)| name));
}

#[test]
fn every_wire_example_does_no_harm_at_any_provider() {
    // S-10, R-97: alone, and before each other one of its provider.
    let examples: Vec<_> = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"))
        .into_iter()
        .filter(|(path, _)| Path::new(path).extension().is_some_and(|it| it == "json"))
        .map(|(path, bytes)| (path.split('.').next().unwrap().to_owned(), answer(&bytes)))
        .collect();
    assert!(examples.len() > 100, "{}", examples.len());
    let entered = |organization: Option<&str>| Entered {
        username: "glfake".to_owned(),
        organization_id: organization.map(str::to_owned),
        web_url: "https://git.example.com".to_owned(),
    };
    for (provider, one) in &examples {
        bodies::run_answers(&entered(None), std::slice::from_ref(one));
        bodies::run_answers(&entered(Some("60fa")), std::slice::from_ref(one));
        for (_, other) in examples.iter().filter(|(another, _)| another == provider) {
            bodies::run_answers(&entered(None), &[one.clone(), other.clone()]);
        }
    }
}

fn answer(example: &[u8]) -> Answer {
    let mut example: serde_json::Value = serde_json::from_slice(example).unwrap();
    let response = example["response"].take();
    let headers = response["headers"].as_object().into_iter().flatten();
    Answer {
        status: response["status"].as_u64().and_then(|it| u16::try_from(it).ok()).unwrap(),
        headers: headers.map(|(name, it)| (name.to_lowercase(), it.as_str().unwrap_or_default().to_owned())).collect(),
        json: Some(response["body"].clone()).filter(|it| it.is_object() || it.is_array()),
    }
}
