//! The template is deployed into an emulator of AWS, which runs the very zips that are deployed, each under its role,
//! behind its API Gateway; then accounts are bound there and unbound (`cargo emulate`).
//!
//! What the emulator cannot do is left out of the template by `derive.py`, which says so, and is shown in other ways:
//! conditions on the encryption context, and each call against each policy, by the scenarios (the local world holds
//! the functions to the template's policies); alarms against the metrics there are, by `tidy`.
//! Nothing is borrowed there: its gateway lets in whoever names any access key, so that would show less than `lease` does.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a panic is how a scenario fails"
)]

mod emulator;
mod lint;

use std::collections::BTreeMap;

use codebind_local::simulator::{Simulators, client_secret};
use console::PAGE;
use reqwest::Method;
use serde_json::json;
use tests::{GITHUB, GITLAB, OCTO, Owner, Person, Scene};

use emulator::Emulator;

const CONSOLE: &str = "https://console.example.com";
const SCOPE: &str = "codebind";

/// The parameter of the template that a variable of the functions is set by: `CODEBIND_GITHUB_API_URL` by `GithubApiUrl`.
fn parameter_of(variable: &str) -> String {
    let words = variable.trim_start_matches("CODEBIND_").split('_');
    let capitalized = |word: &str| word[..1].to_owned() + &word[1..].to_lowercase();
    words.map(capitalized).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "installs an emulator and builds the functions for release: run it with `cargo emulate`"]
async fn the_template_is_deployed_and_binds() {
    // S-38, R-64, R-108, R-109, R-111
    let zips = tokio::task::spawn_blocking(tests::build_release_zips).await.expect("the functions build");
    let emulator = match tokio::task::spawn_blocking(Emulator::start).await.expect("it is started") {
        Ok(emulator) => emulator,
        Err(why) => {
            eprintln!("\nTHE TEMPLATE WAS NOT RUN: the emulator is not to be had here.\n{why}\n");
            return;
        }
    };
    let (url, address) = emulator.api();
    // Its issuer is the one that the API trusts; its own functions have nothing to do.
    let scene = Scene::start().await;
    let issuer = format!("{}/dev", scene.world().url());
    let public_url = url.as_str().trim_end_matches('/').to_owned();
    let simulators = Simulators::start(&public_url, &BTreeMap::new(), &[], None).await.expect("they start");
    let parameters = [
        ("IssuerUrl", issuer),
        ("Audiences", "codebind".to_owned()),
        ("RequiredScopes", SCOPE.to_owned()),
        ("BindingRegions", "local-1 local-2".to_owned()),
        ("PublicUrl", public_url),
        ("ReturnTo", format!("{CONSOLE}/sources")),
        ("ConsoleOrigins", CONSOLE.to_owned()),
        ("ConsoleClientId", "codebind-console".to_owned()),
        ("ProtectTables", "false".to_owned()),
    ];
    let variables = simulators.environment();
    // A client secret is no parameter.
    let of_simulators = variables.iter().filter(|(name, _)| !name.ends_with("_CLIENT_SECRET"));
    let of_simulators: Vec<_> = of_simulators.map(|(name, value)| (parameter_of(name), value.clone())).collect();
    let of_simulators = of_simulators.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let parameters: Vec<_> = parameters.into_iter().chain(of_simulators).collect();

    let left_out = emulator.deploy(zips, &parameters).expect("the template is deployed");
    eprintln!("deployed\n{left_out}");
    emulator.repeat_cors(CONSOLE).expect("CORS is repeated");
    for provider in Scene::oauth_providers() {
        let secret = client_secret(provider.id).expect("it binds by OAuth");
        emulator.put_secret(provider.id, secret).expect("the secret is stored");
    }

    let alice = scene.person_elsewhere("alice", SCOPE, &url, address);
    only_callers_with_a_token_and_scope_get_in(&scene, &alice, &emulator).await;
    consoles_may_ask(&alice).await;
    the_page_is_served(&alice).await;
    accounts_are_bound_and_unbound(&alice).await;
    the_console_completes(&alice).await;
    let output = emulator.function_output().expect("the logs are read");
    assert!(output.contains("\"event\":\"unbound\""), "{output}\n{}", emulator.log());
    simulators.secrets().iter().for_each(|secret| alice.keep_secret(secret));
    alice.assert_no_secret_in(&output);
    eprintln!("{}", emulator.delete().expect("the stack is deleted"));
}

async fn only_callers_with_a_token_and_scope_get_in(scene: &Scene, alice: &Person, emulator: &Emulator) {
    let (url, address) = emulator.api();
    let path = "/v1/users/me/bindings";
    assert_eq!(alice.send(alice.browse(Method::GET, path)).await.status, 401, "without a token");
    let stranger = scene.person_elsewhere("mallory", "another", &url, address);
    assert_eq!(stranger.list(&Owner::Me).await.status, 403, "without the scope");
    // The callback is open, and has its own words for what makes no sense.
    let page = alice.send(alice.browse(Method::GET, "/v1/oauth/callback/github")).await;
    page.page(400, "");
    assert_eq!(alice.list(&Owner::Me).await.expect(200).json()["bindings"].as_array().unwrap().len(), 5);
}

async fn consoles_may_ask(alice: &Person) {
    let preflight = |origin: &str| {
        let request = alice.browse(Method::OPTIONS, "/v1/users/me/bindings/gitlab").header("origin", origin);
        let request = request.header("access-control-request-method", "PUT");
        request.header("access-control-request-headers", "authorization,content-type")
    };
    let ours = alice.send(preflight(CONSOLE)).await;
    assert_eq!(ours.header("access-control-allow-origin"), CONSOLE, "{}", ours.everything());
    assert_eq!(ours.header("access-control-allow-credentials"), "true");
    let other = alice.send(preflight("https://evil.example")).await;
    assert_eq!(other.header("access-control-allow-origin"), "", "{}", other.everything());
}

/// A gateway takes what is compressed in base64, and has to hand it on as it was.
async fn the_page_is_served(anybody: &Person) {
    let get = |path: &str| anybody.browse(Method::GET, path);
    assert!(anybody.send(get("/")).await.expect(303).header("location").ends_with("/console"));
    let page = anybody.send(get("/console")).await.expect(200);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
    let config = anybody.send(get("/console/config.json")).await.expect(200).json();
    assert_eq!(config["client_id"], "codebind-console");
    let directory = page.text.split('"').find_map(|it| it.strip_suffix("/app.js")).expect("the page loads it");
    let plain = anybody.send(get(&format!("{directory}/style.css"))).await.expect(200);
    assert_eq!(plain.text, PAGE.assets.iter().find(|it| it.name == "style.css").unwrap().text);
    for asset in PAGE.assets {
        let request = get(&format!("{directory}/{}", asset.name)).header("accept-encoding", "gzip");
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-encoding"], "gzip", "{}", asset.name);
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable", "{}", asset.name);
        assert_eq!(answer.bytes().await.expect("a body"), asset.gzip, "{}", asset.name);
    }
    anybody.send(get("/console/0123456789abcdef/app.js")).await.problem(404, "not_found");
}

async fn accounts_are_bound_and_unbound(alice: &Person) {
    for owner in Owner::of_each_kind() {
        for provider in Scene::oauth_providers() {
            assert_eq!(alice.authorize(&owner, provider.id, OCTO).await.result(), "bound", "{}", provider.id);
        }
        alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201);
        // The same again renews, and another account is refused.
        assert_eq!(alice.authorize(&owner, GITHUB, OCTO).await.result(), "renewed");
        assert_eq!(alice.bind_gitlab(&owner, "glpat-api-other", "other").await.code(), "other_account_bound");
        assert_eq!(alice.unbind(&owner, GITHUB).await.expect(200).json()["revocation"], "revoked");
        assert_eq!(alice.unbind(&owner, GITLAB).await.expect(200).json()["revocation"], "left_in_place");
        assert_eq!(alice.unbind(&owner, GITLAB).await.code(), "not_bound");
        let listed = alice.list(&owner).await.expect(200).json();
        let states: Vec<_> = listed["bindings"].as_array().unwrap().iter().map(|it| it["state"].clone()).collect();
        assert_eq!(states, ["unbound", "bound", "bound", "unbound", "unbound"], "{listed}");
    }
}

async fn the_console_completes(alice: &Person) {
    let attempt = alice.start_for_console(GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    let (answer, secret) = alice.callback_for_console(&back).await;
    let (answer, grant) = alice.redeem(&secret.unwrap_or_else(|| panic!("{}", answer.everything()))).await;
    let grant = grant.unwrap_or_else(|| panic!("{}", answer.everything()));
    let bound = alice.put(&Owner::Me, GITHUB, &json!({"grant": grant})).await.expect(201);
    assert_eq!(bound.json()["account"]["login"], OCTO);
    assert_eq!(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["revocation"], "revoked");
}
