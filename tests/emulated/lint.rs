//! The template under the eyes of the tools that know `CloudFormation` and what is good practice in it.

use std::process::Command;

use tests::{python_tools, run};

use crate::emulator::{SAM, TEMPLATE};

/// The scan of policies has its exceptions, each with its reason, in a file beside the template.
const SCAN_CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/aws/.checkov.yaml");

#[test]
#[ignore = "installs the tools: run it with `cargo emulate`"]
fn the_template_is_clean() {
    // S-38, R-109, R-110
    let tools = || -> Result<_, String> {
        let lint = python_tools("cfn-lint", &["cfn-lint==1.58.0"])?.join("cfn-lint");
        let scan = python_tools("checkov", &["checkov==3.3.30"])?.join("checkov");
        Ok((lint, python_tools("sam", SAM)?.join("sam"), scan))
    };
    let (lint, sam, scan) = match tools() {
        Ok(tools) => tools,
        Err(why) => {
            eprintln!("\nTHE TEMPLATE WAS NOT CHECKED: the tools are not to be had here.\n{why}\n");
            return;
        }
    };
    let mut lint = Command::new(lint);
    lint.arg(TEMPLATE);
    let mut validate = Command::new(sam);
    validate.args(["validate", "--lint", "--region", "us-east-1", "--template-file", TEMPLATE]);
    validate.env("SAM_CLI_TELEMETRY", "0");
    let mut policies = Command::new(scan);
    policies.args(["--file", TEMPLATE, "--config-file", SCAN_CONFIGURATION]);
    // It would ask for words about its checks, which nobody reads here.
    policies.env("BC_SKIP_MAPPING", "TRUE");
    for mut tool in [lint, validate, policies] {
        let printed = run(&mut tool).unwrap_or_else(|error| panic!("{error}"));
        eprintln!("{}\n{printed}", tool.get_program().display());
    }
}
