//! Options, good and bad.

use super::*;

fn settings(arguments: &[&str], without: &str) -> Result<Settings, String> {
    let options =
        Options::try_parse_from([&[crate::NAME], arguments, &["get"]].concat()).map_err(|it| it.to_string())?;
    let variable = |name: &str| {
        let value = match name {
            "AWS_DEFAULT_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" => "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI",
            _ => return None,
        };
        (name != without).then(|| value.to_owned())
    };
    Settings::with(&options, variable).map_err(|it| it.to_string())
}

fn place_of(url: &str, owner: &str) -> Result<String, String> {
    settings(&["--url", url, "--owner", owner, "--provider", "acme"], "").map(|it| it.url.to_string())
}

#[test]
fn an_owner_becomes_a_place() {
    let api = "https://api.example.com";
    for (owner, path) in [
        ("users/alice", "users/alice"),
        ("users/auth0|a b", "users/auth0%7Ca%20b"),
        ("users/a/b%2F", "users/a%2Fb%252F"),
        ("users/爱", "users/%E7%88%B1"),
        ("instances/eu-1/team", "instances/eu-1/team"),
    ] {
        assert_eq!(place_of(api, owner), Ok(format!("{api}/v1/{path}/bindings/acme")));
    }
    let below = place_of("https://api.example.com/prod/", "users/a");
    assert_eq!(below.as_deref(), Ok("https://api.example.com/prod/v1/users/a/bindings/acme"));
}

#[test]
fn what_is_no_owner_is_refused() {
    for owner in
        ["alice", "users/", "users/..", "users/.", "instances/eu-1", "instances/eu-1/a/b", "instances/../a", "x/y"]
    {
        assert!(place_of("https://api.example.com", owner).unwrap_err().contains("--owner"), "{owner}");
    }
}

#[test]
fn a_token_is_asked_for_by_https_or_on_this_machine() {
    for url in ["https://api.example.com", "http://127.0.0.1:4190", "http://[::1]:1", "http://localhost:4190"] {
        assert!(place_of(url, "users/a").is_ok(), "{url}");
    }
    for url in ["http://api.example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://localhost", "api"] {
        assert!(place_of(url, "users/a").unwrap_err().contains("--url"), "{url}");
    }
    for url in ["https://a@api.example.com", "https://a:b@api.example.com", "https://a/?b", "https://a/#b"] {
        assert!(place_of(url, "users/a").unwrap_err().contains("--url"), "{url}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let all = ["--url", "https://a", "--owner", "users/a", "--provider", "acme"];
    assert!(settings(&all, "").is_ok());
    for (left_out, name) in [(0, "--url"), (2, "--owner"), (4, "--provider")] {
        let rest = [&all[..left_out], &all[left_out + 2..]].concat();
        assert!(settings(&rest, "").unwrap_err().contains(name));
    }
    assert!(settings(&all, "AWS_DEFAULT_REGION").unwrap_err().contains("AWS_REGION"));
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert!(settings(&all, name).unwrap_err().contains(name));
    }
    assert!(settings(&[&all[..], &["--min-ttl", "3601"]].concat(), "").unwrap_err().contains("3601"));
    assert!(settings(&[&all[..], &["--purpose", "mining"]].concat(), "").unwrap_err().contains("mining"));
}

#[test]
fn the_secret_key_is_not_printed() {
    // S-36
    let all = ["--url", "https://a", "--owner", "users/a", "--provider", "acme"];
    assert!(!format!("{:?}", settings(&all, "").unwrap()).contains("wJalrXUtnFEMI"));
}
