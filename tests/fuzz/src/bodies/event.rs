//! `event`: what API Gateway hands over, through all functions. Each ends in an answer, and none lets nobody in.

use codebind::config::Environment;
use codebind::edge::event::Event;
use codebind::edge::oauth_callback::OAuthCallback;
use codebind::edge::oauth_start::OAuthStart;
use codebind::edge::request::{Frame, Incoming};
use codebind::edge::serve::{BUDGET_LONG, answer};
use codebind::edge::status::Status;
use codebind::edge::token_bind::TokenBind;
use codebind::edge::unbind::Unbind;
use codebind::edge::{event::Response, route};
use codebind::ports::World;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;

use super::bytes::Bytes;
use super::silent::Silent;
use super::{make_event, response};

/// The functions as an operator configures them, with all providers on.
struct Functions {
    status: Status,
    start: OAuthStart,
    callback: OAuthCallback,
    bind: TokenBind,
    unbind: Unbind,
}

/// `{`: the event itself. Else: whether storage answers, and then its lines.
pub(super) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let is_there = data.first() == Some(&b'1');
    let event = if data.first() == Some(&b'{') {
        serde_json::from_slice(data).ok()
    } else {
        bytes.byte();
        bytes.line();
        Some(make_event::of_lines(bytes))
    };
    let Some(event) = event else { return };
    // What is no event is refused by the runtime, before us.
    if serde_json::from_value::<Event>(event.clone()).is_err() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    for (function, response) in runtime.block_on(answers(&event, is_there)) {
        response::check(&response);
        nobody_gets_in(&event, &response);
        nobody_acts_for_another(&event, function, &response);
    }
}

async fn answers(event: &Value, is_there: bool) -> Vec<(&'static str, Response)> {
    let functions = functions().await;
    let store = Silent { is_there };
    let [silent, cipher, providers] = [is_there; 3].map(|is_there| Silent { is_there });
    let world = World { store: silent, cipher, providers };
    let incoming = || {
        let event = serde_json::from_value::<Event>(event.clone()).expect("it was one before");
        LambdaEvent::new(event, Context::default())
    };
    macro_rules! answer {
        ($name:literal, $function:ident, $world:expr) => {{
            let handler = async |it: &Incoming, frame: &Frame| functions.$function.handle(&$world, it, frame).await;
            ($name, answer($name, BUDGET_LONG, &handler, incoming()).await)
        }};
    }
    vec![
        answer!("status", status, store),
        answer!("oauth-start", start, store),
        answer!("oauth-callback", callback, world),
        answer!("token-bind", bind, world),
        answer!("unbind", unbind, world),
    ]
}

async fn functions() -> Functions {
    let environment = Environment::new(|name: &str| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "any",
            "CODEBIND_REGIONS" => "eu-1 us-1",
            "CODEBIND_PUBLIC_URL" => "https://bind.example.com",
            "CODEBIND_RETURN_TO" => "https://console.example.com/sources",
            name if name.ends_with("_CLIENT_ID") => "client",
            name if name.ends_with("_CLIENT_SECRET") => "secret",
            _ => return None,
        };
        Some(value.to_owned())
    });
    let aws = codebind::app::aws(&environment).expect("a configuration");
    let clients = codebind::app::clients(&environment, &aws).await.expect("a configuration");
    Functions {
        status: Status::new(&environment).expect("a configuration"),
        start: OAuthStart::new(&environment).expect("a configuration"),
        callback: OAuthCallback::new(&environment, clients.clone()).expect("a configuration"),
        bind: TokenBind::new(&environment, clients.clone()).expect("a configuration"),
        unbind: Unbind::new(&environment, clients).expect("a configuration"),
    }
}

/// S-1, R-97: without a caller nothing succeeds, and no cookie is set.
fn nobody_gets_in(event: &Value, response: &Response) {
    let authorizer = &event["requestContext"]["authorizer"];
    let names = |pointer: &str| authorizer.pointer(pointer).and_then(Value::as_str).is_some_and(|it| !it.is_empty());
    let is_somebody =
        names("/jwt/claims/sub") && names("/jwt/claims/iss") || names("/lambda/sub") || names("/iam/userArn");
    if !is_somebody {
        assert!(response.status_code >= 400 && response.cookies.is_empty(), "{}", response.status_code);
    }
    let key = event["requestContext"]["routeKey"].as_str().unwrap_or_default();
    let path = event["rawPath"].as_str().unwrap_or_default();
    let method = event["requestContext"]["http"]["method"].as_str().unwrap_or_default();
    if route::by_key(key).is_none() && route::by_path(method, path).is_err() {
        assert!(matches!(response.status_code, 400 | 404 | 405), "{}", response.status_code);
    }
}

/// S-38: a function acts on its own routes alone, wherever a request was sent.
fn nobody_acts_for_another(event: &Value, function: &str, response: &Response) {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let method = text("/requestContext/http/method");
    let by_key =
        route::by_key(text("/requestContext/routeKey")).filter(|it| it.method == method).map(|it| it.operation);
    let operation = by_key.or_else(|| route::by_path(method, text("/rawPath")).ok().map(|it| it.operation));
    if operation.is_none_or(|operation| operation.function() != function) {
        assert!(matches!(response.status_code, 400 | 404 | 405), "{function}: {}", response.status_code);
    }
}
