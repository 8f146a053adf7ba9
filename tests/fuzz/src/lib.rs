#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, clippy::panic, reason = "a panic is how the fuzzer learns of a broken promise")]

mod bodies;

/// Runs the body of the target `name`.
///
/// # Panics
/// When a promise is broken.
pub fn run(name: &str, data: &[u8]) {
    let (_, body) = bodies::ALL.iter().find(|(known, _)| *known == name).expect("a target has a body");
    body(data);
}
