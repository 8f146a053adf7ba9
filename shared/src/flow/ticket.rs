//! What is sealed for the time between callback, console and binding (S-22).

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::credential::{Purpose, SealContext};
use crate::domain::grant::TicketId;
use crate::domain::owner::{Owner, User};
use crate::domain::secret::{AuthorizationCode, CodeVerifier, SecretBytes};

/// The context of what has no binding yet: its own id, and the caller in the owner's place.
pub(super) fn context(purpose: Purpose, provider: &str, caller: &User, id: &TicketId) -> SealContext {
    SealContext {
        owner_hash: Owner::User(caller.clone()).hash(),
        provider: provider.to_owned(),
        binding_id: id.as_str().to_owned(),
        purpose,
    }
}

/// A code and its verifier in clear. The member names are part of the stored format.
#[derive(Serialize, Deserialize)]
struct Plain {
    code: Zeroizing<String>,
    code_verifier: Zeroizing<String>,
}

/// The bytes to seal of a code and its verifier.
pub(super) fn code_to_plain(code: &AuthorizationCode, code_verifier: &CodeVerifier) -> SecretBytes {
    let code = Zeroizing::new(code.reveal().to_owned());
    let code_verifier = Zeroizing::new(code_verifier.reveal().to_owned());
    // Two texts always serialize.
    SecretBytes::new(serde_json::to_vec(&Plain { code, code_verifier }).unwrap_or_default())
}

/// The reverse of [`code_to_plain`]; `None` when the bytes are something else.
pub(super) fn code_from_plain(bytes: &SecretBytes) -> Option<(AuthorizationCode, CodeVerifier)> {
    let plain: Plain = serde_json::from_slice(bytes.reveal()).ok()?;
    Some((AuthorizationCode::new(plain.code.to_string()), CodeVerifier::new(plain.code_verifier.to_string())))
}
