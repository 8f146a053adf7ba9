//! Who a request is from, and what it came for.

use crate::case::Kind;
use crate::flows::Flow;
use crate::rules::Rule;
use crate::storage::Origin;
use crate::world::Number;

/// What a request came for.
#[derive(Clone, Copy)]
pub(crate) struct Aim {
    pub(crate) row: usize,
    pub(crate) account: u8,
    pub(crate) token: Number,
    pub(crate) origin: Option<Origin>,
    pub(crate) started_at: Option<u8>,
}

impl Flow<'_> {
    /// Where the binding is to go, with which token, and what it comes from.
    pub(crate) fn aim(&self) -> Aim {
        let account = |number: Number| self.world.authorizations[usize::from(number)].account;
        match self.kind() {
            Kind::Callback { authorization, .. } | Kind::Redeem { authorization, .. } => Aim {
                row: 0,
                account: account(authorization),
                token: authorization,
                origin: Some(Origin::Authorization(authorization)),
                started_at: self.world.authorizations[usize::from(authorization)].started_at,
            },
            Kind::BindGrant { authorization, row, .. } => Aim {
                row,
                account: account(authorization),
                token: authorization,
                origin: Some(Origin::Grant(authorization)),
                started_at: None,
            },
            Kind::BindToken { token, account, row } => Aim { row, account, token, origin: None, started_at: None },
            Kind::Unbind { row, .. } => Aim { row, account: 0, token: 0, origin: None, started_at: None },
        }
    }

    pub(crate) fn authorization(&self) -> Number {
        self.aim().token
    }

    pub(crate) fn is_starter(&self) -> bool {
        let proven = match self.kind() {
            Kind::Callback { proven, authorization } => {
                proven || self.world.authorizations[usize::from(authorization)].console
            }
            Kind::Redeem { starter, .. } | Kind::BindGrant { starter, .. } => starter,
            Kind::BindToken { .. } | Kind::Unbind { .. } => true,
        };
        proven || !self.hold(Rule::Proof)
    }

    pub(crate) fn comes_from_authorization(&self) -> bool {
        matches!(self.aim().origin, Some(Origin::Authorization(_)))
    }
}
