//! The codes of every problem. They never change: programs act on them; people read the words in `messages`.

/// Declares the codes with their names and statuses in one list.
macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $name:literal, $status:literal;)+) => {
        /// What went wrong, for programs (S-12).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$meta])* $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands in answers.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The HTTP status that goes with it. The same code has the same status wherever it comes from.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)+
                }
            }
        }
    };
}

codes! {
    // The request's form.
    /// The body is not what the operation takes.
    InvalidBody = "invalid_body", 400;
    /// The callback's query is not what a provider sends.
    InvalidCallback = "invalid_callback", 400;
    /// The body is too large.
    BodyTooLarge = "body_too_large", 413;
    /// The body is not declared as JSON.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// No such path.
    NotFound = "not_found", 404;
    /// The path takes another method.
    MethodNotAllowed = "method_not_allowed", 405;
    /// A prefetch of a page that acts.
    PrefetchRefused = "prefetch_refused", 425;
    // The caller.
    /// No caller.
    Unauthenticated = "unauthenticated", 401;
    /// Not the caller's instance.
    NotAllowed = "not_allowed", 403;
    /// Binding is not offered in the region.
    RegionNotOffered = "region_not_offered", 404;
    /// No such provider.
    UnknownProvider = "unknown_provider", 404;
    /// The provider binds by the other method.
    OtherMethod = "other_method", 422;
    /// `return_to` is not on the list.
    ReturnToRefused = "return_to_refused", 400;
    /// A field is missing or malformed.
    InvalidField = "invalid_field", 422;
    /// The provider takes no such field.
    FieldNotTaken = "field_not_taken", 422;
    // The server's address.
    /// No `http://` or `https://`.
    AddressScheme = "address_scheme", 422;
    /// http is refused here.
    AddressHttpRefused = "address_http_refused", 422;
    /// Not an address.
    AddressMalformed = "address_malformed", 422;
    /// With user name or password.
    AddressUserinfo = "address_userinfo", 422;
    /// With query or fragment.
    AddressQuery = "address_query", 422;
    /// The host would have to be rewritten.
    AddressHostRewritten = "address_host_rewritten", 422;
    /// The port is not accepted.
    AddressPort = "address_port", 422;
    /// A link to a project.
    AddressProjectLink = "address_project_link", 422;
    /// Not on the public internet.
    AddressNotPublic = "address_not_public", 422;
    /// The name does not resolve.
    AddressNotResolved = "address_not_resolved", 422;
    /// Connection refused.
    ServerRefused = "server_refused", 502;
    /// No answer in time.
    ServerTimeout = "server_timeout", 504;
    /// The answer is broken.
    ServerBroken = "server_broken", 502;
    /// The certificate vouches for itself.
    CertificateSelfSigned = "certificate_self_signed", 422;
    /// The certificate has expired.
    CertificateExpired = "certificate_expired", 422;
    /// The certificate is another host's.
    CertificateWrongName = "certificate_wrong_name", 422;
    /// Nobody known vouches for the certificate.
    CertificateUnknownIssuer = "certificate_unknown_issuer", 422;
    /// The TLS handshake failed.
    TlsFailed = "tls_failed", 422;
    /// The server is none of the provider's, or not its API.
    NotTheProvider = "not_the_provider", 422;
    // The token.
    /// The server does not know it.
    TokenRejected = "token_rejected", 422;
    /// It has expired.
    TokenExpired = "token_expired", 422;
    /// It was revoked.
    TokenRevoked = "token_revoked", 422;
    /// It lacks scopes.
    TokenLacksScopes = "token_lacks_scopes", 422;
    /// It is fine-grained.
    TokenFineGrained = "token_fine_grained", 422;
    /// It is a project's or group's.
    TokenNotPersonal = "token_not_personal", 422;
    /// It is no personal access token.
    TokenWrongKind = "token_wrong_kind", 422;
    /// It is somebody else's.
    TokenOtherUser = "token_other_user", 422;
    /// Its user is not in the organization that was entered.
    OrganizationWrong = "organization_wrong", 422;
    /// It does not tell which organization is meant.
    OrganizationNeeded = "organization_needed", 422;
    /// The account is blocked.
    AccountBlocked = "account_blocked", 422;
    // The binding.
    /// The provider ended the token because newer ones were issued: a problem of a binding.
    TokenDisplaced = "token_displaced", 409;
    /// The provider does not take the credential any more: a problem of a binding, and why nothing is lent.
    ReauthorizationRequired = "reauthorization_required", 409;
    /// A refresh was cut off: a problem of a binding.
    RefreshUncertain = "refresh_uncertain", 409;
    /// A problem of a binding: a rotation was cut off.
    RotationUncertain = "rotation_uncertain", 409;
    /// The token was not accepted when it was last tried: a problem of a binding.
    VerificationFailed = "verification_failed", 409;
    /// The token ends before the time that was asked for.
    TokenEndsTooSoon = "token_ends_too_soon", 409;
    /// Bound at another server than the configured one.
    ServerMoved = "server_moved", 409;
    /// Another account is bound.
    OtherAccountBound = "other_account_bound", 409;
    /// Nothing is bound.
    NotBound = "not_bound", 404;
    /// Unbound since the authorization was started.
    UnboundSince = "unbound_since", 409;
    // The authorization.
    /// Not started in this browser, or unknown.
    AuthorizationInvalid = "authorization_invalid", 400;
    /// Used before.
    AuthorizationUsed = "authorization_used", 410;
    /// There is no such grant any more.
    GrantEnded = "grant_ended", 410;
    /// The grant is for another owner.
    GrantOtherOwner = "grant_other_owner", 403;
    /// No console is configured.
    NoConsole = "no_console", 503;
    /// The person took too long.
    AuthorizationExpired = "authorization_expired", 410;
    /// The state is another provider's.
    AuthorizationOtherProvider = "authorization_other_provider", 400;
    /// The person said no.
    Declined = "declined", 403;
    /// Less was granted than was asked for.
    ScopesMissing = "scopes_missing", 403;
    /// The account may not authorize yet.
    AccountNotReady = "account_not_ready", 403;
    /// The provider refuses its own code.
    CodeRefused = "code_refused", 410;
    // The operator.
    /// The provider has no registration here.
    ProviderOff = "provider_off", 503;
    /// The provider refuses our registration.
    RegistrationRefused = "registration_refused", 502;
    /// Storage or key is misconfigured.
    Misconfigured = "misconfigured", 500;
    // The provider.
    /// It could not be reached.
    ProviderUnreachable = "provider_unreachable", 502;
    /// It did not answer in time.
    ProviderTimeout = "provider_timeout", 504;
    /// It failed.
    ProviderFailed = "provider_failed", 502;
    /// It limits our requests.
    ProviderLimited = "provider_limited", 503;
    // We.
    /// Storage or key management is unavailable, or too little time is left.
    Unavailable = "unavailable", 503;
    /// Something that cannot happen did.
    Internal = "internal", 500;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_stable_in_form() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.name()), "{code:?} twice");
            assert!(code.name().bytes().all(|it| it.is_ascii_lowercase() || it == b'_'), "{code:?}");
            assert!((400..=504).contains(&code.status()), "{code:?}");
        }
    }
}
