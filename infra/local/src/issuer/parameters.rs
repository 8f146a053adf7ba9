//! Parameters of a request, of which none may come twice (RFC 6749 section 3.1).

use std::collections::BTreeMap;

use url::form_urlencoded;

/// Decoded parameters. One that comes twice counts as absent, so that nothing is decided by it.
#[derive(Debug)]
pub(super) struct Parameters {
    values: BTreeMap<String, Vec<String>>,
}

impl Parameters {
    pub(super) fn parse(encoded: &[u8]) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded).into_owned() {
            values.entry(name).or_default().push(value);
        }
        Self { values }
    }

    /// The one value of this name. Empty counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        match self.values.get(name)?.as_slice() {
            [value] if !value.is_empty() => Some(value),
            _ => None,
        }
    }

    /// Whether any comes twice.
    pub(super) fn has_repetition(&self) -> bool {
        self.values.values().any(|it| it.len() > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_or_is_empty_is_absent() {
        let parameters = Parameters::parse(b"a=1&b=&c=1&c=2");
        assert_eq!(["a", "b", "c", "d"].map(|it| parameters.get(it)), [Some("1"), None, None, None]);
        assert!(parameters.has_repetition());
        assert!(!Parameters::parse(b"a=1&b=1").has_repetition());
    }
}
