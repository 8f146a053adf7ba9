//! Keeping a credential alive: one refresh at a time, its outcome saved before it is used (S-50).
//!
//! Whoever finds that the token is about to end takes the turn by one conditional write, asks the provider once, and
//! saves the successor, conditional on the very credential that was refreshed. Everybody else waits and reads again.

use std::time::Duration;

use crate::domain::binding::{BindingProblem, BindingState, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::refresh::{Breaker, Holder, Turn};
use crate::domain::secret::Secret;
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::flow::write::credential_context;
use crate::ports::{
    Client, JudgeCredential, KeepBreaker, Open, QueueRevocation, ReadCredential, ReadyClient, RefreshTokens,
    RevokeToken, SaveRefreshed, Seal, StandingCredential, TakeTurn, World,
};

mod attempt;
mod breaker;

/// Below this no refresh is begun: a call of the provider, and time to save what it brings.
const NEEDED: Duration = Duration::from_secs(10);

/// How much longer a turn lasts than its holder has time: when it is over, the holder is gone.
const MARGIN: Duration = Duration::from_secs(5);

/// How long somebody waits whose turn it is not, before reading again: at least, and by how much more at random.
const PAUSE: Duration = Duration::from_millis(100);
const JITTER_MILLISECONDS: u64 = 200;

/// What is kept back of the time to tell those who wait in vain.
const TO_ANSWER: Duration = Duration::from_millis(500);

/// How fresh a credential has to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How long its access token has to live from now on.
    pub lifetime: Duration,
    /// Whether it has to be another one than stands now, however long that lives.
    pub successor: bool,
}

/// A credential in clear, as it is stored.
#[derive(Debug)]
pub struct Opened {
    /// The binding, and what the credential is known by.
    pub standing: StandingCredential,
    /// The tokens.
    pub credential: Credential,
}

impl Opened {
    /// When the access token ends, if it does: as the provider said, or as it declares where it did not say (S-50).
    #[must_use]
    pub fn ends_at(&self, place: Place<'_>) -> Option<Timestamp> {
        let rules =
            place.provider.oauth().map(|oauth| &oauth.refresh).filter(|_| self.credential.refresh_token.is_some());
        let declared = rules.and_then(|rules| rules.access_token_life);
        self.credential.expires_at.or_else(|| declared.map(|life| self.standing.binding.updated_at.plus(life)))
    }
}

/// What refreshing needs of storage.
pub trait RefreshStore:
    ReadCredential + TakeTurn + SaveRefreshed + JudgeCredential + KeepBreaker + QueueRevocation
{
}
impl<S: ReadCredential + TakeTurn + SaveRefreshed + JudgeCredential + KeepBreaker + QueueRevocation> RefreshStore
    for S
{
}

/// What refreshing needs of key management.
pub trait RefreshCipher: Open + Seal {}
impl<C: Open + Seal> RefreshCipher for C {}

/// What refreshing needs of the providers.
pub trait RefreshProviders: RefreshTokens + RevokeToken {}
impl<P: RefreshTokens + RevokeToken> RefreshProviders for P {}

/// The credential at `place`, refreshed if it is not as `wanted` or is suspect. One without a refresh token comes as it
/// is: what to make of it is up to the caller.
///
/// # Errors
/// [`Error::NotBound`], [`Error::ReauthorizationRequired`], [`Error::ClientRefused`], the provider's and storage's.
pub async fn refresh(
    world: &World<impl RefreshStore, impl RefreshCipher, impl RefreshProviders>,
    client: &Client,
    place: Place<'_>,
    wanted: Wanted,
    deadline: Deadline,
) -> Result<Opened, Error> {
    let refreshing = Refreshing { world, client, place, wanted, deadline, holder: Holder::fresh()? };
    Box::pin(refreshing.run()).await
}

/// The credential at `place` as it stands, in clear.
///
/// # Errors
/// [`Error::NotBound`], [`Error::ReauthorizationRequired`], and storage's.
pub(super) async fn opened<S: ReadCredential, C: Open, P>(
    world: &World<S, C, P>,
    place: Place<'_>,
) -> Result<Opened, Error> {
    let standing = standing(&world.store, place).await?;
    open(&world.cipher, place, standing).await
}

/// What stands at `place`, if it is worth anything.
async fn standing(store: &impl ReadCredential, place: Place<'_>) -> Result<StandingCredential, Error> {
    let standing = store.read_credential(place).await?.ok_or(Error::NotBound)?;
    match standing.binding.state(Timestamp::now()) {
        BindingState::ReauthorizationRequired => Err(Error::ReauthorizationRequired),
        BindingState::Bound | BindingState::Expiring | BindingState::Degraded => Ok(standing),
    }
}

async fn open(cipher: &impl Open, place: Place<'_>, standing: StandingCredential) -> Result<Opened, Error> {
    let plain = cipher.open(&standing.sealed, &credential_context(place, &standing.binding.id)).await?;
    let credential = Credential::from_plain(&plain).ok_or_else(|| Error::Internal("no credential is sealed".into()))?;
    Ok(Opened { standing, credential })
}

/// One attempt to have a fresh credential.
struct Refreshing<'a, S, C, P> {
    world: &'a World<S, C, P>,
    client: &'a Client,
    place: Place<'a>,
    wanted: Wanted,
    deadline: Deadline,
    holder: Holder,
}

impl<S: RefreshStore, C: RefreshCipher, P: RefreshProviders> Refreshing<'_, S, C, P> {
    async fn run(&self) -> Result<Opened, Error> {
        let mut opened = opened(self.world, self.place).await?;
        // What was issued by one server goes to no other (S-25).
        if opened.standing.binding.address != self.client.registration.base.web {
            return Err(Error::ServerMoved);
        }
        let first = opened.standing.token_mark.clone();
        loop {
            if opened.credential.refresh_token.is_none() || self.is_as_wanted(&opened, &first) {
                return Ok(opened);
            }
            let now = Timestamp::now();
            if opened.standing.turn.as_ref().is_none_or(|turn| turn.until <= now) {
                let ready = self.client.ready().await?;
                if let Some(refreshed) = self.take(&ready, &opened, now).await? {
                    return Ok(refreshed);
                }
            }
            self.pause().await?;
            let standing = standing(&self.world.store, self.place).await?;
            // What is open already is not opened again: many may wait.
            opened = if standing.token_mark == opened.standing.token_mark {
                Opened { standing, credential: opened.credential }
            } else {
                open(&self.world.cipher, self.place, standing).await?
            };
        }
    }

    fn is_as_wanted(&self, opened: &Opened, first: &TokenMark) -> bool {
        let is_other = !self.wanted.successor || opened.standing.token_mark != *first;
        let needed_until = Timestamp::now().plus(self.wanted.lifetime);
        let lives = opened.ends_at(self.place).is_none_or(|at| at >= needed_until);
        is_other && lives && opened.standing.suspect_at.is_none()
    }

    /// Takes the turn and refreshes. `None` when it was another's turn, or the credential another one.
    async fn take(&self, ready: &ReadyClient<'_>, opened: &Opened, now: Timestamp) -> Result<Option<Opened>, Error> {
        self.deadline.require(NEEDED)?;
        let known = self.breaker(now).await?;
        let seen = &opened.standing;
        let until = now.plus(self.deadline.left()).plus(MARGIN);
        let turn = Turn { holder: self.holder.clone(), until };
        // The turn that is over was left by a crash: whether its refresh token was used, nobody knows.
        let left = seen.turn.as_ref().filter(|_| !self.old_token_stays_good());
        let left = left.map(|_| BindingProblem::refresh_uncertain(seen.binding.problem, now));
        match self.world.store.take_turn(self.place, seen, &turn, left, now).await {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                // It may be ours all the same; left there, it would look like a crash.
                self.give_back(None).await;
                return Err(error.into());
            }
        }
        if left.is_some() {
            self.tell_uncertain(seen, "turn_left");
        }
        let was_interrupted = left.is_some() || seen.binding.problem.is_some_and(|it| it.is_uncertain());
        self.attempt(ready, opened, known, was_interrupted, &turn).await
    }

    /// Reads nothing for a moment: somebody else is at it.
    async fn pause(&self) -> Result<(), Error> {
        let jitter = Secret::fresh()?.reveal().bytes().fold(0_u64, |sum, byte| sum * 31 % 10_007 + u64::from(byte));
        let pause = PAUSE + Duration::from_millis(jitter % JITTER_MILLISECONDS);
        if self.deadline.left() < pause + TO_ANSWER {
            return Err(Error::Unavailable("another attempt to refresh takes too long".into()));
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Ends the turn: nothing is under way any more. What cannot be written is left for its time to end.
    async fn give_back(&self, problem: Option<BindingProblem>) {
        let given = self.world.store.give_back(self.place, &self.holder, problem).await;
        if given.is_err() {
            tracing::warn!(provider = self.place.provider.id, "a turn to refresh was not given back");
        }
    }

    fn old_token_stays_good(&self) -> bool {
        self.place.provider.oauth().is_some_and(|oauth| oauth.refresh.old_token_stays_good)
    }

    fn tell_uncertain(&self, seen: &StandingCredential, evidence: &'static str) {
        let (provider, owner) = (self.place.provider.id, self.place.owner.hash());
        let binding_id = seen.binding.id.as_str();
        tracing::warn!(event = "refresh_uncertain", provider, owner, binding_id, evidence, "a refresh was cut off");
    }
}

/// What is known of a provider's refusals of our client, if anything is.
type Known = Option<Breaker>;
