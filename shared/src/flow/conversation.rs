//! Asking a server about a personal access token, as the provider's `verify` says (S-27, S-28).

use futures_util::future::join_all;

use crate::domain::address::{CheckedAddress, Scheme};
use crate::domain::answer::{Answer, CommonFailure};
use crate::domain::binding::Place;
use crate::domain::deadline::Deadline;
use crate::domain::provider::PersonalToken;
use crate::domain::registration::Base;
use crate::domain::secret::AccessToken;
use crate::domain::verification::{Entered, Probe, Step, TokenProblem, Verified};
use crate::error::Error;
use crate::ports::{AskApi, CallError, Server};

/// How many rounds of questions a provider's `verify` may ask before it has to decide.
const ROUNDS_MAX: usize = 4;

/// The server that a token is verified at.
pub(super) enum Target<'a> {
    /// The provider's own: the operator's word, and not looked at by the address guard.
    Fixed(&'a Base),
    /// The person's choice, checked.
    Entered(CheckedAddress),
}

impl Target<'_> {
    pub(super) fn server(&self) -> Server<'_> {
        match self {
            Self::Fixed(base) => Server::Configured(base),
            Self::Entered(server) => Server::Entered(server),
        }
    }

    pub(super) fn web_url(&self) -> String {
        match self {
            Self::Fixed(base) => base.web.clone(),
            Self::Entered(server) => server.address().to_string(),
        }
    }

    pub(super) fn is_unencrypted(&self) -> bool {
        matches!(self, Self::Entered(server) if server.address().scheme == Scheme::Http)
    }

    /// The error of a refused token. A wrong server is the person's to correct only where they entered it.
    pub(super) fn refused(&self, problem: TokenProblem) -> Error {
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

/// One conversation about a token with a server.
pub(super) struct Conversation<'a> {
    pub(super) personal_token: &'a PersonalToken,
    pub(super) place: Place<'a>,
    pub(super) target: &'a Target<'a>,
    pub(super) token: &'a AccessToken,
    pub(super) deadline: Deadline,
}

impl Conversation<'_> {
    /// Whose the token is and what it may do, or what is wrong with it.
    pub(super) async fn run(
        &self,
        providers: &impl AskApi,
        entered: &Entered,
    ) -> Result<Result<Box<Verified>, TokenProblem>, CallError> {
        let mut answers = Vec::new();
        for _ in 0..ROUNDS_MAX {
            match (self.personal_token.verify)(entered, &answers) {
                Step::Ask(probes) => answers.extend(self.ask(providers, &probes).await?),
                Step::Accept(verified) => return Ok(Ok(verified)),
                Step::Refuse(problem) => return Ok(Err(problem)),
            }
        }
        let status = answers.last().map_or(0, |answer| answer.status);
        Ok(Err(TokenProblem::NotTheProvider { status }))
    }

    async fn ask(&self, providers: &impl AskApi, probes: &[Probe]) -> Result<Vec<Answer>, CallError> {
        let server = self.target.server();
        let calls =
            probes.iter().map(|probe| providers.ask_api(self.place.provider, server, probe, self.token, self.deadline));
        join_all(calls).await.into_iter().collect()
    }
}
