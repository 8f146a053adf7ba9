//! What each fuzz target does with its bytes. The fuzzer and the replay of its corpora call these same functions; each
//! panics when a promise is broken, and not only when the code under it does.

mod address;
mod answer;
mod bytes;
mod event;
mod keys;
mod make_event;
pub(crate) mod oracle;
mod query;
mod response;
mod silent;

/// What is done with a fuzzer's bytes.
type Body = fn(&[u8]);

/// Each target: its name, which is that of its corpus's folder, and its body.
pub(crate) const ALL: [(&str, Body); 5] = [
    ("address", address::run),
    ("answer", answer::run),
    ("event", event::run),
    ("keys", keys::run),
    ("query", query::run),
];

#[cfg(test)]
pub(crate) use answer::run_answers;
