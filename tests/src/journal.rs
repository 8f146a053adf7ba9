//! What must never be seen, and where it is looked for: every scenario ends with this search.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::Answer;

/// Shorter texts occur by chance.
const SECRET_MIN: usize = 16;

/// Tokens of the simulators begin so, whether or not the scenario ever held them.
const TOKEN_PREFIXES: [&str; 2] = ["gho_", "glpat-"];

/// The secrets and the answers of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    secrets: Mutex<BTreeSet<String>>,
    answers: Mutex<Vec<String>>,
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
            let shaped = TOKEN_PREFIXES.into_iter().find(|prefix| text.contains(prefix));
            assert!(known.is_none() && shaped.is_none(), "{:?} is in: {text}", known.or(shaped));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
