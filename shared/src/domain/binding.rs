//! The record that an owner bound one account of one provider.

use super::authorization::Authorization;
use super::credential::Sealed;
use super::grant::Grant;
use super::owner::{Owner, User};
use super::provider::Provider;
use super::secret::{NoEntropy, Secret, hash_of_parts};
use super::sibling::TokenMark;
use super::text::is_visible;
use super::timestamp::Timestamp;
pub use problem::{BindingProblem, BindingProblemKind, Evidence};

mod problem;

/// Longest text of a provider that is kept, in characters: a longer name or link is cut or dropped.
const PROVIDER_TEXT_MAX: usize = 512;

/// A person's identity at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider's immutable identifier: what decides whether two accounts are the same.
    pub id: String,
    /// The name one signs in with. It can change.
    pub login: String,
    /// The name shown, if there is one.
    pub name: Option<String>,
    /// A picture, if there is one.
    pub avatar_url: Option<String>,
    /// The profile page, if there is one.
    pub profile_url: Option<String>,
}

impl Account {
    /// An account with what a provider sent made harmless: texts cut, links kept only if they are http(s).
    #[must_use]
    pub fn new(id: String, login: &str, name: Option<&str>, avatar: Option<&str>, profile: Option<&str>) -> Self {
        let cut = |text: &str| text.chars().filter(|it| is_visible(*it)).take(PROVIDER_TEXT_MAX).collect::<String>();
        let link = |text: &str| {
            let web = text.starts_with("https://") || text.starts_with("http://");
            (web && text.len() <= PROVIDER_TEXT_MAX && text.chars().all(is_visible)).then(|| text.to_owned())
        };
        Self {
            id,
            login: cut(login),
            name: name.map(cut).filter(|name| !name.is_empty()),
            avatar_url: avatar.and_then(link),
            profile_url: profile.and_then(link),
        }
    }
}

/// Names one binding from its making to its end; a renewal keeps it (S-6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingId(String);

impl BindingId {
    /// A name no other binding has.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system refuses randomness.
    pub fn fresh() -> Result<Self, NoEntropy> {
        Secret::fresh().map(|random| Self(format!("b-{}", &random.reveal()[..22])))
    }

    /// A name read back from storage.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How well a binding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingState {
    /// Its credential works as far as is known.
    Bound,
    /// Its credential ends soon.
    Expiring,
    /// Something about it is in doubt. It may work still, and heals by itself if it does.
    Degraded,
    /// Its credential has ended or was refused: bind again.
    ReauthorizationRequired,
}

impl BindingState {
    /// The state's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Expiring => "expiring",
            Self::Degraded => "degraded",
            Self::ReauthorizationRequired => "reauthorization_required",
        }
    }
}

/// From how long before its end a credential that only the person can replace counts as expiring.
const EXPIRING_WITHIN_MILLISECONDS: i64 = 30 * 24 * 3600 * 1000;

/// A binding without its credential: what status shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub id: BindingId,
    /// Provider id.
    pub provider: String,
    /// Whose account is bound.
    pub account: Account,
    /// Base address of the server, as shown to people.
    pub address: String,
    /// How it was bound.
    pub method: String,
    /// What the credential may do, as the provider reported.
    pub scopes: Vec<String>,
    /// What was asked for and not granted.
    pub missing_scopes: Vec<String>,
    /// When it was made.
    pub bound_at: Timestamp,
    /// Who made or last renewed it.
    pub bound_by: User,
    /// When it was last made or renewed.
    pub updated_at: Timestamp,
    /// When the credential was last seen to work.
    pub last_verified_at: Timestamp,
    /// When the credential ends, if it does and nothing renews it by itself.
    pub credential_expires_at: Option<Timestamp>,
    /// Whether its token may be replaced by its successor before it ends: its owner said so (S-67).
    pub rotates: bool,
    /// What is wrong with it, if something is known to be.
    pub problem: Option<BindingProblem>,
}

impl Binding {
    /// How well it is at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> BindingState {
        let noted = self.problem.map(|problem| problem.kind.state());
        let left = self.credential_expires_at.map(|at| at.milliseconds().saturating_sub(now.milliseconds()));
        match (noted, left) {
            (Some(BindingState::ReauthorizationRequired), _) | (_, Some(..=0)) => BindingState::ReauthorizationRequired,
            (Some(noted), _) => noted,
            (None, Some(1..=EXPIRING_WITHIN_MILLISECONDS)) => BindingState::Expiring,
            (None, _) => BindingState::Bound,
        }
    }

    /// Names the account across owners, so that bindings of one account can be found.
    #[must_use]
    pub fn account_key(&self) -> String {
        hash_of_parts(&[&self.provider, &self.address, &self.account.id])
    }

    /// Whether this binds the same account at the same server, so that binding it again is a renewal (S-6).
    #[must_use]
    pub fn is_same_account(&self, other: &Self) -> bool {
        self.account.id == other.account.id && self.address == other.address
    }
}

/// A binding as it is to be written, with its sealed credential.
#[derive(Debug, Clone)]
pub struct NewBinding {
    /// Who will hold it.
    pub owner: Owner,
    /// What is shown.
    pub binding: Binding,
    /// The credential, sealed under the binding's id.
    pub sealed: Sealed,
    /// Tells whether another binding of the account holds the same token, and nothing else of it (S-33).
    pub token_mark: TokenMark,
    /// Names the attempt that writes it: what it comes from is good for one attempt alone.
    pub attempt: BindingId,
}

/// A binding that stands, as a refused write showed it.
#[derive(Debug, Clone)]
pub struct StandingBinding {
    /// What is shown.
    pub binding: Binding,
    /// Counts the writes to the row, so that a renewal replaces what it saw and nothing else.
    pub version: i64,
}

/// A binding that was just removed.
#[derive(Debug, Clone)]
pub struct RemovedBinding {
    /// Its name.
    pub id: BindingId,
    /// The server it was at: where its credential may be sent to be revoked, and nowhere else (S-25).
    pub address: String,
    /// Names its account across owners, as [`Binding::account_key`] does.
    pub account_key: String,
    /// Its token's mark.
    pub token_mark: TokenMark,
    /// Its credential, if it was kept for revocation.
    pub sealed: Option<Sealed>,
}

/// What a binding comes from, if from something that is good once: the same write marks it as used.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// An authorization. It binds only if the owner has not unbound since it was started (S-30).
    Authorization(&'a Authorization),
    /// A grant (S-22).
    Grant(&'a Grant),
}

/// Where a binding belongs: what every write and every seal is tied to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Who holds the binding.
    pub owner: &'a Owner,
    /// Which provider's account it is.
    pub provider: &'static Provider,
}

#[cfg(test)]
mod tests;
