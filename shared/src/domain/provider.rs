//! What a provider is: a declared value. The values are in [`crate::providers`], one file each (S-8).

use super::answer::Answer;
use super::binding::Account;
use super::refresh::RefreshRules;
use super::verification::{Entered, Step};

mod completion;
mod form;

pub use completion::SuggestedCompletion;
pub use form::{AddressRule, Field, FieldKind};

/// A source-code hosting platform. Every question is answered; there is no default.
#[derive(Debug)]
pub struct Provider {
    /// The name in paths, tables, logs and configuration: lower-case letters.
    pub id: &'static str,
    /// The name people know it by.
    pub display_name: &'static str,
    /// Base of the pages people visit. A configured base may override it (S-9).
    pub web_url: &'static str,
    /// Base of the API, without a slash at the end.
    pub api_url: &'static str,
    /// How one binds.
    pub method: Method,
    /// How a token travels in an API call.
    pub token_header: TokenHeader,
    /// Headers that every API call carries besides the token and the user agent.
    pub api_headers: &'static [(&'static str, &'static str)],
    /// What is asked for, and why.
    pub scopes: &'static [Scope],
    /// The username that goes with the token when git asks for one.
    pub git_username: GitUsername,
    /// How an issued token is taken back.
    pub revocation: Revocation,
    /// Whether pushes can trigger builds, and what limits that.
    pub push_builds: PushBuilds,
    /// Pages at the provider that help the person who binds.
    pub help: Help,
}

/// How one binds an account of a provider.
#[derive(Debug)]
pub enum Method {
    /// By an OAuth 2.0 authorization code (RFC 6749 section 4.1).
    OAuth(OAuth),
    /// By a personal access token that the person makes and enters.
    PersonalToken(PersonalToken),
}

impl Method {
    /// The method's name in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::OAuth(_) => "oauth",
            Self::PersonalToken(_) => "personal_access_token",
        }
    }
}

/// How a provider's authorization server differs from the next one's.
#[derive(Debug)]
pub struct OAuth {
    /// Authorization endpoint, below the web base.
    pub authorization_path: &'static str,
    /// Token endpoint, below the web base.
    pub token_path: &'static str,
    /// Parameters of the authorization request beyond RFC 6749.
    pub authorization_parameters: &'static [(&'static str, &'static str)],
    /// Whether the request names scopes, or they are fixed at the registration.
    pub scopes_in_request: bool,
    /// Whether the operator ticks the scopes at the registration, too.
    pub scopes_at_registration: bool,
    /// How the client proves itself at the token endpoint.
    pub client_authentication: ClientAuthentication,
    /// The call that tells whose the token is, below the API base.
    pub account_path: &'static str,
    /// Reads the account out of that call's answer; `None` when it is not there.
    pub account: fn(&Answer) -> Option<Account>,
    /// Header of the account call that lists the granted scopes, where the token answer may lack them.
    pub granted_scopes_header: Option<&'static str>,
    /// Scopes that stand for others: `(granted, implied)`.
    pub implied_scopes: &'static [(&'static str, &'static str)],
    /// How many tokens of one account live at once: issuing one more silently ends the oldest. `None` where there is
    /// no such limit, or none is known.
    pub tokens_per_account_max: Option<usize>,
    /// Tells the refusals of the token endpoint apart; asked only when the answer is no success.
    pub exchange_refusal: fn(&Answer) -> ExchangeRefusal,
    /// How its refresh tokens behave, where there are any.
    pub refresh: RefreshRules,
    /// Whether the token endpoint refuses a redirect URI that is not registered in other words than a code.
    pub tells_redirect_uri: bool,
    /// Page where the person reviews which organisations the app reaches; `{client_id}` is filled in.
    pub organization_access_url: Option<&'static str>,
    /// Where a console has the owner chosen.
    pub completion: SuggestedCompletion,
}

/// `client_secret_post` or `client_secret_basic` of RFC 6749 section 2.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// In the form body.
    Body,
    /// By HTTP Basic.
    Basic,
}

/// Whose fault it is that the token endpoint gave no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeRefusal {
    /// The code is wrong, used or too old: start again.
    Code,
    /// The client id or secret is wrong, or the app is suspended: the operator's.
    Client,
    /// The redirect URI is not the registered one: the operator's.
    RedirectUri,
    /// The account may not authorize yet, such as one without a verified e-mail address.
    Account,
    /// None of these: the provider's.
    Unknown,
}

/// What a person enters to bind by token, and how that is verified.
#[derive(Debug)]
pub struct PersonalToken {
    /// Whether a server address is asked for.
    pub address: AddressRule,
    /// Path of the API below the server address; for a fixed address the API base is used as it is.
    pub api_path: &'static str,
    /// The fields of the form, in order.
    pub fields: &'static [Field],
    /// What to ask the server next, or the verdict, given all answers so far. Pure: it can be read and tested alone.
    pub verify: fn(&Entered, &[Answer]) -> Step,
    /// How a token is replaced by its successor, where the provider offers that. For entered addresses only.
    pub rotation: Option<Rotation>,
}

/// How a personal access token is replaced by its successor: by a `POST` with the token itself, which ends it (S-67).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Below the API base.
    pub path: &'static str,
    /// The longest life that is asked for, in days.
    pub life_days_max: u64,
}

/// A text in each language that codebind speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

/// A scope or permission that is asked for (S-7).
#[derive(Debug)]
pub struct Scope {
    /// The provider's name of it.
    pub name: &'static str,
    /// Why a build needs it.
    pub why: Words,
}

/// How an API call carries the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHeader {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// A header of the provider's own.
    Named(&'static str),
}

/// The username that goes with a token over HTTPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitUsername {
    /// Always the same word: the token alone decides.
    Fixed(&'static str),
    /// The account's login.
    Login,
}

/// How an issued token is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// `DELETE` with the client's Basic credentials and the token as JSON `access_token`.
    DeleteByClient {
        /// Below the API base; `{client_id}` is filled in.
        path: &'static str,
        /// Statuses besides success that mean the token is gone already.
        gone: &'static [u16],
    },
    /// `DELETE` with the token itself, which ends it. Personal tokens only, and only when asked (S-31).
    DeleteBySelf {
        /// Below the API base.
        path: &'static str,
        /// Statuses besides success that mean the token is gone already.
        gone: &'static [u16],
    },
    /// The provider offers none: the person does it at [`Help::revocation_path`].
    None,
}

/// What limits builds that a push triggers (S-7).
#[derive(Debug, Clone, Copy)]
pub struct PushBuilds {
    /// Whether a webhook can be set at all.
    pub supported: bool,
    /// What the person must hold at the provider for it.
    pub needs: Words,
}

/// Pages at the provider: paths below its web base, or whole addresses of pages on another host.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// Where a token is made; for OAuth where authorized apps are listed.
    pub credential_path: &'static str,
    /// Where the person takes a token back.
    pub revocation_path: &'static str,
    /// Where the operator registers our client; `None` where there is nothing to register.
    pub registration_path: Option<&'static str>,
}

impl Help {
    /// The address of one of the pages, for a provider whose web base is `web`.
    #[must_use]
    pub fn address(web: &str, page: &str) -> String {
        if page.starts_with('/') { format!("{web}{page}") } else { page.to_owned() }
    }
}

impl Provider {
    /// The OAuth part, if it binds by OAuth.
    #[must_use]
    pub fn oauth(&self) -> Option<&OAuth> {
        match &self.method {
            Method::OAuth(oauth) => Some(oauth),
            Method::PersonalToken(_) => None,
        }
    }

    /// The token part, if it binds by personal access token.
    #[must_use]
    pub fn personal_token(&self) -> Option<&PersonalToken> {
        match &self.method {
            Method::OAuth(_) => None,
            Method::PersonalToken(personal_token) => Some(personal_token),
        }
    }

    /// Whether a token issued to our client can be taken back by it: only then is it worth queueing.
    #[must_use]
    pub fn is_revoked_by_client(&self) -> bool {
        matches!(self.revocation, Revocation::DeleteByClient { .. })
    }

    /// Whether the person may ask to have their token revoked when they unbind (S-31).
    #[must_use]
    pub fn is_revoked_when_asked(&self) -> bool {
        matches!(self.revocation, Revocation::DeleteBySelf { .. })
    }

    /// The username that git sends with the token of `account`.
    #[must_use]
    pub fn git_username<'a>(&self, account: &'a Account) -> &'a str {
        match self.git_username {
            GitUsername::Fixed(word) => word,
            GitUsername::Login => &account.login,
        }
    }

    /// The names of the scopes asked for.
    #[must_use]
    pub fn scope_names(&self) -> Vec<String> {
        self.scopes.iter().map(|scope| scope.name.to_owned()).collect()
    }

    /// Which of the scopes asked for `granted` lacks, implied ones counted as granted.
    #[must_use]
    pub fn missing_scopes(&self, granted: &[String]) -> Vec<String> {
        let implied = self.oauth().map_or(&[][..], |oauth| oauth.implied_scopes);
        let has = |wanted: &str| {
            let by_another = |&(holder, held): &(&str, &str)| held == wanted && granted.iter().any(|it| it == holder);
            granted.iter().any(|it| it == wanted) || implied.iter().any(by_another)
        };
        let missing = self.scopes.iter().filter(|scope| !has(scope.name));
        missing.map(|scope| scope.name.to_owned()).collect()
    }
}
