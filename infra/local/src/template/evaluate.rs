//! The template's functions, evaluated for the local world. What is not known here is an error.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names;

/// Values that the local world gives to parameters which have no default.
const REQUIRED: [(&str, &str); 3] =
    [("IssuerUrl", "https://issuer.invalid"), ("Audiences", "codebind"), ("BindingRegions", "local-1 local-2")];
/// What ends the name of a parameter that turns a provider on. All are on.
const CLIENT_ID: &str = "ClientId";

/// A template and the values of its parameters.
pub(super) struct Evaluator<'a> {
    template: &'a Value,
    parameters: BTreeMap<&'a str, Value>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(template: &'a Value) -> Result<Self, String> {
        let declared = template["Parameters"].as_object().ok_or("there are no parameters")?;
        let parameters = declared.iter().map(|(name, declared)| Ok((name.as_str(), parameter(name, declared)?)));
        Ok(Self { template, parameters: parameters.collect::<Result<_, String>>()? })
    }

    /// A value with its functions evaluated; nothing where that is `AWS::NoValue`.
    pub(super) fn evaluate(&self, value: &Value) -> Result<Option<Value>, String> {
        match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.evaluate(item).transpose());
                Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
            }
            Value::Object(members) => {
                if let Some(name) = members.keys().find(|it| *it == "Ref" || it.starts_with("Fn::")) {
                    let alone = members.len() == 1;
                    return if alone { self.call(name, &members[name]) } else { Err(format!("{name} is not alone")) };
                }
                let mut evaluated = Map::new();
                for (name, member) in members {
                    if let Some(member) = self.evaluate(member)? {
                        evaluated.insert(name.clone(), member);
                    }
                }
                Ok(Some(Value::Object(evaluated)))
            }
            scalar => Ok(Some(scalar.clone())),
        }
    }

    /// Whether the condition of that name holds.
    pub(super) fn holds(&self, condition: &str) -> Result<bool, String> {
        let declared = self.template["Conditions"].get(condition);
        let declared = declared.ok_or_else(|| format!("the condition {condition} is not declared"))?;
        match self.evaluate(declared)? {
            Some(Value::Bool(holds)) => Ok(holds),
            other => Err(format!("the condition {condition} is {other:?}")),
        }
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Option<Value>, String> {
        match (name, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("Fn::GetAtt", Value::String(path)) => self.attribute(path).map(Some),
            ("Fn::Sub", Value::String(text)) => self.substitute(text).map(|it| Some(Value::from(it))),
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), then, otherwise] => {
                    self.evaluate(if self.holds(condition)? { then } else { otherwise })
                }
                _ => Err(format!("Fn::If of {argument}")),
            },
            ("Fn::Equals", Value::Array(parts)) => match parts.as_slice() {
                [one, other] => Ok(Some(Value::from(self.evaluate(one)? == self.evaluate(other)?))),
                _ => Err(format!("Fn::Equals of {argument}")),
            },
            ("Fn::Not", Value::Array(parts)) => match parts.as_slice() {
                [condition] => match self.evaluate(condition)? {
                    Some(Value::Bool(holds)) => Ok(Some(Value::from(!holds))),
                    other => Err(format!("Fn::Not of {other:?}")),
                },
                _ => Err(format!("Fn::Not of {argument}")),
            },
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(separator), list] => {
                    let list = self.evaluate(list)?;
                    let items = list.as_ref().and_then(Value::as_array).ok_or("Fn::Join of no list")?;
                    let texts: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
                    Ok(Some(Value::from(texts.ok_or("Fn::Join of other things than texts")?.join(separator))))
                }
                _ => Err(format!("Fn::Join of {argument}")),
            },
            _ => Err(format!("{name} of {argument} is not known")),
        }
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, String> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        if let Some(value) = names::pseudo_parameter(name) {
            return Ok(Some(Value::from(value)));
        }
        let name_of = |member: &str| self.property(name, member);
        names::reference(name, self.type_of(name)?, name_of).map(|it| Some(Value::from(it)))
    }

    fn attribute(&self, path: &str) -> Result<Value, String> {
        let (name, attribute) = path.split_once('.').ok_or_else(|| format!("{path} names no attribute"))?;
        let name_of = |member: &str| self.property(name, member);
        names::attribute(name, self.type_of(name)?, attribute, name_of).map(Value::from)
    }

    fn type_of(&self, resource: &str) -> Result<&str, String> {
        let resource_type = self.template["Resources"][resource]["Type"].as_str();
        resource_type.ok_or_else(|| format!("{resource} is neither a parameter nor a resource"))
    }

    /// A text among a resource's properties.
    fn property(&self, resource: &str, member: &str) -> Result<String, String> {
        let value = self.evaluate(&self.template["Resources"][resource]["Properties"][member])?;
        let text = value.as_ref().and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("{resource} has no {member}"))
    }

    fn substitute(&self, text: &str) -> Result<String, String> {
        let mut parts = text.split("${");
        let mut done = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').ok_or_else(|| format!("{text} has no end of a name"))?;
            let value = if name.contains('.') { Some(self.attribute(name)?) } else { self.reference(name)? };
            match value {
                Some(Value::String(value)) => done.push_str(&value),
                Some(Value::Number(value)) => done.push_str(&value.to_string()),
                other => return Err(format!("{name} is {other:?}, which is no part of a text")),
            }
            done.push_str(rest);
        }
        Ok(done)
    }
}

fn parameter(name: &str, declared: &Value) -> Result<Value, String> {
    let required = REQUIRED.iter().find(|(required, _)| *required == name).map(|(_, value)| Value::from(*value));
    let client_id = name.strip_suffix(CLIENT_ID).map(|provider| Value::from(format!("id-at-{provider}")));
    let value = client_id.or(required).or_else(|| declared.get("Default").cloned());
    let value = value.ok_or_else(|| format!("the parameter {name} has no value"))?;
    match (declared["Type"].as_str(), &value) {
        (Some("CommaDelimitedList"), Value::String(list)) => Ok(list.split(',').map(str::trim).collect()),
        (Some("String"), Value::String(_)) | (Some("Number"), Value::Number(_)) => Ok(value),
        (declared, _) => Err(format!("the parameter {name} is {value}, and not of the type {declared:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(value: &Value) -> Result<Option<Value>, String> {
        let template = json!({
            "Parameters": {
                "Size": {"Type": "Number", "Default": 7},
                "List": {"Type": "CommaDelimitedList", "Default": "a,b"},
                "None": {"Type": "String", "Default": ""},
                "SomeClientId": {"Type": "String", "Default": ""},
            },
            "Conditions": {
                "Is": {"Fn::Equals": [{"Ref": "Size"}, 7]},
                "IsNot": {"Fn::Not": [{"Fn::Equals": [{"Ref": "SomeClientId"}, ""]}]},
            },
            "Resources": {"ThingsTable": {"Type": "AWS::DynamoDB::Table"}},
        });
        Evaluator::new(&template)?.evaluate(value)
    }

    #[test]
    fn functions_are_evaluated() {
        let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/codebind-things";
        for (value, expected) in [
            (json!({"Ref": "List"}), json!(["a", "b"])),
            (json!({"Fn::Join": ["+", {"Ref": "List"}]}), json!("a+b")),
            (json!({"Fn::GetAtt": "ThingsTable.Arn"}), json!(arn)),
            (json!({"Fn::Sub": "${ThingsTable.Arn}/index/${Size}"}), json!(format!("{arn}/index/7"))),
            (json!({"Fn::If": ["Is", 1, 2]}), json!(1)),
            (json!({"Fn::If": ["IsNot", 1, 2]}), json!(1)),
            (json!([{"Ref": "AWS::NoValue"}, {"a": {"Ref": "AWS::NoValue"}}]), json!([{}])),
        ] {
            assert_eq!(evaluate(&value).unwrap().unwrap(), expected, "{value}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for value in [
            json!({"Ref": "Nothing"}),
            json!({"Fn::GetAtt": "ThingsTable.StreamArn"}),
            json!({"Fn::Select": [0, []]}),
            json!({"Fn::Sub": "${Nothing}"}),
            json!({"Fn::Sub": "${Size"}),
            json!({"Fn::If": ["Never", 1, 2]}),
            json!({"Ref": "Size", "Other": 1}),
        ] {
            assert!(evaluate(&value).is_err(), "{value}");
        }
    }
}
