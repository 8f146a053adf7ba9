//! A Lambda request in, a response out: the only place that knows HTTP statuses and API Gateway's shapes.

pub mod body;
pub mod caller;
pub mod code;
pub mod console;
pub mod cookie;
pub mod credential;
pub mod event;
pub mod language;
pub mod log;
mod messages;
pub mod oauth_callback;
pub mod oauth_start;
pub mod page;
pub mod problem;
pub mod query;
pub mod request;
pub mod response;
pub mod route;
pub mod serve;
pub mod status;
pub mod sweep;
pub mod token_bind;
pub mod unbind;
pub mod view;
