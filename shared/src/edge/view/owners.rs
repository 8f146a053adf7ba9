//! The owners that a caller may bind for, in JSON (S-70).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::domain::owner::Owner;

/// All but the unreserved characters of RFC 3986, which no server spells otherwise.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// For whom a caller may bind, and where binding is offered.
#[derive(Debug, Serialize)]
pub struct OwnersView {
    owners: Vec<OwnerView>,
    regions: Vec<String>,
}

/// One owner. All members are always there.
#[derive(Debug, Serialize)]
struct OwnerView {
    kind: &'static str,
    path: String,
    name: String,
    region: String,
    instance: Option<String>,
}

impl OwnersView {
    /// `owners` in their order, in `regions`, of which the first is the default one.
    #[must_use]
    pub fn new(owners: Vec<Owner>, regions: &[String]) -> Self {
        let default_region = regions.first().map(String::as_str).unwrap_or_default();
        let view = |owner| OwnerView::new(owner, default_region);
        Self { owners: owners.into_iter().filter_map(view).collect(), regions: regions.to_vec() }
    }
}

impl OwnerView {
    /// `None` where no path names the owner.
    fn new(owner: Owner, default_region: &str) -> Option<Self> {
        let name = owner.display_name();
        match owner {
            Owner::User(_) => Some(Self {
                kind: "user",
                path: "users/me".to_owned(),
                name,
                region: default_region.to_owned(),
                instance: None,
            }),
            Owner::Instance { region, instance } => Some(Self {
                kind: "instance",
                path: format!("instances/{}/{}", segment(&region)?, segment(&instance)?),
                name,
                region,
                instance: Some(instance),
            }),
        }
    }
}

/// A name as one segment of a path. The gateway decodes a path before it routes it: a slash would part the segment, a
/// question mark would end the path, and browsers take dots for a way, escaped or not.
fn segment(name: &str) -> Option<String> {
    let is_lost = name.is_empty() || name.contains(['/', '?']) || matches!(name, "." | "..");
    (!is_lost).then(|| utf8_percent_encode(name, ESCAPED).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::owner::User;
    use crate::edge::route::{Operation, by_path};

    fn seen(instances: &[&str]) -> Value {
        let user = Owner::User(User { issuer: "i".to_owned(), subject: "alice".to_owned() });
        let instance = |name: &&str| Owner::Instance { region: "eu-1".to_owned(), instance: (*name).to_owned() };
        let owners = std::iter::once(user).chain(instances.iter().map(instance)).collect();
        serde_json::to_value(OwnersView::new(owners, &["eu-1".to_owned(), "us-1".to_owned()])).unwrap()
    }

    #[test]
    fn a_user_is_in_the_default_region_and_an_instance_in_its_own() {
        // S-70
        let user = json!({"kind": "user", "path": "users/me", "name": "alice", "region": "eu-1", "instance": null});
        let team = json!({"kind": "instance", "path": "instances/eu-1/team", "name": "eu-1/team", "region": "eu-1", "instance": "team"});
        assert_eq!(seen(&["team"]), json!({"owners": [user, team], "regions": ["eu-1", "us-1"]}));
    }

    #[test]
    fn a_path_leads_back_to_its_name() {
        // S-4, S-70
        for name in [
            "a#b", "a%23b", "a%2Fb", "%", "ü", "u\u{308}", "a..b", "...", "+", "a\"b", "a\\b", "a b", "\0", "a;b", "me",
        ] {
            let seen = seen(&[name]);
            let path = seen["owners"][1]["path"].as_str().unwrap();
            assert!(path.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~%/".contains(&it)), "{path}");
            let matched = by_path("GET", &format!("/v1/{path}/bindings")).unwrap();
            assert_eq!(matched.operation, Operation::ListBindings);
            assert_eq!(matched.variables[1].1, name);
        }
    }

    #[test]
    fn who_no_path_names_is_left_out() {
        // S-70
        assert_eq!(seen(&["a/b", "a?b", ".", "..", ""])["owners"].as_array().unwrap().len(), 1);
    }
}
