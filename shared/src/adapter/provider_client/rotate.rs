//! A personal token's successor (S-67).

use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{ProviderClient, api_base, send, with_token};
use crate::domain::address::CheckedAddress;
use crate::domain::deadline::Deadline;
use crate::domain::provider::Provider;
use crate::domain::secret::AccessToken;
use crate::domain::timestamp::Timestamp;
use crate::ports::{CallError, RotateToken, Rotated};

/// Cap of the call. Its answer is worth waiting for: nobody gets it twice.
const ROTATE: Duration = Duration::from_secs(15);

/// Longest token accepted, in bytes (S-29).
const TOKEN_MAX: usize = 4096;

/// What is read of a success.
#[derive(Deserialize)]
struct Success {
    token: Zeroizing<String>,
    expires_at: Option<String>,
}

impl RotateToken for ProviderClient {
    async fn rotate_token(
        &self,
        provider: &Provider,
        server: &CheckedAddress,
        token: &AccessToken,
        expires_on: &str,
        deadline: Deadline,
    ) -> Result<Rotated, CallError> {
        let rotation = provider.personal_token().and_then(|it| it.rotation).ok_or(CallError::Refused)?;
        let url = format!("{}{}", api_base(provider, server), rotation.path);
        let request = with_token(self.pinned(server)?.post(url), provider, token)?;
        let request = request.json(&serde_json::json!({ "expires_at": expires_on }));
        let (answer, body) = send(provider, "rotate", Some(server), request, deadline.within(ROTATE)).await?;
        let success = serde_json::from_slice::<Success>(&body).ok().filter(|_| answer.is_success());
        let is_token = |it: &Success| {
            (1..=TOKEN_MAX).contains(&it.token.len()) && it.token.bytes().all(|it| it.is_ascii_graphic())
        };
        Ok(match success.filter(is_token) {
            Some(success) => Rotated::Token {
                token: AccessToken::new(success.token.to_string()),
                expires_at: success.expires_at.as_deref().and_then(Timestamp::from_date),
            },
            None => Rotated::Refused(answer),
        })
    }
}
