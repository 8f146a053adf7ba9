//! The deployment's template, `infra/aws/template.yaml`, as it would be in the local world: the world takes its tables
//! and its permissions from it, and tests compare the rest.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use crate::{Error, iam::Policy};
use evaluate::Evaluator;

mod evaluate;
mod names;
mod yaml;

pub(crate) use names::{bus_arn, key_arn, table_arn};

/// The text of the template.
pub const TEXT: &str = include_str!("../../../aws/template.yaml");

/// The resource whose policy guards the key for the tokens.
pub(crate) const CREDENTIAL_KEY: &str = "CredentialKey";

/// The template with its functions evaluated: every provider is on, and what has no condition or one that holds is there.
#[derive(Debug)]
pub struct Template {
    resources: Resources,
    functions: Vec<FunctionResource>,
    routes: Vec<RouteResource>,
    key_policy: Policy,
}

/// Resources by their ids.
type Resources = BTreeMap<String, Value>;

/// A function in the template.
#[derive(Debug)]
pub struct FunctionResource {
    /// Its name without the stack's, which is that of its binary.
    pub name: String,
    /// Its time-out.
    pub timeout_seconds: u64,
    /// Its memory.
    pub memory_megabytes: u64,
    /// Its variables.
    pub variables: BTreeMap<String, String>,
    /// The ARN of its role.
    pub role: String,
    /// What its role may do.
    pub policy: Policy,
    /// All its properties, those that all functions share among them.
    pub properties: Value,
}

/// A route in the template.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteResource {
    /// Method and path pattern.
    pub key: String,
    /// The API that it belongs to.
    pub api: String,
    /// The name of the function that answers.
    pub function: String,
    /// `JWT` or `NONE`.
    pub authorization: String,
}

/// The template, read once in a process.
///
/// # Errors
///
/// When the template says something that is not understood here, which could otherwise be ignored in silence.
pub fn template() -> Result<&'static Template, Error> {
    static TEMPLATE: LazyLock<Result<Template, String>> = LazyLock::new(|| Template::read(TEXT));
    TEMPLATE.as_ref().map_err(|error| Error::Template(error.clone()))
}

impl Template {
    fn read(text: &str) -> Result<Self, String> {
        let template = yaml::read(text)?;
        let evaluator = Evaluator::new(&template)?;
        let evaluated = |value: &Value| evaluator.evaluate(value).map(Option::unwrap_or_default);
        let globals = evaluated(&template["Globals"]["Function"])?;
        let mut resources = BTreeMap::new();
        for (id, resource) in template["Resources"].as_object().ok_or("there are no resources")? {
            let condition = resource["Condition"].as_str();
            if condition.map_or(Ok(true), |condition| evaluator.holds(condition))? {
                resources.insert(id.clone(), evaluated(resource).map_err(|error| format!("{id}: {error}"))?);
            }
        }
        let key = resources.get(CREDENTIAL_KEY).ok_or("there is no key for the tokens")?;
        let key_policy = Policy::of_key(CREDENTIAL_KEY, &key["Properties"]["KeyPolicy"])?;
        let functions = functions(&resources, &globals)?;
        let routes = routes(&resources, &functions)?;
        Ok(Self { resources, functions, routes, key_policy })
    }

    /// The functions.
    #[must_use]
    pub fn functions(&self) -> &[FunctionResource] {
        &self.functions
    }

    /// The function of that name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&FunctionResource> {
        self.functions.iter().find(|it| it.name == name)
    }

    /// The routes of the API.
    #[must_use]
    pub fn routes(&self) -> &[RouteResource] {
        &self.routes
    }

    /// The policy of the key for the tokens.
    #[must_use]
    pub fn key_policy(&self) -> &Policy {
        &self.key_policy
    }

    /// The resource of that id; null if there is none.
    #[must_use]
    pub fn resource(&self, id: &str) -> &Value {
        self.resources.get(id).unwrap_or(&Value::Null)
    }

    /// The resources of a type, by their ids.
    pub fn resources<'a>(&'a self, resource_type: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.resources.iter().map(|(id, resource)| (id.as_str(), resource));
        all.filter(move |(_, resource)| resource["Type"] == resource_type)
    }

    /// The properties of each table, by its local name.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (String, &Value)> {
        self.resources("AWS::DynamoDB::Table").map(|(id, it)| (names::table_name(id), &it["Properties"]))
    }
}

fn of_type<'a>(resources: &'a Resources, resource_type: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let is_meant = move |(_, resource): &(&String, &Value)| resource["Type"] == resource_type;
    resources.iter().filter(is_meant).map(|(id, resource)| (id.as_str(), &resource["Properties"]))
}

fn text(value: &Value, member: &str) -> Result<String, String> {
    value[member].as_str().map(str::to_owned).ok_or_else(|| format!("{member} is no text in {value}"))
}

fn number(value: &Value, member: &str) -> Result<u64, String> {
    value[member].as_u64().ok_or_else(|| format!("{member} is no number in {value}"))
}

fn functions(resources: &Resources, globals: &Value) -> Result<Vec<FunctionResource>, String> {
    let function = |(id, own): (&str, &Value)| {
        let mut properties = globals.as_object().cloned().unwrap_or_default();
        properties.extend(own.as_object().cloned().unwrap_or_default());
        // The deployment would merge them, and nothing here needs that.
        if own.get("Environment").is_some() {
            return Err(format!("{id} has variables of its own"));
        }
        let properties = Value::Object(properties);
        let full_name = text(&properties, "FunctionName")?;
        let name = full_name.strip_prefix(names::STACK).and_then(|it| it.strip_prefix('-'));
        let name = name.ok_or_else(|| format!("{full_name} does not begin with the stack's name"))?.to_owned();
        let role = text(&properties, "Role")?;
        let variables = properties["Environment"]["Variables"].as_object().into_iter().flatten();
        let variables = variables.map(|(name, value)| match value {
            Value::String(value) => Ok((name.clone(), value.clone())),
            other => Err(format!("{name} is {other}")),
        });
        Ok(FunctionResource {
            timeout_seconds: number(&properties, "Timeout")?,
            memory_megabytes: number(&properties, "MemorySize")?,
            variables: variables.collect::<Result<_, _>>()?,
            policy: policy(resources, &name, &role)?,
            role,
            name,
            properties,
        })
    };
    of_type(resources, "AWS::Serverless::Function").map(function).collect()
}

/// What a role may do. All of it stands in policies of their own, or this would see a part of it.
fn policy(resources: &Resources, function: &str, role: &str) -> Result<Policy, String> {
    let is_meant = |(_, properties): &(&str, &Value)| {
        let roles = properties["Roles"].as_array();
        roles
            .is_some_and(|roles| roles.iter().any(|it| it.as_str().is_some_and(|it| role.ends_with(&format!("/{it}")))))
    };
    let policies: Vec<_> = of_type(resources, "AWS::IAM::Policy").filter(is_meant).collect();
    let elsewhere = ["Policies", "ManagedPolicyArns", "PermissionsBoundary"];
    for (id, properties) in of_type(resources, "AWS::IAM::Role").chain(of_type(resources, "AWS::Serverless::Function"))
    {
        if let Some(member) = elsewhere.iter().find(|it| properties.get(**it).is_some()) {
            return Err(format!("{id} has {member}, which are not looked at"));
        }
    }
    match policies.as_slice() {
        [(_, properties)] => Policy::of_function(function, &properties["PolicyDocument"]),
        policies => Err(format!("{} policies of {role}", policies.len())),
    }
}

fn routes(resources: &Resources, functions: &[FunctionResource]) -> Result<Vec<RouteResource>, String> {
    let route = |(id, properties): (&str, &Value)| {
        let target = text(properties, "Target")?;
        let integration = target.strip_prefix("integrations/").and_then(|it| resources.get(it));
        let uri = integration.and_then(|it| it["Properties"]["IntegrationUri"].as_str()).unwrap_or_default();
        let function = functions.iter().find(|it| uri.ends_with(&format!(":{}-{}", names::STACK, it.name)));
        Ok(RouteResource {
            key: text(properties, "RouteKey")?,
            api: text(properties, "ApiId")?,
            function: function.ok_or_else(|| format!("{id} leads to no function"))?.name.clone(),
            authorization: text(properties, "AuthorizationType")?,
        })
    };
    of_type(resources, "AWS::ApiGatewayV2::Route").map(route).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::{BINDINGS_TABLE, TRANSIENTS_TABLE};

    #[test]
    fn the_template_is_understood() {
        let template = template().unwrap();
        assert_eq!(template.functions().len(), crate::FUNCTIONS.len());
        assert_eq!(template.tables().map(|(name, _)| name).collect::<Vec<_>>(), [BINDINGS_TABLE, TRANSIENTS_TABLE]);
        assert_eq!(template.function("status").unwrap().role, "arn:aws:iam::123456789012:role/StatusRole");
    }

    #[test]
    fn permissions_that_are_not_understood_are_refused() {
        // S-38: what the template may not say, in place of what it says.
        for (said, instead) in [
            ("Action: [dynamodb:Query]", "Action: [dynamodb:*]"),
            ("Action: [dynamodb:Query]", "NotAction: [dynamodb:PutItem]"),
            ("Action: [dynamodb:Query]", "Action: [s3:GetObject]"),
            ("Resource: !GetAtt TransientsTable.Arn", "Resource: \"*\""),
            ("Resource: !GetAtt TransientsTable.Arn", "Resource: !GetAtt NothingTable.Arn"),
            ("Resource: !GetAtt TransientsTable.Arn", "NotResource: !GetAtt TransientsTable.Arn"),
            ("ForAllValues:StringEquals: {dynamodb:Attributes", "StringLike: {dynamodb:Attributes"),
            ("StringEquals: {dynamodb:Select:", "StringEquals: {aws:SourceVpc:"),
            ("Action: [kms:Decrypt]", "Action: [kms:DescribeKey]"),
            ("Role: !GetAtt StatusRole.Arn", "Role: !GetAtt StatusRole.Arn\n      Policies: []"),
        ] {
            assert!(TEXT.contains(said), "{said}");
            assert!(Template::read(&TEXT.replace(said, instead)).is_err(), "{instead} is accepted");
        }
    }
}
