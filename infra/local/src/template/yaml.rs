//! YAML with the short forms of the template's functions, as JSON with their long forms: `!Ref X` is `{"Ref": "X"}`.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// The functions that have a short form, but for `Ref`.
const FUNCTIONS: [&str; 6] = ["GetAtt", "Sub", "If", "Equals", "Not", "Join"];

/// Reads the one document in `text`.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    match documents.as_slice() {
        [document] => json(document),
        documents => Err(format!("{} documents instead of one", documents.len())),
    }
}

fn json(yaml: &Yaml<'_>) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(it)) => Value::from(*it),
        Yaml::Value(Scalar::Integer(it)) => Value::from(*it),
        Yaml::Value(Scalar::String(it)) => Value::from(it.as_ref()),
        Yaml::Sequence(items) => Value::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Yaml::Mapping(members) => {
            let member = |(key, value): (&Yaml<'_>, &Yaml<'_>)| match key {
                Yaml::Value(Scalar::String(key)) => Ok((key.to_string(), json(value)?)),
                _ => Err(format!("the key {key:?} is no text")),
            };
            Value::Object(members.iter().map(member).collect::<Result<_, _>>()?)
        }
        Yaml::Tagged(tag, argument) => {
            let name = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                name if tag.handle == "!" && FUNCTIONS.contains(&name) => format!("Fn::{name}"),
                name => return Err(format!("the tag {}{name} is not known", tag.handle)),
            };
            Value::Object(Map::from_iter([(name, json(argument)?)]))
        }
        other => return Err(format!("{other:?} is not expected in a template")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long_ones() {
        let text = "a: !Ref X\nb: [!GetAtt X.Arn, !If [C, !Sub '${X}', 1]]\nc: {d: true}\n";
        let long = json!({
            "a": {"Ref": "X"},
            "b": [{"Fn::GetAtt": "X.Arn"}, {"Fn::If": ["C", {"Fn::Sub": "${X}"}, 1]}],
            "c": {"d": true},
        });
        assert_eq!(read(text).unwrap(), long);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in ["a: !ImportValue x", "a: 1\na: 2", "1: a", "a: !!binary x", "a: 1\n---\nb: 2", ""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
