//! The function `unbind`.

use url::form_urlencoded;

use super::code::Code;
use super::messages::success;
use super::problem::{Problem, fill};
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::serve::problem_of;
use super::view::ReceiptView;
use crate::config::{CallerConfig, Environment};
use crate::domain::address::AddressPolicy;
use crate::domain::binding::Place;
use crate::domain::provider::{Help, Provider};
use crate::error::{BoxError, Error};
use crate::flow::unbind::{Receipt, RevocationOutcome, UnbindRequest, UnbindStore, unbind};
use crate::ports::{CheckAddress, Client, Open, RevokeToken, World};

/// What the function knows besides its world.
#[derive(Debug)]
pub struct Unbind {
    callers: CallerConfig,
    policy: AddressPolicy,
    clients: Vec<Client>,
}

impl Unbind {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(
        environment: &Environment<F>,
        clients: Vec<Client>,
    ) -> Result<Self, BoxError> {
        Ok(Self { callers: environment.callers()?, policy: environment.addresses()?, clients })
    }

    /// Answers.
    pub async fn handle(
        &self,
        world: &World<impl UnbindStore, impl Open, impl RevokeToken + CheckAddress>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Reply {
        match self.try_handle(world, incoming, frame).await {
            Ok(reply) => reply,
            Err(problem) => Reply::problem(&problem, frame),
        }
    }

    async fn try_handle(
        &self,
        world: &World<impl UnbindStore, impl Open, impl RevokeToken + CheckAddress>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Result<Reply, Problem> {
        let provider = incoming.provider().map_err(|error| problem_of(&error, None))?;
        let problem = |error: Error| problem_of(&error, Some(provider));
        let caller = incoming.caller(&self.callers).map_err(problem)?;
        let owner = incoming.owner(&caller, &self.callers).map_err(problem)?;
        let revoke = revoke(&incoming.raw_query)?;
        let client = self.clients.iter().find(|client| client.registration.provider.id == provider.id);
        let request = UnbindRequest { revoke, client, policy: &self.policy };
        let place = Place { owner: &owner, provider };
        // Boxed: the future of a whole flow is deeper than the compiler likes to look.
        let receipt =
            Box::pin(unbind(world, place, request, incoming.deadline, incoming.now)).await.map_err(problem)?;
        Ok(reply(provider, &receipt, frame))
    }
}

fn reply(provider: &'static Provider, receipt: &Receipt, frame: &Frame) -> Reply {
    let words = frame.language.of(success::revocation(receipt.revocation));
    let is_left_to_do = !matches!(receipt.revocation, RevocationOutcome::Revoked | RevocationOutcome::Scheduled);
    let page = Help::address(&receipt.address, provider.help.revocation_path);
    let view = ReceiptView {
        provider: provider.id,
        state: "unbound",
        binding_id: receipt.binding_id.as_str().to_owned(),
        revocation: receipt.revocation.name(),
        detail: fill(words, &[("provider", provider.display_name)]),
        revocation_url: is_left_to_do.then_some(page),
    };
    Reply::json(200, &view, receipt.revocation.name())
}

/// `revoke=true` or `revoke=false`, once (S-31).
fn revoke(query: &str) -> Result<bool, Problem> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "revoke").map(|(_, it)| it);
    let value = values.next();
    match (value.as_deref(), values.next()) {
        (None | Some("false"), None) => Ok(false),
        (Some("true"), None) => Ok(true),
        _ => Err(Problem::of_field(Code::InvalidField, "revoke")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocation_has_to_be_asked_for_plainly() {
        // S-31
        assert!(!revoke("").unwrap() && !revoke("revoke=false&x=1").unwrap());
        assert!(revoke("revoke=true").unwrap());
        for odd in ["revoke", "revoke=1", "revoke=TRUE", "revoke=true&revoke=true"] {
            assert!(revoke(odd).is_err(), "{odd}");
        }
    }
}
