//! Whether an exchange is as described: status, headers, media type, body, code, and what was accepted.

use serde_json::Value;
use url::form_urlencoded;

use super::{Description, Exchange, Operation, escaped};

/// What the gateway says itself.
const MESSAGE: &str = "#/components/schemas/Message";

/// What an exchange was, in terms of the description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The operation; empty for a path or a method that the API does not have.
    pub operation: String,
    /// The status.
    pub status: u16,
    /// The code of a problem, a page or a redirect; empty where there is none.
    pub code: String,
}

impl Description {
    /// What the exchange was.
    ///
    /// # Errors
    /// What is not as described.
    pub fn check(&self, exchange: &Exchange) -> Result<Occurrence, String> {
        let seen = match self.operation(&exchange.method, &exchange.routed_path()) {
            Some(operation) => self.check_operation(operation, exchange),
            None => check_no_operation(exchange),
        };
        let Exchange { method, path, .. } = exchange;
        seen.map_err(|error| format!("{method} {path}: {error}\n{}", exchange.answer.everything()))
    }

    fn check_operation(&self, operation: &Operation, exchange: &Exchange) -> Result<Occurrence, String> {
        let status = exchange.answer.status;
        let place = operation.answers.get(&status).ok_or_else(|| format!("{}: no {status}", operation.id))?;
        if self.at(&format!("{place}/content")).is_none() {
            return self.check_nothing(operation, place, exchange);
        }
        let content = format!("{place}/content/{}", escaped(exchange.media_type()));
        let (_, media) = self.at(&content).ok_or_else(|| format!("{place}: no {:?}", exchange.media_type()))?;
        let is_message = media["schema"]["$ref"] == MESSAGE;
        self.check_headers(place, is_message, exchange)?;
        self.validate(&format!("{content}/schema"), &body(exchange)?)?;
        // The console's page and the way to it name no code.
        let code = if self.names_code(place, exchange) { code(exchange)? } else { String::new() };
        self.check_code(place, &code, exchange)?;
        if exchange.is_accepted() {
            self.check_body_sent(operation, exchange)?;
            self.check_query_sent(operation, exchange)?;
        }
        Ok(Occurrence { operation: operation.id.clone(), status, code })
    }

    /// An answer that has no body.
    fn check_nothing(&self, operation: &Operation, place: &str, exchange: &Exchange) -> Result<Occurrence, String> {
        let Exchange { answer, .. } = exchange;
        // The gateway names a media type of its own where a function names none.
        if !answer.text.is_empty() {
            return Err(format!("{place}: a body"));
        }
        self.check_headers(place, false, exchange)?;
        self.check_body_sent(operation, exchange)?;
        self.check_query_sent(operation, exchange)?;
        Ok(Occurrence { operation: operation.id.clone(), status: answer.status, code: String::new() })
    }

    /// The headers that the answer lists; and of an answer of a function, those that all of these carry.
    fn check_headers(&self, place: &str, is_message: bool, exchange: &Exchange) -> Result<(), String> {
        let listed =
            members(self.at(&format!("{place}/headers"))).map(|name| (name, format!("{place}/headers/{name}")));
        let names = members(self.at(self.always));
        // What an answer lists itself is how that header is there.
        let own: Vec<_> = members(self.at(&format!("{place}/headers"))).collect();
        let always = names.filter(|name| !own.contains(name) && (!is_message || *name == "apigw-requestid"));
        let always = always.map(|name| (name, format!("{}/{name}", self.always)));
        for (name, pointer) in listed.chain(always) {
            let (pointer, header) = self.at(&pointer).ok_or_else(|| format!("{pointer} leads nowhere"))?;
            let values: Vec<_> = exchange.answer.headers.get_all(name).iter().collect();
            if values.is_empty() && header["required"] == true {
                return Err(format!("no header {name}"));
            }
            for value in values {
                let value = value.to_str().map_err(|error| format!("{name}: {error}"))?;
                self.validate(&format!("{pointer}/schema"), &value.into())
                    .map_err(|error| format!("{name}: {error}"))?;
            }
        }
        Ok(())
    }

    /// Whether a page or a redirect is one of those that name codes. That none of these is forgotten is tested where the
    /// codes are.
    fn names_code(&self, place: &str, exchange: &Exchange) -> bool {
        let listed = match exchange.media_type() {
            "text/html" => "content/text~1html/x-codes",
            "text/plain" => "headers/location/x-codes",
            _ => return true,
        };
        self.at(&format!("{place}/{listed}")).is_some()
    }

    /// The code of a page or a redirect; that of a problem is in its schema.
    fn check_code(&self, place: &str, code: &str, exchange: &Exchange) -> Result<(), String> {
        if !self.names_code(place, exchange) {
            return Ok(());
        }
        let listed = match exchange.media_type() {
            "text/html" => self.codes(place, "text/html"),
            "text/plain" => {
                let codes = self.at(&format!("{place}/headers/location/x-codes")).and_then(|(_, it)| it.as_array());
                codes.into_iter().flatten().filter_map(Value::as_str).collect()
            }
            _ => return Ok(()),
        };
        if listed.contains(&code) { Ok(()) } else { Err(format!("the code {code:?} is not listed")) }
    }

    fn check_body_sent(&self, operation: &Operation, exchange: &Exchange) -> Result<(), String> {
        let pointer = format!("{}/requestBody", operation.pointer);
        let Some((_, described)) = self.at(&pointer) else { return Ok(()) };
        if exchange.body.is_empty() {
            return if described["required"] == true { Err("accepted without a body".to_owned()) } else { Ok(()) };
        }
        let sent = serde_json::from_slice(&exchange.body).map_err(|error| format!("accepted, and no JSON: {error}"))?;
        let valid = self.validate(&format!("{pointer}/content/application~1json/schema"), &sent);
        valid.map_err(|error| format!("accepted: {error}"))
    }

    fn check_query_sent(&self, operation: &Operation, exchange: &Exchange) -> Result<(), String> {
        let (_, parameters) = self.at(&format!("{}/parameters", operation.pointer)).ok_or("no parameters")?;
        let count = parameters.as_array().map_or(0, Vec::len);
        let sent: Vec<_> = form_urlencoded::parse(exchange.query.as_bytes()).into_owned().collect();
        for index in 0..count {
            let Some((pointer, parameter)) = self.at(&format!("{}/parameters/{index}", operation.pointer)) else {
                return Err(format!("parameter {index} leads nowhere"));
            };
            if parameter["in"] != "query" {
                continue;
            }
            let value = sent.iter().find(|(name, _)| parameter["name"] == name.as_str());
            match value {
                None if parameter["required"] == true => return Err(format!("accepted without {}", parameter["name"])),
                None => {}
                Some((name, value)) => {
                    let valid = self.validate(&format!("{pointer}/schema"), &value.as_str().into());
                    valid.map_err(|error| format!("accepted with {name}: {error}"))?;
                }
            }
        }
        Ok(())
    }
}

/// The gateway alone answers what is no operation: a preflight, or that there is nothing.
fn check_no_operation(exchange: &Exchange) -> Result<Occurrence, String> {
    let is_preflight = exchange.method == "OPTIONS" && exchange.answer.status == 204;
    // The answer to HEAD has no body.
    let is_refusal = exchange.answer.status == 404 && !exchange.answer.text.contains("code");
    if is_preflight || is_refusal {
        Ok(Occurrence { operation: String::new(), status: exchange.answer.status, code: String::new() })
    } else {
        Err("no operation, and not refused".to_owned())
    }
}

/// The body as its schema sees it.
fn body(exchange: &Exchange) -> Result<Value, String> {
    let text = &exchange.answer.text;
    if exchange.media_type().starts_with("application/") {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        Ok(text.as_str().into())
    }
}

/// The code of the answer, wherever it stands. A problem's has to agree with the rest of it.
fn code(exchange: &Exchange) -> Result<String, String> {
    let text = &exchange.answer.text;
    match exchange.media_type() {
        "application/problem+json" => {
            let document = body(exchange)?;
            let code = document["code"].as_str().unwrap_or_default();
            if document["type"] != format!("urn:codebind:problem:{code}") {
                return Err(format!("type and code do not agree: {document}"));
            }
            Ok(code.to_owned())
        }
        "text/html" => {
            let named = text.split_once("<p class=\"id\">").and_then(|(_, rest)| rest.split_once(' '));
            named.map(|(code, _)| code.to_owned()).ok_or_else(|| "the page names no code".to_owned())
        }
        "text/plain" => Ok(exchange.answer.result()),
        _ => Ok(String::new()),
    }
}

fn members(found: Option<(String, &Value)>) -> impl Iterator<Item = &str> + use<'_> {
    found.and_then(|(_, it)| it.as_object()).into_iter().flatten().map(|(name, _)| name.as_str())
}
