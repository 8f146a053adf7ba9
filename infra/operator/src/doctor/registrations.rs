//! The registrations: a code that cannot be good is exchanged, by codebind's own client. A provider that refuses the
//! code, and nothing else, accepts the client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use codebind::{
    adapter::provider_client::ProviderClient,
    domain::{
        answer::Answer,
        deadline::Deadline,
        provider::{ExchangeRefusal, Help, OAuth},
        registration::Registration,
        secret::{AuthorizationCode, ClientSecret, CodeVerifier},
        timestamp::Timestamp,
    },
    ports::{CallError, Client, ExchangeCode as _, Exchanged, FixedSecret},
    providers,
};
use futures_util::future::join_all;

use super::{client_secrets::Secrets, http::words};
use crate::{Variables, report::Finding};

/// No provider gives out such a code. It has the length of one.
const CODE: &str = "codebind-doctor-0000";
/// A verifier of RFC 7636 needs 43 characters.
const VERIFIER: &str = "codebind-doctor-codebind-doctor-codebind-doctor";
const EACH: Duration = Duration::from_secs(7);

pub(super) async fn check(deployment: &Variables, secrets: &BTreeMap<&'static str, Secrets>) -> Vec<Finding> {
    let environment = deployment.environment();
    // A bundle that is a file of the deployment is told of elsewhere.
    let extra_ca = environment.extra_ca().ok().flatten();
    let providers = match ProviderClient::new(extra_ca.as_deref()) {
        Ok(providers) => providers,
        Err(error) => {
            return vec![Finding::wrong(
                "CODEBIND_EXTRA_CA",
                format!("cannot be used: {error}: put PEM certificates there"),
            )];
        }
    };
    let on = providers::ALL.iter().filter_map(|it| environment.registration(it).ok().flatten());
    let each = on.map(|registration| {
        let (providers, secrets) = (&providers, secrets.get(registration.provider.id));
        async move { of_registration(providers, registration, secrets).await }
    });
    let findings: Vec<_> = join_all(each).await.into_iter().flatten().collect();
    if findings.is_empty() { vec![Finding::skipped("registrations", "no OAuth provider is on")] } else { findings }
}

async fn of_registration(
    providers: &ProviderClient,
    registration: Registration,
    secrets: Option<&Secrets>,
) -> Option<Finding> {
    let (id, oauth) = (registration.provider.id, registration.provider.oauth()?);
    let Some(secrets) = secrets else { return Some(Finding::skipped(id, "needs the client secret")) };
    let said = exchange(providers, &registration, oauth, &secrets.current).await;
    if let (Ok(Said::Refused(ExchangeRefusal::Client, _)), Some(previous)) = (&said, &secrets.previous)
        && let Ok(Said::Refused(ExchangeRefusal::Code, _)) = exchange(providers, &registration, oauth, previous).await
    {
        let cure = "the provider accepts the previous client secret and not the current one: make that known there";
        return Some(Finding::wrong(id, cure));
    }
    Some(finding(&registration, oauth, said))
}

/// What a provider said to the code.
#[derive(Debug)]
enum Said {
    Issued,
    Refused(ExchangeRefusal, Answer),
}

async fn exchange(
    providers: &ProviderClient,
    registration: &Registration,
    oauth: &OAuth,
    secret: &ClientSecret,
) -> Result<Said, CallError> {
    let client = Client { registration: registration.clone(), secrets: Arc::new(FixedSecret(secret.clone())) };
    // A secret that is at hand is always ready.
    let ready = client.ready().await.map_err(|_| CallError::Broken)?;
    let (code, verifier) = (AuthorizationCode::new(CODE.to_owned()), CodeVerifier::new(VERIFIER.to_owned()));
    let deadline = Deadline::new(EACH, None, Timestamp::now());
    Ok(match providers.exchange_code(&ready, &code, &verifier, deadline).await? {
        Exchanged::Tokens(_) => Said::Issued,
        Exchanged::Refused(answer) => Said::Refused((oauth.exchange_refusal)(&answer), answer),
    })
}

fn finding(registration: &Registration, oauth: &OAuth, said: Result<Said, CallError>) -> Finding {
    let provider = registration.provider;
    let (id, name) = (provider.id, provider.display_name);
    let page = provider.help.registration_path.map(|page| Help::address(&registration.base.web, page));
    let page = page.unwrap_or_default();
    let (refusal, answer) = match said {
        Err(error) => return Finding::wrong(id, format!("{name}'s token endpoint: {}", words(error))),
        Ok(Said::Issued) => {
            return Finding::wrong(
                id,
                "a token for a code that cannot be good: this is not the provider; look at its URL",
            );
        }
        Ok(Said::Refused(refusal, answer)) => (refusal, answer),
    };
    match refusal {
        ExchangeRefusal::Code if oauth.tells_redirect_uri => Finding::ok(
            id,
            "client id, secret and redirect URI are accepted, as far as the provider tells before it looks at a code",
        ),
        ExchangeRefusal::Code | ExchangeRefusal::Account => {
            let rest =
                format!("whether the redirect URI is registered {name} does not tell here: compare it at {page}");
            Finding::ok(id, format!("client id and secret are accepted; {rest}"))
        }
        ExchangeRefusal::Client => Finding::wrong(
            id,
            format!("{name} refuses client id or secret, or suspended the app: compare them at {page}"),
        ),
        ExchangeRefusal::RedirectUri => {
            let uri = &registration.redirect_uri;
            Finding::wrong(id, format!("{name} refuses the redirect URI: register {uri} at {page}"))
        }
        ExchangeRefusal::Unknown => {
            let status = answer.status;
            Finding::cannot_tell(id, format!("{name} answered {status}, which says nothing of the client: try again"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;
    use codebind::domain::registration::Base;
    use serde_json::json;

    fn told(id: &str, said: Result<ExchangeRefusal, CallError>) -> Finding {
        let provider = providers::find(id).unwrap();
        let registration = Registration {
            provider,
            client_id: "id".to_owned(),
            base: Base::new(provider, None, None),
            redirect_uri: "https://api.example.com/v1/oauth/callback/x".to_owned(),
        };
        let answer = Answer { status: 400, headers: vec![], json: Some(json!({})) };
        finding(&registration, provider.oauth().unwrap(), said.map(|refusal| Said::Refused(refusal, answer)))
    }

    #[test]
    fn what_a_provider_says_is_told_with_the_cure() {
        for (said, outcome, part) in [
            (Ok(ExchangeRefusal::Code), Outcome::Ok, "redirect URI are accepted"),
            (Ok(ExchangeRefusal::Client), Outcome::Wrong, "https://github.com/settings/developers"),
            (Ok(ExchangeRefusal::RedirectUri), Outcome::Wrong, "register https://api.example.com/v1/oauth/callback/x"),
            (Ok(ExchangeRefusal::Unknown), Outcome::CannotTell, "400"),
            (Err(CallError::TimedOut), Outcome::Wrong, "in time"),
        ] {
            let finding = told("github", said);
            assert_eq!(finding.outcome, outcome, "{said:?}");
            assert!(finding.says.contains(part), "{}", finding.says);
        }
    }

    #[test]
    fn a_provider_that_tells_less_is_named() {
        // Gitee and Bitbucket have one refusal for a wrong code and a wrong redirect URI, or none for the latter.
        for id in ["gitee", "bitbucket"] {
            assert!(told(id, Ok(ExchangeRefusal::Code)).says.contains("does not tell"), "{id}");
        }
    }
}
