//! From an error to what is said about it: the one exhaustive match to codes (S-12).

use serde::Serialize;

use super::code::Code;
use super::language::Language;
use super::messages;
use crate::domain::owner::OwnerError;
use crate::domain::provider::{Provider, Words};
use crate::error::Error;
use crate::providers;
use particulars::{of_address, of_call, of_failure, of_token};

mod particulars;

/// When to come back if nothing better is known.
const RETRY_AFTER_SECONDS: u64 = 2;

/// When to come back to a provider that limits requests and does not say for how long.
const LIMITED_SECONDS: u64 = 60;

/// What is said about an error, before it is put into a language.
#[derive(Debug)]
pub struct Problem {
    /// The code.
    pub code: Code,
    /// The member of the body or query it is about.
    pub field: Option<&'static str>,
    /// A page at the provider that helps.
    pub help_url: Option<String>,
    /// The provider's status.
    pub provider_status: Option<u16>,
    /// Seconds.
    pub retry_after: Option<u64>,
    /// The methods of a path that takes another.
    pub allow: Option<&'static str>,
    values: Vec<(&'static str, Value)>,
}

/// What fills a placeholder.
#[derive(Debug)]
enum Value {
    Text(String),
    Words(Words),
}

/// The body of an error answer (RFC 9457).
#[derive(Debug, Serialize)]
pub struct Document {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    code: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem without particulars.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let (field, help_url, provider_status, retry_after, allow) = (None, None, None, None, None);
        Self { code, field, help_url, provider_status, retry_after, allow, values: Vec::new() }
    }

    /// A path that takes another method.
    #[must_use]
    pub fn of_method(allowed: &'static str) -> Self {
        Self { allow: Some(allowed), ..Self::new(Code::MethodNotAllowed) }
    }

    /// A problem of one field.
    #[must_use]
    pub fn of_field(code: Code, field: &'static str) -> Self {
        Self { field: Some(field), ..Self::new(code) }.with("field", field)
    }

    /// What is said about `error`. `provider` is the one that the path names.
    #[must_use]
    pub fn of(error: &Error, provider: Option<&Provider>) -> Self {
        let problem = match error {
            Error::NoCaller => Self::new(Code::Unauthenticated),
            Error::Owner(OwnerError::NotAllowed) => Self::new(Code::NotAllowed),
            Error::Owner(OwnerError::RegionNotOffered { offered }) => {
                Self::new(Code::RegionNotOffered).with("regions", offered.join(", "))
            }
            Error::UnknownProvider => {
                let ids: Vec<_> = providers::ALL.iter().map(|provider| provider.id).collect();
                Self::new(Code::UnknownProvider).with("providers", ids.join(", "))
            }
            Error::OtherMethod { method } => Self::new(Code::OtherMethod).with("method", *method),
            Error::ReturnToRefused => Self::of_field(Code::ReturnToRefused, "return_to"),
            Error::Field { field } => Self::of_field(Code::InvalidField, field),
            Error::FieldNotTaken { field } => Self::of_field(Code::FieldNotTaken, field),
            Error::Address(error) => of_address(error),
            Error::OtherAccountBound { bound, presented } => Self::new(Code::OtherAccountBound)
                .with("bound", bound.login.as_str())
                .with("presented", presented.login.as_str()),
            Error::NotBound => Self::new(Code::NotBound),
            Error::UnboundSince => Self::new(Code::UnboundSince),
            Error::Token { problem, suggested_server } => of_token(problem, suggested_server.as_deref()),
            Error::Declined => Self::new(Code::Declined),
            Error::ScopesMissing { missing } => Self::new(Code::ScopesMissing).with("scopes", missing.join(", ")),
            Error::AccountNotReady => Self::new(Code::AccountNotReady),
            Error::NotTheStarter => Self::new(Code::AuthorizationInvalid),
            Error::GrantEnded => Self::of_field(Code::GrantEnded, "grant"),
            Error::OtherOwner => Self::of_field(Code::GrantOtherOwner, "grant"),
            Error::NoConsole => Self::new(Code::NoConsole),
            Error::AlreadyUsed => Self::new(Code::AuthorizationUsed),
            Error::AuthorizationExpired => Self::new(Code::AuthorizationExpired),
            Error::OtherProvider => Self::new(Code::AuthorizationOtherProvider),
            Error::CodeRefused => Self::new(Code::CodeRefused),
            Error::ProviderOff => Self::new(Code::ProviderOff),
            Error::RegistrationRefused => Self::new(Code::RegistrationRefused),
            Error::ClientRefused { retry_after_seconds } => {
                Self { retry_after: Some(*retry_after_seconds), ..Self::new(Code::RegistrationRefused) }
            }
            Error::ServerMoved => Self::new(Code::ServerMoved),
            Error::ReauthorizationRequired => Self::new(Code::ReauthorizationRequired),
            Error::TokenEndsTooSoon => Self::new(Code::TokenEndsTooSoon),
            Error::Misconfigured(_) => Self::new(Code::Misconfigured),
            Error::Unreachable(error) => of_call(*error, provider),
            Error::ProviderFailed(failure) => of_failure(*failure),
            Error::Unavailable(_) | Error::NoTime(_) => {
                Self { retry_after: Some(RETRY_AFTER_SECONDS), ..Self::new(Code::Unavailable) }
            }
            Error::Internal(_) => Self::new(Code::Internal),
        };
        problem.of_provider(provider)
    }

    /// Names the provider in the words.
    #[must_use]
    pub fn of_provider(self, provider: Option<&Provider>) -> Self {
        match provider {
            Some(provider) => self.with("provider", provider.display_name),
            None => self,
        }
    }

    /// Adds the page where a token is made, to a problem with the token.
    #[must_use]
    pub fn with_help_for_token(self, help_url: Option<String>) -> Self {
        let is_about_token = matches!(self.field, Some("token" | "username"));
        Self { help_url: help_url.filter(|_| is_about_token), ..self }
    }

    /// The title in `language`.
    #[must_use]
    pub fn title(&self, language: Language) -> String {
        self.fill(messages::of(self.code).title, language)
    }

    /// The detail in `language`.
    #[must_use]
    pub fn detail(&self, language: Language) -> String {
        self.fill(messages::of(self.code).detail, language)
    }

    /// The answer's body.
    #[must_use]
    pub fn document(&self, language: Language, request_id: &str) -> Document {
        Document {
            r#type: format!("urn:codebind:problem:{}", self.code.name()),
            title: self.title(language),
            status: self.code.status(),
            detail: self.detail(language),
            code: self.code.name(),
            request_id: request_id.to_owned(),
            field: self.field,
            help_url: self.help_url.clone(),
            provider_status: self.provider_status,
            retry_after: self.retry_after,
        }
    }

    fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.values.push((name, Value::Text(text.into())));
        self
    }

    fn with_words(mut self, name: &'static str, words: Words) -> Self {
        self.values.push((name, Value::Words(words)));
        self
    }

    fn fill(&self, words: Words, language: Language) -> String {
        // Words first: they may hold placeholders themselves.
        let (mut texts, mut filled) = (Vec::new(), language.of(words).to_owned());
        for (name, value) in &self.values {
            match value {
                Value::Words(words) => filled = filled.replace(&format!("{{{name}}}"), language.of(*words)),
                Value::Text(text) => texts.push((*name, text.as_str())),
            }
        }
        fill(&filled, &texts)
    }
}

/// Fills placeholders in one pass: what is filled in is never looked at again.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, following)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = following;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::AddressError;
    use crate::domain::binding::Account;
    use crate::domain::verification::TokenProblem;

    fn account(login: &str) -> Account {
        Account::new("1".to_owned(), login, None, None, None)
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        // S-13: a login cannot pull another value into its sentence.
        let error =
            Error::OtherAccountBound { bound: Box::new(account("{presented}")), presented: Box::new(account("evil")) };
        let detail = Problem::of(&error, None).detail(Language::English);
        assert!(detail.starts_with(" is bound") || detail.starts_with("{presented} is bound"), "{detail}");
        assert_eq!(fill("{a} {b}", &[("a", "{b}"), ("b", "x")]), "{b} x");
    }

    #[test]
    fn a_refused_port_says_what_would_do() {
        // S-24
        let accepted = crate::domain::port_set::PortSet::parse("443").unwrap();
        let scheme = crate::domain::address::Scheme::Https;
        let error = AddressError::Port { port: 8443, scheme, accepted, http_would_do: true };
        let problem = Problem::of(&Error::Address(error), Some(&providers::gitlab::GITLAB));
        let detail = problem.detail(Language::English);
        for part in ["https: 443", "8443", "http on this port", "operator"] {
            assert!(detail.contains(part), "{detail}");
        }
        assert!(problem.detail(Language::Chinese).contains("8443"));
    }

    #[test]
    fn a_document_carries_what_programs_need() {
        // S-12
        let error = Error::Token { problem: TokenProblem::Rejected, suggested_server: None };
        let problem = Problem::of(&error, Some(&providers::gitlab::GITLAB));
        let document = serde_json::to_value(problem.document(Language::English, "r-1")).unwrap();
        assert_eq!(document["type"], "urn:codebind:problem:token_rejected");
        assert_eq!((document["status"].as_u64(), document["field"].as_str()), (Some(422), Some("token")));
        assert_eq!(document["request_id"], "r-1");
        assert!(document["detail"].as_str().unwrap().starts_with("GitLab does not know"));
    }
}
