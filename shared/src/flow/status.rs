//! Status (S-34): one query, no decryption and no call to a provider.

use crate::domain::binding::Binding;
use crate::domain::owner::Owner;
use crate::domain::provider::Provider;
use crate::error::Error;
use crate::ports::ListBindings;
use crate::providers;

/// One line per provider: bound or not.
#[derive(Debug)]
pub struct Entry {
    /// The provider.
    pub provider: &'static Provider,
    /// What is bound, if anything is.
    pub binding: Option<Binding>,
}

/// All entries of `owner`, in the order of the catalogue.
///
/// # Errors
/// Storage's.
pub async fn entries(store: &impl ListBindings, owner: &Owner) -> Result<Vec<Entry>, Error> {
    let mut bindings = store.list_bindings(owner).await?;
    let entry = |provider: &'static Provider| {
        let position = bindings.iter().position(|binding| binding.provider == provider.id);
        Entry { provider, binding: position.map(|at| bindings.swap_remove(at)) }
    };
    Ok(providers::ALL.iter().copied().map(entry).collect())
}

/// The entry of one provider.
///
/// # Errors
/// Storage's.
pub async fn entry(store: &impl ListBindings, owner: &Owner, provider: &'static Provider) -> Result<Entry, Error> {
    let bindings = store.list_bindings(owner).await?;
    let binding = bindings.into_iter().find(|binding| binding.provider == provider.id);
    Ok(Entry { provider, binding })
}
