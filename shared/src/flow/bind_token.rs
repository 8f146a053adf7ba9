//! Binding by personal access token (S-23 to S-29): the address guard, the token's own facts, one conditional write.

use std::time::Duration;

use futures_util::future::join_all;

use crate::domain::address::{AddressPolicy, CheckedAddress, Homes, Scheme, ServerAddress};
use crate::domain::answer::{Answer, CommonFailure};
use crate::domain::binding::{Binding, BindingId, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::owner::User;
use crate::domain::provider::{AddressRule, PersonalToken};
use crate::domain::registration::Base;
use crate::domain::secret::AccessToken;
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::{Entered, Probe, Step, TokenProblem, Verified};
use crate::error::Error;
use crate::flow::check::check;
use crate::flow::write::{Candidate, Failure, Outcome, credential_context, write};
use crate::ports::{AskApi, Bind, CheckAddress, Seal, Server, World};

/// Below this nothing is begun.
const NEEDED: Duration = Duration::from_secs(6);

/// How many rounds of questions a provider's `verify` may ask before it has to decide.
const ROUNDS_MAX: usize = 4;

/// What the person entered.
#[derive(Debug)]
pub struct TokenForm {
    /// Server address as entered; `None` for the provider's own.
    pub address: Option<String>,
    /// The username at the provider.
    pub username: String,
    /// The organization at the provider, where one is entered.
    pub organization_id: Option<String>,
    /// The token.
    pub token: AccessToken,
}

/// A binding by token, with what the person should know.
#[derive(Debug)]
pub struct TokenBound {
    /// What was written.
    pub outcome: Outcome,
    /// The token travels in clear: the address is http (S-23).
    pub is_unencrypted: bool,
    /// What is asked for and could not be seen in the token (S-28).
    pub unverified_scopes: Vec<String>,
}

/// What the operator allows and where the provider is.
#[derive(Debug, Clone, Copy)]
pub struct TokenRules<'a> {
    /// Which addresses are accepted.
    pub policy: &'a AddressPolicy,
    /// The provider's own address.
    pub base: &'a Base,
}

/// Binds with a personal access token.
///
/// # Errors
/// [`Error::Address`], [`Error::Unreachable`], [`Error::Token`], [`Error::OtherAccountBound`] and storage's.
pub async fn bind_token(
    world: &World<impl Bind, impl Seal, impl CheckAddress + AskApi>,
    place: Place<'_>,
    rules: TokenRules<'_>,
    form: TokenForm,
    caller: &User,
    deadline: Deadline,
    now: Timestamp,
) -> Result<TokenBound, Error> {
    let Some(personal_token) = place.provider.personal_token() else {
        return Err(Error::OtherMethod { method: place.provider.method.name() });
    };
    deadline.require(NEEDED)?;
    let target = match personal_token.address {
        AddressRule::Entered => {
            let address = form.address.as_deref().unwrap_or(&rules.base.web);
            let homes = Homes { provider: place.provider.web_url, configured: &rules.base.web };
            let address = ServerAddress::parse(address, homes, rules.policy)?;
            Target::Entered(check(&world.providers, place, address, deadline).await?)
        }
        AddressRule::Fixed => Target::Fixed(rules.base),
    };
    let id = BindingId::fresh()?;
    let context = credential_context(place, &id);
    let web_url = target.web_url();
    let entered = Entered { username: form.username, organization_id: form.organization_id, web_url };
    let verification = Verification { personal_token, place, target: &target, token: &form.token, deadline };
    let (verified, data_key) =
        tokio::join!(verification.run(&world.providers, &entered), world.cipher.data_key(&context));
    let (mut verified, data_key) = (verified?, data_key?);
    let unverified_scopes = std::mem::take(&mut verified.unverified_scopes);
    let credential = Credential { access_token: form.token, refresh_token: None, expires_at: verified.expires_at };
    let binding = binding(place, id, *verified, entered.web_url, caller, now);
    let candidate = Candidate { place, binding, credential: &credential, origin: None, queue_old: false };
    match write(&world.store, &world.cipher, candidate, data_key, deadline).await {
        Ok(outcome) => Ok(TokenBound { outcome, is_unencrypted: target.is_unencrypted(), unverified_scopes }),
        // The token is the person's own: whatever became of the write, it is not ours to take back.
        Err(Failure::NotWritten(error) | Failure::Unknown(error)) => Err(error),
    }
}

/// The server that a token is verified at.
enum Target<'a> {
    /// The provider's own: the operator's word, and not looked at by the address guard.
    Fixed(&'a Base),
    /// The person's choice, checked.
    Entered(CheckedAddress),
}

impl Target<'_> {
    fn server(&self) -> Server<'_> {
        match self {
            Self::Fixed(base) => Server::Configured(base),
            Self::Entered(server) => Server::Entered(server),
        }
    }

    fn web_url(&self) -> String {
        match self {
            Self::Fixed(base) => base.web.clone(),
            Self::Entered(server) => server.address().to_string(),
        }
    }

    fn is_unencrypted(&self) -> bool {
        matches!(self, Self::Entered(server) if server.address().scheme == Scheme::Http)
    }

    /// The error of a refused token. A wrong server is the person's to correct only where they entered it.
    fn refused(&self, problem: TokenProblem) -> Error {
        match (self, problem) {
            (Self::Fixed(_), TokenProblem::NotTheProvider { status }) => {
                Error::ProviderFailed(CommonFailure::Nonsense { status })
            }
            (Self::Entered(server), problem @ TokenProblem::NotTheProvider { .. }) if server.address().has_path() => {
                Error::Token { problem, suggested_server: Some(server.address().origin()) }
            }
            (_, problem) => Error::Token { problem, suggested_server: None },
        }
    }
}

/// One verification of a token at a server.
struct Verification<'a> {
    personal_token: &'a PersonalToken,
    place: Place<'a>,
    target: &'a Target<'a>,
    token: &'a AccessToken,
    deadline: Deadline,
}

impl Verification<'_> {
    async fn run(&self, providers: &impl AskApi, entered: &Entered) -> Result<Box<Verified>, Error> {
        let mut answers = Vec::new();
        for _ in 0..ROUNDS_MAX {
            match (self.personal_token.verify)(entered, &answers) {
                Step::Ask(probes) => answers.extend(self.ask(providers, &probes).await?),
                Step::Accept(verified) => return Ok(verified),
                Step::Refuse(problem) => return Err(self.target.refused(problem)),
            }
        }
        let status = answers.last().map_or(0, |answer| answer.status);
        Err(self.target.refused(TokenProblem::NotTheProvider { status }))
    }

    async fn ask(&self, providers: &impl AskApi, probes: &[Probe]) -> Result<Vec<Answer>, Error> {
        let server = self.target.server();
        let calls =
            probes.iter().map(|probe| providers.ask_api(self.place.provider, server, probe, self.token, self.deadline));
        let answers: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        Ok(answers?)
    }
}

fn binding(
    place: Place<'_>,
    id: BindingId,
    verified: Verified,
    address: String,
    caller: &User,
    now: Timestamp,
) -> Binding {
    Binding {
        id,
        provider: place.provider.id.to_owned(),
        account: verified.account,
        address,
        method: place.provider.method.name().to_owned(),
        scopes: verified.scopes,
        missing_scopes: Vec::new(),
        bound_at: now,
        bound_by: caller.clone(),
        updated_at: now,
        last_verified_at: now,
        credential_expires_at: verified.expires_at,
        problem: None,
    }
}
