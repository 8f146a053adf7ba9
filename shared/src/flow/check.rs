//! Where an entered address leads, with a line in the log when that is nowhere it may (S-25).

use url::Host;

use crate::domain::address::{CheckedAddress, ServerAddress};
use crate::domain::binding::Place;
use crate::domain::deadline::Deadline;
use crate::domain::secret::hash_of_parts;
use crate::ports::{CallError, CheckAddress};

/// Checks `address`. The log gets a refused host's hash: enough to see that it is tried again, and no name to follow.
pub(super) async fn check(
    providers: &impl CheckAddress,
    place: Place<'_>,
    address: ServerAddress,
    deadline: Deadline,
) -> Result<CheckedAddress, CallError> {
    let host = address.host.clone();
    let checked = providers.check_address(address, deadline).await;
    if let Err(CallError::NotPublic) = checked {
        let kind = match host {
            Host::Domain(_) => "name",
            Host::Ipv4(_) => "ipv4",
            Host::Ipv6(_) => "ipv6",
        };
        let (provider, owner, host) = (place.provider.id, place.owner.hash(), hash_of_parts(&[&host.to_string()]));
        tracing::warn!(event = "address_refused", provider, owner, host, kind, "the address is not public");
    }
    checked
}
