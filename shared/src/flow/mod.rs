//! The verbs: each flow reads top to bottom as the protocol it carries out.

pub mod bind_grant;
pub mod bind_token;
pub mod complete;
pub mod lease;
pub mod redeem_grant;
pub mod refresh;
pub mod start;
pub mod status;
pub mod sweep;
pub mod unbind;
pub mod verify;

mod check;
mod conversation;
mod discard;
mod obtain;
mod siblings;
mod ticket;
mod write;

pub use write::Outcome;
