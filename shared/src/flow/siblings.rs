//! Bindings of one account by several owners must not break each other (S-33).
//!
//! Where a provider lets only so many tokens of an account live, issuing one more silently ends the oldest. The owner
//! whose token that was is told by a mark on the binding, instead of by a build that fails one day
//! (`shared/decisions/0007-displaced-tokens.md`).

use crate::domain::binding::{Binding, BindingProblem, BindingProblemKind, Place};
use crate::domain::sibling::Sibling;
use crate::domain::timestamp::Timestamp;
use crate::error::InWords;
use crate::ports::{FindSiblings, MarkBinding};

/// The other bindings whose tokens are dead once `binding` has its own. Nothing is looked up where there is no limit.
pub(super) async fn displaced(store: &impl FindSiblings, place: Place<'_>, binding: &Binding) -> Vec<Sibling> {
    let limit = place.provider.oauth().and_then(|oauth| oauth.tokens_per_account_max);
    let Some(others_max) = limit.map(|max| max.saturating_sub(1)) else {
        return Vec::new();
    };
    match store.find_siblings(&binding.account_key()).await {
        Ok(siblings) => siblings.into_iter().filter(|it| it.owner != *place.owner).skip(others_max).collect(),
        Err(error) => {
            tracing::warn!(provider = place.provider.id, error = %InWords(&error), "siblings not looked up");
            Vec::new()
        }
    }
}

/// Marks the bindings whose tokens are dead.
pub(super) async fn tell(store: &impl MarkBinding, place: Place<'_>, displaced: &[Sibling], now: Timestamp) {
    let problem = BindingProblem { kind: BindingProblemKind::TokenDisplaced, since: now, evidence: None };
    for sibling in displaced {
        let told = store.mark_binding(sibling, place.provider.id, problem).await;
        let (provider, owner) = (place.provider.id, sibling.owner.hash());
        match told {
            Ok(()) => tracing::warn!(event = "token_displaced", provider, owner, "its owner is told"),
            Err(error) => {
                let error = InWords(&error);
                tracing::error!(event = "displacement_untold", provider, owner, %error, "its owner is not told");
            }
        }
    }
}
