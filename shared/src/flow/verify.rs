//! Whether a stored token still works, asked of the server that it was bound with and of no other (S-25).

use std::time::Duration;

use crate::domain::address::{AddressPolicy, Homes, ServerAddress};
use crate::domain::answer::CommonFailure;
use crate::domain::binding::{BindingProblem, BindingProblemKind, Evidence, Place};
use crate::domain::deadline::Deadline;
use crate::domain::provider::{AddressRule, Method};
use crate::domain::registration::Base;
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::{Entered, Probe, TokenProblem};
use crate::error::Error;
use crate::flow::check::check;
use crate::flow::conversation::{Conversation, Target};
use crate::flow::refresh::Opened;
use crate::ports::{AskApi, CheckAddress, JudgeCredential, Server};

/// How long after a refusal the token is tried once more: one that was just made may be unknown for a moment.
const CONFIRMATION: Duration = Duration::from_millis(1100);

/// How a server refuses a token.
const UNAUTHORIZED: u16 = 401;

/// Where stored tokens may go.
#[derive(Debug, Clone, Copy)]
pub struct Servers<'a> {
    /// The provider's own, as configured.
    pub base: &'a Base,
    /// Which entered addresses are accepted.
    pub policy: &'a AddressPolicy,
}

/// Where the token of `opened` may be sent: where it was bound, if that is still allowed.
///
/// # Errors
/// [`Error::ServerMoved`], [`Error::Address`] and [`Error::Unreachable`].
pub(super) async fn target<'a>(
    providers: &impl CheckAddress,
    place: Place<'_>,
    servers: Servers<'a>,
    opened: &Opened,
    deadline: Deadline,
) -> Result<Target<'a>, Error> {
    let address = &opened.standing.binding.address;
    match &place.provider.method {
        Method::PersonalToken(token) if token.address == AddressRule::Entered => {
            // It was accepted as it stands; what may have changed is the operator's policy, and where the name leads.
            let address = ServerAddress::parse(address, Homes::default(), servers.policy)?;
            Ok(Target::Entered(check(providers, place, address, deadline).await?))
        }
        Method::OAuth(_) | Method::PersonalToken(_) if *address == servers.base.web => Ok(Target::Fixed(servers.base)),
        Method::OAuth(_) | Method::PersonalToken(_) => Err(Error::ServerMoved),
    }
}

/// What became of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The server knows the token.
    Known,
    /// It does not.
    Refused,
}

/// Verifies the token of `opened` and notes what comes out. A refusal is believed when it comes twice.
///
/// # Errors
/// [`Error::ReauthorizationRequired`] when the token is dead; the provider's, when it does not tell; storage's.
pub(super) async fn verify<S: JudgeCredential, P: AskApi>(
    store: &S,
    providers: &P,
    place: Place<'_>,
    target: &Target<'_>,
    opened: &Opened,
    deadline: Deadline,
) -> Result<(), Error> {
    let verification = Verification { providers, place, target, opened, deadline };
    if verification.ask().await? == Said::Known {
        return note_known(store, place, opened).await;
    }
    tokio::time::sleep(deadline.within(CONFIRMATION)).await;
    if verification.ask().await? == Said::Known {
        return note_known(store, place, opened).await;
    }
    let seen = &opened.standing;
    let problem = BindingProblem::reauthorization_required(Evidence::TokenRefused, Timestamp::now());
    if store.judge_credential(place, seen, problem).await? {
        let (provider, owner) = (place.provider.id, place.owner.hash());
        let (binding_id, evidence) = (seen.binding.id.as_str(), Evidence::TokenRefused.name());
        tracing::warn!(event = "reauthorization_required", provider, owner, binding_id, evidence, "bind again");
        return Err(Error::ReauthorizationRequired);
    }
    // Another credential stands there by now: whoever asks again gets that one.
    Err(Error::Unavailable("the credential was replaced while it was verified".into()))
}

async fn note_known(store: &impl JudgeCredential, place: Place<'_>, opened: &Opened) -> Result<(), Error> {
    let seen = &opened.standing;
    // That an access token works says nothing of the refresh token.
    let is_healed = |it: BindingProblem| {
        matches!(it.kind, BindingProblemKind::VerificationFailed | BindingProblemKind::ProviderUnreachable)
    };
    let heals = seen.binding.problem.is_some_and(is_healed);
    let is_noted = store.note_verified(place, seen, heals, Timestamp::now()).await?;
    if is_noted && heals {
        let (provider, owner, binding_id) = (place.provider.id, place.owner.hash(), seen.binding.id.as_str());
        tracing::info!(event = "recovered", provider, owner, binding_id, "the binding works again");
    }
    Ok(())
}

struct Verification<'a, P> {
    providers: &'a P,
    place: Place<'a>,
    target: &'a Target<'a>,
    opened: &'a Opened,
    deadline: Deadline,
}

impl<P: AskApi> Verification<'_, P> {
    async fn ask(&self) -> Result<Said, Error> {
        let Self { place, target, opened, deadline, .. } = *self;
        let token = &opened.credential.access_token;
        match &place.provider.method {
            Method::OAuth(oauth) => {
                let probe = Probe::get(oauth.account_path);
                let server: Server<'_> = target.server();
                let answer = self.providers.ask_api(place.provider, server, &probe, token, deadline).await?;
                let failure = answer.common_failure();
                match answer.status {
                    UNAUTHORIZED => Ok(Said::Refused),
                    _ if failure.is_none() && answer.is_success() => Ok(Said::Known),
                    status => Err(Error::ProviderFailed(failure.unwrap_or(CommonFailure::Nonsense { status }))),
                }
            }
            Method::PersonalToken(personal_token) => {
                let conversation = Conversation { personal_token, place, target, token, deadline };
                let username = opened.standing.binding.account.login.clone();
                let entered = Entered { username, organization_id: None, web_url: target.web_url() };
                match conversation.run(self.providers, &entered).await? {
                    Err(TokenProblem::Rejected | TokenProblem::Expired | TokenProblem::Revoked) => Ok(Said::Refused),
                    Err(problem @ (TokenProblem::Common(_) | TokenProblem::NotTheProvider { .. })) => {
                        Err(target.refused(problem))
                    }
                    // Whatever else is said is said of a token that the server knows.
                    Ok(_) | Err(_) => Ok(Said::Known),
                }
            }
        }
    }
}
