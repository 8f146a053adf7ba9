//! One simulator: what its provider declares, its own manners, and what it remembers.

use std::sync::Arc;

use codebind::domain::provider::Provider;
use ring::digest::{SHA256, digest};

use super::{
    call::Call, fault::Faults, issuing::Issuing, journal::Journal, oauth, oauth::Codes, reply::Reply, state::Tokens,
};

/// What makes a simulator that of one provider.
#[derive(Debug)]
pub(super) struct Declaration {
    /// Whom it simulates; paths, scopes and client authentication come from there.
    pub(super) provider: &'static Provider,
    /// Path of the API below the simulator's address.
    pub(super) api_path: &'static str,
    /// Its authorization server's manners, if the provider binds by OAuth.
    pub(super) oauth: Option<oauth::Manners>,
    /// Answers everything but the OAuth endpoints.
    pub(super) answer: fn(&Stage, &Call) -> Reply,
}

/// A running simulator's state, shared by its connections.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) declaration: &'static Declaration,
    /// Where it is, without a slash at the end.
    pub(super) url: String,
    /// The redirect URI that is registered with it.
    pub(super) redirect_uri: String,
    pub(super) codes: Codes,
    pub(super) tokens: Tokens,
    pub(super) journal: Journal,
    pub(super) faults: Faults,
    pub(super) issuing: Issuing,
}

impl Stage {
    pub(super) fn new(
        declaration: &'static Declaration,
        url: String,
        redirect_base: &str,
        tokens: Tokens,
    ) -> Arc<Self> {
        let redirect_base = redirect_base.trim_end_matches('/');
        let redirect_uri = format!("{redirect_base}/v1/oauth/callback/{}", declaration.provider.id);
        let (codes, journal) = (Codes::default(), Journal::new(declaration.provider));
        Arc::new(Self {
            declaration,
            url,
            redirect_uri,
            codes,
            tokens,
            journal,
            faults: Faults::default(),
            issuing: Issuing::default(),
        })
    }

    /// Base of the API, without a slash at the end.
    pub(super) fn api_url(&self) -> String {
        format!("{}{}", self.url, self.declaration.api_path)
    }

    /// Answers a request as the provider does.
    pub(super) fn answer(&self, call: &Call) -> Reply {
        let by_oauth = self.declaration.oauth.as_ref().zip(self.declaration.provider.oauth());
        by_oauth
            .and_then(|(manners, oauth)| oauth::answer(self, manners, oauth, call))
            .unwrap_or_else(|| (self.declaration.answer)(self, call))
    }
}

/// A number for an account that nobody numbered: above those that are given, and always the same for a name.
pub(super) fn derived_id(name: &str) -> u32 {
    let hash = digest(&SHA256, name.as_bytes());
    let bits = hash.as_ref().iter().take(3).fold(0, |bits, byte| (bits << 8) | u32::from(*byte));
    1_000_000 + bits
}
