//! The descriptions of the APIs, `shared/openapi.yaml` and `shared/openapi-workers.yaml`: their operations, and the check
//! of an exchange against them.

use std::{collections::BTreeMap, sync::OnceLock};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

mod check;
mod exchange;
mod yaml;

pub use check::Occurrence;
pub use exchange::Exchange;

/// The document's name for the schemas in it. Nothing is ever looked up there.
const BASE: &str = "http://description.invalid/openapi.json";

/// What a fragment holds only when it is escaped; the slashes and tildes of a pointer are none of it.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}').add(b'%');

/// The keys of a path's members that are methods.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The description, read and compiled.
pub struct Description {
    document: Value,
    operations: Vec<Operation>,
    schemas: Schemas,
    places: BTreeMap<String, SchemaIndex>,
    /// Where the headers stand that every answer of a function carries.
    always: &'static str,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path with variables in braces.
    pub path: String,
    /// Its `operationId`.
    pub id: String,
    /// Whether it asks for a caller's token.
    pub is_guarded: bool,
    /// Where it stands in the document.
    pub pointer: String,
    /// Where the answer of each status stands, references followed.
    pub answers: BTreeMap<u16, String>,
}

impl Description {
    /// That of the public API.
    pub fn get() -> &'static Self {
        static DESCRIPTION: OnceLock<Description> = OnceLock::new();
        let always = "/paths/~1v1~1providers/get/responses/200/headers";
        DESCRIPTION
            .get_or_init(|| Self::read(include_str!("../../shared/openapi.yaml"), always).expect("a description"))
    }

    /// That of the build workers' API.
    pub fn for_workers() -> &'static Self {
        static DESCRIPTION: OnceLock<Description> = OnceLock::new();
        let always = "/paths/~1v1~1users~1{user}~1bindings~1{provider}~1credential/post/responses/200/headers";
        let text = include_str!("../../shared/openapi-workers.yaml");
        DESCRIPTION.get_or_init(|| Self::read(text, always).expect("a description"))
    }

    /// Both.
    pub fn all() -> [&'static Self; 2] {
        [Self::get(), Self::for_workers()]
    }

    fn read(text: &str, always: &'static str) -> Result<Self, String> {
        let document = yaml::read(text)?;
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler.add_resource(BASE, document.clone()).map_err(|error| format!("{error:#}"))?;
        let mut schemas = Schemas::new();
        let mut places = BTreeMap::new();
        for pointer in schema_pointers(&document, String::new()) {
            let place = format!("{BASE}#{}", utf8_percent_encode(&pointer, ESCAPED));
            let index = compiler.compile(&place, &mut schemas).map_err(|error| format!("{pointer}: {error:#}"))?;
            places.insert(pointer, index);
        }
        let operations = operations(&document)?;
        Ok(Self { document, operations, schemas, places, always })
    }

    /// The document as JSON.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Every operation.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of a request, by method and decoded path.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|it| it.method == method && fits(&it.path, path))
    }

    /// What stands at `pointer`, or where a reference there leads: its pointer and itself.
    pub fn at(&self, pointer: &str) -> Option<(String, &Value)> {
        let pointer = followed(&self.document, pointer)?;
        let value = self.document.pointer(&pointer)?;
        Some((pointer, value))
    }

    /// The codes that an answer with this media type can carry, in the order of the document.
    pub fn codes(&self, answer: &str, media_type: &str) -> Vec<&str> {
        let place = format!("{answer}/content/{}", escaped(media_type));
        let listed = self.document.pointer(&format!("{place}/x-codes"));
        let in_schema = || self.document.pointer(&format!("{place}/schema/allOf/1/properties/code/enum"));
        listed.or_else(in_schema).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether `value` is valid under the schema at `pointer`.
    ///
    /// # Errors
    /// What is not.
    pub fn validate(&self, pointer: &str, value: &Value) -> Result<(), String> {
        let index = self.places.get(pointer).ok_or_else(|| format!("no schema at {pointer}"))?;
        self.schemas.validate(value, *index).map_err(|error| format!("{error:#}"))
    }
}

/// A name as one step of a pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Where each schema of a parameter, a header or a body stands: what is named `schema`, wherever that is.
fn schema_pointers(value: &Value, pointer: String) -> Vec<String> {
    match value {
        _ if pointer.ends_with("/schema") => vec![pointer],
        // Members of schemas may have any name.
        _ if pointer == "/components/schemas" || pointer.ends_with("/examples") => Vec::new(),
        Value::Object(members) => {
            let below = |(name, it): (&String, &Value)| schema_pointers(it, format!("{pointer}/{}", escaped(name)));
            members.iter().flat_map(below).collect()
        }
        _ => Vec::new(),
    }
}

fn operations(document: &Value) -> Result<Vec<Operation>, String> {
    let mut found = Vec::new();
    for (path, members) in document["paths"].as_object().ok_or("no paths")? {
        for (method, operation) in members.as_object().into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) {
                return Err(format!("{path} has {method}, which this reader does not know"));
            }
            let pointer = format!("/paths/{}/{method}", escaped(path));
            let mut answers = BTreeMap::new();
            for status in operation["responses"].as_object().into_iter().flatten().map(|(status, _)| status) {
                let place = followed(document, &format!("{pointer}/responses/{status}"));
                let number = status.parse::<u16>().map_err(|_| format!("{pointer}: no status: {status}"))?;
                answers.insert(number, place.ok_or_else(|| format!("{pointer}: {status} leads nowhere"))?);
            }
            let security = operation.get("security").unwrap_or(&document["security"]);
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id: operation["operationId"].as_str().ok_or_else(|| format!("{pointer}: no id"))?.to_owned(),
                is_guarded: security.as_array().is_some_and(|it| !it.is_empty()),
                pointer,
                answers,
            });
        }
    }
    Ok(found)
}

/// The pointer, or where the reference at it leads.
fn followed(document: &Value, pointer: &str) -> Option<String> {
    let value = document.pointer(pointer)?;
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => followed(document, reference.strip_prefix('#')?),
        None => Some(pointer.to_owned()),
    }
}

/// Whether a decoded path is one of `pattern`.
fn fits(pattern: &str, path: &str) -> bool {
    let (patterns, segments): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    let fits = |(pattern, segment): (&&str, &&str)| {
        if pattern.starts_with('{') { !segment.is_empty() } else { pattern == segment }
    };
    patterns.len() == segments.len() && patterns.iter().zip(&segments).all(fits)
}
