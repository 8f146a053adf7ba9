//! The console in a real browser: `cargo browser` starts worlds, and Playwright runs `*.spec.js` against them.
//!
//! What it takes is installed by package name, once. Where that cannot be, the test says so and fails: it was asked
//! for by name, and nothing else shows what it shows.
#![expect(clippy::expect_used, reason = "a panic is how a scenario fails")]

mod install;
mod playwright;

use std::{fs, net::TcpListener, path::Path, process::Command, time::Duration};

use codebind::providers;
use codebind_local::Lifetimes;
use serde_json::{Value, json};
use tests::{Description, Scene, operator_binary, run};

use install::Tools;

/// How long access tokens last in the world where that is short.
const SHORT: Duration = Duration::from_secs(5);

/// Where the specs and the page that embeds the console are.
const SPECS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/browser");

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Chromium and some minutes: run it with `cargo browser`"]
async fn the_console_works_in_a_browser() {
    let tools = tokio::task::spawn_blocking(|| Tools::install(Path::new(SPECS))).await.expect("it ends");
    let tools =
        tools.unwrap_or_else(|why| panic!("THE CONSOLE WAS NOT TESTED: a browser is not to be had here.\n{why}"));
    // A page of another site, whose origin has to be known before the world starts.
    let elsewhere = format!("http://127.0.0.1:{}", free_port());
    let return_to = format!("{elsewhere}/ {elsewhere}/hosted/");
    let usual = Scene::builder().variable("CODEBIND_RETURN_TO", &return_to).start().await;
    let lifetimes = Lifetimes { access_token: SHORT, ..Lifetimes::default() };
    let short = Scene::builder().lifetimes(lifetimes).variable("CODEBIND_CONSOLE_SCOPE", "openid offline_access");
    let short = short.start().await;
    let description = tools.output.join("openapi.json");
    fs::write(&description, Description::get().document().to_string()).expect("the output directory is there");
    let scene = json!({
        "usual": addresses(&usual),
        "short": addresses(&short),
        "shortSeconds": SHORT.as_secs(),
        "elsewhere": elsewhere,
        "chromium": tools.chromium,
        "description": description,
        "output": tools.output,
        "specs": SPECS,
        "hosted": host(&usual, &tools.output.join("hosted")),
        "page": concat!(env!("CARGO_MANIFEST_DIR"), "/../functions/console/page"),
    });
    let passed = tokio::task::spawn_blocking(move || playwright::run(&tools, &scene)).await.expect("it ends");
    assert!(passed, "see above; traces and screenshots are in target/browser");
}

/// Writes the page of the console for another site, as an operator does; and the policy that is to be sent with it.
fn host(scene: &Scene, directory: &Path) -> Value {
    let url = scene.world().url();
    let mut command = Command::new(operator_binary());
    command.arg("console").arg(directory);
    command.env("CODEBIND_PUBLIC_URL", url).env("CODEBIND_ISSUER", format!("{url}/dev"));
    command.env("CODEBIND_CONSOLE_CLIENT_ID", "codebind-console");
    let told = run(&mut command).expect("the page is written");
    let policy = told.trim().lines().last().expect("the policy is the last line").trim();
    json!({"directory": directory, "policy": policy})
}

/// What a spec needs to know of a world.
fn addresses(scene: &Scene) -> Value {
    let simulator = |id: &'static str| Some((id, scene.world().simulator_url(id)?));
    let simulators: std::collections::BTreeMap<_, _> =
        providers::ALL.iter().filter_map(|provider| simulator(provider.id)).collect();
    json!({"url": scene.world().url(), "simulators": simulators})
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}
