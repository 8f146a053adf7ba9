//! Client secrets in Secrets Manager: read at start, rotated at any time, two valid meanwhile.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use codebind_local::{SecretsManager, simulator::client_secret};
use tests::{GITHUB, OCTO, Owner, Scene, SceneBuilder, Silence};

/// One that no simulator accepts.
const WRONG: &str = "some-other-secret-of-the-right-length-0000";

/// The ARN of one that is not there.
const ABSENT: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:codebind/github-client-secret-ABCDEF";

/// The one that the provider's simulator accepts.
fn right(provider: &str) -> &'static str {
    client_secret(provider).expect("it binds by OAuth")
}

/// What the template calls the secret of a provider; a function may read no other.
fn name(provider: &str) -> String {
    format!("codebind/{provider}-client-secret")
}

/// A scene whose functions find the secret of each OAuth provider under an ARN.
pub(crate) async fn kept<'a>(secrets: &SecretsManager, value: Option<&str>) -> SceneBuilder<'a> {
    let mut builder = Scene::builder().console().variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url());
    for provider in Scene::oauth_providers() {
        let arn = secrets.create(&name(provider.id), value.unwrap_or(right(provider.id))).await;
        builder = by_arn(builder, provider.id, arn.as_str().expect("it is made"));
    }
    builder
}

fn by_arn<'a>(builder: SceneBuilder<'a>, provider: &str, arn: &str) -> SceneBuilder<'a> {
    let variable = |what: &str| format!("CODEBIND_{}_{what}", provider.to_uppercase());
    builder.variable(&variable("CLIENT_SECRET"), "").variable(&variable("CLIENT_SECRET_ARN"), arn)
}

#[tokio::test]
async fn a_secret_is_read_by_its_arn() {
    // S-37, R-66, R-111
    let secrets = SecretsManager::start().await.unwrap();
    let scene = kept(&secrets, None).await.start().await;
    let alice = scene.person("alice");
    for provider in Scene::oauth_providers() {
        assert_eq!(alice.authorize(&Owner::Me, provider.id, OCTO).await.result(), "bound", "{}", provider.id);
    }
    assert_eq!(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["revocation"], "revoked");
}

#[tokio::test]
async fn a_secret_that_was_rotated_is_read_again_and_the_code_is_not_lost() {
    // S-37, R-66: the functions read the old one when they started.
    let secrets = SecretsManager::start().await.unwrap();
    let scene = kept(&secrets, Some(WRONG)).await.start().await;
    scene.keep_secret(WRONG);
    let alice = scene.person("alice");
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "registration_refused");
    secrets.rotate(&name(GITHUB), right(GITHUB)).await;
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    scene.simulator(GITHUB).forget_requests().await;
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "renewed");
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 1, "what was read anew is remembered");
    let output = scene.world().function_output();
    // S-43: its calls have their lines too, those of the start without a request.
    let told = |part: &str| output.lines().filter(|it| it.contains("secrets_manager") && it.contains(part)).count();
    assert!(told("GetSecretValue") > told("request_id") && told("request_id") > 0, "{output}");
}

#[tokio::test]
async fn the_secret_before_is_good_until_the_provider_knows_the_new_one() {
    // S-37, R-66
    let secrets = SecretsManager::start().await.unwrap();
    let scene = kept(&secrets, None).await.start().await;
    let alice = scene.person("alice");
    secrets.rotate(&name(GITHUB), WRONG).await;
    // A fresh worker reads the new one first.
    for function in ["oauth-callback", "unbind"] {
        assert!(scene.world().kill_workers(function) > 0);
    }
    assert_eq!(alice.authorize(&Owner::Me, GITHUB, OCTO).await.result(), "bound");
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 2);
    assert_eq!(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["revocation"], "revoked");
}

#[tokio::test]
async fn without_its_secret_nothing_is_used_up() {
    // S-37, S-40, R-92: nothing listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = Scene::builder().console().variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", &format!("http://{closed}"));
    let scene = by_arn(builder, GITHUB, ABSENT).start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    alice.callback(&back).await.page(503, "Try again");
    let row = scene.rows().authorization(&attempt.state).await.unwrap();
    assert!(!row.contains_key("consumed_by"), "{:?}", row.keys());
    assert_eq!(scene.simulator(GITHUB).count("POST", "/access_token").await, 0);
    // Others are not held up.
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
}

#[tokio::test]
async fn a_service_that_is_silent_keeps_nobody_waiting() {
    // S-37, S-39, R-88
    let silence = Silence::start().await;
    let builder = Scene::builder().console().variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", silence.url());
    let scene = by_arn(builder, GITHUB, ABSENT).start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    let started = Instant::now();
    alice.callback(&back).await.page(503, "Try again");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(silence.connections() > 0);
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_the_operators_fault() {
    // S-37, S-40
    let secrets = SecretsManager::start().await.unwrap();
    let builder = Scene::builder().variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url());
    let scene = by_arn(builder, GITHUB, ABSENT).start().await;
    let alice = scene.person("alice");
    let attempt = alice.start(&Owner::Me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    alice.callback(&back).await.page(500, "misconfigured");
    let row = scene.rows().authorization(&attempt.state).await.unwrap();
    assert_eq!(row.get("consumed_by"), None::<&AttributeValue>);
}
