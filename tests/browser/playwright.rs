//! Runs the specs, and ends them in every case.

use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::install::Tools;

const TIME_MAX: Duration = Duration::from_mins(12);
/// How long Playwright may take to end its browsers.
const END_MAX: Duration = Duration::from_secs(10);

/// A run. Dropping it ends whatever of it is left.
struct Run(Child);

/// Runs the specs against the worlds that `scene` tells of; whether all passed.
pub(super) fn run(tools: &Tools, scene: &Value) -> bool {
    let specs = tools.packages.join("specs");
    let mut command = Command::new("node");
    command
        .arg(tools.packages.join("node_modules/@playwright/test/cli.js"))
        .args(["test", "--config", "playwright.config.js"])
        .args(wanted())
        .current_dir(&specs)
        .env("CODEBIND_BROWSER_SCENE", scene.to_string())
        .stdin(Stdio::null())
        // With its browsers it is one group, which can be ended as one.
        .process_group(0);
    let mut run = Run(command.spawn().expect("node starts"));
    let deadline = Instant::now() + TIME_MAX;
    loop {
        if let Some(status) = run.0.try_wait().expect("a child can be waited for") {
            return status.success();
        }
        assert!(Instant::now() < deadline, "the specs did not end in {} minutes", TIME_MAX.as_secs() / 60);
        thread::sleep(Duration::from_millis(100));
    }
}

/// Arguments for Playwright, such as the name of a spec: `CODEBIND_BROWSER_ARGS="attacks --headed" cargo browser`.
fn wanted() -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the product")]
    let wanted = std::env::var("CODEBIND_BROWSER_ARGS").unwrap_or_default();
    wanted.split_whitespace().map(str::to_owned).collect()
}

impl Drop for Run {
    fn drop(&mut self) {
        // Only its own group, which it leads.
        let group = format!("-{}", self.0.id());
        for signal in ["-TERM", "-KILL"] {
            let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
            let deadline = Instant::now() + END_MAX;
            while signal == "-TERM" && matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(50));
            }
        }
        let _ = self.0.wait();
    }
}
