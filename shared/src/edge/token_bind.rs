//! The function `token-bind`: by personal access token, or by a grant that it redeemed before.

use super::body::{self, GrantBody, RedeemBody, TokenBody};
use super::log::current;
use super::messages::success;
use super::problem::{Problem, fill};
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::route::Operation;
use super::serve::problem_of;
use super::view::{BoundView, EntryView, GrantView, Warning, organization_access_url};
use crate::config::{CallerConfig, Environment};
use crate::domain::address::AddressPolicy;
use crate::domain::binding::Place;
use crate::domain::owner::User;
use crate::domain::provider::{Help, PersonalToken, Provider};
use crate::domain::registration::Base;
use crate::error::{BoxError, Error};
use crate::flow::Outcome;
use crate::flow::bind_grant::{GrantStore, bind_grant};
use crate::flow::bind_token::{TokenBound, TokenRules, bind_token};
use crate::flow::redeem_grant::{RedeemProviders, RedeemStore, redeem_grant};
use crate::ports::{AskApi, Bind, CheckAddress, Client, Open, RevokeToken, Seal, World};
use crate::providers;

/// What the function knows besides its world.
#[derive(Debug)]
pub struct TokenBind {
    callers: CallerConfig,
    policy: AddressPolicy,
    bases: Vec<(&'static Provider, Base)>,
    clients: Vec<Client>,
}

/// What the function needs of storage.
pub trait TokenBindStore: RedeemStore + GrantStore {}
impl<S: RedeemStore + GrantStore> TokenBindStore for S {}

/// What the function needs of a provider.
pub trait TokenBindProviders: RedeemProviders + CheckAddress {}
impl<P: RedeemProviders + CheckAddress> TokenBindProviders for P {}

impl TokenBind {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(
        environment: &Environment<F>,
        clients: Vec<Client>,
    ) -> Result<Self, BoxError> {
        let bases = providers::ALL.iter().map(|&provider| Ok::<_, BoxError>((provider, environment.base(provider)?)));
        Ok(Self {
            callers: environment.callers()?,
            policy: environment.addresses()?,
            bases: bases.collect::<Result<_, _>>()?,
            clients,
        })
    }

    /// Answers.
    pub async fn handle<C: Seal + Open>(
        &self,
        world: &World<impl TokenBindStore, C, impl TokenBindProviders>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Reply {
        let handled = match incoming.operation {
            Operation::RedeemGrant => self.redeem(world, incoming).await,
            _ => self.bind(world, incoming, frame).await,
        };
        match handled {
            Ok(reply) => reply,
            Err(problem) => Reply::problem(&problem, frame),
        }
    }

    async fn bind<C: Seal + Open>(
        &self,
        world: &World<impl TokenBindStore, C, impl TokenBindProviders>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Result<Reply, Problem> {
        let provider = incoming.provider().map_err(|error| problem_of(&error, None))?;
        let problem = |error: Error| problem_of(&error, Some(provider));
        let caller = incoming.caller(&self.callers).map_err(problem)?;
        let owner = incoming.owner(&caller, &self.callers).map_err(problem)?;
        let place = Place { owner: &owner, provider };
        let bound = match provider.personal_token() {
            Some(personal_token) => self.by_token(world, place, personal_token, &caller.user, incoming).await?,
            None => self.by_grant(world, place, &caller.user, incoming).await?,
        };
        Ok(self.reply(place, bound, incoming, frame))
    }

    async fn by_token<S: Bind, C: Seal>(
        &self,
        world: &World<S, C, impl CheckAddress + AskApi>,
        place: Place<'_>,
        personal_token: &PersonalToken,
        caller: &User,
        incoming: &Incoming,
    ) -> Result<TokenBound, Problem> {
        let provider = place.provider;
        let problem = |error: Error| problem_of(&error, Some(provider));
        if body::is_grant(incoming) {
            return Err(problem(Error::OtherMethod { method: provider.method.name() }));
        }
        let form = body::required::<TokenBody>(incoming)?.into_form(personal_token).map_err(problem)?;
        let base = self.base(provider).map_err(problem)?;
        let rules = TokenRules { policy: &self.policy, base };
        let help = help_url(provider, form.address.as_deref(), base);
        // Boxed: the future of a whole flow is deeper than the compiler likes to look.
        let bound = Box::pin(bind_token(world, place, rules, form, caller, incoming.deadline, incoming.now)).await;
        bound.map_err(|error| problem(error).with_help_for_token(help))
    }

    async fn by_grant<C: Seal + Open>(
        &self,
        world: &World<impl GrantStore, C, impl RevokeToken>,
        place: Place<'_>,
        caller: &User,
        incoming: &Incoming,
    ) -> Result<TokenBound, Problem> {
        let problem = |error: Error| problem_of(&error, Some(place.provider));
        let secret = body::required::<GrantBody>(incoming)?.into_secret().map_err(problem)?;
        let other_method = || problem(Error::OtherMethod { method: place.provider.method.name() });
        let secret = secret.ok_or_else(other_method)?;
        let client = self.clients.iter().find(|client| client.registration.provider.id == place.provider.id);
        let client = client.ok_or_else(|| problem(Error::ProviderOff))?;
        let (deadline, now) = (incoming.deadline, incoming.now);
        // Boxed, as above.
        let outcome = Box::pin(bind_grant(world, client, place, &secret, caller, deadline, now)).await;
        let outcome = outcome.map_err(problem)?;
        Ok(TokenBound { outcome, is_unencrypted: false, unverified_scopes: Vec::new() })
    }

    async fn redeem<C: Seal + Open>(
        &self,
        world: &World<impl RedeemStore, C, impl RedeemProviders>,
        incoming: &Incoming,
    ) -> Result<Reply, Problem> {
        let problem = |error: Error| problem_of(&error, None);
        let caller = incoming.caller(&self.callers).map_err(problem)?;
        current::about_caller(&caller.user);
        let secret = body::required::<RedeemBody>(incoming)?.into_secret();
        let (deadline, now) = (incoming.deadline, incoming.now);
        // Boxed, as above.
        let redeemed = Box::pin(redeem_grant(world, &self.clients, &secret, &caller.user, deadline, now)).await;
        let redeemed = redeemed.map_err(|refused| {
            refused.provider.into_iter().for_each(|provider| current::about_provider(provider.id));
            problem_of(&refused.error, refused.provider)
        })?;
        let client = self.clients.iter().find(|client| client.registration.provider.id == redeemed.grant.provider);
        let registration = &client.ok_or_else(|| problem(Error::ProviderOff))?.registration;
        current::about_provider(registration.provider.id);
        Ok(Reply::json(200, &GrantView::new(redeemed, registration), "redeemed"))
    }

    fn reply(&self, place: Place<'_>, bound: TokenBound, incoming: &Incoming, frame: &Frame) -> Reply {
        let (status, outcome, binding) = match bound.outcome {
            Outcome::Bound(binding) => (201, "bound", binding),
            Outcome::Renewed(binding) => (200, "renewed", binding),
        };
        let mut warnings = Vec::new();
        if bound.is_unencrypted {
            let detail = frame.language.of(success::UNENCRYPTED).to_owned();
            warnings.push(Warning { code: "address_unencrypted", detail });
        }
        if !bound.unverified_scopes.is_empty() {
            let scopes = bound.unverified_scopes.join(", ");
            let detail = fill(frame.language.of(success::UNVERIFIED), &[("scopes", &scopes)]);
            warnings.push(Warning { code: "scopes_unverified", detail });
        }
        let view = BoundView {
            owner: place.owner.display_name(),
            organization_access_url: self.organization_access_url(place.provider),
            entry: EntryView::new(place.provider, Some(binding), incoming.now, frame.language),
            warnings,
        };
        Reply::json(status, &view, outcome)
    }

    fn organization_access_url(&self, provider: &Provider) -> Option<String> {
        let client = self.clients.iter().find(|client| client.registration.provider.id == provider.id)?;
        let registration = &client.registration;
        organization_access_url(provider, &registration.base, Some(&registration.client_id))
    }

    fn base(&self, provider: &'static Provider) -> Result<&Base, Error> {
        let found = self.bases.iter().find(|(known, _)| known.id == provider.id).map(|(_, base)| base);
        found.ok_or(Error::ProviderOff)
    }
}

/// Where a new token is made: at the server that was entered, if that is an address at all.
fn help_url(provider: &Provider, address: Option<&str>, base: &Base) -> Option<String> {
    let server = address.map_or(base.web.as_str(), |address| address.trim().trim_end_matches('/'));
    let is_web = server.starts_with("https://") || server.starts_with("http://");
    is_web.then(|| Help::address(server, provider.help.credential_path))
}
