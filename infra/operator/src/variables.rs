//! The variables of a deployment: those of the process, or those in a file.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
};

use codebind::config::Environment;
use serde_json::{Map, Value};

/// More than Lambda's limit of 4 KB for all variables, several times over.
const FILE_MAX: u64 = 1024 * 1024;

/// Names and values. The values may be secrets: nothing prints them.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Why a file gives no variables. No line of it is quoted: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum VariablesError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It begins as JSON and is none.
    #[error("{} is no JSON: {problem}", path.display())]
    Json {
        /// Which.
        path: PathBuf,
        /// Where and why.
        problem: String,
    },
    /// A line is none of the form that is read.
    #[error("line {line} of {} is not NAME=value", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
    },
}

impl Variables {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        Self(
            env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// Those in a file: lines of `NAME=value`, or JSON as `aws lambda get-function-configuration` prints it, or a JSON
    /// object of names and values.
    ///
    /// # Errors
    /// [`VariablesError`].
    pub fn read(path: &Path) -> Result<Self, VariablesError> {
        let failed = |source| VariablesError::File { path: path.to_owned(), source };
        if fs::metadata(path).map_err(failed)?.len() > FILE_MAX {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        if text.trim_start().starts_with('{') {
            of_json(&text).map_err(|problem| VariablesError::Json { path: path.to_owned(), problem })
        } else {
            of_lines(&text).map_err(|line| VariablesError::Line { path: path.to_owned(), line })
        }
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// With another value of one variable.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// As the functions read them.
    pub(crate) fn environment(&self) -> Environment<impl Fn(&str) -> Option<String>> {
        Environment::new(|name| self.get(name).map(str::to_owned))
    }
}

fn of_lines(text: &str) -> Result<Variables, usize> {
    let mut variables = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').ok_or(number + 1)?;
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_') {
            return Err(number + 1);
        }
        variables.insert(name.to_owned(), unquoted(value.trim()).to_owned());
    }
    Ok(Variables(variables))
}

fn unquoted(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

fn of_json(text: &str) -> Result<Variables, String> {
    // Its own words would quote what it did not expect.
    let parsed: Value =
        serde_json::from_str(text).map_err(|error| format!("line {}, column {}", error.line(), error.column()))?;
    let below = |path: &[&str]| path.iter().try_fold(&parsed, |value, name| value.get(name)).and_then(Value::as_object);
    let found = below(&["Environment", "Variables"]).or_else(|| below(&["Variables"])).or_else(|| parsed.as_object());
    let text = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(format!("{} is no text", crate::report::shown(name))),
    };
    found.unwrap_or(&Map::new()).iter().map(text).collect::<Result<_, _>>().map(Variables)
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Variables {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_cargo_dev_and_shells_write_them() {
        let read = of_lines("# a comment\n\nA=\"x y\"\nexport B='1=2'\nC=plain # not a comment\n D = \n").unwrap();
        let pairs: Vec<_> = read.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "x y"), ("B", "1=2"), ("C", "plain # not a comment"), ("D", "")]);
        assert_eq!(of_lines("A=1\nno pair\n").unwrap_err(), 2);
        assert_eq!(of_lines("=1").unwrap_err(), 1);
    }

    #[test]
    fn json_is_read_as_aws_prints_it_and_as_an_object() {
        for text in [
            r#"{"FunctionName": "status", "Environment": {"Variables": {"A": "1"}}}"#,
            r#"{"Variables": {"A": "1"}}"#,
            r#"{"A": "1"}"#,
        ] {
            let read = of_json(text).unwrap();
            assert_eq!((read.get("A"), read.0.len()), (Some("1"), 1), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_without_quoting_it() {
        let error = of_json(r#"{"A": "s3cret" "B"}"#).unwrap_err();
        assert!(error.starts_with("line 1, column "), "{error}");
        assert_eq!(of_json(r#"{"A": {"s3cret": 1}}"#).unwrap_err(), "A is no text");
        assert_eq!(format!("{:?}", Variables::from([("A", "s3cret")])), r#"{"A"}"#);
    }
}
