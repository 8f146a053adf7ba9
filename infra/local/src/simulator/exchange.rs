//! The token endpoint: a code or a refresh token against a token (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.6).

use std::{
    io,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use codebind::domain::provider::{ClientAuthentication, OAuth};
use ring::digest::{SHA256, digest};

use super::{
    call::{Call, Parameters},
    oauth::{Code, Manners, Refreshing, Refusal},
    reply::Reply,
    stage::Stage,
    state::Token,
};

/// Answers a token request.
pub(super) fn answer(stage: &Stage, manners: &Manners, oauth: &OAuth, call: &Call) -> Reply {
    if let Some(reply) = (manners.turned_away)(call) {
        return reply;
    }
    let parameters = call.form();
    let credentials = client_credentials(oauth.client_authentication, call, &parameters);
    let issued = match (&manners.refreshing, parameters.get("grant_type")) {
        (Some(refreshing), Some("refresh_token")) => refresh(stage, manners, refreshing, &credentials, &parameters),
        _ => exchange(stage, manners, &credentials, &parameters),
    };
    match issued {
        Ok(token) => stage.issuing.wishes().applied((manners.granted)(call, &token)),
        Err(Failure::Refused(refusal)) => (manners.refused)(call, refusal),
        Err(Failure::State(error)) => error.into(),
    }
}

/// Why no token is issued.
enum Failure {
    Refused(Refusal),
    State(io::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::State(error)
    }
}

/// Client id and secret as the provider wants them, and whether they came in another way, too.
struct Credentials {
    id: Option<String>,
    secret: Option<String>,
    is_twofold: bool,
}

fn exchange(
    stage: &Stage,
    manners: &Manners,
    credentials: &Credentials,
    parameters: &Parameters,
) -> Result<Token, Failure> {
    check_client(manners, credentials)?;
    let code = redeem(stage, manners, parameters)?;
    let mut token = Token::new((manners.access_token)(), &code.account, &code.scopes);
    token.refresh_text = manners.refreshing.as_ref().map(|it| (it.refresh_token)());
    stage.tokens.issue(token.clone(), manners.tokens_max)?;
    Ok(token)
}

fn refresh(
    stage: &Stage,
    manners: &Manners,
    refreshing: &Refreshing,
    credentials: &Credentials,
    parameters: &Parameters,
) -> Result<Token, Failure> {
    if refreshing.needs_client || credentials.id.is_some() || credentials.is_twofold {
        check_client(manners, credentials)?;
    }
    let text = parameters.get("refresh_token").ok_or(Refusal::RefreshToken)?;
    let is_inactive = |it: &Token| it.refresh_text.as_deref() == Some(text) && !(refreshing.is_active)(&it.account);
    if stage.tokens.all().iter().any(is_inactive) {
        return Err(Refusal::Account.into());
    }
    let next = |old: &Token| {
        let refresh_text =
            if (refreshing.rotates)(&old.account) { (refreshing.refresh_token)() } else { text.to_owned() };
        let token = Token::new((manners.access_token)(), &old.account, &old.scopes);
        Token { refresh_text: Some(refresh_text), ..token }
    };
    let is_single = stage.issuing.wishes().single_use;
    let grace = if is_single { Duration::ZERO } else { refreshing.grace };
    if let Some(token) = stage.tokens.refresh(text, grace, next)? {
        return Ok(token);
    }
    if is_single {
        stage.tokens.end_family(text)?;
    }
    Err(Refusal::RefreshToken.into())
}

fn client_credentials(authentication: ClientAuthentication, call: &Call, parameters: &Parameters) -> Credentials {
    let own = |name| parameters.get(name).map(str::to_owned);
    match authentication {
        ClientAuthentication::Body => {
            Credentials { id: own("client_id"), secret: own("client_secret"), is_twofold: call.basic().is_some() }
        }
        ClientAuthentication::Basic => {
            let (id, secret) = call.basic().unzip();
            Credentials { id, secret, is_twofold: parameters.get("client_secret").is_some() }
        }
    }
}

/// No request may use two ways to prove the client (RFC 6749 section 2.3).
fn check_client(manners: &Manners, credentials: &Credentials) -> Result<(), Refusal> {
    if credentials.id.as_deref() != Some(manners.client_id) {
        return Err(Refusal::UnknownClient);
    }
    if credentials.secret.as_deref() != Some(manners.client_secret) || credentials.is_twofold {
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
