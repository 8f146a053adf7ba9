//! The function `status`: the catalogue, the owners and the bindings.

use super::code::Code;
use super::log::current;
use super::problem::Problem;
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::route::Operation;
use super::serve::problem_of;
use super::view::{CatalogueView, EntriesView, EntryView, OwnersView, ProviderView};
use crate::config::{CallerConfig, Environment};
use crate::domain::owner::Owner;
use crate::domain::provider::Provider;
use crate::domain::registration::Base;
use crate::error::{BoxError, Error};
use crate::flow::status::{entries, entry};
use crate::ports::ListBindings;
use crate::providers;

/// What the function knows besides its world.
#[derive(Debug)]
pub struct Status {
    callers: CallerConfig,
    offers: Vec<Offer>,
}

/// A provider as the operator offers it.
#[derive(Debug)]
struct Offer {
    provider: &'static Provider,
    base: Base,
    client_id: Option<String>,
}

impl Status {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Self, BoxError> {
        let offer = |&provider: &&'static Provider| {
            let client_id = environment.registration(provider)?.map(|registration| registration.client_id);
            Ok::<_, BoxError>(Offer { provider, base: environment.base(provider)?, client_id })
        };
        Ok(Self {
            callers: environment.callers()?,
            offers: providers::ALL.iter().map(offer).collect::<Result<_, _>>()?,
        })
    }

    /// Answers.
    pub async fn handle(&self, store: &impl ListBindings, incoming: &Incoming, frame: &Frame) -> Reply {
        match self.try_handle(store, incoming, frame).await {
            Ok(reply) => reply,
            Err(problem) => Reply::problem(&problem, frame),
        }
    }

    async fn try_handle(
        &self,
        store: &impl ListBindings,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Result<Reply, Problem> {
        let problem = |error: Error| problem_of(&error, None);
        let caller = incoming.caller(&self.callers).map_err(problem)?;
        match incoming.operation {
            Operation::Catalogue => Ok(self.catalogue(frame)),
            Operation::Owners => {
                current::about_caller(&caller.user);
                let regions = &self.callers.regions;
                Ok(Reply::json(200, &OwnersView::new(Owner::all_of(&caller, regions), regions), "owners"))
            }
            Operation::ListBindings => {
                let owner = incoming.owner(&caller, &self.callers).map_err(problem)?;
                let found = entries(store, &owner).await.map_err(problem)?;
                let view = |it: crate::flow::status::Entry| {
                    EntryView::new(it.provider, it.binding, incoming.now, frame.language)
                };
                let bindings = found.into_iter().map(view).collect();
                Ok(Reply::json(200, &EntriesView { owner: owner.display_name(), bindings }, "listed"))
            }
            Operation::ShowBinding => {
                let provider = incoming.provider().map_err(problem)?;
                let owner = incoming.owner(&caller, &self.callers).map_err(problem)?;
                let found = entry(store, &owner, provider).await.map_err(problem)?;
                Ok(Reply::json(200, &EntryView::new(provider, found.binding, incoming.now, frame.language), "shown"))
            }
            _ => Err(Problem::new(Code::NotFound)),
        }
    }

    fn catalogue(&self, frame: &Frame) -> Reply {
        let view =
            |offer: &Offer| ProviderView::new(offer.provider, &offer.base, offer.client_id.as_deref(), frame.language);
        Reply::json(200, &CatalogueView { providers: self.offers.iter().map(view).collect() }, "catalogue")
    }
}
