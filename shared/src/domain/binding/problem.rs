//! What is known to be wrong with a binding.

use super::BindingState;
use crate::domain::timestamp::Timestamp;

/// What is known to be wrong with a binding. A renewal mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingProblem {
    /// What.
    pub kind: BindingProblemKind,
    /// Since when.
    pub since: Timestamp,
    /// What it was concluded from, in a word of ours.
    pub evidence: Option<Evidence>,
}

/// Declares an enum with names that rows and answers know.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in rows and answers.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The reverse of `name`.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == name)
            }
        }
    };
}

named! {
    /// What can be wrong with a binding.
    BindingProblemKind {
        /// The provider ended its token because newer ones of the same account were issued.
        TokenDisplaced = "token_displaced";
        /// The provider does not take its credential any more.
        ReauthorizationRequired = "reauthorization_required";
        /// A refresh was cut off: nobody knows whether the stored refresh token is good still.
        RefreshUncertain = "refresh_uncertain";
        /// A rotation was cut off: nobody knows whether the stored token is good still.
        RotationUncertain = "rotation_uncertain";
        /// Its token was not accepted when it was last tried.
        VerificationFailed = "verification_failed";
        /// Its provider has not been reached for long.
        ProviderUnreachable = "provider_unreachable";
    }
}

named! {
    /// What a problem was concluded from. A closed set: nothing that a provider says is kept.
    Evidence {
        /// The provider refused the refresh token, twice.
        RefreshRefused = "refresh_refused";
        /// The provider refused the refresh token, and a refresh had been cut off before.
        RefreshInterrupted = "refresh_interrupted";
        /// The provider refused the account.
        AccountRefused = "account_refused";
        /// The provider refused the access token, twice.
        TokenRefused = "token_refused";
        /// The provider refused the access token, twice, after a rotation that was cut off.
        RotationInterrupted = "rotation_interrupted";
    }
}

impl BindingProblemKind {
    /// How well a binding is that has it.
    #[must_use]
    pub fn state(self) -> BindingState {
        match self {
            Self::TokenDisplaced | Self::ReauthorizationRequired => BindingState::ReauthorizationRequired,
            Self::RefreshUncertain | Self::RotationUncertain | Self::VerificationFailed | Self::ProviderUnreachable => {
                BindingState::Degraded
            }
        }
    }
}

impl BindingProblem {
    /// The problem that a refresh was cut off; since when stays what it was.
    #[must_use]
    pub fn refresh_uncertain(before: Option<Self>, now: Timestamp) -> Self {
        let kind = BindingProblemKind::RefreshUncertain;
        before.filter(|it| it.kind == kind).unwrap_or(Self { kind, since: now, evidence: None })
    }

    /// The verdict that the credential is dead.
    #[must_use]
    pub fn reauthorization_required(evidence: Evidence, now: Timestamp) -> Self {
        Self { kind: BindingProblemKind::ReauthorizationRequired, since: now, evidence: Some(evidence) }
    }

    /// Whether it is about a refresh that was cut off.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.kind == BindingProblemKind::RefreshUncertain
    }
}
