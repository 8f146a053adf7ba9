//! `redirect-uris`: what to register at each OAuth provider, from the providers' declarations alone.

use std::io;

use clap::Args;
use codebind::{
    config::ConfigError,
    domain::provider::{Help, OAuth, Provider},
    providers,
};

use crate::Variables;

const PUBLIC_URL: &str = "CODEBIND_PUBLIC_URL";

/// For which deployment.
#[derive(Debug, Args)]
pub struct Options {
    /// Address of the API as browsers reach it; by default that of `CODEBIND_PUBLIC_URL`
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

/// Writes what to register to `out`.
///
/// # Errors
/// When there is no public URL, or a variable is malformed.
pub fn run(options: &Options, variables: &Variables, out: &mut impl io::Write) -> Result<(), ConfigError> {
    let variables = match &options.public_url {
        Some(url) => variables.clone().with(PUBLIC_URL, url),
        None => variables.clone(),
    };
    let mut text = String::new();
    for provider in providers::ALL {
        if let Some(oauth) = provider.oauth() {
            text += &registration(provider, oauth, &variables)?;
        }
    }
    // A closed pipe has nobody behind it who could be told.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

fn registration(provider: &Provider, oauth: &OAuth, variables: &Variables) -> Result<String, ConfigError> {
    let environment = variables.environment();
    let (redirect_uri, base) = (environment.redirect_uri(provider)?, environment.base(provider)?);
    let page = provider.help.registration_path.map(|page| Help::address(&base.web, page)).unwrap_or_default();
    let scopes = provider.scope_names().join(" ");
    let set = match (oauth.scopes_at_registration, oauth.scopes_in_request) {
        (true, false) => "set them at the registration: requests name none",
        (true, true) => "set them at the registration, which each request repeats",
        (false, _) => "nothing to set: each request names them",
    };
    let name = provider.display_name;
    Ok(format!("{name}\n  redirect URI  {redirect_uri}\n  register at   {page}\n  scopes        {scopes} ({set})\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(url: Option<&str>, variables: &Variables) -> Result<String, String> {
        let mut out = Vec::new();
        let options = Options { public_url: url.map(str::to_owned) };
        run(&options, variables, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn each_oauth_provider_is_told() {
        // S-8, S-16: by the list of providers, and exactly as the functions send it.
        let text = printed(None, &[(PUBLIC_URL, "https://api.example.com/")].into()).unwrap();
        for provider in providers::ALL {
            let line = format!("redirect URI  https://api.example.com/v1/oauth/callback/{}\n", provider.id);
            assert_eq!(text.contains(&line), provider.oauth().is_some(), "{}", provider.id);
        }
        assert!(text.contains("register at   https://github.com/settings/developers\n"), "{text}");
        assert!(
            text.contains("account repository webhook (set them at the registration: requests name none)"),
            "{text}"
        );
    }

    #[test]
    fn the_option_wins_and_pages_are_at_the_configured_server() {
        // S-9
        let variables = [(PUBLIC_URL, "https://old.example"), ("CODEBIND_GITHUB_URL", "https://ghes.example")].into();
        let text = printed(Some("https://new.example"), &variables).unwrap();
        assert!(text.contains("https://new.example/v1/oauth/callback/github\n") && !text.contains("old.example"));
        assert!(text.contains("https://ghes.example/settings/developers"), "{text}");
        assert_eq!(printed(None, &Variables::default()), Err("CODEBIND_PUBLIC_URL is missing".to_owned()));
    }
}
