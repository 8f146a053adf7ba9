//! Policies as the template writes them. What is not understood is an error: nothing of a policy is ignored.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

use super::call::Call;

/// The services whose calls come by here.
const ENFORCED: [&str; 4] = ["dynamodb", "events", "kms", "secretsmanager"];
/// Services that a policy may name and that are not in the local world.
const ELSEWHERE: [&str; 2] = ["logs", "xray"];
/// Actions of which AWS knows no resources.
const WITHOUT_RESOURCE: &str = "xray:";
/// What a call is known to tell of itself: the action, and how the name of a condition key begins.
const KNOWN_KEYS: [(&str, &str); 4] = [
    ("dynamodb:Query", "dynamodb:Select"),
    ("dynamodb:Query", "dynamodb:Attributes"),
    ("kms:GenerateDataKey", "kms:EncryptionContext:"),
    ("kms:Decrypt", "kms:EncryptionContext:"),
];

/// One thing that a policy allows: an action on a resource, and one value of a condition where there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// Whose policy it stands in: a function, or the key's id in the template.
    pub holder: String,
    /// The statement.
    pub sid: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The condition's key, and a value that it accepts.
    pub condition: Option<(String, String)>,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { holder, sid, action, resource, condition } = self;
        write!(f, "{holder}, {sid}: {action} on {resource}")?;
        condition.as_ref().map_or(Ok(()), |(key, value)| write!(f, " with {key} = {value}"))
    }
}

/// What a role may do, or what a key lets others do.
#[derive(Debug)]
pub struct Policy {
    holder: String,
    statements: Vec<Statement>,
}

#[derive(Debug)]
struct Statement {
    sid: String,
    /// Only in the policy of a key.
    principals: Option<Vec<String>>,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    /// Whether the call may have several values, all of them among the accepted ones. Else it has exactly one.
    for_all_values: bool,
    key: String,
    values: Vec<String>,
}

impl Policy {
    pub(crate) fn of_function(name: &str, document: &Value) -> Result<Self, String> {
        Self::read(name, document, false)
    }

    pub(crate) fn of_key(id: &str, document: &Value) -> Result<Self, String> {
        Self::read(id, document, true)
    }

    fn read(holder: &str, document: &Value, of_key: bool) -> Result<Self, String> {
        let read = || {
            let document = members(document, &["Statement", "Version"])?;
            if document.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
                return Err("the version is not 2012-10-17".to_owned());
            }
            let statements = document.get("Statement").and_then(Value::as_array).ok_or("there are no statements")?;
            statements.iter().map(|it| Statement::read(it, of_key)).collect()
        };
        let statements: Vec<_> = read().map_err(|error: String| format!("the policy of {holder}: {error}"))?;
        Ok(Self { holder: holder.to_owned(), statements })
    }

    /// What allows `principal` this call; nothing, if nothing does.
    pub(crate) fn allowing(&self, principal: &str, call: &Call) -> BTreeSet<Permission> {
        let is_named = |it: &&Statement| it.principals.as_ref().is_none_or(|all| all.iter().any(|it| it == principal));
        let statements = self.statements.iter().filter(is_named);
        statements.flat_map(|statement| self.used(statement, call).unwrap_or_default()).collect()
    }

    /// Everything that it allows, thing by thing.
    #[must_use]
    pub fn permissions(&self) -> BTreeSet<Permission> {
        let mut all = BTreeSet::new();
        for statement in &self.statements {
            let pairs =
                statement.actions.iter().flat_map(|it| statement.resources.iter().map(move |resource| (it, resource)));
            for (action, resource) in pairs {
                let permission = self.permission(statement, action, resource);
                for Condition { key, values, .. } in &statement.conditions {
                    all.extend(values.iter().map(|value| permission.with(key, value)));
                }
                all.insert(permission);
            }
        }
        all
    }

    fn permission(&self, statement: &Statement, action: &str, resource: &str) -> Permission {
        Permission {
            holder: self.holder.clone(),
            sid: statement.sid.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            condition: None,
        }
    }

    fn used(&self, statement: &Statement, call: &Call) -> Option<Vec<Permission>> {
        let action = statement.actions.iter().find(|it| **it == call.action)?;
        let resource = statement.resources.iter().find(|it| matches(it, &call.resource))?;
        let permission = self.permission(statement, action, resource);
        let mut used = vec![permission.clone()];
        for condition in &statement.conditions {
            let values = call.keys.get(&condition.key).map(Vec::as_slice).unwrap_or_default();
            let is_one = condition.for_all_values || values.len() == 1;
            if !is_one || !values.iter().all(|it| condition.values.contains(it)) {
                return None;
            }
            used.extend(values.iter().map(|value| permission.with(&condition.key, value)));
        }
        Some(used)
    }
}

impl Permission {
    fn with(&self, key: &str, value: &str) -> Self {
        Self { condition: Some((key.to_owned(), value.to_owned())), ..self.clone() }
    }
}

impl Statement {
    fn read(statement: &Value, of_key: bool) -> Result<Self, String> {
        let known = ["Action", "Condition", "Effect", "Principal", "Resource", "Sid"];
        let statement = members(statement, &known)?;
        let member = |name: &str| statement.get(name).unwrap_or(&Value::Null);
        let sid = member("Sid").as_str().ok_or("a statement without a name")?.to_owned();
        if member("Effect") != "Allow" {
            return Err(format!("{sid}: only Allow is understood"));
        }
        let principals = match (statement.get("Principal"), of_key) {
            (Some(principal), true) => Some(texts(&members(principal, &["AWS"])?["AWS"])?),
            (None, false) => None,
            _ => return Err(format!("{sid}: a key's policy names who, and a role's does not")),
        };
        let actions = texts(member("Action"))?;
        for action in &actions {
            let service = action.split_once(':').map_or("", |(service, _)| service);
            if action.contains(['*', '?']) || !(ENFORCED.contains(&service) || ELSEWHERE.contains(&service)) {
                return Err(format!("{sid}: the action {action} is not understood"));
            }
        }
        let resources = texts(member("Resource"))?;
        let knows_none = actions.iter().all(|it| it.starts_with(WITHOUT_RESOURCE));
        for resource in &resources {
            // In the policy of a key it means the key itself.
            let is_known = if resource == "*" { of_key || knows_none } else { resource.starts_with("arn:") };
            let is_log = actions.iter().all(|it| it.starts_with("logs:"));
            if !is_known || resource.len() > 1 && resource.contains('*') && !is_log {
                return Err(format!("{sid}: the resource {resource} is not understood"));
            }
        }
        let conditions = conditions(member("Condition"), &actions).map_err(|error| format!("{sid}: {error}"))?;
        Ok(Self { sid, principals, actions, resources, conditions })
    }
}

fn conditions(conditions: &Value, actions: &[String]) -> Result<Vec<Condition>, String> {
    let mut read = Vec::new();
    if conditions.is_null() {
        return Ok(read);
    }
    for (operator, keys) in conditions.as_object().ok_or("the condition is no map")? {
        let for_all_values = match operator.as_str() {
            "StringEquals" => false,
            "ForAllValues:StringEquals" => true,
            other => return Err(format!("the operator {other} is not understood")),
        };
        for (key, values) in keys.as_object().ok_or("the condition is no map of maps")? {
            let is_told =
                |action: &String| KNOWN_KEYS.iter().any(|(known, start)| action == known && key.starts_with(start));
            if !actions.iter().all(is_told) {
                return Err(format!("the key {key} is not understood of {actions:?}"));
            }
            read.push(Condition { for_all_values, key: key.clone(), values: texts(values)? });
        }
    }
    Ok(read)
}

/// The members of a map that has no others than `known`.
fn members<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let members = value.as_object().ok_or_else(|| format!("{value} is no map"))?;
    match members.keys().find(|it| !known.contains(&it.as_str())) {
        Some(other) => Err(format!("{other} is not understood")),
        None => Ok(members),
    }
}

/// One text or a list of them.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts: Option<Vec<_>> = items.iter().map(|it| it.as_str().map(str::to_owned)).collect();
    texts.filter(|it| !it.is_empty()).ok_or_else(|| format!("{value} is neither a text nor a list of them"))
}

/// `?` is any one character; `*` alone is everything.
fn matches(pattern: &str, resource: &str) -> bool {
    let same = |(expected, actual): (u8, u8)| expected == b'?' || expected == actual;
    pattern == "*" || pattern.len() == resource.len() && pattern.bytes().zip(resource.bytes()).all(same)
}
