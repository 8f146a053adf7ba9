//! The deployment's template, held to the code and to what must hold of every deployment.

use std::{collections::BTreeSet, time::Duration};

use codebind::{
    domain::{
        provider::{AddressRule, Provider},
        work,
    },
    edge::{
        route,
        serve::{BUDGET_LONG, BUDGET_SHORT},
        sweep,
    },
    providers,
};
use codebind_local::{
    FUNCTIONS, routes,
    template::{self, Template},
};
use serde_json::{Value, json};
use tests::{CONSOLE, Scene};

use super::tidy::{OF_PROVIDERS, VARIABLES};

mod alarms;
mod protection;

/// As long as API Gateway waits.
const GATEWAY_MAX: Duration = Duration::from_secs(30);

/// What a function may need beyond its budget: a last call that was begun in time, and the answer.
const BEYOND_BUDGET: Duration = Duration::from_secs(2);

fn template() -> &'static Template {
    template::template().expect("the template is understood")
}

/// The text of `name` in a resource's properties.
fn text<'a>(properties: &'a Value, name: &str) -> &'a str {
    properties[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {properties}"))
}

#[test]
fn the_deployment_has_the_routes_of_the_functions() {
    // S-1, R-108
    let deployed: BTreeSet<_> = template().routes().iter().map(|it| (it.key.clone(), it.function.as_str())).collect();
    let of_functions = route::ROUTES.iter().map(|it| (format!("{} {}", it.method, it.path), it.function));
    assert_eq!(deployed, of_functions.collect());
    assert_eq!(template().routes().len(), deployed.len(), "a route stands twice");
    let api = |it: route::Api| if it == route::Api::Public { "Api" } else { "WorkersApi" };
    let of_gateway = routes::ROUTES.iter().map(|it| (it.key, api(it.api), it.authorization.name()));
    let authorized = template().routes().iter().map(|it| (it.key.as_str(), it.api.as_str(), it.authorization.as_str()));
    assert_eq!(authorized.collect::<BTreeSet<_>>(), of_gateway.collect());
}

#[test]
fn every_deployed_route_but_the_callback_and_the_page_has_the_authorizer() {
    // S-1, S-68, R-108
    let of_people = template().routes().iter().filter(|it| it.api == "Api");
    let open: BTreeSet<_> = of_people.filter(|it| it.authorization != "JWT").collect();
    assert!(open.iter().all(|it| it.authorization == "NONE"));
    let of_function =
        |name: &str| -> Vec<_> { open.iter().filter(|it| it.function == name).map(|it| it.key.as_str()).collect() };
    assert_eq!(of_function("oauth-callback"), ["GET /v1/oauth/callback/{provider}"]);
    let of_console = of_function("console");
    assert_eq!(of_console, ["GET /", "GET /console", "GET /console/config.json", "GET /console/{version}/{file}"]);
    assert_eq!(open.len(), 1 + of_console.len());
    // S-48: workers are let in by IAM, and by nothing else.
    let mut of_workers = template().routes().iter().filter(|it| it.api == "WorkersApi");
    assert!(of_workers.all(|it| it.authorization == "AWS_IAM" && it.function == "credential"));
    for (id, route) in template().resources("AWS::ApiGatewayV2::Route") {
        let properties = &route["Properties"];
        assert_eq!(properties["AuthorizerId"] == "Authorizer", properties["AuthorizationType"] == "JWT", "{id}");
    }
    let authorizer = &template().resource("Authorizer")["Properties"];
    assert_eq!((text(authorizer, "AuthorizerType"), &authorizer["ApiId"]), ("JWT", &json!("Api")));
    // Without a quick way in: an API has these routes and no others.
    assert_eq!(template().resources("AWS::ApiGatewayV2::Api").count(), 2);
    assert!(
        template().resource("WorkersApi")["Properties"].get("CorsConfiguration").is_none(),
        "no browser comes there"
    );
    assert_eq!(template().resources("AWS::Lambda::Url").count(), 0);
    for function in template().functions() {
        assert!(["Events", "FunctionUrlConfig"].iter().all(|it| function.properties.get(*it).is_none()));
    }
}

#[test]
fn functions_run_as_long_and_as_large_as_here() {
    // S-39, R-88
    let deployed: BTreeSet<_> =
        template().functions().iter().map(|it| (it.name.as_str(), it.timeout_seconds, it.memory_megabytes)).collect();
    let here = FUNCTIONS.iter().map(|it| (it.name, it.timeout.as_secs(), u64::from(it.memory_megabytes)));
    assert_eq!(deployed, here.collect());
    for function in FUNCTIONS {
        if function.name == "sweeper" {
            assert!(sweep::BUDGET + BEYOND_BUDGET < function.timeout, "nobody waits for it");
            assert!(function.timeout <= work::CLAIM, "a claim holds as long as a run");
            continue;
        }
        let is_long = matches!(function.name, "oauth-callback" | "token-bind" | "credential");
        let budget = if is_long { BUDGET_LONG } else { BUDGET_SHORT };
        assert!(budget + BEYOND_BUDGET < function.timeout, "{}", function.name);
        assert!(function.timeout < GATEWAY_MAX, "{}", function.name);
    }
}

#[test]
fn every_variable_is_deployed_and_no_other() {
    // S-9, R-114
    assert_eq!(OF_PROVIDERS, ["API_URL", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_ARN", "URL"]);
    let asks_address = |it: &Provider| it.personal_token().is_some_and(|it| it.address == AddressRule::Entered);
    let of_provider = |provider: &&'static Provider| {
        let prefix = format!("CODEBIND_{}", provider.id.to_uppercase());
        let suffixes: &[&str] = match provider.oauth() {
            // The secret itself is for local runs alone.
            Some(_) => &["API_URL", "CLIENT_ID", "CLIENT_SECRET_ARN", "URL"],
            None if asks_address(provider) => &["URL"],
            None => &["API_URL", "URL"],
        };
        suffixes.iter().map(move |suffix| format!("{prefix}_{suffix}"))
    };
    let known: BTreeSet<_> = providers::ALL.iter().flat_map(of_provider).chain(VARIABLES.map(str::to_owned)).collect();
    for function in template().functions() {
        assert_eq!(function.variables.keys().cloned().collect::<BTreeSet<_>>(), known, "{}", function.name);
    }
}

#[test]
fn no_variable_holds_a_secret() {
    // S-37, R-111: client secrets by ARN, tokens under the key; nothing is resolved into the template either.
    for function in template().functions() {
        for (name, value) in function.variables.iter().filter(|(name, _)| name.contains("SECRET")) {
            assert!(name.ends_with("_CLIENT_SECRET_ARN") && value.starts_with("arn:aws:secretsmanager:"), "{name}");
        }
        assert!(function.variables["CODEBIND_KMS_KEY_ID"].starts_with("arn:aws:kms:"));
    }
    for way in ["{{resolve:", "NoEcho", "SecretString", "GenerateSecretString"] {
        assert!(!template::TEXT.contains(way), "{way}");
    }
}

#[test]
fn every_oauth_provider_can_be_turned_on() {
    // S-9, S-37
    let named = |id: &str| {
        let (first, rest) = id.split_at(1);
        first.to_uppercase() + rest
    };
    for provider in Scene::oauth_providers() {
        let name = named(provider.id);
        assert!(template::TEXT.contains(&format!("\n  {name}ClientId:\n    Type: String\n")), "{name}");
        let secret = &template().resource(&format!("{name}ClientSecret"))["Properties"];
        assert_eq!(text(secret, "Name"), format!("codebind/{}-client-secret", provider.id));
        assert_eq!(secret["KmsKeyId"], protection::storage_key());
        for function in template().functions() {
            let variable = |what: &str| &function.variables[&format!("CODEBIND_{}_{what}", provider.id.to_uppercase())];
            assert_eq!(*variable("CLIENT_ID"), format!("id-at-{name}"));
            assert!(variable("CLIENT_SECRET_ARN").contains(text(secret, "Name")));
        }
    }
    let all = template().resources("AWS::SecretsManager::Secret").count();
    assert_eq!(all, Scene::oauth_providers().count(), "a secret for no provider");
}

#[tokio::test]
async fn consoles_are_answered_as_by_the_deployed_gateway() {
    // S-15, S-44
    let cors = &template().resource("Api")["Properties"]["CorsConfiguration"];
    let scene = Scene::builder().console().start().await;
    let origin = CONSOLE.trim_end_matches("/sources");
    let preflight = scene.http().request(reqwest::Method::OPTIONS, format!("{}/v1/providers", scene.world().url()));
    let preflight = preflight.header("origin", origin).header("access-control-request-method", "GET");
    let answer = preflight.send().await.unwrap();
    let header = |name: &str| answer.headers()[format!("access-control-{name}")].to_str().unwrap().to_owned();
    let listed = |name: &str| {
        let items = cors[name].as_array().unwrap_or_else(|| panic!("{name} is no list"));
        items.iter().map(|it| it.as_str().unwrap()).collect::<Vec<_>>().join(",")
    };
    assert_eq!(header("allow-methods"), listed("AllowMethods"));
    assert_eq!(header("allow-headers"), listed("AllowHeaders"));
    assert_eq!(header("max-age"), cors["MaxAge"].to_string());
    assert_eq!(header("allow-credentials"), cors["AllowCredentials"].to_string());
    assert_eq!(cors["AllowOrigins"], json!(["https://console.invalid"]), "by default nobody is allowed");
}
