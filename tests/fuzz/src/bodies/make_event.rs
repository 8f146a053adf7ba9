//! Events out of lines: what a gateway could hand over, with strange values in every place.

use codebind::edge::route::ROUTES;
use serde_json::{Value, json};

use super::bytes::{Bytes, text};

/// The event of lines: choices, own path, region, instance, provider, query, cookies, accept-language, content-type,
/// prefetch header, user, instances; then the body.
pub(super) fn of_lines(mut bytes: Bytes<'_>) -> Value {
    let choices = bytes.line();
    let mut choices = Bytes::new(choices.as_bytes());
    let route = choices.pick(&ROUTES);
    let (routing, authorizer, encoding) = (choices.byte(), choices.byte(), choices.byte());
    let [path, region, instance, provider, query, cookies] = std::array::from_fn(|_| bytes.line());
    let headers: [String; 3] = std::array::from_fn(|_| bytes.line());
    let [user, instances] = std::array::from_fn(|_| bytes.line());
    let names = ["accept-language", "content-type", "sec-purpose"];
    let headers: serde_json::Map<_, _> = names
        .iter()
        .zip(headers)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, it)| ((*name).to_owned(), json!(it)))
        .collect();
    let cookies: Vec<_> = cookies.split("; ").filter(|it| !it.is_empty()).map(str::to_owned).collect();
    let filled = [("{region}", &region), ("{instance}", &instance), ("{provider}", &provider)];
    let own = filled.iter().fold(route.path.to_owned(), |path, (name, value)| path.replace(name, value));
    let key = if routing == b'1' { "$default".to_owned() } else { format!("{} {}", route.method, route.path) };
    json!({
        "rawPath": if path.is_empty() { own } else { path },
        "rawQueryString": query,
        "cookies": cookies,
        "headers": headers,
        "pathParameters": {"region": region, "instance": instance, "provider": provider},
        "requestContext": {
            "routeKey": key,
            "requestId": "r-1",
            "http": {"method": route.method},
            "authorizer": self::authorizer(authorizer, &user, &instances),
        },
        "body": text(bytes.rest()),
        "isBase64Encoded": encoding == b'1',
    })
}

/// One of the kinds of authorizer, or none.
fn authorizer(kind: u8, user: &str, instances: &str) -> Value {
    match kind {
        b'1' => json!({"jwt": {"claims": {"iss": "https://issuer.example", "sub": user, "instances": instances}}}),
        b'2' => json!({"lambda": {"sub": user, "instances": instances.split(' ').collect::<Vec<_>>()}}),
        b'3' => json!({"iam": {"userArn": user}}),
        b'4' => json!({"jwt": {"claims": {"iss": user, "sub": ""}}}),
        b'5' => json!({}),
        _ => Value::Null,
    }
}
