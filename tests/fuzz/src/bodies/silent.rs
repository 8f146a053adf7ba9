//! A world in which nobody answers, or everybody says that there is nothing: what a handler does before and after its
//! calls is what the fuzzer looks at. The scenarios have the real world.

use codebind::domain::address::{CheckedAddress, ServerAddress};
use codebind::domain::answer::Answer;
use codebind::domain::authorization::{Authorization, AuthorizationId};
use codebind::domain::binding::{
    Binding, BindingId, BindingProblem, NewBinding, Origin, Place, RemovedBinding, StandingBinding,
};
use codebind::domain::credential::{SealContext, Sealed};
use codebind::domain::deadline::Deadline;
use codebind::domain::grant::{Grant, KeptCode, TicketId};
use codebind::domain::owner::Owner;
use codebind::domain::provider::Provider;
use codebind::domain::secret::{AccessToken, AuthorizationCode, CodeVerifier, SecretBytes};
use codebind::domain::sibling::Sibling;
use codebind::domain::timestamp::Timestamp;
use codebind::domain::verification::Probe;
use codebind::ports::{
    AskApi, Bind, BindOutcome, CallError, CheckAddress, CipherError, Closed, ConsumeAuthorization, Consumed,
    ExchangeCode, Exchanged, FindGrant, FindSiblings, KeepCode, ListBindings, MarkBinding, Open, PutAuthorization,
    PutGrant, QueueRevocation, ReadyClient, RenewOutcome, RevokeToken, Revoked, Seal, Server, SettleRevocation,
    StoreError, TakeCode, Unbind,
};

/// Each port of it.
pub(super) struct Silent {
    /// Whether storage answers, that there is nothing.
    pub(super) is_there: bool,
}

impl Silent {
    fn say<T>(&self, nothing: T) -> Result<T, StoreError> {
        if self.is_there { Ok(nothing) } else { Err(StoreError::Unavailable("nobody answers".into())) }
    }
}

/// Implements a port with one method that says `nothing`.
macro_rules! silent {
    ($($port:ident::$method:ident($($argument:ty),*) -> $nothing:expr => $result:ty;)+) => {$(
        impl $port for Silent {
            async fn $method(&self, $(_: $argument),*) -> Result<$result, StoreError> {
                self.say($nothing)
            }
        }
    )+};
}

silent! {
    PutAuthorization::put_authorization(&Authorization) -> () => ();
    ConsumeAuthorization::consume_authorization(&AuthorizationId, Timestamp) -> Consumed::Unknown => Consumed;
    Unbind::unbind(Place<'_>, &BindingId, bool, Timestamp) -> None => Option<RemovedBinding>;
    SettleRevocation::settle_revocation(Place<'_>, &BindingId) -> () => ();
    QueueRevocation::queue_revocation(Place<'_>, &BindingId, &Sealed, &str, Timestamp) -> () => ();
    FindSiblings::find_siblings(&str) -> Vec::new() => Vec<Sibling>;
    MarkBinding::mark_binding(&Sibling, &str, BindingProblem) -> () => ();
    ListBindings::list_bindings(&Owner) -> Vec::new() => Vec<Binding>;
    KeepCode::keep_code(&KeptCode) -> () => ();
    TakeCode::take_code(&TicketId, Timestamp) -> None => Option<KeptCode>;
    PutGrant::put_grant(&Grant) -> () => ();
}

impl FindGrant for Silent {
    async fn find_grant(&self, _: &TicketId) -> Result<Option<Grant>, StoreError> {
        self.say(None)
    }

    async fn end_grant(&self, _: &Grant) -> Result<bool, StoreError> {
        self.say(false)
    }
}

impl Bind for Silent {
    async fn bind(&self, _: &NewBinding, _: Option<Origin<'_>>) -> Result<BindOutcome, StoreError> {
        self.say(BindOutcome::UnboundSince { at: Timestamp::from_seconds(0) })
    }

    async fn renew(
        &self,
        _: &NewBinding,
        _: &StandingBinding,
        _: bool,
        _: Option<Origin<'_>>,
    ) -> Result<RenewOutcome, StoreError> {
        self.say(RenewOutcome::Changed)
    }

    async fn close(&self, _: &Authorization, _: &BindingId) -> Result<Closed, StoreError> {
        self.say(Closed::Unwritten)
    }

    async fn read_back(&self, _: Place<'_>) -> Result<Option<StandingBinding>, StoreError> {
        self.say(None)
    }
}

fn no_key<T>() -> Result<T, CipherError> {
    Err(CipherError::Unavailable("nobody answers".into()))
}

impl Seal for Silent {
    type DataKey = ();

    async fn data_key(&self, _: &SealContext) -> Result<(), CipherError> {
        no_key()
    }

    fn seal(&self, (): (), _: &SealContext, _: &SecretBytes) -> Result<Sealed, CipherError> {
        no_key()
    }
}

impl Open for Silent {
    async fn open(&self, _: &Sealed, _: &SealContext) -> Result<SecretBytes, CipherError> {
        no_key()
    }
}

impl ExchangeCode for Silent {
    async fn exchange_code(
        &self,
        _: &ReadyClient<'_>,
        _: &AuthorizationCode,
        _: &CodeVerifier,
        _: Deadline,
    ) -> Result<Exchanged, CallError> {
        Err(CallError::TimedOut)
    }
}

impl AskApi for Silent {
    async fn ask_api(
        &self,
        _: &Provider,
        _: Server<'_>,
        _: &Probe,
        _: &AccessToken,
        _: Deadline,
    ) -> Result<Answer, CallError> {
        Err(CallError::TimedOut)
    }
}

impl RevokeToken for Silent {
    async fn revoke_by_client(&self, _: &ReadyClient<'_>, _: &AccessToken, _: Deadline) -> Result<Revoked, CallError> {
        Err(CallError::TimedOut)
    }

    async fn revoke_by_self(
        &self,
        _: &Provider,
        _: &CheckedAddress,
        _: &AccessToken,
        _: Deadline,
    ) -> Result<Revoked, CallError> {
        Err(CallError::TimedOut)
    }
}

/// Every name is public here: no look-up leaves the process.
impl CheckAddress for Silent {
    async fn check_address(&self, address: ServerAddress, _: Deadline) -> Result<CheckedAddress, CallError> {
        Ok(address.checked(&[[1, 1, 1, 1].into()])?)
    }
}
