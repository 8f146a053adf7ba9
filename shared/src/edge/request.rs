//! A request, taken out of its event once.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::LambdaEvent;
use zeroize::Zeroizing;

use super::caller::{caller, worker};
use super::code::Code;
use super::event::{Authorizer, Event};
use super::language::Language;
use super::log::current;
use super::problem::Problem;
use super::route::{self, Matched, NoRoute, Operation};
use crate::config::CallerConfig;
use crate::domain::deadline::Deadline;
use crate::domain::owner::{Caller, OWNER_PART_MAX, Owner, OwnerPath, User, WorkerPath};
use crate::domain::provider::Provider;
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::providers;

/// A request on its way to a function's handler. No `Debug`: it holds code, state, cookies and tokens (S-36).
pub struct Incoming {
    /// What is asked for.
    pub operation: Operation,
    /// The query as it was sent.
    pub raw_query: String,
    /// `name=value` of each cookie.
    pub cookies: Vec<String>,
    /// The body; it may hold a token, so it is wiped.
    pub body: Zeroizing<Vec<u8>>,
    /// By when the answer must be on its way.
    pub deadline: Deadline,
    /// When the request was taken up.
    pub now: Timestamp,
    headers: HashMap<String, String>,
    variables: Vec<(&'static str, String)>,
    authorizer: Option<Authorizer>,
}

/// What has to be known of a request even when it is refused.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Names the request in logs and answers.
    pub request_id: String,
    /// What the person reads.
    pub language: Language,
}

/// Takes an event apart.
pub fn read(event: LambdaEvent<Event>, budget: Duration) -> (Frame, Result<Incoming, Problem>) {
    let (event, context) = event.into_parts();
    let headers = event.headers.unwrap_or_default();
    let gateway_id = event.request_context.request_id.filter(|id| !id.is_empty());
    let frame = Frame {
        request_id: gateway_id.unwrap_or_else(|| context.request_id.clone()),
        language: Language::negotiate(headers.get("accept-language").map(String::as_str)),
    };
    let key = event.request_context.route_key.as_deref().unwrap_or_default();
    let path = event.raw_path.as_deref().unwrap_or_default();
    let matched = matched(key, &event.request_context.http.method, path, event.path_parameters.as_ref());
    let body = body(event.body, event.is_base64_encoded);
    let (matched, body) = match (matched, body) {
        (Ok(matched), Ok(body)) => (matched, body),
        (Err(problem), _) | (_, Err(problem)) => return (frame, Err(problem)),
    };
    let now = Timestamp::now();
    let platform = i64::try_from(context.deadline).ok().map(Timestamp::from_milliseconds);
    let incoming = Incoming {
        operation: matched.operation,
        raw_query: event.raw_query_string.unwrap_or_default(),
        cookies: event.cookies.unwrap_or_else(|| cookies(&headers)),
        body,
        deadline: Deadline::new(budget, platform, now),
        now,
        headers,
        variables: matched.variables,
        authorizer: event.request_context.authorizer,
    };
    (frame, Ok(incoming))
}

/// The cookies of the header, where an emulator leaves them there. The gateway itself lists them in the event.
fn cookies(headers: &HashMap<String, String>) -> Vec<String> {
    let header = headers.get("cookie").map(String::as_str).unwrap_or_default();
    header.split(';').map(str::trim).filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
}

/// By the gateway's key with its decoded parameters; by the path itself where there is no such key.
fn matched(
    key: &str,
    method: &str,
    path: &str,
    parameters: Option<&HashMap<String, String>>,
) -> Result<Matched, Problem> {
    if let Some(route) = route::by_key(key).filter(|route| route.method == method) {
        let names = ["user", "region", "instance", "provider", "version", "file"].into_iter();
        let value = |name: &'static str| Some((name, parameters?.get(name)?.clone()));
        return Ok(Matched { operation: route.operation, variables: names.filter_map(value).collect() });
    }
    route::by_path(method, path).map_err(|refused| match refused {
        NoRoute::Path => Problem::new(Code::NotFound),
        NoRoute::Method { allowed } => Problem::of_method(allowed),
    })
}

fn body(body: Option<String>, is_base64: bool) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let body = body.unwrap_or_default();
    if !is_base64 {
        return Ok(Zeroizing::new(body.into_bytes()));
    }
    let body = Zeroizing::new(body);
    STANDARD.decode(body.as_bytes()).map(Zeroizing::new).map_err(|_| Problem::new(Code::InvalidBody))
}

impl Incoming {
    /// The value of header `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Who calls (S-1).
    ///
    /// # Errors
    /// [`Error::NoCaller`].
    pub fn caller(&self, config: &CallerConfig) -> Result<Caller, Error> {
        caller(self.authorizer.as_ref(), config)
    }

    /// The owner that the path names, if the caller may act for it (S-2, S-3).
    ///
    /// # Errors
    /// [`Error::Owner`].
    pub fn owner(&self, caller: &Caller, config: &CallerConfig) -> Result<Owner, Error> {
        let path = match (self.variable("region"), self.variable("instance")) {
            (Some(region), Some(instance)) => {
                OwnerPath::Instance { region: region.to_owned(), instance: instance.to_owned() }
            }
            _ => OwnerPath::Me,
        };
        let owner = Owner::of(caller, path, &config.regions)?;
        current::about_owner(&owner);
        Ok(owner)
    }

    /// The ARN of the build worker that calls (S-48).
    ///
    /// # Errors
    /// [`Error::NoCaller`].
    pub fn worker(&self) -> Result<&str, Error> {
        worker(self.authorizer.as_ref())
    }

    /// The owner that a worker's path names: a person by the subject that `issuer` knows them by, or an instance.
    ///
    /// # Errors
    /// [`Error::Owner`], and [`Error::Field`] for what can be nobody's name.
    pub fn owner_for_worker(&self, issuer: &str, regions: &[String]) -> Result<Owner, Error> {
        let part = |name| self.variable(name).filter(|it| (1..=OWNER_PART_MAX).contains(&it.len())).map(str::to_owned);
        let path = match (part("user"), part("region"), part("instance")) {
            (Some(subject), _, _) => WorkerPath::User(User { issuer: issuer.to_owned(), subject }),
            (None, Some(region), Some(instance)) => WorkerPath::Instance { region, instance },
            _ => return Err(Error::Field { field: "owner" }),
        };
        let owner = Owner::for_worker(path, regions)?;
        current::about_owner(&owner);
        Ok(owner)
    }

    /// The provider that the path names.
    ///
    /// # Errors
    /// [`Error::UnknownProvider`].
    pub fn provider(&self) -> Result<&'static Provider, Error> {
        let provider = self.variable("provider").and_then(providers::find).ok_or(Error::UnknownProvider)?;
        current::about_provider(provider.id);
        Ok(provider)
    }

    /// The value of a variable of the path.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests;
