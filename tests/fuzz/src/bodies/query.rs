//! `query`: the raw query of the callback, against a reader of our own that counts before it decodes.

use codebind::edge::query::callback;
use url::form_urlencoded::Serializer;

use super::bytes::text;

pub(super) fn run(data: &[u8]) {
    let raw = text(data);
    let expected = expected(raw.as_bytes());
    let query = callback(&raw);
    assert_eq!(query.is_ok(), expected.is_some(), "{raw:?}");
    let (Ok(query), Some((state, result))) = (query, expected) else { return };
    let (name, value) = match &query.result {
        Ok(code) => ("code", code.reveal()),
        Err(error) => ("error", error.as_str()),
    };
    assert_eq!((query.state.reveal().as_bytes(), (name, value.as_bytes())), (&*state, (result.0, &*result.1)));
    // S-13, R-34: nothing that could end a header or a line.
    assert!(value.bytes().all(|it| (0x20..0x7f).contains(&it)) && query.state.reveal().len() == 43);
    let written =
        Serializer::new(String::new()).append_pair("state", query.state.reveal()).append_pair(name, value).finish();
    let again = callback(&written).expect("what was read can be written");
    assert_eq!(again.state.reveal(), query.state.reveal());
    assert_eq!(again.result.as_ref().map_or_else(String::as_str, |code| code.reveal()), value);
}

/// The state, and the name and value of the code or error.
type Expected = (Vec<u8>, (&'static str, Vec<u8>));

/// What is to be read of a query that may be taken (S-19, R-30).
fn expected(raw: &[u8]) -> Option<Expected> {
    let pairs: Vec<_> = raw.split(|it| *it == b'&').map(pair).collect();
    let values = |name: &str| -> Vec<&Vec<u8>> {
        pairs.iter().filter(|(it, _)| it == name.as_bytes()).map(|(_, value)| value).collect()
    };
    let [state] = values("state")[..] else { return None };
    let is_state = state.len() == 43 && state.iter().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    let (name, value, max) = match (&values("code")[..], &values("error")[..]) {
        (&[code], []) => ("code", code, 2048),
        ([], &[error]) => ("error", error, 100),
        _ => return None,
    };
    let is_printable = |value: &[u8], max: usize| {
        (1..=max).contains(&value.len()) && value.iter().all(|it| (b' '..=b'~').contains(it))
    };
    let is_issuer = match values("iss")[..] {
        [] => true,
        [issuer] => is_printable(issuer, 512),
        _ => false,
    };
    (is_state && is_issuer && is_printable(value, max)).then(|| (state.clone(), (name, value.clone())))
}

fn pair(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let at = raw.iter().position(|it| *it == b'=').unwrap_or(raw.len());
    (decode(&raw[..at]), decode(raw.get(at + 1..).unwrap_or_default()))
}

fn decode(raw: &[u8]) -> Vec<u8> {
    let digit =
        |at: usize| raw.get(at).and_then(|it| char::from(*it).to_digit(16)).and_then(|it| u8::try_from(it).ok());
    let (mut decoded, mut at) = (Vec::new(), 0);
    while at < raw.len() {
        match (raw[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                at += 2;
            }
            (b'+', ..) => decoded.push(b' '),
            (other, ..) => decoded.push(other),
        }
        at += 1;
    }
    decoded
}
