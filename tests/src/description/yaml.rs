//! YAML as JSON: what the description is made of, and nothing else.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// The one document in `text`, with its aliases filled in.
///
/// # Errors
/// When it is no YAML, or not what JSON can say: tags, keys that are no text, numbers with a fraction.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    let [document] = &*documents else { return Err(format!("{} documents", documents.len())) };
    value(document)
}

fn value(node: &Yaml<'_>) -> Result<Value, String> {
    match node {
        Yaml::Value(Scalar::Null) => Ok(Value::Null),
        Yaml::Value(Scalar::Boolean(it)) => Ok((*it).into()),
        Yaml::Value(Scalar::Integer(it)) => Ok((*it).into()),
        Yaml::Value(Scalar::String(it)) => Ok(it.as_ref().into()),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(members) => {
            let member = |(name, it): (&Yaml<'_>, &Yaml<'_>)| {
                let name = name.as_str().ok_or_else(|| format!("a key that is no text: {name:?}"))?;
                Ok((name.to_owned(), value(it)?))
            };
            members.iter().map(member).collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        other => Err(format!("not in JSON: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aliases_are_filled_in_and_other_things_refused() {
        let text = "a: &it {b: 1, c: [true, null, 'x']}\nd: *it\n\"200\": |-\n  one\n  two\n";
        let inner = json!({"b": 1, "c": [true, null, "x"]});
        assert_eq!(read(text).unwrap(), json!({"a": inner, "d": inner, "200": "one\ntwo"}));
        for odd in ["a: !Ref b", "1: a", "a: 1.5", "--- 1\n--- 2\n", "a: [", "a: 1\na: 2\n"] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
