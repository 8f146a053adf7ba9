//! The API against its description, by a program that has seen neither before: what schemathesis makes of the document is
//! sent to the real binaries, well-formed and malformed, and every answer is held against it.
//!
//! `cargo contract` installs it, which takes Python. Without it this says so, and that nothing was shown.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{Scene, python_tools};

/// The newest at the time of writing; what it finds must not change by itself.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// It takes a minute where nothing else runs.
const TIME_MAX: Duration = Duration::from_mins(10);

#[tokio::test]
#[ignore = "takes Python and some minutes: run it with `cargo contract`"]
async fn the_api_keeps_its_contract() {
    // S-11, S-12, R-36, R-95, R-96, R-97
    let program = match tokio::task::spawn_blocking(install).await.expect("it ends") {
        Ok(program) => program,
        Err(why) => {
            shout(&format!(
                "THE API WAS NOT HELD AGAINST ITS DESCRIPTION BY SCHEMATHESIS: it is not to be had here.\n{why}\nIt takes \
                 Python 3 with `venv` and `pip`. NOTHING WAS RUN INSTEAD; what the scenarios check was run by `cargo test`."
            ));
            return;
        }
    };
    let scene = Scene::builder().console().start().await;
    let token = scene.world().token(&json!({"sub": "alice", "instances": ["local-1/team"]}));
    let url = scene.world().url().to_owned();
    let ran = tokio::task::spawn_blocking(move || run(&program, &url, &token)).await.expect("it ends");
    assert!(ran, "findings: see above. Each is a bug, or the description is wrong");
}

/// Runs it; whether it found nothing.
fn run(program: &Path, url: &str, token: &str) -> bool {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(program);
    command.arg("--config-file").arg(project.join("scenarios/api_description/schemathesis.toml"));
    command.arg("run").arg(project.join("../shared/openapi.yaml"));
    command.args(["--url", url, "--header", &format!("Authorization: Bearer {token}")]);
    // What it leaves behind is not of the project.
    command.current_dir(program.parent().expect("it is in a directory"));
    let mut child = command.stdin(Stdio::null()).spawn().expect("it starts");
    ended_well(&mut child)
}

/// Whether the child ends in time and says that all is well.
fn ended_well(child: &mut Child) -> bool {
    let deadline = Instant::now() + TIME_MAX;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.success();
        }
        if Instant::now() > deadline {
            child.kill().expect("a child can be ended");
            child.wait().expect("a child ends");
            shout("schemathesis did not end in time");
            return false;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Where the program is, in an environment of its own; installed if it is not there yet.
fn install() -> Result<PathBuf, String> {
    Ok(python_tools("schemathesis", &[SCHEMATHESIS])?.join("schemathesis"))
}

/// Writes where it is seen, whatever the test's own output goes to.
fn shout(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
