//! The functions that are deployed: their names, time-outs and memory. A test compares
//! them with the template.

use std::time::Duration;

/// One Lambda function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Name of the function and of its binary.
    pub name: &'static str,
    /// How long one invocation may take before the worker is killed.
    pub timeout: Duration,
    /// How much memory it has.
    pub memory_megabytes: u32,
}

/// Starts an authorization.
pub(crate) static OAUTH_START: Function = function("oauth-start", 12, 128);
/// Receives the browser back from the provider.
pub(crate) static OAUTH_CALLBACK: Function = function("oauth-callback", 27, 256);
/// Binds by token or by grant.
pub(crate) static TOKEN_BIND: Function = function("token-bind", 27, 256);
/// Removes a binding.
pub(crate) static UNBIND: Function = function("unbind", 12, 256);
/// Answers what is bound.
pub(crate) static STATUS: Function = function("status", 12, 128);

/// Lends build workers access tokens.
pub(crate) static CREDENTIAL: Function = function("credential", 27, 256);
/// Does what is due, without being asked over HTTP.
pub(crate) static SWEEPER: Function = function("sweeper", 300, 512);

/// Serves the page on which people bind.
pub(crate) static CONSOLE: Function = function("console", 12, 128);

/// All functions.
pub static FUNCTIONS: &[&Function] =
    &[&OAUTH_START, &OAUTH_CALLBACK, &TOKEN_BIND, &UNBIND, &STATUS, &CREDENTIAL, &SWEEPER, &CONSOLE];

const fn function(name: &'static str, timeout_seconds: u64, memory_megabytes: u32) -> Function {
    Function { name, timeout: Duration::from_secs(timeout_seconds), memory_megabytes }
}
