//! `cargo codebind doctor` against a world: all is well with a fresh one, and each thing that is broken is told.

use std::collections::BTreeMap;
use std::process::{Output, Stdio};

use codebind_local::SecretsManager;
use codebind_local::simulator::client_secret;
use serde_json::{Value, json};
use tests::{BITBUCKET, CONSOLE, GITEE, GITHUB, Scene, Scratch, operator_binary};
use tokio::process::Command;

const BINDINGS_TABLE: &str = "CODEBIND_BINDINGS_TABLE";
const PUBLIC_URL: &str = "CODEBIND_PUBLIC_URL";
/// One that no simulator accepts.
const WRONG: &str = "some-other-secret-of-the-right-length-0000";

/// A deployment as its operator sees it: its variables may be set wrong.
struct Deployment {
    variables: BTreeMap<String, String>,
    issuer: String,
    secrets: Vec<String>,
}

impl Deployment {
    fn of(scene: &Scene) -> Self {
        let provider_secrets = Scene::oauth_providers().filter_map(|it| client_secret(it.id)).map(str::to_owned);
        Self {
            variables: scene.world().environment().clone(),
            issuer: format!("{}/dev", scene.world().url()),
            secrets: provider_secrets.chain([WRONG.to_owned()]).collect(),
        }
    }

    fn with(&self, name: &str, value: &str) -> Self {
        let mut variables = self.variables.clone();
        variables.insert(name.to_owned(), value.to_owned());
        Self { variables, issuer: self.issuer.clone(), secrets: self.secrets.clone() }
    }

    /// What the doctor says, whose output is searched for secrets.
    async fn examine(&self) -> Examined {
        let scratch = Scratch::default();
        std::fs::create_dir(scratch.path()).expect("the directory can be made");
        let file = scratch.path().join("function.json");
        let text = json!({"FunctionName": "status", "Environment": {"Variables": self.variables}}).to_string();
        std::fs::write(&file, text).expect("the file can be written");
        let file = file.to_string_lossy().into_owned();
        let list = self.run(&["--variables", &file, "--issuer", &self.issuer], &BTreeMap::new()).await;
        let output = self.run(&["--variables", &file, "--issuer", &self.issuer, "--json"], &BTreeMap::new()).await;
        assert_eq!(list.status, output.status, "{}", String::from_utf8_lossy(&list.stdout));
        let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
        assert_eq!(report["ok"], output.status.code() == Some(0));
        Examined(report)
    }

    async fn run(&self, options: &[&str], variables: &BTreeMap<String, String>) -> Output {
        let binary = tokio::task::spawn_blocking(operator_binary).await.expect("it builds");
        let mut command = Command::new(binary);
        // Not secrets: nothing local checks a signature.
        command.env_clear().envs([("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")]);
        command.arg("doctor").args(options).envs(variables).stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.expect("it runs");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // S-36
        for secret in &self.secrets {
            assert!(!text.contains(secret.as_str()), "a secret is printed");
        }
        output
    }
}

/// A report.
struct Examined(Value);

impl Examined {
    /// Area and check of what ended so.
    fn ended(&self, outcome: &str) -> Vec<String> {
        let findings = self.0["findings"].as_array().expect("a list").iter().filter(|it| it["outcome"] == outcome);
        let text = |it: &Value, name: &str| it[name].as_str().expect("a text").to_owned();
        findings.map(|it| format!("{} / {}", text(it, "area"), text(it, "check"))).collect()
    }

    /// What is said of a check.
    fn says(&self, area: &str, check: &str) -> String {
        let findings = self.0["findings"].as_array().expect("a list");
        let found = findings.iter().find(|it| it["area"] == area && it["check"] == check);
        found.unwrap_or_else(|| panic!("{area} / {check} in {:#}", self.0))["says"].as_str().expect("a text").to_owned()
    }

    /// Exactly this is wrong, and `part` is said of it.
    fn is_wrong(&self, area: &str, check: &str, part: &str) {
        assert_eq!(self.ended("wrong"), [format!("{area} / {check}")], "{:#}", self.0);
        let says = self.says(area, check);
        assert!(says.contains(part), "{says}");
    }
}

fn closed() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    format!("http://{}", listener.local_addr().expect("it has an address"))
}

#[tokio::test]
async fn all_is_well_with_a_fresh_world() {
    let scene = Scene::builder().console().start().await;
    let examined = Deployment::of(&scene).examine().await;
    assert_eq!(examined.ended("wrong"), [""; 0], "{:#}", examined.0);
    let ok = examined.ended("ok");
    for check in [
        "configuration / variables",
        "tables / bindings",
        "tables / bindings: index",
        "tables / transients",
        "tables / transients: time to live",
        "key / key",
        "API / authorizer",
        "console / page",
        "console / sign-in",
        "issuer / discovery",
        "issuer / key set",
    ] {
        assert!(ok.iter().any(|it| it == check), "{check} in {:#}", examined.0);
    }
    assert!(ok.contains(&format!("API / console {}", url_origin(CONSOLE))), "{ok:?}");
    for provider in Scene::oauth_providers() {
        for area in ["client secrets / ", "registrations / ", "API / callback ", "configuration / redirect URI "] {
            assert!(ok.contains(&format!("{area}{}", provider.id)), "{area}{} in {ok:?}", provider.id);
        }
    }
    // What is as it is in a local run alone is called out.
    let warnings = examined.ended("warning");
    assert!(warnings.contains(&"configuration / public URL".to_owned()), "{warnings:?}");
    assert!(warnings.contains(&"configuration / CODEBIND_GITHUB_CLIENT_SECRET".to_owned()), "{warnings:?}");
}

fn url_origin(text: &str) -> String {
    url::Url::parse(text).expect("an address").origin().ascii_serialization()
}

#[tokio::test]
async fn what_is_configured_wrong_is_told() {
    let scene = Scene::start().await;
    let deployment = Deployment::of(&scene);
    let examined = deployment.with(BINDINGS_TABLE, "nowhere").examine().await;
    examined.is_wrong("tables", "bindings", "there is no table nowhere");
    let other = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000";
    deployment.with("CODEBIND_KMS_KEY_ID", other).examine().await.is_wrong("key", "key", "there is no such key");
    let typo = "CODEBIND_GIHTUB_CLIENT_ID";
    let examined = deployment.with(typo, WRONG).examine().await;
    examined.is_wrong("configuration", typo, "CODEBIND_GITHUB_CLIENT_ID");
    let examined = deployment.with(BINDINGS_TABLE, "").examine().await;
    examined.is_wrong("configuration", BINDINGS_TABLE, "is missing");
    assert_eq!(examined.ended("skipped").iter().filter(|it| it.starts_with("tables")).count(), 1);
}

#[tokio::test]
async fn a_disabled_key_is_told() {
    let scene = Scene::start().await;
    scene.seals().disable_key(scene.world().kms_key_id()).await;
    Deployment::of(&scene).examine().await.is_wrong("key", "key", "disabled: enable it");
}

#[tokio::test]
async fn a_registration_that_the_provider_refuses_is_told() {
    // S-37, S-40
    let scene = Scene::start().await;
    let deployment = Deployment::of(&scene);
    for provider in [GITHUB, GITEE, BITBUCKET] {
        let name = format!("CODEBIND_{}_CLIENT_SECRET", provider.to_uppercase());
        let examined = deployment.with(&name, WRONG).examine().await;
        examined.is_wrong("registrations", provider, "refuses client id or secret");
    }
    let refused =
        json!({"path": "/access_token", "times": 2, "status": 200, "body": {"error": "redirect_uri_mismatch"}});
    scene.simulator(GITHUB).fail(refused).await;
    let expected = format!("register {}/v1/oauth/callback/github at ", scene.world().url());
    deployment.examine().await.is_wrong("registrations", GITHUB, &expected);
    let examined = deployment.with("CODEBIND_GITHUB_URL", &closed()).examine().await;
    examined.is_wrong("registrations", GITHUB, "cannot be reached");
    // Others tell less, and that is said.
    assert!(examined.says("registrations", GITEE).contains("does not tell"));
}

#[tokio::test]
async fn an_api_that_is_not_there_is_told() {
    let scene = Scene::start().await;
    let examined = Deployment::of(&scene).with(PUBLIC_URL, &closed()).examine().await;
    let wrong = examined.ended("wrong");
    let is_of_api = |it: &String| it.starts_with("API / ") || it == "console / page";
    assert!(wrong.iter().all(is_of_api) && wrong.len() == 5, "{wrong:?}");
    assert!(examined.says("API", "authorizer").contains("cannot be reached"));
    // A provider's simulator is a server too, and not the API.
    let elsewhere = scene.simulator(GITHUB).url().to_owned();
    let examined = Deployment::of(&scene).with(PUBLIC_URL, &elsewhere).examine().await;
    assert!(examined.says("API", "authorizer").contains("answered 404"), "{:#}", examined.0);
}

#[tokio::test]
async fn a_kept_secret_is_looked_at_and_not_told() {
    // S-36, S-37
    let secrets = SecretsManager::start().await.unwrap();
    let scene = Scene::start().await;
    let right = client_secret(GITHUB).expect("it binds by OAuth");
    let arn = secrets.create(GITHUB, &json!({"client_secret": right}).to_string()).await;
    let kept = Deployment::of(&scene)
        .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url())
        .with("CODEBIND_GITHUB_CLIENT_SECRET", "")
        .with("CODEBIND_GITHUB_CLIENT_SECRET_ARN", arn.as_str().expect("it is made"));
    let examined = kept.examine().await;
    assert_eq!(examined.ended("wrong"), [""; 0], "{:#}", examined.0);
    assert!(examined.says("client secrets", GITHUB).contains("no other version"));
    secrets.rotate(GITHUB, WRONG).await;
    let examined = kept.examine().await;
    examined.is_wrong("registrations", GITHUB, "accepts the previous client secret");
    assert!(examined.says("client secrets", GITHUB).contains("a previous version"));
    secrets.rotate(GITHUB, &json!({"secret": WRONG}).to_string()).await;
    kept.examine().await.is_wrong("client secrets", GITHUB, "without a text `client_secret`");
    let other = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x";
    let examined = kept.with("CODEBIND_GITHUB_CLIENT_SECRET_ARN", other).examine().await;
    examined.is_wrong("client secrets", GITHUB, "there is no such secret");
}

#[tokio::test]
async fn the_environment_of_the_process_and_a_file_of_lines_will_do_too() {
    let scratch = Scratch::default();
    let scene = Scene::builder().on_disk(&scratch).start().await;
    let deployment = Deployment::of(&scene).with(PUBLIC_URL, scene.world().url());
    let output = deployment.run(&[], &deployment.variables).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let file = scratch.path().join("functions.env").to_string_lossy().into_owned();
    let text = String::from_utf8(deployment.run(&["--variables", &file], &BTreeMap::new()).await.stdout).unwrap();
    assert!(text.contains("variables") && text.contains("every section reads"), "{text}");
    // There is nothing to check without variables, and no such option.
    assert_eq!(deployment.run(&["--variables", "/nowhere"], &BTreeMap::new()).await.status.code(), Some(2));
    assert_eq!(deployment.run(&["--nonsense"], &BTreeMap::new()).await.status.code(), Some(2));
}
