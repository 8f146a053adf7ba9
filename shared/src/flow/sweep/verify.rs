//! Whether a stored credential works, found out by the provider's own word.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Run, SweepProviders, SweepStore};
use crate::domain::address::{Homes, ServerAddress};
use crate::domain::answer::Answer;
use crate::domain::binding::Place;
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::provider::{AddressRule, OAuth, PersonalToken};
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::{Entered, Probe, Step, TokenProblem};
use crate::error::Error;
use crate::flow::check::check;
use crate::ports::{Held, Open, PublishEvents, Seal, Server};

/// How long one verification may take.
const TIME: Duration = Duration::from_secs(12);

/// How many rounds of questions a provider's `verify` may ask before it has to decide.
const ROUNDS_MAX: usize = 4;

/// The status of a token that is not known.
const UNAUTHORIZED: u16 = 401;

/// What came of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It works, and ends then.
    Works {
        /// The end, as far as the provider says.
        expires_at: Option<Timestamp>,
    },
    /// The provider itself refuses it.
    Refused,
    /// Nothing can be said: the provider is away or overloaded, or its answer makes no sense.
    Silent,
    /// The host has had its share of calls in this run.
    NoRoom,
}

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    pub(super) async fn verify(&self, held: &Held, place: Place<'_>, credential: &Credential) -> Verdict {
        // One that renews itself is refreshed when it ends, and an ended access token says nothing of it.
        if credential.expires_at.is_some_and(|at| at <= self.now) {
            return Verdict::Silent;
        }
        let deadline = Deadline::new(self.deadline.within(TIME), None, self.now);
        let verdict = match (place.provider.oauth(), place.provider.personal_token()) {
            (Some(oauth), _) => self.verify_issued(held, place, oauth, credential, deadline).await,
            (None, Some(personal_token)) => {
                self.verify_personal(held, place, personal_token, credential, deadline).await
            }
            (None, None) => Ok(Verdict::Silent),
        };
        verdict.unwrap_or(Verdict::Silent)
    }

    async fn verify_issued(
        &self,
        held: &Held,
        place: Place<'_>,
        oauth: &OAuth,
        credential: &Credential,
        deadline: Deadline,
    ) -> Result<Verdict, Error> {
        let registration = &self.client(place.provider).ok_or(Error::ProviderOff)?.registration;
        // Issued for another server than the one now configured: the token must not travel there (S-25).
        if registration.base.web != held.binding.address {
            return Ok(Verdict::Silent);
        }
        if !self.spend(&registration.base.api, 1) {
            return Ok(Verdict::NoRoom);
        }
        let (probe, server) = (Probe::get(oauth.account_path), Server::Configured(&registration.base));
        let token = &credential.access_token;
        let answer = self.world.providers.ask_api(place.provider, server, &probe, token, deadline).await?;
        if answer.status == UNAUTHORIZED && answer.json.is_some() {
            return Ok(Verdict::Refused);
        }
        let account = Some(&answer).filter(|it| it.is_success()).and_then(oauth.account);
        let is_same = account.is_some_and(|account| account.id == held.binding.account.id);
        Ok(if is_same { Verdict::Works { expires_at: None } } else { Verdict::Silent })
    }

    async fn verify_personal(
        &self,
        held: &Held,
        place: Place<'_>,
        personal_token: &PersonalToken,
        credential: &Credential,
        deadline: Deadline,
    ) -> Result<Verdict, Error> {
        let address = &held.binding.address;
        let (_, base) = self.rules.bases.iter().find(|(it, _)| it.id == place.provider.id).ok_or(Error::ProviderOff)?;
        let checked = match personal_token.address {
            AddressRule::Entered => {
                let address = ServerAddress::parse(address, Homes::default(), &self.rules.policy)?;
                Some(check(&self.world.providers, place, address, deadline).await?)
            }
            AddressRule::Fixed if base.web != *address => return Ok(Verdict::Silent),
            AddressRule::Fixed => None,
        };
        let server = checked.as_ref().map_or(Server::Configured(base), Server::Entered);
        let web_url = address.clone();
        let entered = Entered { username: held.binding.account.login.clone(), organization_id: None, web_url };
        let mut answers: Vec<Answer> = Vec::new();
        for _ in 0..ROUNDS_MAX {
            match (personal_token.verify)(&entered, &answers) {
                Step::Accept(verified) => return Ok(Verdict::Works { expires_at: verified.expires_at }),
                Step::Refuse(problem) => return Ok(verdict(&problem)),
                Step::Ask(probes) => {
                    if !self.spend(address, probes.len()) {
                        return Ok(Verdict::NoRoom);
                    }
                    let (provider, token) = (place.provider, &credential.access_token);
                    let ask = |probe| self.world.providers.ask_api(provider, server, probe, token, deadline);
                    for answer in join_all(probes.iter().map(ask)).await {
                        answers.push(answer?);
                    }
                }
            }
        }
        Ok(Verdict::Silent)
    }
}

/// Only what says that the token itself does not work counts. What else it was bound with was looked at then.
fn verdict(problem: &TokenProblem) -> Verdict {
    match problem {
        TokenProblem::Rejected | TokenProblem::Expired | TokenProblem::Revoked | TokenProblem::AccountBlocked => {
            Verdict::Refused
        }
        // The same person under another name: the token was accepted, or its owner would not be known.
        TokenProblem::OtherUser { .. } => Verdict::Works { expires_at: None },
        TokenProblem::LacksScopes { .. }
        | TokenProblem::FineGrained
        | TokenProblem::NotPersonal
        | TokenProblem::WrongKind
        | TokenProblem::WrongOrganization
        | TokenProblem::OrganizationNeeded { .. }
        | TokenProblem::NotTheProvider { .. }
        | TokenProblem::Common(_) => Verdict::Silent,
    }
}
