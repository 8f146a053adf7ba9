//! What is said about addresses, tokens, calls and failures: the parts of the match in `super`.

use super::{LIMITED_SECONDS, Problem};
use crate::domain::address::AddressError;
use crate::domain::answer::CommonFailure;
use crate::domain::provider::{AddressRule, Provider};
use crate::domain::verification::TokenProblem;
use crate::edge::code::Code;
use crate::edge::messages::success;
use crate::ports::{CallError, TlsProblem};

pub(super) fn of_address(error: &AddressError) -> Problem {
    let field = "address";
    match error {
        AddressError::Scheme => Problem::of_field(Code::AddressScheme, field),
        AddressError::HttpRefused => Problem::of_field(Code::AddressHttpRefused, field),
        AddressError::Malformed => Problem::of_field(Code::AddressMalformed, field),
        AddressError::UserInfo => Problem::of_field(Code::AddressUserinfo, field),
        AddressError::QueryOrFragment => Problem::of_field(Code::AddressQuery, field),
        AddressError::HostRewritten { plain } => {
            Problem::of_field(Code::AddressHostRewritten, field).with("host", plain.as_str())
        }
        AddressError::ProjectLink { server } => {
            Problem::of_field(Code::AddressProjectLink, field).with("server", server.as_str())
        }
        AddressError::Port { port, scheme, accepted, http_would_do } => Problem::of_field(Code::AddressPort, field)
            .with("port", port.to_string())
            .with("scheme", scheme.name())
            .with("ports", accepted.to_string())
            .with_words("ways_out", if *http_would_do { success::PORT_OR_HTTP } else { success::PORT }),
    }
}

pub(super) fn of_token(problem: &TokenProblem, suggested_server: Option<&str>) -> Problem {
    let token = |code| Problem::of_field(code, "token");
    match problem {
        TokenProblem::Rejected => token(Code::TokenRejected),
        TokenProblem::Expired => token(Code::TokenExpired),
        TokenProblem::Revoked => token(Code::TokenRevoked),
        TokenProblem::LacksScopes { missing } => token(Code::TokenLacksScopes).with("scopes", missing.join(", ")),
        TokenProblem::FineGrained => token(Code::TokenFineGrained),
        TokenProblem::NotPersonal => token(Code::TokenNotPersonal),
        TokenProblem::WrongKind => token(Code::TokenWrongKind),
        TokenProblem::OtherUser { login } => {
            Problem::of_field(Code::TokenOtherUser, "username").with("login", login.as_str())
        }
        TokenProblem::AccountBlocked => token(Code::AccountBlocked),
        TokenProblem::WrongOrganization => Problem::of_field(Code::OrganizationWrong, "organization_id"),
        TokenProblem::OrganizationNeeded { candidates } => {
            let ways_out =
                if candidates.is_empty() { success::FIND_ORGANIZATION } else { success::CHOOSE_ORGANIZATION };
            Problem::of_field(Code::OrganizationNeeded, "organization_id")
                .with_words("ways_out", ways_out)
                .with("organizations", candidates.join(", "))
        }
        TokenProblem::NotTheProvider { status } => {
            let ways_out = if suggested_server.is_some() { success::PERHAPS_SERVER } else { success::CHECK_ADDRESS };
            let problem =
                Problem { provider_status: Some(*status), ..Problem::of_field(Code::NotTheProvider, "address") };
            problem.with_words("ways_out", ways_out).with("server", suggested_server.unwrap_or_default())
        }
        TokenProblem::Common(failure) => of_failure(*failure),
    }
}

pub(super) fn of_failure(failure: CommonFailure) -> Problem {
    match failure {
        CommonFailure::RateLimited { retry_after_seconds } => {
            let retry_after = Some(retry_after_seconds.unwrap_or(LIMITED_SECONDS));
            Problem { retry_after, ..Problem::new(Code::ProviderLimited) }
        }
        CommonFailure::Failing { status } | CommonFailure::Nonsense { status } => {
            Problem { provider_status: Some(status), ..Problem::new(Code::ProviderFailed) }
        }
    }
}

/// A server that a person entered is that person's to check; the provider's own is not.
pub(super) fn of_call(error: CallError, provider: Option<&Provider>) -> Problem {
    let rule = provider.and_then(Provider::personal_token).map(|personal_token| personal_token.address);
    if rule != Some(AddressRule::Entered) {
        return Problem::new(match error {
            CallError::TimedOut | CallError::NoConnection => Code::ProviderTimeout,
            _ => Code::ProviderUnreachable,
        });
    }
    let code = match error {
        CallError::NameNotResolved => Code::AddressNotResolved,
        CallError::NotPublic => Code::AddressNotPublic,
        CallError::Refused => Code::ServerRefused,
        CallError::TimedOut | CallError::NoConnection => Code::ServerTimeout,
        CallError::Broken => Code::ServerBroken,
        CallError::Tls(TlsProblem::SelfSigned) => Code::CertificateSelfSigned,
        CallError::Tls(TlsProblem::Expired) => Code::CertificateExpired,
        CallError::Tls(TlsProblem::WrongName) => Code::CertificateWrongName,
        CallError::Tls(TlsProblem::UnknownIssuer) => Code::CertificateUnknownIssuer,
        CallError::Tls(TlsProblem::Handshake) => Code::TlsFailed,
    };
    Problem::of_field(code, "address")
}
