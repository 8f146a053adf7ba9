//! What answers look like in JSON (S-11). Nothing here has a place for a token.

use serde::Serialize;

use super::code::Code;
use super::language::Language;
use super::problem::Problem;
use crate::domain::binding::{Account, Binding, BindingProblemKind, BindingState, Evidence};
use crate::domain::provider::Provider;
use crate::domain::registration::{Base, Registration};
use crate::domain::timestamp::Timestamp;
use crate::flow::redeem_grant::Redeemed;

mod catalogue;
mod owners;

pub use catalogue::{CatalogueView, ProviderView};
pub use owners::OwnersView;

/// One entry of an owner's bindings. All members are always there; those of a binding are null without one.
#[derive(Debug, Serialize)]
pub struct EntryView {
    provider: &'static str,
    state: &'static str,
    method: &'static str,
    binding_id: Option<String>,
    account: Option<AccountView>,
    address: Option<String>,
    scopes: Option<Vec<String>>,
    missing_scopes: Option<Vec<String>>,
    bound_at: Option<String>,
    bound_by: Option<String>,
    updated_at: Option<String>,
    last_verified_at: Option<String>,
    credential_expires_at: Option<String>,
    rotates: Option<bool>,
    problem: Option<ProblemView>,
}

#[derive(Debug, Serialize)]
struct AccountView {
    id: String,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
    profile_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct ProblemView {
    code: &'static str,
    since: String,
    detail: String,
    evidence: Option<&'static str>,
    next_action: &'static str,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, login, name, avatar_url, profile_url } = account;
        Self { id, login, name, avatar_url, profile_url }
    }
}

impl EntryView {
    /// The entry of a provider, at `now`.
    #[must_use]
    pub fn new(provider: &'static Provider, binding: Option<Binding>, now: Timestamp, language: Language) -> Self {
        let method = provider.method.name();
        let Some(binding) = binding else {
            return Self { provider: provider.id, state: "unbound", method, ..Self::empty() };
        };
        let problem = problem(&binding, provider, now, language);
        Self {
            provider: provider.id,
            state: binding.state(now).name(),
            method,
            binding_id: Some(binding.id.as_str().to_owned()),
            account: Some(binding.account.into()),
            address: Some(binding.address),
            scopes: Some(binding.scopes),
            missing_scopes: Some(binding.missing_scopes),
            bound_at: Some(binding.bound_at.rfc3339()),
            bound_by: Some(binding.bound_by.subject),
            updated_at: Some(binding.updated_at.rfc3339()),
            last_verified_at: Some(binding.last_verified_at.rfc3339()),
            credential_expires_at: binding.credential_expires_at.map(Timestamp::rfc3339),
            rotates: Some(binding.rotates),
            problem,
        }
    }

    fn empty() -> Self {
        Self {
            provider: "",
            state: "",
            method: "",
            binding_id: None,
            account: None,
            address: None,
            scopes: None,
            missing_scopes: None,
            bound_at: None,
            bound_by: None,
            updated_at: None,
            last_verified_at: None,
            credential_expires_at: None,
            rotates: None,
            problem: None,
        }
    }
}

/// What is wrong with a binding: what was noted, or that its credential has ended.
fn problem(binding: &Binding, provider: &Provider, now: Timestamp, language: Language) -> Option<ProblemView> {
    let evidence = binding.problem.and_then(|it| it.evidence).map(Evidence::name);
    let ended = binding.credential_expires_at.filter(|&at| at <= now).map(|since| (Code::TokenExpired, since));
    let noted = binding.problem.map(|it| match it.kind {
        BindingProblemKind::TokenDisplaced => (Code::TokenDisplaced, it.since),
        BindingProblemKind::ReauthorizationRequired => (Code::ReauthorizationRequired, it.since),
        BindingProblemKind::RefreshUncertain => (Code::RefreshUncertain, it.since),
        BindingProblemKind::RotationUncertain => (Code::RotationUncertain, it.since),
        BindingProblemKind::VerificationFailed => (Code::VerificationFailed, it.since),
        BindingProblemKind::ProviderUnreachable => (Code::ProviderUnreachable, it.since),
    });
    let (code, since) = noted.or(ended)?;
    let detail = Problem::new(code).of_provider(Some(provider)).detail(language);
    let is_over = binding.state(now) == BindingState::ReauthorizationRequired;
    let next_action = if is_over { "bind_again" } else { "wait" };
    Some(ProblemView { code: code.name(), since: since.rfc3339(), detail, evidence, next_action })
}

/// All entries of an owner.
#[derive(Debug, Serialize)]
pub struct EntriesView {
    /// Who, in words.
    pub owner: String,
    /// One per provider, in the catalogue's order.
    pub bindings: Vec<EntryView>,
}

/// A binding that was just made or renewed.
#[derive(Debug, Serialize)]
pub struct BoundView {
    /// Who holds it, in words: both sides are named at success.
    pub owner: String,
    /// The entry.
    #[serde(flatten)]
    pub entry: EntryView,
    /// Where the person reviews which organisations are reached, where there is such a page.
    pub organization_access_url: Option<String>,
    /// What the person should know.
    pub warnings: Vec<Warning>,
}

/// Something to know that stopped nothing.
#[derive(Debug, Serialize)]
pub struct Warning {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

/// The receipt of an unbinding (S-31).
#[derive(Debug, Serialize)]
pub struct ReceiptView {
    /// The provider.
    pub provider: &'static str,
    /// `unbound`.
    pub state: &'static str,
    /// The binding that was removed.
    pub binding_id: String,
    /// What became of the credential.
    pub revocation: &'static str,
    /// The same in words.
    pub detail: String,
    /// Where the person can revoke it, if that is left to do.
    pub revocation_url: Option<String>,
}

/// Who is about to be bound (S-22).
#[derive(Serialize)]
pub struct GrantView {
    grant: String,
    provider: &'static str,
    account: AccountView,
    scopes: Vec<String>,
    expires_at: String,
    organization_access_url: Option<String>,
}

impl GrantView {
    /// The one answer that holds the grant's secret.
    #[must_use]
    pub fn new(redeemed: Redeemed, registration: &Registration) -> Self {
        let Redeemed { grant, secret } = redeemed;
        let provider = registration.provider;
        Self {
            grant: secret.reveal().to_owned(),
            provider: provider.id,
            account: grant.account.into(),
            scopes: grant.scopes,
            expires_at: grant.expires_at.rfc3339(),
            organization_access_url: organization_access_url(
                provider,
                &registration.base,
                Some(&registration.client_id),
            ),
        }
    }
}

/// An authorization that was just started.
#[derive(Serialize)]
pub struct StartedView {
    /// Where to send the browser.
    pub authorization_url: String,
    /// Until when the person has to be back.
    pub expires_at: String,
}

/// The page where the person reviews which organisations our app reaches, where there is one.
#[must_use]
pub fn organization_access_url(provider: &Provider, base: &Base, client_id: Option<&str>) -> Option<String> {
    let path = provider.oauth()?.organization_access_url?;
    Some(format!("{}{}", base.web, path.replace("{client_id}", client_id?)))
}
