//! The provider simulators: each answers as its provider does, from the same declaration that the functions use.
//!
//! Adding one is a file with its manners and a line in `ALL`. OAuth endpoints, consent page, tokens and what
//! follows are common to all.
//!
//! Every simulator serves a private repository of each account to git: see `git.rs`.
//!
//! Every simulator also answers under `/_simulator`, for tests, and for pages that show an account:
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /_simulator/requests` | the requests received: `[{method, path, headers, fields}]`; values of `authorization`, `cookie` and the provider's token header are replaced by the SHA-256 of the whole value in hex |
//! | `DELETE /_simulator/requests` | 204, forgets them |
//! | `GET /_simulator/tokens` | `[{sha256, account, scopes, revoked}]`, `sha256` of the token alone |
//! | `POST /_simulator/tokens/expire` | 204; every access token with a lifetime has expired, refresh tokens have not |
//! | `POST /_simulator/tokens/revoke` | 204; every token is revoked, as by the person on the provider's page |
//! | `POST /_simulator/faults` | 204; scripts a failure for the next requests on a path |
//! | `GET /_simulator/avatars/{login}` | the picture of an account, which its facts name |
//! | `DELETE /_simulator/faults` | 204, forgets those that have not happened |
//!
//! A fault is `{"path": "/user", "status": 503, "times": 1, "delay_ms": 0, "headers": {}, "body": "…"}` or
//! `{"path": "/user", "close": true}`. `path` may be the end of the path; `method` narrows it. A body that is not text
//! is sent as JSON. Without `status` and `close` the request is only delayed. With `"after_effect": true` the
//! request takes effect before its answer is lost.

use std::{collections::BTreeMap, io, net::Ipv4Addr, path::Path, sync::Arc};

use codebind::{
    domain::provider::{AddressRule, Method, Provider},
    providers,
};
use tokio::net::TcpListener;

use self::{
    server::Server,
    stage::{Declaration, Stage},
    state::Tokens,
};

mod authorization;
mod avatar;
mod bitbucket;
mod call;
mod codeup;
mod codeup_json;
mod codeup_token;
mod control;
mod exchange;
mod fault;
mod git;
mod gitee;
mod github;
mod github_api;
mod gitlab;
mod gitlab_json;
mod gitlab_token;
mod issuing;
mod journal;
mod oauth;
mod page;
mod reply;
mod repository;
mod server;
mod stage;
mod state;

#[cfg(test)]
mod browser;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

/// Every simulator, in the order of [`providers::ALL`].
static ALL: &[&Declaration] =
    &[&github::SIMULATOR, &gitee::SIMULATOR, &bitbucket::SIMULATOR, &gitlab::SIMULATOR, &codeup::SIMULATOR];

/// The running simulators. Dropping them ends their servers and closes every connection.
#[derive(Debug)]
pub struct Simulators {
    stages: Vec<Arc<Stage>>,
    urls: BTreeMap<String, String>,
    _servers: Vec<Server>,
}

impl Simulators {
    /// Starts one simulator per provider of [`providers::ALL`] that `skip` does not name.
    ///
    /// `ports` has the preferred port per provider id; absent means any free one. `state` is the directory where
    /// issued tokens are kept, made when it is absent; without it they end with the run. `redirect_base` is the public
    /// URL whose `/v1/oauth/callback/{provider}` is registered as redirect URI.
    ///
    /// # Errors
    ///
    /// When a port cannot be listened on, or the state cannot be read.
    pub async fn start(
        redirect_base: &str,
        ports: &BTreeMap<String, u16>,
        skip: &[String],
        state: Option<&Path>,
    ) -> io::Result<Simulators> {
        let (mut stages, mut urls, mut servers) = (Vec::new(), BTreeMap::new(), Vec::new());
        for provider in providers::ALL.iter().filter(|it| !skip.iter().any(|id| id == it.id)) {
            let declaration = find(provider)?;
            let listener = listen(provider, ports.get(provider.id).copied().unwrap_or(0)).await?;
            let url = format!("http://{}", listener.local_addr()?);
            let tokens = Tokens::load(state, provider.id)?;
            let simulator = Stage::new(declaration, url.clone(), redirect_base, tokens);
            servers.push(Server::spawn(listener, Arc::clone(&simulator)));
            stages.push(simulator);
            urls.insert(provider.id.to_owned(), url);
        }
        Ok(Self { stages, urls, _servers: servers })
    }

    /// Base URL of each simulator by provider id, without a slash at its end.
    #[must_use]
    pub fn urls(&self) -> &BTreeMap<String, String> {
        &self.urls
    }

    /// Every token and refresh token that they gave out or saw, and the secrets of their clients.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let of_stage = |stage: &Arc<Stage>| {
            let tokens = stage.tokens.all().into_iter().flat_map(|it| [Some(it.text), it.refresh_text]).flatten();
            tokens.chain(stage.declaration.oauth.as_ref().map(|it| it.client_secret.to_owned())).collect::<Vec<_>>()
        };
        self.stages.iter().flat_map(of_stage).collect()
    }

    /// The `CODEBIND_*` variables that point the functions at these simulators.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut variables: Vec<_> = self.stages.iter().flat_map(|stage| variables(stage)).collect();
        let entered = self.stages.iter().filter(|stage| is_address_entered(stage.declaration.provider));
        // A person may write either name of this machine.
        let hosts = entered.filter_map(|stage| {
            let port = stage.url.rsplit(':').next()?;
            Some(format!("127.0.0.1:{port} localhost:{port}"))
        });
        let hosts: Vec<_> = hosts.collect();
        if !hosts.is_empty() {
            variables.push(("CODEBIND_ALLOWED_HOSTS".to_owned(), hosts.join(" ")));
        }
        variables
    }
}

fn variables(stage: &Stage) -> Vec<(String, String)> {
    let Declaration { provider, oauth, .. } = stage.declaration;
    let named = |name: &str, value: &str| (format!("CODEBIND_{}_{name}", provider.id.to_uppercase()), value.to_owned());
    let mut variables = vec![named("URL", &stage.url)];
    // Where the address is entered, the API is below it.
    if !is_address_entered(provider) {
        variables.push(named("API_URL", &stage.api_url()));
    }
    if let Some(manners) = oauth {
        variables.push(named("CLIENT_ID", manners.client_id));
        variables.push(named("CLIENT_SECRET", manners.client_secret));
    }
    variables
}

/// The client secret that a provider's simulator accepts, if it binds by OAuth: not secret, and of no use elsewhere.
#[must_use]
pub fn client_secret(provider: &str) -> Option<&'static str> {
    let declaration = ALL.iter().find(|it| it.provider.id == provider)?;
    declaration.oauth.as_ref().map(|manners| manners.client_secret)
}

fn is_address_entered(provider: &Provider) -> bool {
    matches!(&provider.method, Method::PersonalToken(it) if it.address == AddressRule::Entered)
}

fn find(provider: &Provider) -> io::Result<&'static Declaration> {
    let missing = || io::Error::new(io::ErrorKind::Unsupported, format!("{} has no simulator", provider.id));
    ALL.iter().copied().find(|it| it.provider.id == provider.id).ok_or_else(missing)
}

async fn listen(provider: &Provider, port: u16) -> io::Result<TcpListener> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{} on port {port}: {error}", provider.id));
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(named)
}
