//! The write of `oauth-start`, with the AWS SDK as `cargo add` gives it: an authorization with a state, a verifier and a
//! nonce, put once.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lambda_http::{Body, Error, Request, RequestExt as _, Response, run, service_fn};
use serde_json::json;
use sha2::{Digest as _, Sha256};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    run(service_fn(|request: Request| start(&client, request))).await
}

fn fresh() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

async fn start(client: &Client, request: Request) -> Result<Response<Body>, Error> {
    let path = request.raw_http_path().to_owned();
    let provider = path.split('/').nth(5).unwrap_or("github");
    let (state, verifier, nonce) = (fresh(), fresh(), fresh());
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let text = |it: &str| AttributeValue::S(it.to_owned());
    let ends_at = AttributeValue::N((now + 600_000).to_string());
    client
        .put_item()
        .table_name("transients")
        .item("id", text(&format!("a#{}", hash(&state))))
        .item("schema", AttributeValue::N("1".to_owned()))
        .item("provider", text(provider))
        .item("caller_issuer", text("http://localhost:4180/dev"))
        .item("caller_subject", text("me"))
        .item("owner", text("user#http://localhost:4180/dev#me"))
        .item("ends_at", ends_at.clone())
        .item("expires_at", AttributeValue::N((now / 1000 + 600).to_string()))
        .item("completion", text("callback"))
        .item("code_verifier", text(&verifier))
        .item("nonce_hash", text(&hash(&nonce)))
        .item("scopes", AttributeValue::L(vec![text("repo"), text("admin:repo_hook")]))
        .item("created_at", AttributeValue::N(now.to_string()))
        .condition_expression("attribute_not_exists(#id) OR #ends_at = :ends_at")
        .expression_attribute_names("#id", "id")
        .expression_attribute_names("#ends_at", "ends_at")
        .expression_attribute_values(":ends_at", ends_at)
        .send()
        .await?;
    let url = format!(
        "https://github.com/login/oauth/authorize?response_type=code&client_id=id&state={state}&code_challenge={}\
         &code_challenge_method=S256",
        hash(&verifier)
    );
    let body = json!({"authorization_url": url, "expires_at": now + 600_000}).to_string();
    let cookie = format!("__Host-codebind={nonce}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600");
    let answer = Response::builder().status(201).header("content-type", "application/json");
    Ok(answer.header("set-cookie", cookie).body(body.into())?)
}
