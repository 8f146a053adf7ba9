//! The providers, side by side: each a declared value in a file of its own. Adding one is a file and a line here (S-8).

pub mod bitbucket;
pub mod codeup;
pub mod gitee;
pub mod github;
pub mod gitlab;

use crate::domain::provider::Provider;

/// Every provider, in the order of the catalogue.
pub static ALL: &[&Provider] =
    &[&github::GITHUB, &gitee::GITEE, &bitbucket::BITBUCKET, &gitlab::GITLAB, &codeup::CODEUP];

/// The provider that a path or a row names.
///
/// ```
/// assert_eq!(codebind::providers::find("github").map(|provider| provider.display_name), Some("GitHub"));
/// assert!(codebind::providers::find("GitHub").is_none());
/// ```
#[must_use]
pub fn find(id: &str) -> Option<&'static Provider> {
    ALL.iter().copied().find(|provider| provider.id == id)
}

#[cfg(test)]
pub(crate) use tests::{fixture, fixture_body};

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::binding::Account;
    use crate::domain::provider::OAuth;

    /// The response of a wire example.
    fn response(name: &str) -> serde_json::Value {
        let path = format!("{}/../tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["response"].take()
    }

    /// The body of a wire example as it travels, for what reads bodies itself.
    pub(crate) fn fixture_body(name: &str) -> String {
        response(name)["body"].to_string()
    }

    /// The answer of a wire example, for the tests of each provider's functions.
    pub(crate) fn fixture(name: &str) -> crate::domain::answer::Answer {
        let response = response(name);
        let headers = response["headers"].as_object().unwrap().iter();
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned())).collect();
        let json = Some(response["body"].clone()).filter(|body| body.is_object() || body.is_array());
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        crate::domain::answer::Answer { status, headers, json }
    }

    #[test]
    fn each_declaration_is_complete() {
        // S-7, S-8
        for provider in ALL {
            let id = provider.id;
            assert!(find(id).is_some_and(|found| std::ptr::eq(found, *provider)), "{id} twice");
            assert!(id.bytes().all(|it| it.is_ascii_lowercase()), "{id}");
            for base in [provider.web_url, provider.api_url] {
                assert!(base.starts_with("https://") && !base.ends_with('/'), "{id}: {base}");
            }
            assert!(!provider.scopes.is_empty(), "{id} asks for nothing");
            assert_eq!(provider.help.registration_path.is_some(), provider.oauth().is_some(), "{id}");
            let in_one_place = |it: &OAuth| it.scopes_in_request || it.scopes_at_registration;
            assert!(provider.oauth().is_none_or(in_one_place), "{id}: nobody says which scopes");
            let registration = provider.help.registration_path;
            for path in [provider.help.credential_path, provider.help.revocation_path].into_iter().chain(registration) {
                assert!(path.starts_with('/') || path.starts_with("https://"), "{id}: {path}");
            }
            let account = Account::new("1".to_owned(), "octo", None, None, None);
            let username = provider.git_username(&account);
            assert!(!username.is_empty() && !username.contains(':'), "{id}: {username}");
            assert!(provider.missing_scopes(&provider.scope_names()).is_empty(), "{id}");
            assert_eq!(provider.missing_scopes(&[]), provider.scope_names(), "{id}");
        }
    }
}
