//! `cargo codebind`: reads the command line, runs one command, and says by its exit code how that went.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use codebind_operator::package;

/// What an operator runs around a deployment of codebind.
#[derive(Parser)]
#[command(name = "cargo codebind")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the zips that are deployed
    Package(package::Options),
}

fn main() -> ExitCode {
    let result = match Options::parse().command {
        Command::Package(options) => package::run(&options, &mut io::stdout().lock()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a terminal there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
