//! The variables: every section of the configuration as the functions read it, and names that nothing reads.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use codebind::{
    config::{ClientSecretPlace, ConfigError, Environment},
    providers,
};
use url::{Host, Url};

use crate::{
    Variables,
    report::{Finding, shown},
};

const PREFIX: &str = "CODEBIND_";
const EXTRA_CA: &str = "CODEBIND_EXTRA_CA";
/// Stands for a value that is missing, so that what is read after it is read too.
const PLACEHOLDER: &str = "https://placeholder.invalid";
/// A name that differs by more than this from every known one is no misspelling.
const TYPOS_MAX: usize = 4;

pub(super) fn check(deployment: &Variables) -> Vec<Finding> {
    let (errors, _) = read(deployment);
    let mut findings = if errors.is_empty() {
        vec![Finding::ok("variables", "every section reads")]
    } else {
        errors.iter().map(|error| error_finding(error, deployment)).collect()
    };
    findings.extend(unknown(deployment));
    findings.extend(public_url(deployment));
    findings.extend(providers_of(deployment));
    findings
}

/// Reads every section. What is missing is found out one after the other, as a section stops at its first error.
fn read(deployment: &Variables) -> (Vec<ConfigError>, BTreeSet<String>) {
    let looked_up = RefCell::new(BTreeSet::new());
    let (mut errors, mut stand_ins): (Vec<ConfigError>, BTreeMap<String, String>) = (vec![], BTreeMap::new());
    loop {
        let environment = Environment::new(|name: &str| {
            looked_up.borrow_mut().insert(name.to_owned());
            stand_ins.get(name).cloned().or_else(|| deployment.get(name).map(str::to_owned))
        });
        let found = sections(&environment);
        let fresh: Vec<_> = found.into_iter().filter(|it| !stand_ins.contains_key(it.variable())).collect();
        if fresh.is_empty() {
            break;
        }
        for error in fresh {
            let is_new = stand_ins.insert(error.variable().to_owned(), PLACEHOLDER.to_owned()).is_none();
            errors.extend(Some(error).filter(|_| is_new));
        }
    }
    (errors, looked_up.into_inner())
}

fn sections<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Vec<ConfigError> {
    let mut found = vec![
        environment.tables().err(),
        environment.kms_key_id().err(),
        environment.callers().err(),
        environment.return_to().err(),
        environment.public_url().err(),
        environment.addresses().err(),
        environment.extra_ca().err(),
        environment.console().err(),
    ];
    for &provider in providers::ALL {
        found.push(environment.base(provider).err());
        if provider.oauth().is_none() {
            continue;
        }
        match environment.registration(provider) {
            Ok(Some(_)) => found.push(environment.client_secret(provider).err()),
            Ok(None) => {}
            Err(error) => found.push(Some(error)),
        }
    }
    found.into_iter().flatten().collect()
}

fn error_finding(error: &ConfigError, deployment: &Variables) -> Finding {
    let name = error.variable();
    let is_path = deployment.get(name).is_some_and(|it| it.starts_with('/'));
    if name == EXTRA_CA && is_path {
        return Finding::cannot_tell(name, "names a file of the deployment, which cannot be read here");
    }
    Finding::wrong(name, format!("{error}: set it in the functions' environment"))
}

/// Every name that the configuration looks up.
fn known() -> BTreeSet<String> {
    let on = |variables: Variables, id: &str| {
        variables.with(&format!("{PREFIX}{}_CLIENT_ID", id.to_ascii_uppercase()), "on")
    };
    let ids = providers::ALL.iter().filter(|it| it.oauth().is_some()).map(|it| it.id);
    let with_console = Variables::default().with("CODEBIND_CONSOLE_CLIENT_ID", "on");
    read(&ids.fold(with_console, on)).1
}

/// Names that nothing reads: most are misspelt, and what they were to set is not set.
fn unknown(deployment: &Variables) -> Vec<Finding> {
    let known = known();
    let ours = deployment.names().filter(|name| name.starts_with(PREFIX) && !known.contains(*name));
    let finding = |name: &str| {
        let nearest = known.iter().map(|it| (distance(it, name), it)).min();
        match nearest.filter(|(typos, _)| *typos <= TYPOS_MAX) {
            Some((_, nearest)) => Finding::wrong(shown(name), format!("is not known: is {nearest} meant?")),
            None => Finding::warning(shown(name), "is not known: nothing reads it"),
        }
    };
    ours.map(finding).collect()
}

/// Letters to put in, take out, change or exchange with the next, to make `left` of `right`.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (at, letter) in left.iter().enumerate() {
        let above = &rows[at];
        let mut row = vec![at + 1];
        for (other_at, other) in right.iter().enumerate() {
            let changed = above[other_at] + usize::from(letter != other);
            let mut least = changed.min(above[other_at + 1] + 1).min(row[other_at] + 1);
            if at > 0 && other_at > 0 && left[at - 1] == *other && right[other_at - 1] == *letter {
                least = least.min(rows[at - 1][other_at - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

fn public_url(deployment: &Variables) -> Option<Finding> {
    let url = Url::parse(&deployment.environment().public_url().ok()?).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let check = "public URL";
    Some(match url.scheme() {
        "https" => Finding::ok(check, shown(url.as_str())),
        _ if is_here => Finding::warning(check, "is http: for local runs only"),
        _ => Finding::wrong(check, "is http: secrets would travel unencrypted; serve the API by https"),
    })
}

fn providers_of(deployment: &Variables) -> Vec<Finding> {
    let environment = deployment.environment();
    let mut findings = vec![];
    for provider in providers::ALL.iter().copied().filter(|it| it.oauth().is_some()) {
        let (id, variable) = (provider.id, format!("{PREFIX}{}_CLIENT", provider.id.to_ascii_uppercase()));
        match environment.registration(provider) {
            Ok(Some(registration)) => {
                findings.push(Finding::ok(format!("redirect URI {id}"), shown(&registration.redirect_uri)));
                if let Ok(ClientSecretPlace::Given(_)) = environment.client_secret(provider) {
                    let cure =
                        format!("is in the environment: keep it in Secrets Manager and set {variable}_SECRET_ARN");
                    findings.push(Finding::warning(format!("{variable}_SECRET"), cure));
                }
            }
            Ok(None) => {
                findings.push(Finding::skipped(format!("provider {id}"), format!("is off: {variable}_ID is not set")));
            }
            // Told already, with the variable.
            Err(_) => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    fn complete() -> Variables {
        [
            ("CODEBIND_BINDINGS_TABLE", "b"),
            ("CODEBIND_TRANSIENTS_TABLE", "t"),
            ("CODEBIND_KMS_KEY_ID", "k"),
            ("CODEBIND_REGIONS", "r"),
            ("CODEBIND_PUBLIC_URL", "https://api.example.com"),
            ("CODEBIND_GITHUB_CLIENT_ID", "id"),
            ("CODEBIND_GITHUB_CLIENT_SECRET_ARN", "arn"),
        ]
        .into()
    }

    fn wrong(variables: &Variables) -> Vec<(String, String)> {
        let findings = check(variables).into_iter().filter(|it| it.outcome == Outcome::Wrong);
        findings.map(|it| (it.check, it.says)).collect()
    }

    #[test]
    fn a_complete_configuration_is_ok() {
        let findings = check(&complete());
        assert_eq!(findings[0], Finding::ok("variables", "every section reads"));
        assert!(
            findings.contains(&Finding::ok("redirect URI github", "https://api.example.com/v1/oauth/callback/github"))
        );
        assert!(findings.iter().all(|it| matches!(it.outcome, Outcome::Ok | Outcome::Skipped)), "{findings:?}");
    }

    #[test]
    fn all_errors_are_told_and_not_the_first_alone() {
        let variables =
            [("CODEBIND_HTTP_PORTS", "many"), ("CODEBIND_GITHUB_CLIENT_ID", "id"), ("CODEBIND_REGIONS", "a/b")];
        let told: BTreeSet<_> = wrong(&variables.into()).into_iter().map(|(check, _)| check).collect();
        let expected = [
            "CODEBIND_BINDINGS_TABLE",
            "CODEBIND_GITHUB_CLIENT_SECRET_ARN",
            "CODEBIND_HTTP_PORTS",
            "CODEBIND_KMS_KEY_ID",
            "CODEBIND_PUBLIC_URL",
            "CODEBIND_REGIONS",
            "CODEBIND_TRANSIENTS_TABLE",
        ];
        assert_eq!(told, expected.map(str::to_owned).into());
    }

    #[test]
    fn every_variable_is_known_and_a_misspelt_one_is_named_with_its_neighbour() {
        let known = known();
        for name in ["CODEBIND_TRANSIENTS_TABLE", "CODEBIND_GITEE_CLIENT_SECRET", "CODEBIND_GITLAB_API_URL", EXTRA_CA] {
            assert!(known.contains(name), "{name}");
        }
        let told = wrong(&complete().with("CODEBIND_GIHTUB_CLIENT_ID", "s3cret"));
        let expected = ("CODEBIND_GIHTUB_CLIENT_ID", "is not known: is CODEBIND_GITHUB_CLIENT_ID meant?");
        assert_eq!(told, [(expected.0.to_owned(), expected.1.to_owned())]);
        let far = check(&complete().with("CODEBIND_SOMETHING_ELSE_ALTOGETHER", "1"));
        assert!(far.iter().any(|it| it.outcome == Outcome::Warning && it.check.contains("ALTOGETHER")));
    }

    #[test]
    fn the_distance_counts_typing_mistakes() {
        for (left, right, typos) in
            [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1), ("abc", "xbc", 1), ("", "ab", 2)]
        {
            assert_eq!(distance(left, right), typos, "{left} {right}");
        }
    }

    #[test]
    fn plain_http_and_a_secret_in_the_environment_are_called_out() {
        // R-111
        let variables = complete().with("CODEBIND_PUBLIC_URL", "http://api.example.com");
        assert_eq!(wrong(&variables).len(), 1);
        let variables = complete()
            .with("CODEBIND_PUBLIC_URL", "http://localhost:4180")
            .with("CODEBIND_GITHUB_CLIENT_SECRET", "s3cret");
        let warnings = check(&variables).into_iter().filter(|it| it.outcome == Outcome::Warning);
        let warnings: Vec<_> = warnings.map(|it| it.check).collect();
        assert_eq!(warnings, ["public URL", "CODEBIND_GITHUB_CLIENT_SECRET"]);
    }

    #[test]
    fn a_file_of_the_deployment_is_not_missed_here() {
        let findings = check(&complete().with(EXTRA_CA, "/var/task/no-such-file.pem"));
        assert!(findings.iter().any(|it| it.check == EXTRA_CA && it.outcome == Outcome::CannotTell), "{findings:?}");
    }
}
