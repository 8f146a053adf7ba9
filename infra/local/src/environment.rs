//! What the functions find in their environment.

use std::collections::{BTreeMap, BTreeSet};

use crate::dynamodb::{BINDINGS_TABLE, TRANSIENTS_TABLE};

/// The account that everything local belongs to.
pub(crate) const ACCOUNT_ID: &str = "123456789012";
/// The AWS region that everything local claims to be in.
pub(crate) const REGION: &str = "us-east-1";
/// Regions where binding is offered locally.
const BINDING_REGIONS: &str = "local-1 local-2";
/// The bus for events.
pub(crate) const EVENT_BUS: &str = "codebind";
/// The console's client at the development issuer.
pub(crate) const CONSOLE_CLIENT_ID: &str = "codebind-console";
const ALLOWED_HOSTS: &str = "CODEBIND_ALLOWED_HOSTS";

/// Variables by name.
pub(crate) type Environment = BTreeMap<String, String>;

/// Where the parts of the world are.
pub(crate) struct Addresses<'a> {
    pub(crate) public_url: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) dynamodb_url: &'a str,
    pub(crate) kms_url: &'a str,
    pub(crate) kms_key_id: &'a str,
    pub(crate) eventbridge_url: &'a str,
}

/// The ARN of a function.
pub(crate) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

/// The environment of all functions: what the world sets, what the simulators set, and `overrides`, which win.
pub(crate) fn assemble(
    addresses: &Addresses<'_>,
    simulators: Vec<(String, String)>,
    overrides: &Environment,
) -> Environment {
    let mut environment: Environment = [
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        // No secret: nothing local checks a signature. Each function has an access key id of its own besides.
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", addresses.dynamodb_url),
        ("AWS_ENDPOINT_URL_KMS", addresses.kms_url),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", addresses.eventbridge_url),
        ("CODEBIND_EVENT_BUS", EVENT_BUS),
        ("CODEBIND_PUBLIC_URL", addresses.public_url),
        ("CODEBIND_BINDINGS_TABLE", BINDINGS_TABLE),
        ("CODEBIND_TRANSIENTS_TABLE", TRANSIENTS_TABLE),
        ("CODEBIND_KMS_KEY_ID", addresses.kms_key_id),
        ("CODEBIND_ISSUER", addresses.issuer),
        ("CODEBIND_REGIONS", BINDING_REGIONS),
        ("CODEBIND_CONSOLE_CLIENT_ID", CONSOLE_CLIENT_ID),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    environment.extend(simulators);
    let simulated_hosts = environment.get(ALLOWED_HOSTS).cloned();
    environment.extend(overrides.clone());
    // The operator's list comes on top of the simulators that still run, or these could not be reached.
    if let (Some(simulated), Some(ours)) = (simulated_hosts, overrides.get(ALLOWED_HOSTS)) {
        let hosts: BTreeSet<&str> = simulated.split_whitespace().chain(ours.split_whitespace()).collect();
        let hosts: Vec<&str> = hosts.into_iter().collect();
        environment.insert(ALLOWED_HOSTS.to_owned(), hosts.join(" "));
    }
    environment
}

/// Whether `overrides` send a provider's traffic elsewhere, so that it needs no simulator.
pub(crate) fn is_elsewhere(provider: &str, overrides: &Environment) -> bool {
    let prefix = format!("CODEBIND_{}", provider.to_uppercase());
    ["_URL", "_API_URL"].iter().any(|suffix| overrides.contains_key(&format!("{prefix}{suffix}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(simulators: &[(&str, &str)], overrides: &[(&str, &str)]) -> Environment {
        let addresses = Addresses {
            public_url: "http://localhost:4180",
            dynamodb_url: "http://127.0.0.1:1",
            kms_url: "http://127.0.0.1:2",
            issuer: "http://localhost:4180/dev",
            kms_key_id: "arn:aws:kms:us-east-1:123456789012:key/1",
            eventbridge_url: "http://127.0.0.1:3",
        };
        let owned = |it: &[(&str, &str)]| -> Vec<(String, String)> {
            it.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assemble(&addresses, owned(simulators), &owned(overrides).into_iter().collect())
    }

    #[test]
    fn overrides_win() {
        let environment = with(
            &[("CODEBIND_EXAMPLE_CLIENT_ID", "simulated")],
            &[("CODEBIND_EXAMPLE_CLIENT_ID", "mine"), ("AWS_ENDPOINT_URL_KMS", "http://proxy")],
        );
        assert_eq!(environment["CODEBIND_EXAMPLE_CLIENT_ID"], "mine");
        assert_eq!(environment["AWS_ENDPOINT_URL_KMS"], "http://proxy");
        assert_eq!(environment["CODEBIND_REGIONS"], "local-1 local-2");
    }

    #[test]
    fn allowed_hosts_are_joined_while_simulators_run() {
        let ours = (ALLOWED_HOSTS, "git.test:443 127.0.0.1:4181");
        let joined = with(&[(ALLOWED_HOSTS, "127.0.0.1:4181 127.0.0.1:4182")], &[ours]);
        assert_eq!(joined[ALLOWED_HOSTS], "127.0.0.1:4181 127.0.0.1:4182 git.test:443");
        assert_eq!(with(&[], &[ours])[ALLOWED_HOSTS], ours.1);
    }

    #[test]
    fn either_url_turns_a_simulator_off() {
        for name in ["CODEBIND_EXAMPLE_URL", "CODEBIND_EXAMPLE_API_URL"] {
            let overrides = Environment::from([(name.to_owned(), "https://example.com".to_owned())]);
            assert!(is_elsewhere("example", &overrides));
            assert!(!is_elsewhere("another", &overrides));
        }
    }
}
