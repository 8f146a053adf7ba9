//! Git over HTTP: every account has a private repository `{login}/private.git`, which it alone may read.
//!
//! It asks for `Authorization: Basic` with the username that the provider wants and a live token. On GitLab's server below
//! a path, the repository is below it too. Another repository is 404, as for everybody who may not see it. Nothing can
//! be pushed.

use std::time::Duration;

use axum::http::Method;

use super::{call::Call, reply::Reply, repository::Repository, stage::Stage, state::Token};

/// The one repository of an account.
const NAME: &str = "private";

/// The one service.
const SERVICE: &str = "git-upload-pack";

/// Finds out whose token a username and a password are, if they may read repositories.
pub(super) type Reader = fn(&Stage, username: &str, token: &str) -> Option<String>;

/// Answers what git asks for; None for everything else.
pub(super) fn answer(stage: &Stage, call: &Call) -> Option<Reply> {
    let (repository, what) = call.path.split_once(".git/")?;
    let is_listing = match (&call.method, what) {
        (&Method::GET, "info/refs") => true,
        (&Method::POST, SERVICE) => false,
        _ => return None,
    };
    let reader = call.basic().and_then(|(username, token)| (stage.declaration.git)(stage, &username, &token));
    let Some(login) = reader else {
        let realm = format!("Basic realm=\"{}\"", stage.declaration.provider.display_name);
        return Some(plain(401, "Authentication failed\n").with("WWW-Authenticate", &realm));
    };
    let is_own = repository.rsplit_once('/').is_some_and(|(above, name)| {
        let owner = above.rsplit('/').next().unwrap_or_default();
        name == NAME && owner.eq_ignore_ascii_case(&login)
    });
    if !is_own {
        return Some(plain(404, "Repository not found\n"));
    }
    if is_listing && call.query().get("service") != Some(SERVICE) {
        return Some(plain(403, "Nothing can be pushed here\n"));
    }
    Some(serve(call, &login, is_listing).unwrap_or_else(Reply::from))
}

fn serve(call: &Call, login: &str, is_listing: bool) -> std::io::Result<Reply> {
    let repository = Repository::with("README.md", &format!("# The private repository of {login}\n"))?;
    let of_type = |what, body| {
        Reply::new(200, &format!("application/x-{SERVICE}-{what}"), body).with("Cache-Control", "no-cache")
    };
    if is_listing {
        return Ok(of_type("advertisement", repository.advertisement()));
    }
    Ok(repository.answer(&call.body).map_or_else(|| plain(400, "Bad request\n"), |body| of_type("result", body)))
}

fn plain(status: u16, text: &str) -> Reply {
    Reply::new(status, "text/plain; charset=utf-8", text.to_owned())
}

/// Whose token it is, if the simulator issued it, it lives and has the scope.
pub(super) fn reader(stage: &Stage, text: &str, lifetime: Option<Duration>, scope: &str) -> Option<String> {
    let has_ended = |token: &Token| token.revoked || lifetime.is_some_and(|it| token.has_expired(it));
    let token = stage.tokens.find(text).filter(|it| !has_ended(it))?;
    token.scopes.iter().any(|it| it == scope).then_some(token.account)
}
