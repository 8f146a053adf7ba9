//! Claims as an HTTP API passes them on: every value is text.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The claims of `requestContext.authorizer.jwt`.
pub(crate) type Claims = BTreeMap<String, String>;

/// Turns each claim into text. Lists become `[a b c]`, so an element with a blank cannot be told from two.
pub(crate) fn flatten(claims: &Map<String, Value>) -> Claims {
    claims.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The gateway prints values the way Go prints lists and maps.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(text).collect();
            format!("[{}]", values.join(" "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}:{}", text(value))).collect();
            format!("map[{}]", members.join(" "))
        }
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_becomes_text() {
        for (value, expected) in [
            (json!("a b"), "a b"),
            (json!(["r/a", "r/b", "r/c"]), "[r/a r/b r/c]"),
            (json!(["one"]), "[one]"),
            (json!([]), "[]"),
            (json!(1_612_061_676), "1612061676"),
            (json!(true), "true"),
            (json!({"roles": ["a", "b"]}), "map[roles:[a b]]"),
        ] {
            assert_eq!(text(&value), expected, "{value}");
        }
    }
}
