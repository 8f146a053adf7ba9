//! `git-credential-codebind`: hands the process's arguments and pipes to the library.

use std::{env, io, process::ExitCode};

fn main() -> ExitCode {
    codebind_worker::run(env::args_os(), io::stdin().lock(), io::stdout().lock(), io::stderr().lock())
}
