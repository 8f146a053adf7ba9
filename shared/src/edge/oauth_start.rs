//! The function `oauth-start`.

use super::body::{self, CompletionBody, StartBody};
use super::code::Code;
use super::cookie::CookieStyle;
use super::log::current;
use super::problem::Problem;
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::route::Operation;
use super::serve::problem_of;
use super::view::StartedView;
use crate::config::{CallerConfig, Environment};
use crate::domain::authorization::Completion;
use crate::domain::owner::Owner;
use crate::domain::provider::Provider;
use crate::domain::registration::Registration;
use crate::domain::return_to::{ReturnTo, ReturnToList};
use crate::error::{BoxError, Error};
use crate::flow::start::{Start, Started, start};
use crate::ports::PutAuthorization;
use crate::providers;

/// What the function knows besides its world.
#[derive(Debug)]
pub struct OAuthStart {
    callers: CallerConfig,
    registrations: Vec<Registration>,
    return_to: ReturnToList,
    cookies: CookieStyle,
}

impl OAuthStart {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Self, BoxError> {
        let registrations = providers::ALL.iter().filter_map(|it| environment.registration(it).transpose());
        Ok(Self {
            callers: environment.callers()?,
            registrations: registrations.collect::<Result<_, _>>()?,
            return_to: environment.return_to()?,
            cookies: CookieStyle { is_plain_http: environment.is_plain_http()? },
        })
    }

    /// Answers.
    pub async fn handle(&self, store: &impl PutAuthorization, incoming: &Incoming, frame: &Frame) -> Reply {
        match self.try_handle(store, incoming).await {
            Ok(reply) => reply,
            Err(problem) => Reply::problem(&problem, frame),
        }
    }

    async fn try_handle(&self, store: &impl PutAuthorization, incoming: &Incoming) -> Result<Reply, Problem> {
        let provider = incoming.provider().map_err(|error| problem_of(&error, None))?;
        let problem = |error: Error| problem_of(&error, Some(provider));
        let caller = incoming.caller(&self.callers).map_err(problem)?;
        let owner = match incoming.operation {
            Operation::StartWithoutOwner => {
                current::about_caller(&caller.user);
                None
            }
            _ => Some(incoming.owner(&caller, &self.callers).map_err(problem)?),
        };
        let registration = self.registration(provider).map_err(problem)?;
        let Some(oauth) = provider.oauth() else {
            return Err(problem(Error::OtherMethod { method: provider.method.name() }));
        };
        let body: StartBody = body::optional(incoming)?;
        let return_to = self.return_to(body.return_to.as_deref()).map_err(problem)?;
        let completion = completion(owner, body.completion)?;
        if matches!(completion, Completion::Console { .. }) && return_to.is_none() {
            return Err(problem(Error::NoConsole));
        }
        let request = Start { caller: caller.user, completion, return_to };
        let started = start(store, registration, oauth, request, incoming.now).await.map_err(problem)?;
        Ok(self.reply(&started, incoming))
    }

    fn reply(&self, started: &Started, incoming: &Incoming) -> Reply {
        let view = StartedView {
            authorization_url: started.authorization_url.reveal().to_owned(),
            expires_at: started.expires_at.rfc3339(),
        };
        let cookies = self.cookies.set(&started.id, &started.nonce, &incoming.cookies);
        Reply::json(201, &view, "started").with_cookies(cookies)
    }

    fn registration(&self, provider: &'static Provider) -> Result<&Registration, Error> {
        if provider.oauth().is_none() {
            return Err(Error::OtherMethod { method: provider.method.name() });
        }
        self.registrations.iter().find(|it| it.provider.id == provider.id).ok_or(Error::ProviderOff)
    }

    fn return_to(&self, wanted: Option<&str>) -> Result<Option<ReturnTo>, Error> {
        match wanted {
            None => Ok(self.return_to.default_entry()),
            Some(wanted) => self.return_to.allow(wanted).map(Some).map_err(|_| Error::ReturnToRefused),
        }
    }
}

/// Who completes: the callback where an owner is known, unless the console is asked for (S-22).
fn completion(owner: Option<Owner>, wanted: Option<CompletionBody>) -> Result<Completion, Problem> {
    match (owner, wanted) {
        (Some(owner), None | Some(CompletionBody::Callback)) => Ok(Completion::Callback { owner }),
        (None, Some(CompletionBody::Callback)) => Err(Problem::of_field(Code::InvalidField, "completion")),
        (owner, None | Some(CompletionBody::Console)) => Ok(Completion::Console { owner }),
    }
}
