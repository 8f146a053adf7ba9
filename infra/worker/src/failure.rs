//! Why there is no credential, in one line for people. Nothing secret gets into it.

use codebind::{error::BoxError, ports::CallError};

/// More of a text from elsewhere is not repeated.
const TEXT_MAX: usize = 500;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0} is missing: give the option or the variable")]
    Missing(&'static str),
    #[error("{name} is wrong: {reason}")]
    Setting { name: &'static str, reason: &'static str },
    #[error("git's request is refused: {0}")]
    Request(&'static str),
    #[error("git's request has no path, and the server is below one: set credential.useHttpPath to true")]
    NoPath,
    #[error("the workers' API cannot be called: {0}")]
    Call(CallError),
    #[error("{0}")]
    Refused(String),
    #[error("the workers' API answered something else than a lease: is the address right?")]
    Answer,
    #[error("the lease is refused: {0}")]
    Lease(&'static str),
    #[error("git does not read what is printed")]
    Output,
    #[error("it cannot start: {0}")]
    Start(BoxError),
}

/// A text from elsewhere as a part of one line.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_elsewhere_stays_in_its_line_and_is_bounded() {
        assert_eq!(line("a\r\nquit=0\u{1b}[2J"), "a  quit=0 [2J");
        assert_eq!(line(&"x".repeat(10_000)).len(), TEXT_MAX);
    }
}
