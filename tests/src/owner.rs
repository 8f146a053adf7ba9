//! Whose bindings a request is about, as its path says it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// An owner in a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The caller.
    Me,
    /// A registry instance.
    Instance {
        /// Its region.
        region: String,
        /// Its name.
        instance: String,
    },
}

impl Owner {
    /// An instance of a region.
    pub fn instance(region: &str, instance: &str) -> Self {
        Self::Instance { region: region.to_owned(), instance: instance.to_owned() }
    }

    /// One owner of each kind.
    pub fn of_each_kind() -> [Self; 2] {
        [Self::Me, Self::instance("local-1", "team")]
    }

    /// The segments of a path that name it, encoded.
    pub fn path(&self) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        match self {
            Self::Me => "users/me".to_owned(),
            Self::Instance { region, instance } => format!("instances/{}/{}", encode(region), encode(instance)),
        }
    }

    /// The entry of the instances claim that allows it; none for the caller.
    pub fn claim(&self) -> Option<String> {
        match self {
            Self::Me => None,
            Self::Instance { region, instance } => Some(format!("{region}/{instance}")),
        }
    }
}
