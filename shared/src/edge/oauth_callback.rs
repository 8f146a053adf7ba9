//! The function `oauth-callback`: the one that everybody can reach.

use super::code::Code;
use super::cookie::CookieStyle;
use super::log::current;
use super::messages::success;
use super::problem::{Problem, fill};
use super::query;
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::serve::problem_of;
use super::view::organization_access_url;
use crate::config::Environment;
use crate::domain::authorization::{Authorization, AuthorizationId};
use crate::domain::binding::Binding;
use crate::domain::owner::Owner;
use crate::domain::provider::{Provider, Words};
use crate::domain::secret::CompletionSecret;
use crate::error::{BoxError, Error};
use crate::flow::Outcome;
use crate::flow::complete::{Achieved, Callback, CompleteProviders, CompleteStore, Completed, Refused, complete};
use crate::ports::{Client, Seal, World};

/// What the function knows besides its world.
#[derive(Debug)]
pub struct OAuthCallback {
    clients: Vec<Client>,
    cookies: CookieStyle,
    /// Where the console is, if this deployment serves one.
    console: Option<String>,
}

impl OAuthCallback {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(
        environment: &Environment<F>,
        clients: Vec<Client>,
    ) -> Result<Self, BoxError> {
        let cookies = CookieStyle { is_plain_http: environment.is_plain_http()? };
        Ok(Self { clients, cookies, console: environment.console_address()? })
    }

    /// Answers: back to the console where one is known and the browser has proved itself, else a page.
    pub async fn handle(
        &self,
        world: &World<impl CompleteStore, impl Seal, impl CompleteProviders>,
        incoming: &Incoming,
        frame: &Frame,
    ) -> Reply {
        let page = |problem: &Problem| self.problem_page(problem, frame);
        if is_prefetch(incoming) {
            return page(&Problem::new(Code::PrefetchRefused));
        }
        let provider = match incoming.provider() {
            Ok(provider) => provider,
            Err(error) => return page(&problem_of(&error, None)),
        };
        let Some((client, oauth)) = self.client(provider).zip(provider.oauth()) else {
            return page(&problem_of(&Error::ProviderOff, Some(provider)));
        };
        let Ok(query) = query::callback(&incoming.raw_query) else {
            return page(&Problem::new(Code::InvalidCallback));
        };
        if query.issuer.is_some_and(|issuer| self.is_of_another(client, &issuer)) {
            return page(&Problem::new(Code::InvalidCallback));
        }
        let nonce = self.cookies.find(&AuthorizationId::of(&query.state), &incoming.cookies);
        let callback = Callback { state: query.state, result: query.result, nonce };
        // Boxed: the future of a whole flow is deeper than the compiler likes to look.
        match Box::pin(complete(world, client, oauth, callback, incoming.deadline, incoming.now)).await {
            Ok(completed) => {
                current::about_owner(&completed.authorization.holder());
                self.done(client, &completed, frame)
            }
            Err(refused) => {
                refused.authorization.iter().for_each(|authorization| current::about_owner(&authorization.holder()));
                self.not_done(provider, &refused, frame)
            }
        }
    }

    /// Whether `issuer` is another provider of ours, so that two were mixed up (RFC 9207 section 2.4).
    fn is_of_another(&self, client: &Client, issuer: &str) -> bool {
        let mut others = self.clients.iter().filter(|it| it.registration.base.web != client.registration.base.web);
        others.any(|it| it.registration.base.web == issuer.trim_end_matches('/'))
    }

    fn done(&self, client: &Client, completed: &Completed, frame: &Frame) -> Reply {
        let provider = client.registration.provider;
        let (owner, written) = match &completed.achieved {
            Achieved::Written { owner, outcome } => (owner, outcome),
            Achieved::Kept(secret) => return self.kept(provider, &completed.authorization, secret, frame),
        };
        let (outcome, binding, title, sentence) = match &**written {
            Outcome::Bound(binding) => ("bound", binding, success::BOUND_TITLE, success::BOUND),
            Outcome::Renewed(binding) => ("renewed", binding, success::RENEWED_TITLE, success::RENEWED),
        };
        if let Some(back) = back(provider, &completed.authorization, outcome) {
            return Reply::see_other(back, outcome);
        }
        let sentence = both_sides(sentence, provider, binding, owner, frame);
        let page = organization_access_url(provider, &client.registration.base, Some(&client.registration.client_id));
        let mut links: Vec<_> = page.map(|url| (url, frame.language.of(success::ORGANIZATIONS))).into_iter().collect();
        links.extend(self.way_to_console(frame));
        Reply::page(200, frame.language.of(title), &sentence, &links, frame, outcome)
    }

    /// Hands the completion secret to the console in the fragment, which no server and no referrer sees (S-21).
    fn kept(
        &self,
        provider: &Provider,
        authorization: &Authorization,
        secret: &CompletionSecret,
        frame: &Frame,
    ) -> Reply {
        let Some(return_to) = &authorization.return_to else {
            // A start without a console is refused, so this cannot be; the code is then never redeemed.
            return self.problem_page(&problem_of(&Error::NoConsole, Some(provider)), frame);
        };
        let fragment = format!("completion_secret={}", secret.reveal());
        Reply::see_other(return_to.with_result("complete", provider.id, Some(&fragment)), "complete")
    }

    fn not_done(&self, provider: &Provider, refused: &Refused, frame: &Frame) -> Reply {
        let problem = problem_of(&refused.error, Some(provider));
        let code = problem.code.name();
        if problem.code.status() < 500 {
            let owner = current::owner();
            tracing::warn!(event = "callback_denied", reason = code, provider = provider.id, owner, "callback denied");
        }
        let back = refused.authorization.as_ref().and_then(|authorization| back(provider, authorization, code));
        back.map_or_else(|| self.problem_page(&problem, frame), |back| Reply::see_other(back, code))
    }

    fn problem_page(&self, problem: &Problem, frame: &Frame) -> Reply {
        let links: Vec<_> = self.way_to_console(frame).into_iter().collect();
        Reply::problem_page(problem, &links, frame)
    }

    /// A link for those who would otherwise have nowhere to go: to an address of our configuration, with nothing in it.
    fn way_to_console<'a>(&self, frame: &Frame) -> Option<(String, &'a str)> {
        self.console.clone().map(|url| (url, frame.language.of(success::CONSOLE)))
    }

    fn client(&self, provider: &Provider) -> Option<&Client> {
        self.clients.iter().find(|client| client.registration.provider.id == provider.id)
    }
}

/// Whether a browser only looks ahead: that must consume nothing (S-19).
fn is_prefetch(incoming: &Incoming) -> bool {
    let says = |name: &str| incoming.header(name).is_some_and(|value| value.contains("prefetch"));
    says("sec-purpose") || says("purpose") || says("x-moz") || says("x-purpose")
}

/// The sentence that names account and owner, so that somebody who was tricked can see it.
fn both_sides(words: Words, provider: &Provider, binding: &Binding, owner: &Owner, frame: &Frame) -> String {
    let owner = owner.display_name();
    let values = [("provider", provider.display_name), ("login", &binding.account.login), ("owner", &owner)];
    fill(frame.language.of(words), &values)
}

/// Where the person is sent back to: never read from the callback's own query (S-16, S-21).
fn back(provider: &Provider, authorization: &Authorization, result: &str) -> Option<String> {
    let return_to = authorization.return_to.as_ref()?;
    Some(return_to.with_result(result, provider.id, None))
}
