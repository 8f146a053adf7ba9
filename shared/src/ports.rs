//! What flows need from the world. A flow takes only the ports it uses, so its signature is its list of permissions,
//! and the function's IAM policy repeats it (S-38).

mod cipher;
mod client;
mod providers;
mod refresh;
mod store;
mod work;

pub use cipher::*;
pub use client::*;
pub use providers::*;
pub use refresh::*;
pub use store::*;
pub use work::*;

/// What is behind a flow's ports. Its type parameters, bounded at the flow, are the flow's permissions.
#[derive(Debug)]
pub struct World<S, C, P> {
    /// Storage.
    pub store: S,
    /// Key management.
    pub cipher: C,
    /// The way to the providers.
    pub providers: P,
}
