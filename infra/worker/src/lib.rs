#![doc = include_str!("../README.md")]

use std::{
    ffi::OsString,
    io::{Read, Write},
    process::ExitCode,
};

use clap::Parser as _;

use self::{
    api::Api,
    failure::Failure,
    options::{Options, Settings},
    request::Request,
};

mod address;
mod api;
mod failure;
mod lease;
mod options;
mod request;
mod signature;

/// The name that it is told by.
const NAME: &str = "git-credential-codebind";

/// The exit code for options that are none.
const USAGE: u8 = 2;

/// Makes git give up, instead of asking the next helper or a person: see gitcredentials(7).
const QUIT: &[u8] = b"quit=1\n";

/// Does what git asks for. git reads `output`; `said` is for people.
///
/// It ends well even when it fails: git reads `quit` from what was printed, and not from the exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    input: impl Read,
    mut output: impl Write,
    mut said: impl Write,
) -> ExitCode {
    let options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(told) if !told.use_stderr() => {
            let _ = write!(output, "{told}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = write!(said, "{error}");
            let _ = output.write_all(QUIT);
            return ExitCode::from(USAGE);
        }
    };
    if let Err(failure) = operate(&options, input, &mut output) {
        // Nobody may be there to be told, or git may have gone.
        let _ = writeln!(said, "{NAME}: {failure}");
        let _ = output.write_all(QUIT);
    }
    let _ = output.flush();
    ExitCode::SUCCESS
}

fn operate(options: &Options, input: impl Read, output: &mut impl Write) -> Result<(), Failure> {
    match options.operation.as_str() {
        "get" => get(&Settings::new(options)?, &Request::read(input)?, output),
        "erase" => erase(&Settings::new(options)?, &Request::read(input)?),
        // There is nothing to store. Operations to come are ignored in silence, as git asks.
        _ => Ok(()),
    }
}

/// Prints a lease, if the request is for the address that it is for.
fn get(settings: &Settings, request: &Request, output: &mut impl Write) -> Result<(), Failure> {
    let lease = Api::new(settings)?.lease(request.repository())?;
    if !lease.is_for(request)? {
        return Ok(());
    }
    output.write_all(&lease.printed()).map_err(|_| Failure::Output)
}

/// Tells that a password was refused where git used it.
fn erase(settings: &Settings, request: &Request) -> Result<(), Failure> {
    match request.password_hash() {
        Some(hash) => Api::new(settings)?.suspect(&hash),
        None => Ok(()),
    }
}
