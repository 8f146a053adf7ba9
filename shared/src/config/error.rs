//! What is wrong with a variable.

use std::fmt;

/// A value that is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    variable: String,
    problem: &'static str,
}

impl ConfigError {
    /// The variable's name. Its value may be a secret and is never told.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

pub(super) fn missing(variable: &str) -> ConfigError {
    malformed(variable, "is missing")
}

pub(super) fn malformed(variable: &str, problem: &'static str) -> ConfigError {
    ConfigError { variable: variable.to_owned(), problem }
}
