//! The function `token-bind`.

use super::body::{self, TokenBody};
use super::messages::success;
use super::problem::Problem;
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::serve::problem_of;
use super::view::{BoundView, EntryView, Warning};
use crate::config::{CallerConfig, Environment};
use crate::domain::address::AddressPolicy;
use crate::domain::binding::Place;
use crate::domain::provider::Provider;
use crate::domain::registration::Base;
use crate::error::{BoxError, Error};
use crate::flow::Outcome;
use crate::flow::bind_token::{TokenBound, TokenRules, bind_token};
use crate::ports::{AskApi, Bind, CheckAddress, Seal, World};
use crate::providers;

/// What the function knows besides its world.
#[derive(Debug)]
pub struct TokenBind {
    callers: CallerConfig,
    policy: AddressPolicy,
    bases: Vec<(&'static Provider, Base)>,
}

impl TokenBind {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Self, BoxError> {
        let bases = providers::ALL.iter().map(|&provider| Ok::<_, BoxError>((provider, environment.base(provider)?)));
        Ok(Self {
            callers: environment.callers()?,
            policy: environment.addresses()?,
            bases: bases.collect::<Result<_, _>>()?,
        })
    }

    /// Answers.
    pub async fn handle(
        &self,
        world: &World<impl Bind, impl Seal, impl CheckAddress + AskApi>,
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
        world: &World<impl Bind, impl Seal, impl CheckAddress + AskApi>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Result<Reply, Problem> {
        let provider = incoming.provider().map_err(|error| problem_of(&error, None))?;
        let problem = |error: Error| problem_of(&error, Some(provider));
        let caller = incoming.caller(&self.callers).map_err(problem)?;
        let owner = incoming.owner(&caller, &self.callers).map_err(problem)?;
        if provider.personal_token().is_none() {
            return Err(problem(Error::OtherMethod { method: provider.method.name() }));
        }
        let form = body::required::<TokenBody>(incoming)?.into_form().map_err(problem)?;
        let base = self.base(provider).map_err(problem)?;
        let (place, rules) = (Place { owner: &owner, provider }, TokenRules { policy: &self.policy, base });
        let help = help_url(provider, form.address.as_deref(), base);
        // Boxed: the future of a whole flow is deeper than the compiler likes to look.
        let bind = bind_token(world, place, rules, form, &caller.user, incoming.deadline, incoming.now);
        let bound = Box::pin(bind).await;
        let bound = bound.map_err(|error| problem(error).with_help_for_token(help))?;
        Ok(reply(place, bound, incoming, frame))
    }

    fn base(&self, provider: &'static Provider) -> Result<&Base, Error> {
        let found = self.bases.iter().find(|(known, _)| known.id == provider.id).map(|(_, base)| base);
        found.ok_or(Error::ProviderOff)
    }
}

fn reply(place: Place<'_>, bound: TokenBound, incoming: &Incoming, frame: &Frame) -> Reply {
    let (status, outcome, binding) = match bound.outcome {
        Outcome::Bound(binding) => (201, "bound", binding),
        Outcome::Renewed(binding) => (200, "renewed", binding),
    };
    let unencrypted = Warning { code: "address_unencrypted", detail: frame.language.of(success::UNENCRYPTED) };
    let view = BoundView {
        owner: place.owner.display_name(),
        entry: EntryView::new(place.provider, Some(binding), incoming.now, frame.language),
        warnings: if bound.is_unencrypted { vec![unencrypted] } else { Vec::new() },
    };
    Reply::json(status, &view, outcome)
}

/// Where a new token is made: at the server that was entered, if that is an address at all.
fn help_url(provider: &Provider, address: Option<&str>, base: &Base) -> Option<String> {
    let server = address.map_or(base.web.as_str(), |address| address.trim().trim_end_matches('/'));
    let is_web = server.starts_with("https://") || server.starts_with("http://");
    is_web.then(|| format!("{server}{}", provider.help.credential_path))
}
