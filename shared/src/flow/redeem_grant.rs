//! Redeeming what the callback kept (S-22): the signed-in console exchanges the code and learns who is to be bound.

use std::time::Duration;

use futures_util::future::join_all;

use crate::domain::binding::Place;
use crate::domain::credential::Purpose;
use crate::domain::deadline::Deadline;
use crate::domain::grant::{GRANT_LIFETIME, Grant, KeptCode, TicketId};
use crate::domain::owner::{Owner, User};
use crate::domain::provider::{OAuth, Provider};
use crate::domain::secret::{CompletionSecret, GrantSecret, Secret};
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::flow::discard::discard;
use crate::flow::obtain::{AFTER_EXCHANGE, Obtained, Presented};
use crate::flow::ticket::{code_from_plain, context};
use crate::ports::{
    AskApi, Client, ClientSecretError, ExchangeCode, IssuedTokens, Open, PutGrant, QueueRevocation, ReadyClient,
    RevokeToken, Seal, TakeCode, World,
};

/// Below this nothing is taken and no exchange starts (S-20).
const NEEDED: Duration = Duration::from_secs(10);

/// What redeeming needs of storage.
pub trait RedeemStore: TakeCode + PutGrant + QueueRevocation {}
impl<S: TakeCode + PutGrant + QueueRevocation> RedeemStore for S {}

/// What redeeming needs of a provider.
pub trait RedeemProviders: ExchangeCode + AskApi + RevokeToken {}
impl<P: ExchangeCode + AskApi + RevokeToken> RedeemProviders for P {}

/// A grant, and the secret that binds it.
#[derive(Debug)]
pub struct Redeemed {
    /// What was obtained.
    pub grant: Grant,
    /// Known to this answer alone.
    pub secret: GrantSecret,
}

/// Why nothing was redeemed, and at which provider, once that is known.
#[derive(Debug)]
pub struct NotRedeemed {
    /// Why.
    pub error: Error,
    /// The provider that the kept code names.
    pub provider: Option<&'static Provider>,
}

impl From<Error> for NotRedeemed {
    fn from(error: Error) -> Self {
        Self { error, provider: None }
    }
}

/// Redeems a completion secret for a grant. `clients` are those of all providers: the kept code names its own.
///
/// # Errors
/// [`Error::GrantEnded`]; [`Error::NotTheStarter`] when somebody else presents it, which ends it; and those of an
/// exchange, each in a [`NotRedeemed`].
pub async fn redeem_grant<C: Seal + Open>(
    world: &World<impl RedeemStore, C, impl RedeemProviders>,
    clients: &[Client],
    secret: &CompletionSecret,
    caller: &User,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Redeemed, NotRedeemed> {
    deadline.require(NEEDED).map_err(Error::from)?;
    // Which client it will be is known once the code is taken, and used up; that secrets can be had is known before.
    let mut ready = Vec::with_capacity(clients.len());
    for client in join_all(clients.iter().map(Client::ready)).await {
        match client {
            Err(error @ ClientSecretError::Unavailable(_)) => return Err(Error::from(error).into()),
            // One that can never be had stands in the way of its own provider alone.
            known => ready.push(known),
        }
    }
    let id = TicketId::of(&secret.0);
    let code = world.store.take_code(&id, now).await.map_err(Error::from)?.ok_or(Error::GrantEnded)?;
    if code.caller != *caller {
        let (provider, owner) = (code.provider.as_str(), code.holder().hash());
        tracing::warn!(event = "caller_mismatch", provider, owner, "a completion secret was presented by another");
        return Err(Error::NotTheStarter.into());
    }
    let at = clients.iter().position(|it| it.registration.provider.id == code.provider).ok_or(Error::ProviderOff)?;
    let client = &ready.swap_remove(at).map_err(Error::from)?;
    let oauth = client.registration.provider.oauth().ok_or(Error::ProviderOff)?;
    let redemption = Redemption { client, oauth, code, deadline, now };
    let provider = Some(client.registration.provider);
    redemption.run(world).await.map_err(|error| NotRedeemed { error, provider })
}

struct Redemption<'a> {
    client: &'a ReadyClient<'a>,
    oauth: &'a OAuth,
    code: KeptCode,
    deadline: Deadline,
    now: Timestamp,
}

impl Redemption<'_> {
    async fn run<C: Seal + Open>(
        self,
        world: &World<impl RedeemStore, C, impl RedeemProviders>,
    ) -> Result<Redeemed, Error> {
        let secret = GrantSecret(Secret::fresh()?);
        let grant_id = TicketId::of(&secret.0);
        let (provider, caller) = (&self.code.provider, &self.code.caller);
        let code_context = context(Purpose::AuthorizationCode, provider, caller, &self.code.id);
        let grant_context = context(Purpose::Grant, provider, caller, &grant_id);
        let opened = world.cipher.open(&self.code.sealed, &code_context);
        let (opened, data_key) = tokio::join!(opened, world.cipher.data_key(&grant_context));
        let plain = code_from_plain(&opened?).ok_or_else(|| Error::Internal("no kept code".into()))?;
        let (data_key, (code, code_verifier)) = (data_key?, plain);
        self.deadline.require(NEEDED)?;
        let presented = Presented {
            client: self.client,
            oauth: self.oauth,
            code: &code,
            code_verifier: &code_verifier,
            asked: &self.code.scopes,
            deadline: self.deadline.keeping_back(AFTER_EXCHANGE),
        };
        let tokens = presented.exchange(&world.providers).await?;
        let kept = match presented.account(&world.providers, &tokens).await {
            Ok(obtained) => self.keep(world, grant_id, data_key, &tokens, obtained).await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(grant) => Ok(Redeemed { grant, secret }),
            Err(error) => {
                // Nobody holds the grant's secret, so whether or not it was stored: its token is of no use.
                let owner = Owner::User(self.code.caller.clone());
                let place = Place { owner: &owner, provider: self.client.registration.provider };
                discard(world, self.client, place, &tokens.credential, self.deadline, self.now).await;
                Err(error)
            }
        }
    }

    async fn keep<C: Seal, P>(
        &self,
        world: &World<impl PutGrant, C, P>,
        id: TicketId,
        data_key: C::DataKey,
        tokens: &IssuedTokens,
        obtained: Obtained,
    ) -> Result<Grant, Error> {
        let (provider, caller) = (self.code.provider.clone(), self.code.caller.clone());
        let grant_context = context(Purpose::Grant, &provider, &caller, &id);
        let sealed = world.cipher.seal(data_key, &grant_context, &tokens.credential.to_plain())?;
        let Obtained { account, scopes } = obtained;
        let owner = self.code.owner.clone();
        let expires_at = self.now.plus(GRANT_LIFETIME);
        let grant = Grant { id, provider, caller, owner, account, scopes, sealed, expires_at, used_for: None };
        world.store.put_grant(&grant).await?;
        Ok(grant)
    }
}
