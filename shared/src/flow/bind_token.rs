//! Binding by personal access token (S-23 to S-29): the address guard, the token's own facts, one conditional write.

use std::time::Duration;

use crate::domain::address::{AddressPolicy, Homes, ServerAddress};
use crate::domain::binding::{Binding, BindingId, Place};
use crate::domain::credential::Credential;
use crate::domain::deadline::Deadline;
use crate::domain::owner::User;
use crate::domain::provider::AddressRule;
use crate::domain::registration::Base;
use crate::domain::secret::AccessToken;
use crate::domain::timestamp::Timestamp;
use crate::domain::verification::{Entered, Verified};
use crate::error::Error;
use crate::flow::check::check;
use crate::flow::conversation::{Conversation, Target};
use crate::flow::write::{Candidate, Failure, Outcome, credential_context, write};
use crate::ports::{AskApi, Bind, CheckAddress, Seal, World};

/// Below this nothing is begun.
const NEEDED: Duration = Duration::from_secs(6);

/// What the person entered.
#[derive(Debug)]
pub struct TokenForm {
    /// Server address as entered; `None` for the provider's own.
    pub address: Option<String>,
    /// The username at the provider.
    pub username: String,
    /// The organization at the provider, where one is entered.
    pub organization_id: Option<String>,
    /// The token.
    pub token: AccessToken,
    /// Whether it may be replaced by its successor before it ends (S-67).
    pub rotates: bool,
}

/// A binding by token, with what the person should know.
#[derive(Debug)]
pub struct TokenBound {
    /// What was written.
    pub outcome: Outcome,
    /// The token travels in clear: the address is http (S-23).
    pub is_unencrypted: bool,
    /// What is asked for and could not be seen in the token (S-28).
    pub unverified_scopes: Vec<String>,
}

/// What the operator allows and where the provider is.
#[derive(Debug, Clone, Copy)]
pub struct TokenRules<'a> {
    /// Which addresses are accepted.
    pub policy: &'a AddressPolicy,
    /// The provider's own address.
    pub base: &'a Base,
}

/// Binds with a personal access token.
///
/// # Errors
/// [`Error::Address`], [`Error::Unreachable`], [`Error::Token`], [`Error::OtherAccountBound`] and storage's.
pub async fn bind_token(
    world: &World<impl Bind, impl Seal, impl CheckAddress + AskApi>,
    place: Place<'_>,
    rules: TokenRules<'_>,
    form: TokenForm,
    caller: &User,
    deadline: Deadline,
    now: Timestamp,
) -> Result<TokenBound, Error> {
    let Some(personal_token) = place.provider.personal_token() else {
        return Err(Error::OtherMethod { method: place.provider.method.name() });
    };
    deadline.require(NEEDED)?;
    let target = match personal_token.address {
        AddressRule::Entered => {
            let address = form.address.as_deref().unwrap_or(&rules.base.web);
            let homes = Homes { provider: place.provider.web_url, configured: &rules.base.web };
            let address = ServerAddress::parse(address, homes, rules.policy)?;
            Target::Entered(check(&world.providers, place, address, deadline).await?)
        }
        AddressRule::Fixed => Target::Fixed(rules.base),
    };
    let id = BindingId::fresh()?;
    let context = credential_context(place, &id);
    let web_url = target.web_url();
    let entered = Entered { username: form.username, organization_id: form.organization_id, web_url };
    let conversation = Conversation { personal_token, place, target: &target, token: &form.token, deadline };
    let (verified, data_key) =
        tokio::join!(conversation.run(&world.providers, &entered), world.cipher.data_key(&context));
    let verified = verified?.map_err(|problem| target.refused(problem))?;
    let (mut verified, data_key) = (verified, data_key?);
    let unverified_scopes = std::mem::take(&mut verified.unverified_scopes);
    let credential = Credential { access_token: form.token, refresh_token: None, expires_at: verified.expires_at };
    let rotates = form.rotates;
    let binding = Binding { rotates, ..binding(place, id, *verified, entered.web_url, caller, now) };
    let candidate = Candidate { place, binding, credential: &credential, origin: None, queue_old: false };
    match write(&world.store, &world.cipher, candidate, data_key, deadline).await {
        Ok(outcome) => Ok(TokenBound { outcome, is_unencrypted: target.is_unencrypted(), unverified_scopes }),
        // The token is the person's own: whatever became of the write, it is not ours to take back.
        Err(Failure::NotWritten(error) | Failure::Unknown(error)) => Err(error),
    }
}

fn binding(
    place: Place<'_>,
    id: BindingId,
    verified: Verified,
    address: String,
    caller: &User,
    now: Timestamp,
) -> Binding {
    Binding {
        id,
        provider: place.provider.id.to_owned(),
        account: verified.account,
        address,
        method: place.provider.method.name().to_owned(),
        scopes: verified.scopes,
        missing_scopes: Vec::new(),
        bound_at: now,
        bound_by: caller.clone(),
        updated_at: now,
        last_verified_at: now,
        credential_expires_at: verified.expires_at,
        rotates: false,
        problem: None,
    }
}
