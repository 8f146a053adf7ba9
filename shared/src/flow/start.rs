//! Starting an OAuth authorization (S-14 to S-16): fresh secrets, one conditional write, one URL.

use url::form_urlencoded::Serializer;

use crate::domain::authorization::{AUTHORIZATION_LIFETIME, Authorization, AuthorizationId, Completion};
use crate::domain::owner::User;
use crate::domain::provider::OAuth;
use crate::domain::registration::Registration;
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::{BrowserNonce, CodeVerifier, Secret, State};
use crate::domain::timestamp::Timestamp;
use crate::error::Error;
use crate::ports::PutAuthorization;

/// Who starts what.
#[derive(Debug)]
pub struct Start {
    /// Who starts, and alone may finish.
    pub caller: User,
    /// Who completes, and for whom.
    pub completion: Completion,
    /// Where the person is sent back to.
    pub return_to: Option<ReturnTo>,
}

/// What the caller is told.
#[derive(Debug)]
pub struct Started {
    /// Where to send the browser. It carries the state: keep it out of logs.
    pub authorization_url: Secret,
    /// Until when the person has to be back.
    pub expires_at: Timestamp,
    /// Names the attempt's cookie.
    pub id: AuthorizationId,
    /// The attempt's cookie.
    pub nonce: BrowserNonce,
}

/// Starts an authorization.
///
/// # Errors
/// When nothing random can be had, or storage fails.
pub async fn start(
    store: &impl PutAuthorization,
    registration: &Registration,
    oauth: &OAuth,
    request: Start,
    now: Timestamp,
) -> Result<Started, Error> {
    let state = State(Secret::fresh()?);
    let code_verifier = CodeVerifier(Secret::fresh()?);
    let nonce = BrowserNonce(Secret::fresh()?);
    let authorization = Authorization {
        id: AuthorizationId::of(&state),
        provider: registration.provider.id.to_owned(),
        caller: request.caller,
        completion: request.completion,
        code_verifier,
        nonce_hash: nonce.0.hash(),
        return_to: request.return_to,
        scopes: registration.provider.scope_names(),
        created_at: now,
        expires_at: now.plus(AUTHORIZATION_LIFETIME),
    };
    store.put_authorization(&authorization).await?;
    let authorization_url = authorization_url(registration, oauth, &authorization, &state);
    Ok(Started { authorization_url, expires_at: authorization.expires_at, id: authorization.id, nonce })
}

/// The authorization request of RFC 6749 section 4.1.1 with the challenge of RFC 7636.
fn authorization_url(
    registration: &Registration,
    oauth: &OAuth,
    authorization: &Authorization,
    state: &State,
) -> Secret {
    let mut query = Serializer::new(String::new());
    query.append_pair("response_type", "code");
    query.append_pair("client_id", &registration.client_id);
    query.append_pair("redirect_uri", &registration.redirect_uri);
    query.append_pair("state", state.reveal());
    if oauth.scopes_in_request {
        query.append_pair("scope", &authorization.scopes.join(" "));
    }
    // To every provider: one that does not know the challenge must ignore it (RFC 6749 section 3.1).
    query.append_pair("code_challenge", &authorization.code_verifier.challenge());
    query.append_pair("code_challenge_method", "S256");
    query.extend_pairs(oauth.authorization_parameters);
    Secret::new(format!("{}{}?{}", registration.base.web, oauth.authorization_path, query.finish()))
}
