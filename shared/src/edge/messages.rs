//! The words of every code, in English and Simplified Chinese (S-12). Names in braces are filled in by `problem`.

use super::code::Code;
use crate::domain::provider::Words;

/// Title and detail of a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) title: Words,
    pub(super) detail: Words,
}

const fn message(title: (&'static str, &'static str), detail: (&'static str, &'static str)) -> Message {
    Message { title: Words { en: title.0, zh: title.1 }, detail: Words { en: detail.0, zh: detail.1 } }
}

/// The words of `code`.
pub(super) fn of(code: Code) -> Message {
    match code {
        Code::InvalidBody
        | Code::InvalidCallback
        | Code::BodyTooLarge
        | Code::UnsupportedMediaType
        | Code::NotFound
        | Code::MethodNotAllowed
        | Code::PrefetchRefused
        | Code::Unauthenticated
        | Code::NotAllowed
        | Code::RegionNotOffered
        | Code::UnknownProvider
        | Code::OtherMethod
        | Code::ReturnToRefused
        | Code::InvalidField => request::of(code),
        Code::AddressScheme
        | Code::AddressHttpRefused
        | Code::AddressMalformed
        | Code::AddressUserinfo
        | Code::AddressQuery
        | Code::AddressHostRewritten
        | Code::AddressPort
        | Code::AddressProjectLink
        | Code::AddressNotPublic
        | Code::AddressNotResolved
        | Code::ServerRefused
        | Code::ServerTimeout
        | Code::ServerBroken
        | Code::CertificateSelfSigned
        | Code::CertificateExpired
        | Code::CertificateWrongName
        | Code::CertificateUnknownIssuer
        | Code::TlsFailed
        | Code::NotTheProvider => address::of(code),
        Code::TokenRejected
        | Code::TokenExpired
        | Code::TokenRevoked
        | Code::TokenLacksScopes
        | Code::TokenFineGrained
        | Code::TokenNotPersonal
        | Code::TokenWrongKind
        | Code::TokenOtherUser
        | Code::AccountBlocked
        | Code::OtherAccountBound
        | Code::NotBound
        | Code::UnboundSince => binding::of(code),
        _ => authorization::of(code),
    }
}

mod address;
mod authorization;
mod binding;
mod request;
pub(super) mod success;

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn every_code_has_words_of_its_own_in_both_languages() {
        // S-12
        let mut details = std::collections::BTreeSet::new();
        for &code in Code::ALL {
            let Message { title, detail } = of(code);
            for words in [title, detail] {
                assert!(words.en.is_ascii() && words.en.len() > 5, "{code:?}: {}", words.en);
                assert!(words.zh.chars().any(|it| ('\u{4e00}'..='\u{9fff}').contains(&it)), "{code:?}: {}", words.zh);
                assert_eq!(placeholders(words.en), placeholders(words.zh), "{code:?}");
            }
            assert!(details.insert(detail.en), "{code:?} shares its words");
        }
    }
}
