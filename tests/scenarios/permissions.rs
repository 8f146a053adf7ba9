//! Each function may make the calls it makes, and no others (S-38). Every scenario shows that nothing is missing: the
//! local world lets through what the template allows. These show that nothing is too much, and that others are refused.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use codebind_local::{
    SecretsManager,
    iam::{Permission, Policy, access_key_id},
    template::template,
};
use serde_json::{Value, json};
use tests::{BITBUCKET, GITEE, GITHUB, GITLAB, OCTO, Owner, Person, Scene};

use super::{client_secrets, faults, refresh};

/// What the functions' runtime calls, which is not in the local world, and what is not for functions.
const NOT_SHOWN: [(&str, &str); 3] = [
    ("Log", "Lambda writes the log as the function's role"),
    ("Trace", "Lambda writes the traces as the function's role"),
    ("Administer", "is for the account's administrators, to manage the key and not to use it"),
];

fn is_shown(permission: &Permission) -> bool {
    NOT_SHOWN.iter().all(|(sid, _)| *sid != permission.sid)
}

/// Everything that the template allows the functions.
fn granted() -> BTreeSet<Permission> {
    let template = template().unwrap();
    let policies = template.functions().iter().map(|it| &it.policy).chain([template.key_policy()]);
    policies.flat_map(Policy::permissions).filter(is_shown).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_allowed_that_is_not_used() {
    // S-38, R-64, R-109
    let (by_flows, by_secrets, by_leases) =
        tokio::join!(faults::permissions_used(), with_secrets(), refresh::permissions_used());
    let used: BTreeSet<_> = [by_flows, by_secrets, by_leases].into_iter().flatten().collect();
    let granted = granted();
    assert!(granted.len() > 40, "the policies are read: {}", granted.len());
    let idle: Vec<_> = granted.difference(&used).map(ToString::to_string).collect();
    assert!(idle.is_empty(), "allowed, and used by no call:\n{}", idle.join("\n"));
    assert_eq!(used.difference(&granted).collect::<Vec<_>>(), Vec::<&Permission>::new());
    for (sid, reason) in NOT_SHOWN {
        let all = template().unwrap().functions().iter().map(|it| &it.policy).chain([template().unwrap().key_policy()]);
        let has = all.flat_map(Policy::permissions).any(|it| it.sid == sid);
        assert!(has && !reason.is_empty(), "{sid} is excused and not there");
    }
}

/// What functions do whose client secrets are kept.
async fn with_secrets() -> BTreeSet<Permission> {
    let secrets = SecretsManager::start().await.unwrap();
    let scene = client_secrets::kept(&secrets, None).await.start().await;
    let alice = scene.person("alice");
    for provider in Scene::oauth_providers() {
        assert_eq!(alice.authorize(&Owner::Me, provider.id, OCTO).await.result(), "bound", "{}", provider.id);
        alice.unbind(&Owner::Me, provider.id).await.expect(200);
        let grant = grant(&alice, provider.id).await;
        alice.bind_grant(&Owner::Me, provider.id, &grant).await.expect(201);
        // The second click finds what the first one did, and reads it.
        alice.bind_grant(&Owner::Me, provider.id, &grant).await.expect(200);
    }
    sweep(&scene, &alice).await;
    let output = scene.world().function_output();
    assert!(!output.contains("client secret not read"), "{output}");
    [scene.world().permissions_used(), secrets.permissions_used()].into_iter().flatten().collect()
}

/// Has the sweeper do everything that it can: a grant that nobody bound, a personal token that was to be revoked, and
/// credentials that were verified and refreshed long ago.
async fn sweep(scene: &Scene, person: &Person) {
    grant(person, GITHUB).await;
    let down = json!({"path": "/personal_access_tokens/self", "method": "DELETE", "status": 500});
    person.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    scene.simulator(GITLAB).fail(down).await;
    person.unbind_and_revoke(&Owner::Me, GITLAB).await.expect(200);
    let long_ago = || AttributeValue::N("1".to_owned());
    for provider in Scene::oauth_providers() {
        for name in ["updated_at", "last_verified_at"] {
            let holder = person.holder(&Owner::Me);
            scene.rows().set_binding(&holder, provider.id, &["binding", name], long_ago()).await;
        }
    }
    scene.sweep_all().await;
}

#[tokio::test]
async fn events_are_published_on_their_bus_by_the_sweeper_alone() {
    // S-38, S-61
    let scene = Scene::builder().expect_refusals().start().await;
    for (bus, allowed) in [("codebind", &["sweeper"][..]), ("default", &[]), ("other", &[])] {
        let entry = json!({"Source": "a", "DetailType": "b", "Detail": "{}", "EventBusName": bus});
        let body = json!({"Entries": [entry]});
        assert_allowed_to(&scene, allowed, scene.world().event_bus_url(), "AWSEvents.PutEvents", &body).await;
    }
}

async fn grant(person: &Person, provider: &str) -> String {
    let attempt = person.start_for_console(provider).await;
    let back = person.consent(&attempt, OCTO).await;
    let secret = person.callback_for_console(&back).await.1.expect("a secret");
    person.redeem(&secret).await.1.expect("a grant")
}

/// What a service says to a call with the credentials of `function`: the name of its error, or nothing.
async fn ask(scene: &Scene, function: &str, url: &str, target: &str, body: &Value) -> String {
    let credential = format!("{}/20260101/us-east-1/any/aws4_request", access_key_id(function));
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0");
    let request = scene.http().post(url).header("x-amz-target", target).header("authorization", authorization);
    let request = request.header("x-amz-date", "20260101T000000Z").header("content-type", "application/x-amz-json-1.0");
    let answer = request.body(body.to_string()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    document["__type"].as_str().and_then(|it| it.rsplit('#').next()).unwrap_or_default().to_owned()
}

const DENIED: &str = "AccessDeniedException";

/// Which functions a call is allowed to; the others are refused.
async fn assert_allowed_to(scene: &Scene, allowed: &[&str], url: &str, target: &str, body: &Value) {
    for function in codebind_local::FUNCTIONS.iter().map(|it| it.name) {
        let said = ask(scene, function, url, target, body).await;
        let is_allowed = allowed.contains(&function);
        assert_eq!(said != DENIED, is_allowed, "{function} is told {said:?}: {target} {body}");
    }
}

#[tokio::test]
async fn a_function_is_refused_what_is_for_another() {
    // S-34, S-38, R-56, R-109
    let scene = Scene::builder().expect_refusals().start().await;
    let (bindings, transients) = ("codebind-bindings", "codebind-transients");
    let of_bindings = json!({"owner": {"S": "nobody"}, "provider": {"S": GITHUB}});
    let of_transients = json!({"id": {"S": "nothing"}});
    let item = |table: &str, key: &Value| json!({"TableName": table, "Key": key, "Item": key});
    let list = |more: Value| {
        let mut query = json!({
            "TableName": bindings, "KeyConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "owner"}, "ExpressionAttributeValues": {":owner": {"S": "nobody"}},
        });
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query
    };
    let renamed = json!({"#owner": "owner", "#binding": "credential"});
    let index = json!({
        "TableName": bindings, "IndexName": "accounts", "KeyConditionExpression": "account_key = :key",
        "ExpressionAttributeValues": {":key": {"S": "nothing"}},
    });
    let of_work = |table: &str| {
        json!({
            "TableName": table, "IndexName": "work", "KeyConditionExpression": "work_shard = :shard",
            "ExpressionAttributeValues": {":shard": {"S": "w00"}},
        })
    };
    let part = |table: &str, key: &Value| {
        json!({"Update": {
            "TableName": table, "Key": key, "UpdateExpression": "SET a = :a", "ConditionExpression": "attribute_exists(b)",
            "ExpressionAttributeValues": {":a": {"N": "1"}},
        }})
    };
    let both = json!({"TransactItems": [part(transients, &of_transients), part(bindings, &of_bindings)]});
    let one = json!({"TransactItems": [part(bindings, &of_bindings)]});
    let nobody: &[&str] = &[];
    for (allowed, operation, body) in [
        (&["oauth-start", "oauth-callback", "token-bind"][..], "PutItem", item(transients, &of_transients)),
        (nobody, "PutItem", item(bindings, &of_bindings)),
        (&["credential", "sweeper", "token-bind"], "GetItem", item(transients, &of_transients)),
        (&["credential", "sweeper", "token-bind"], "GetItem", item(bindings, &of_bindings)),
        (&["credential", "oauth-callback", "sweeper", "token-bind"], "UpdateItem", item(transients, &of_transients)),
        (
            &["credential", "oauth-callback", "sweeper", "token-bind", "unbind"],
            "UpdateItem",
            item(bindings, &of_bindings),
        ),
        (nobody, "DeleteItem", item(bindings, &of_bindings)),
        (nobody, "Scan", json!({"TableName": bindings})),
        (nobody, "ExecuteStatement", json!({"Statement": "SELECT * FROM \"codebind-bindings\""})),
        (&["oauth-callback", "sweeper", "token-bind", "unbind"], "Query", index.clone()),
        (&["sweeper"], "Query", of_work(bindings)),
        (&["sweeper"], "Query", of_work(transients)),
        (&["status"], "Query", list(json!({"ProjectionExpression": "#owner, version"}))),
        (nobody, "Query", list(json!({"ProjectionExpression": "#owner, credential"}))),
        (nobody, "Query", list(json!({"ProjectionExpression": "#binding", "ExpressionAttributeNames": renamed}))),
        (
            nobody,
            "Query",
            list(json!({"ProjectionExpression": "version", "FilterExpression": "attribute_exists(credential)"})),
        ),
        (nobody, "Query", list(json!({}))),
        (nobody, "Query", list(json!({"Select": "COUNT"}))),
        (&["credential", "oauth-callback", "sweeper", "token-bind"], "TransactWriteItems", both),
        (&["credential", "oauth-callback", "sweeper", "token-bind", "unbind"], "TransactWriteItems", one),
        (nobody, "CreateTable", json!({"TableName": bindings})),
    ] {
        let target = format!("DynamoDB_20120810.{operation}");
        assert_allowed_to(&scene, allowed, scene.world().dynamodb_url(), &target, &body).await;
    }
}

#[tokio::test]
async fn the_key_seals_and_opens_for_each_function_what_is_its_own() {
    // S-35, S-38, R-64
    let scene = Scene::builder().expect_refusals().start().await;
    let (url, key) = (scene.world().kms_url(), scene.world().kms_key_id());
    let other = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let nobody: &[&str] = &[];
    for (purpose, sealing, opening) in [
        (
            "credential",
            &["credential", "oauth-callback", "sweeper", "token-bind"][..],
            &["credential", "sweeper", "unbind"][..],
        ),
        ("authorization_code", &["oauth-callback"], &["token-bind"]),
        ("grant", &["token-bind"], &["sweeper", "token-bind"]),
        ("other", nobody, nobody),
    ] {
        let context = json!({"codebind:purpose": purpose});
        let seal = |key: &str| json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context});
        let open = json!({"KeyId": key, "CiphertextBlob": "AAAA", "EncryptionContext": context});
        assert_allowed_to(&scene, sealing, url, "TrentService.GenerateDataKey", &seal(key)).await;
        assert_allowed_to(&scene, nobody, url, "TrentService.GenerateDataKey", &seal(other)).await;
        assert_allowed_to(&scene, opening, url, "TrentService.Decrypt", &open).await;
    }
    let without = json!({"KeyId": key, "KeySpec": "AES_256", "CiphertextBlob": "AAAA"});
    for operation in ["GenerateDataKey", "Decrypt", "Encrypt", "DescribeKey", "ScheduleKeyDeletion"] {
        assert_allowed_to(&scene, nobody, url, &format!("TrentService.{operation}"), &without).await;
    }
}

#[tokio::test]
async fn a_client_secret_is_read_by_those_who_need_it() {
    // S-37, S-38, R-109: unbinding reads those alone by which a token is taken back.
    let scene = Scene::start().await;
    let secrets = SecretsManager::start().await.unwrap();
    for (name, allowed) in [
        (
            format!("codebind/{GITHUB}-client-secret"),
            &["credential", "oauth-callback", "sweeper", "token-bind", "unbind"][..],
        ),
        (format!("codebind/{GITEE}-client-secret"), &["credential", "oauth-callback", "sweeper", "token-bind"]),
        (format!("codebind/{BITBUCKET}-client-secret"), &["credential", "oauth-callback", "sweeper", "token-bind"]),
        ("somebody-elses".to_owned(), &[]),
    ] {
        let arn = secrets.create(&name, "secret").await;
        for (operation, allowed) in [("GetSecretValue", allowed), ("PutSecretValue", &[][..])] {
            let (target, body) = (format!("secretsmanager.{operation}"), json!({"SecretId": arn}));
            assert_allowed_to(&scene, allowed, secrets.url(), &target, &body).await;
        }
    }
}
