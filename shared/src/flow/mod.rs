//! The verbs: each flow reads top to bottom as the protocol it carries out.

pub mod bind_token;
pub mod complete;
pub mod start;
pub mod status;
pub mod unbind;

mod discard;
mod write;

pub use write::Outcome;
