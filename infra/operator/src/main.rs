//! `cargo codebind`: reads the command line, runs one command, and says by its exit code how that went: 0 all is well,
//! 1 something is wrong, 2 the command could not be carried out as it was given.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use codebind_operator::{Variables, console, doctor, package, redirect_uris};

/// What an operator runs around a deployment of codebind.
#[derive(Parser)]
#[command(name = "cargo codebind")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a deployment: configuration, tables, key, client secrets, registrations, API, issuer
    Doctor(doctor::Options),
    /// Write the console's page for hosting it elsewhere
    Console(console::Options),
    /// Build the zips that are deployed
    Package(package::Options),
    /// Print the redirect URI to register at each OAuth provider
    RedirectUris(redirect_uris::Options),
}

const WRONG: u8 = 1;
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut out = io::stdout().lock();
    match Options::parse().command {
        Command::Doctor(options) => match doctor::run(&options, &Variables::of_process(), &mut out) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(WRONG),
            Err(error) => failed(&error, USAGE),
        },
        Command::Console(options) => match console::run(&options, &Variables::of_process(), &mut out) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, USAGE),
        },
        Command::Package(options) => match package::run(&options, &mut out) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, WRONG),
        },
        Command::RedirectUris(options) => match redirect_uris::run(&options, &Variables::of_process(), &mut out) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, USAGE),
        },
    }
}

fn failed(error: &dyn std::error::Error, code: u8) -> ExitCode {
    // Without a terminal there is nobody to tell.
    let _ = writeln!(io::stderr(), "error: {error}");
    ExitCode::from(code)
}
