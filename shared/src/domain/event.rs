//! What others are told of bindings. An event is written in the same update as what it tells of, and published from
//! there (`shared/EVENTS.md`): none is lost, and one may come twice.

use serde::Serialize;

use super::binding::{Binding, BindingId};
use super::owner::Owner;
use super::secret::NoEntropy;
use super::timestamp::Timestamp;

/// Who tells: `source` of every event.
pub const SOURCE: &str = "codebind";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A binding was made.
    Bound,
    /// A binding's credential was renewed.
    Renewed,
    /// A binding was removed.
    Unbound,
    /// A credential that only the person can replace ends soon.
    Expiring,
    /// A credential has ended or was refused: bind again.
    ReauthorizationRequired,
    /// A credential that was refused works again.
    Recovered,
    /// A token could not be revoked and is not tried again.
    RevocationGaveUp,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Bound,
        Self::Renewed,
        Self::Unbound,
        Self::Expiring,
        Self::ReauthorizationRequired,
        Self::Recovered,
        Self::RevocationGaveUp,
    ];

    /// The kind's name: `detail-type` of the event.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Renewed => "renewed",
            Self::Unbound => "unbound",
            Self::Expiring => "expiring",
            Self::ReauthorizationRequired => "reauthorization_required",
            Self::Recovered => "recovered",
            Self::RevocationGaveUp => "revocation_gave_up",
        }
    }
}

/// Names an event for ever, so that one that comes twice is known: `{milliseconds}.{kind}.{random}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventId(String);

impl EventId {
    /// A name no other event has.
    ///
    /// # Errors
    /// [`NoEntropy`] when the operating system refuses randomness.
    pub fn fresh(kind: EventKind, at: Timestamp) -> Result<Self, NoEntropy> {
        BindingId::fresh().map(|random| Self::of(kind, at, &random))
    }

    /// The name of what `attempt` brings about: the same whenever the attempt is repeated.
    #[must_use]
    pub fn of(kind: EventKind, at: Timestamp, attempt: &BindingId) -> Self {
        let random = attempt.as_str().trim_start_matches("b-");
        Self(format!("{}.{}.{random}", at.milliseconds(), kind.name()))
    }

    /// A name read back from storage; `None` when it is none.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        let id = Self(text.to_owned());
        id.parts().map(|_| id.clone())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> Option<EventKind> {
        self.parts().map(|(_, kind)| kind)
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.parts().map_or(Timestamp::from_milliseconds(0), |(at, _)| at)
    }

    fn parts(&self) -> Option<(Timestamp, EventKind)> {
        let mut parts = self.0.split('.');
        let (at, kind, _) = (parts.next()?, parts.next()?, parts.next().filter(|it| !it.is_empty())?);
        let kind = EventKind::ALL.into_iter().find(|it| it.name() == kind)?;
        let at = at.parse().ok().map(Timestamp::from_milliseconds)?;
        parts.next().is_none().then_some((at, kind))
    }
}

/// The account that an event is about, as far as it needs to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventAccount {
    /// The provider's immutable identifier.
    pub id: String,
    /// The name one signs in with.
    pub login: String,
}

/// What is kept of an event beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The binding.
    pub binding_id: BindingId,
    /// Whose account it is; not known of a token that no binding held.
    pub account: Option<EventAccount>,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// How many days are left, where an end comes near.
    pub days_left: Option<i64>,
}

impl Told {
    /// What is told of `binding` whatever happened to it.
    #[must_use]
    pub fn of(binding: &Binding) -> Self {
        let account = EventAccount { id: binding.account.id.clone(), login: binding.account.login.clone() };
        Self { binding_id: binding.id.clone(), account: Some(account), reason: None, days_left: None }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// Who holds the binding.
    pub owner: Owner,
    /// Provider id.
    pub provider: String,
    /// The rest.
    pub told: Told,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum OwnerDetail<'a> {
    User { issuer: &'a str, subject: &'a str },
    Instance { region: &'a str, instance: &'a str },
}

#[derive(Serialize)]
struct Detail<'a> {
    id: &'a str,
    at: String,
    owner: OwnerDetail<'a>,
    owner_hash: String,
    provider: &'a str,
    binding_id: &'a str,
    account: Option<&'a EventAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
}

impl Event {
    /// The event's `detail`: JSON, without any secret.
    #[must_use]
    pub fn detail(&self) -> String {
        let owner = match &self.owner {
            Owner::User(user) => OwnerDetail::User { issuer: &user.issuer, subject: &user.subject },
            Owner::Instance { region, instance } => OwnerDetail::Instance { region, instance },
        };
        let detail = Detail {
            id: self.id.as_str(),
            at: self.id.at().rfc3339_with_milliseconds(),
            owner,
            owner_hash: self.owner.hash(),
            provider: &self.provider,
            binding_id: self.told.binding_id.as_str(),
            account: self.told.account.as_ref(),
            reason: self.told.reason.as_deref(),
            days_left: self.told.days_left,
        };
        // Texts and numbers always serialize.
        serde_json::to_string(&detail).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when_and_what() {
        let (at, attempt) = (Timestamp::from_milliseconds(1_794_290_000_009), BindingId::stored("b-abc".to_owned()));
        for kind in EventKind::ALL {
            let id = EventId::of(kind, at, &attempt);
            assert_eq!(id.as_str(), format!("1794290000009.{}.abc", kind.name()));
            assert_eq!((id.kind(), id.at()), (Some(kind), at));
            assert_eq!(EventId::stored(id.as_str()), Some(id));
        }
        for odd in ["", "1.bound", "x.bound.a", "1.other.a", "1.bound.", "1.bound.a.b"] {
            assert_eq!(EventId::stored(odd), None, "{odd}");
        }
        assert_ne!(EventId::fresh(EventKind::Bound, at).unwrap(), EventId::fresh(EventKind::Bound, at).unwrap());
    }
}
