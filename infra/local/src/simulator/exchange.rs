//! The token endpoint: a code against a token (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use codebind::domain::provider::{ClientAuthentication, OAuth};
use ring::digest::{SHA256, digest};

use super::{
    call::{Call, Parameters},
    oauth::{Code, Manners, Refusal},
    reply::Reply,
    stage::Stage,
    state::Token,
};

/// Answers a token request.
pub(super) fn answer(stage: &Stage, manners: &Manners, oauth: &OAuth, call: &Call) -> Reply {
    let parameters = call.form();
    let redeemed = check_client(manners, oauth.client_authentication, call, &parameters)
        .and_then(|()| redeem(stage, manners, &parameters));
    let code = match redeemed {
        Ok(code) => code,
        Err(refusal) => return (manners.refused)(call, refusal),
    };
    let token = Token::new((manners.access_token)(), &code.account, &code.scopes);
    match stage.tokens.issue(token.clone(), manners.tokens_max) {
        Ok(()) => (manners.granted)(call, &token),
        Err(error) => error.into(),
    }
}

fn check_client(
    manners: &Manners,
    authentication: ClientAuthentication,
    call: &Call,
    parameters: &Parameters,
) -> Result<(), Refusal> {
    let own = |name| parameters.get(name).map(str::to_owned);
    let credentials = match authentication {
        ClientAuthentication::Body => (own("client_id"), own("client_secret")),
        ClientAuthentication::Basic => call.basic().unzip(),
    };
    if credentials.0.as_deref() != Some(manners.client_id) {
        return Err(Refusal::UnknownClient);
    }
    if credentials.1.as_deref() != Some(manners.client_secret) {
        return Err(Refusal::Secret);
    }
    Ok(())
}

/// The code is used up from here on, even if its holder then fails to prove that it is theirs.
fn redeem(stage: &Stage, manners: &Manners, parameters: &Parameters) -> Result<Code, Refusal> {
    if parameters.get("grant_type").is_some_and(|it| it != "authorization_code") {
        return Err(Refusal::GrantType);
    }
    let text = parameters.get("code").ok_or(Refusal::Code)?;
    let code = stage.codes.take(text, Instant::now()).ok_or(Refusal::Code)?;
    // Some providers let a redirect URI that was sent be left out here; a strict one finds more mistakes.
    if code.redirect_uri.as_deref() != parameters.get("redirect_uri") {
        return Err(Refusal::RedirectUri);
    }
    // A verifier without a challenge is refused too: somebody took the challenge out (RFC 9700 section 4.8.2).
    if code.challenge != parameters.get("code_verifier").map(challenge_of) {
        return Err(Refusal::Code);
    }
    if !(manners.is_verified)(&code.account) {
        return Err(Refusal::Account);
    }
    Ok(code)
}

/// S256 of RFC 7636 section 4.2, written here once more: the product must not check itself.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
