//! The catalogue in JSON (S-7).

use serde::Serialize;

use super::organization_access_url;
use crate::domain::provider::{AddressRule, Field, Help, Provider, Scope};
use crate::domain::registration::Base;
use crate::edge::language::Language;

/// One provider of the catalogue (S-7).
#[derive(Debug, Serialize)]
pub struct ProviderView {
    id: &'static str,
    display_name: &'static str,
    method: &'static str,
    completion: Option<&'static str>,
    revocable: bool,
    available: bool,
    web_url: String,
    default_address: Option<String>,
    fields: Vec<FieldView>,
    scopes: Vec<ScopeView>,
    push_builds: PushBuildsView,
    credential_url: String,
    organization_access_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct FieldView {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    r#type: &'static str,
    required: bool,
}

#[derive(Debug, Serialize)]
struct ScopeView {
    name: &'static str,
    why: &'static str,
}

#[derive(Debug, Serialize)]
struct PushBuildsView {
    supported: bool,
    needs: &'static str,
}

/// The catalogue.
#[derive(Debug, Serialize)]
pub struct CatalogueView {
    /// In a fixed order.
    pub providers: Vec<ProviderView>,
}

impl ProviderView {
    /// A provider at `base`; `client_id` is the registration's, if there is one.
    #[must_use]
    pub fn new(provider: &'static Provider, base: &Base, client_id: Option<&str>, language: Language) -> Self {
        let personal_token = provider.personal_token();
        let fields = personal_token.map_or(&[][..], |personal_token| personal_token.fields);
        let has_address = personal_token.is_some_and(|it| it.address == AddressRule::Entered);
        let field = |field: &Field| FieldView {
            name: field.name,
            label: language.of(field.label),
            help: language.of(field.help),
            r#type: field.kind.name(),
            required: field.required,
        };
        let scope = |scope: &Scope| ScopeView { name: scope.name, why: language.of(scope.why) };
        let push_builds = provider.push_builds;
        Self {
            id: provider.id,
            display_name: provider.display_name,
            method: provider.method.name(),
            completion: provider.oauth().map(|oauth| oauth.completion.name()),
            revocable: provider.is_revoked_when_asked(),
            available: personal_token.is_some() || client_id.is_some(),
            web_url: base.web.clone(),
            default_address: has_address.then(|| base.web.clone()),
            fields: fields.iter().map(field).collect(),
            scopes: provider.scopes.iter().map(scope).collect(),
            push_builds: PushBuildsView { supported: push_builds.supported, needs: language.of(push_builds.needs) },
            credential_url: Help::address(&base.web, provider.help.credential_path),
            organization_access_url: organization_access_url(provider, base, client_id),
        }
    }
}
