//! What must never be seen, and where it is looked for: every scenario ends with this search. And what was answered
//! otherwise than it is described.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use crate::{Answer, Description, Exchange, Occurrence};

/// Shorter texts occur by chance.
const SECRET_MIN: usize = 16;

/// Tokens of the simulators begin so, whether or not the scenario ever held them, and so many characters follow at
/// least: the random id of a request may hold the shorter beginning by chance.
const TOKEN_SHAPES: [(&str, usize); 2] = [("gho_", 16), ("glpat-", 1)];

/// The secrets and the answers of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    secrets: Mutex<BTreeSet<String>>,
    answers: Mutex<Vec<String>>,
    seen: Mutex<BTreeMap<Occurrence, Value>>,
    deviations: Mutex<Vec<String>>,
}

impl Journal {
    /// Remembers a text that must not be seen.
    pub(crate) fn keep_secret(&self, text: &str) {
        if text.len() >= SECRET_MIN {
            lock(&self.secrets).insert(text.to_owned());
        }
    }

    /// Remembers an answer that must not hold a secret.
    pub(crate) fn keep_answer(&self, answer: &Answer) {
        lock(&self.answers).push(answer.everything());
    }

    /// Holds an exchange against the description of the API that it was with. What deviates is told at the end.
    pub(crate) fn compare(&self, description: &Description, exchange: &Exchange) {
        match description.check(exchange) {
            Ok(seen) => {
                let body = || serde_json::from_str(&exchange.answer.text).unwrap_or_default();
                lock(&self.seen).entry(seen).or_insert_with(body);
            }
            Err(error) => lock(&self.deviations).push(error),
        }
    }

    /// One exchange of each kind so far, with the body if that was JSON.
    pub(crate) fn seen(&self) -> BTreeMap<Occurrence, Value> {
        lock(&self.seen).clone()
    }

    /// Fails if an answer was not as described.
    pub(crate) fn assert_as_described(&self) {
        let deviations = lock(&self.deviations);
        assert!(deviations.is_empty(), "not as shared/openapi.yaml says:\n{}", deviations.join("\n"));
    }

    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        lock(&self.secrets).clone()
    }

    /// Fails if a secret is in an answer or in `output`.
    pub(crate) fn search(&self, output: &str) {
        let secrets = self.secrets();
        let answers = lock(&self.answers);
        let texts = answers.iter().map(String::as_str).chain(output.lines());
        for text in texts {
            let known = secrets.iter().map(String::as_str).find(|secret| text.contains(secret));
            assert!(known.is_none() && !holds_token(text), "{known:?}, or what looks like a token, is in: {text}");
        }
    }
}

/// Whether something in `text` has the shape of a token.
fn holds_token(text: &str) -> bool {
    let follows = |rest: &str| rest.bytes().take_while(|it| it.is_ascii_alphanumeric() || b"_-".contains(it)).count();
    TOKEN_SHAPES.iter().any(|(prefix, length)| {
        text.match_indices(prefix).any(|(at, _)| follows(&text[at + prefix.len()..]) >= *length)
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::holds_token;

    #[test]
    fn a_token_is_told_from_the_id_of_a_request() {
        // S-36
        assert!(holds_token("token=gho_0123456789abcdef0123, and more"));
        assert!(holds_token("token \"glpat-api-glfake\""));
        assert!(!holds_token("request _IAqgho_FtdK-LQ= of somebody"));
    }
}
