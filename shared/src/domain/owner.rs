//! Who calls, and whose bindings they ask for (S-1 to S-4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::secret::hash_of_parts;

/// Longest part of an owner's name in bytes; two of them, encoded, stay far below DynamoDB's key limit.
pub const OWNER_PART_MAX: usize = 512;

/// A person, as the authorizer names them: never a mutable name or address, always issuer and subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `iss` of the token, or the name of the kind of authorizer where there is none.
    pub issuer: String,
    /// The configured user claim, `sub` by default.
    pub subject: String,
}

/// An authenticated caller (S-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub user: User,
    /// The `region/instance` pairs that the instances claim lists.
    pub instances: Vec<String>,
}

/// The owner that a request's path names, not yet allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerPath {
    /// `users/me`
    Me,
    /// `instances/{region}/{instance}`
    Instance {
        /// Region of the registry instance.
        region: String,
        /// Name of the registry instance within the region.
        instance: String,
    },
}

/// The owner that a build worker's path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerPath {
    /// `users/{user}`: a subject of the configured issuer.
    User(User),
    /// `instances/{region}/{instance}`
    Instance {
        /// Region of the registry instance.
        region: String,
        /// Name of the registry instance within the region.
        instance: String,
    },
}

/// Who holds a binding. One exists only for a caller who may act for it: [`Owner::of`], or
/// for a worker that IAM lets in: [`Owner::for_worker`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A person (personal edition), in the default region only.
    User(User),
    /// A registry instance in a region (enterprise edition).
    Instance {
        /// Region of the registry instance.
        region: String,
        /// Name of the registry instance within the region.
        instance: String,
    },
}

/// Why a caller gets no owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerError {
    /// Binding is not offered in that region (S-3).
    #[error("binding is not offered in that region")]
    RegionNotOffered {
        /// The regions where it is.
        offered: Vec<String>,
    },
    /// The caller's instances claim does not list it (S-2). Says nothing about whether it exists.
    #[error("the caller may not act for that instance")]
    NotAllowed,
}

impl Owner {
    /// The owner that `path` names, if `caller` may act for it and `regions` offers its region.
    ///
    /// # Errors
    /// [`OwnerError`], S-2 and S-3.
    pub fn of(caller: &Caller, path: OwnerPath, regions: &[String]) -> Result<Self, OwnerError> {
        let (region, instance) = match path {
            OwnerPath::Me => return Ok(Self::User(caller.user.clone())),
            OwnerPath::Instance { region, instance } => (region, instance),
        };
        if !regions.contains(&region) {
            return Err(OwnerError::RegionNotOffered { offered: regions.to_vec() });
        }
        // A region holds no slash (it was configured), so the pair cannot be read in two ways.
        let wanted = format!("{region}/{instance}");
        if instance.is_empty() || !caller.instances.contains(&wanted) {
            return Err(OwnerError::NotAllowed);
        }
        Ok(Self::Instance { region, instance })
    }

    /// Everyone whom `caller` may act for: the caller first, then the instances in the order of the claim, each once,
    /// where their regions are offered (S-70).
    #[must_use]
    pub fn all_of(caller: &Caller, regions: &[String]) -> Vec<Self> {
        let mut owners = vec![Self::User(caller.user.clone())];
        for listed in &caller.instances {
            let Some((region, instance)) = listed.split_once('/') else { continue };
            let path = OwnerPath::Instance { region: region.to_owned(), instance: instance.to_owned() };
            if let Some(owner) = Self::of(caller, path, regions).ok().filter(|owner| !owners.contains(owner)) {
                owners.push(owner);
            }
        }
        owners
    }

    /// The owner that a build worker names: what it may ask for is decided by IAM before it gets here.
    ///
    /// # Errors
    /// [`OwnerError::RegionNotOffered`], S-3.
    pub fn for_worker(path: WorkerPath, regions: &[String]) -> Result<Self, OwnerError> {
        match path {
            WorkerPath::User(user) => Ok(Self::User(user)),
            WorkerPath::Instance { region, instance } if regions.contains(&region) => {
                Ok(Self::Instance { region, instance })
            }
            WorkerPath::Instance { .. } => Err(OwnerError::RegionNotOffered { offered: regions.to_vec() }),
        }
    }

    /// The partition key. Built here alone, from encoded parts: two owners never share one (S-4).
    #[must_use]
    pub fn key(&self) -> String {
        let (kind, one, other) = self.parts();
        format!("{kind}.{}.{}", URL_SAFE_NO_PAD.encode(one), URL_SAFE_NO_PAD.encode(other))
    }

    /// The owner that [`Owner::key`] was built from.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let decode = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let mut parts = key.split('.');
        let (kind, one, other) = (parts.next()?, decode(parts.next()?)?, decode(parts.next()?)?);
        match (kind, parts.next()) {
            ("u", None) => Some(Self::User(User { issuer: one, subject: other })),
            ("i", None) => Some(Self::Instance { region: one, instance: other }),
            _ => None,
        }
    }

    /// What stands for the owner where names must not show: logs and KMS contexts (S-35).
    #[must_use]
    pub fn hash(&self) -> String {
        let (kind, one, other) = self.parts();
        hash_of_parts(&[kind, one, other])
    }

    /// The owner in a sentence for the person who sees the result page.
    #[must_use]
    pub fn display_name(&self) -> String {
        match self {
            Self::User(user) => user.subject.clone(),
            Self::Instance { region, instance } => format!("{region}/{instance}"),
        }
    }

    fn parts(&self) -> (&'static str, &str, &str) {
        match self {
            Self::User(user) => ("u", &user.issuer, &user.subject),
            Self::Instance { region, instance } => ("i", region, instance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(instances: &[&str]) -> Caller {
        Caller {
            user: User { issuer: "https://issuer.example".to_owned(), subject: "alice".to_owned() },
            instances: instances.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn instance(region: &str, instance: &str) -> OwnerPath {
        OwnerPath::Instance { region: region.to_owned(), instance: instance.to_owned() }
    }

    fn offered() -> Vec<String> {
        vec!["eu-1".to_owned(), "us-1".to_owned()]
    }

    #[test]
    fn me_is_the_caller() {
        // S-2
        let caller = caller(&[]);
        assert_eq!(Owner::of(&caller, OwnerPath::Me, &offered()), Ok(Owner::User(caller.user.clone())));
    }

    #[test]
    fn an_instance_needs_its_own_entry_in_the_claim() {
        // S-2
        let caller = caller(&["eu-1/team"]);
        assert!(Owner::of(&caller, instance("eu-1", "team"), &offered()).is_ok());
        for refused in [instance("us-1", "team"), instance("eu-1", "team2"), instance("eu-1", "")] {
            assert_eq!(Owner::of(&caller, refused, &offered()), Err(OwnerError::NotAllowed));
        }
    }

    #[test]
    fn everyone_is_listed_whom_a_caller_may_act_for() {
        // S-70
        let caller =
            caller(&["us-1/team", "eu-1/a/b", "us-1/team", "mars/team", "eu-1", "eu-1/", "/team", "eu-1/team"]);
        let shared =
            |region: &str, instance: &str| Owner::Instance { region: region.to_owned(), instance: instance.to_owned() };
        let expected =
            [Owner::User(caller.user.clone()), shared("us-1", "team"), shared("eu-1", "a/b"), shared("eu-1", "team")];
        assert_eq!(Owner::all_of(&caller, &offered()), expected);
    }

    #[test]
    fn another_region_is_named_with_the_offered_ones() {
        // S-3
        let refused = Owner::of(&caller(&["mars/team"]), instance("mars", "team"), &offered());
        assert_eq!(refused, Err(OwnerError::RegionNotOffered { offered: offered() }));
    }

    #[test]
    fn a_worker_names_any_owner_in_a_region_that_is_offered() {
        // S-3, S-48
        let user = User { issuer: "i".to_owned(), subject: "alice".to_owned() };
        assert_eq!(Owner::for_worker(WorkerPath::User(user.clone()), &offered()), Ok(Owner::User(user)));
        let path = |region: &str| WorkerPath::Instance { region: region.to_owned(), instance: "team".to_owned() };
        assert!(Owner::for_worker(path("eu-1"), &offered()).is_ok());
        let refused = Owner::for_worker(path("mars"), &offered());
        assert_eq!(refused, Err(OwnerError::RegionNotOffered { offered: offered() }));
    }

    #[test]
    fn keys_never_collide_and_can_be_read_back() {
        // S-4
        let names = ["a#b", "c", "a", "b#c", "", ".", "a.b", "é", "a/b", "u", "i", "\0"];
        let mut seen = std::collections::BTreeMap::new();
        for one in names {
            for other in names {
                let user = Owner::User(User { issuer: one.to_owned(), subject: other.to_owned() });
                let shared = Owner::Instance { region: one.to_owned(), instance: other.to_owned() };
                for owner in [user, shared] {
                    assert_eq!(Owner::from_key(&owner.key()).as_ref(), Some(&owner));
                    assert!(seen.insert(owner.key(), owner.hash()).is_none());
                }
            }
        }
        let hashes: std::collections::BTreeSet<_> = seen.values().collect();
        assert_eq!(hashes.len(), seen.len());
    }

    #[test]
    fn an_owner_has_a_name_for_people() {
        let Caller { user, .. } = caller(&[]);
        assert_eq!(Owner::User(user).display_name(), "alice");
        let shared = Owner::Instance { region: "eu-1".to_owned(), instance: "team".to_owned() };
        assert_eq!(shared.display_name(), "eu-1/team");
    }

    #[test]
    fn foreign_keys_are_not_read() {
        for key in ["", "u", "u.YQ", "u.YQ.YQ.YQ", "x.YQ.YQ", "u.!.YQ"] {
            assert_eq!(Owner::from_key(key), None, "{key}");
        }
    }
}
