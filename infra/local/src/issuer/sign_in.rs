//! What the endpoints of the issuer share at which people sign in, and get tokens for it.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Issuer, client::Client, grants::Grants, session::Sessions};
use crate::{environment::Environment, origins::Origins};

/// How long what the development issuer gives out is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token, in whole seconds. ID tokens are as good.
    pub access_token: Duration,
    /// Of an authorization code.
    pub code: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { access_token: Duration::from_hours(1), code: Duration::from_mins(1) }
    }
}

/// The endpoints for people: `authorization.rs`, `exchange.rs` and `sign_out.rs`.
pub(crate) struct SignIn {
    pub(super) issuer: Arc<Issuer>,
    pub(super) client: Client,
    pub(super) lifetimes: Lifetimes,
    pub(super) sessions: Sessions,
    pub(super) grants: Grants,
}

impl SignIn {
    /// Pages of `origins` and of this machine are where the browser may be sent.
    pub(crate) fn new(issuer: Arc<Issuer>, origins: Origins, environment: &Environment, lifetimes: Lifetimes) -> Self {
        let client = Client::new(origins, environment);
        Self { issuer, client, lifetimes, sessions: Sessions::default(), grants: Grants::default() }
    }
}

/// 256 random bits, as text.
pub(super) fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}
