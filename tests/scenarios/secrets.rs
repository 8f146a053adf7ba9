//! Secrets: what is stored shows none, opens for nobody else, and nothing that is written down tells one.

use aws_sdk_dynamodb::types::AttributeValue;
use codebind::domain::credential::{Purpose, SealContext};
use serde_json::{Value, json};
use tests::{GITHUB, GITLAB, HUBOT, Item, OCTO, Owner, Person, Scene, sha256_hex};

/// The sealed bytes of a binding, and the context that they were sealed under.
async fn sealed(scene: &Scene, person: &Person, owner: &Owner, provider: &str) -> (Vec<u8>, SealContext) {
    let row = scene.rows().binding(&person.holder(owner), provider).await.expect("a row");
    let credential = row["credential"].as_m().expect("a credential");
    let context = SealContext {
        owner_hash: person.holder(owner).hash(),
        provider: provider.to_owned(),
        binding_id: credential["binding_id"].as_s().expect("an id").clone(),
        purpose: Purpose::Credential,
    };
    (credential["sealed"].as_b().expect("sealed bytes").as_ref().to_vec(), context)
}

/// The token of a binding in clear, opened with the key management's help.
async fn token(scene: &Scene, person: &Person, owner: &Owner, provider: &str) -> String {
    let (bytes, context) = sealed(scene, person, owner, provider).await;
    let key = scene.seals().unwrap_key(&bytes, &context).await.expect("the right context unwraps");
    let plain: Value = serde_json::from_str(&scene.seals().open(&bytes, &key, &context).expect("opens")).unwrap();
    plain["access_token"].as_str().expect("a token").to_owned()
}

/// Every text and all bytes of a row.
fn leaves(row: &Item) -> Vec<Vec<u8>> {
    row.iter().flat_map(|(name, value)| [vec![name.clone().into_bytes()], of_value(value)].concat()).collect()
}

fn of_value(value: &AttributeValue) -> Vec<Vec<u8>> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => vec![text.clone().into_bytes()],
        AttributeValue::B(bytes) => vec![bytes.as_ref().to_vec()],
        AttributeValue::L(list) => list.iter().flat_map(of_value).collect(),
        AttributeValue::M(map) => leaves(map),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => Vec::new(),
        other => panic!("an attribute of another kind: {other:?}"),
    }
}

#[tokio::test]
async fn no_row_holds_a_token_a_state_or_a_nonce() {
    // S-14, S-35
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        alice.authorize(&owner, GITHUB, OCTO).await.expect(200);
        alice.bind_gitlab(&owner, "glpat-api-glfake", "glfake").await.expect(201);
        let issued = token(&scene, &alice, &owner, GITHUB).await;
        let listed = scene.simulator(GITHUB).tokens().await;
        assert!(listed.iter().any(|it| it.sha256 == sha256_hex(issued.as_bytes())), "the token is opened in clear");
        scene.keep_secret(&issued);
        assert_eq!(token(&scene, &alice, &owner, GITLAB).await, "glpat-api-glfake");
    }
    let rows = scene.rows().all().await;
    assert_eq!(rows.len(), 6, "two owners, two providers, two authorizations");
    let secrets = scene.secrets();
    for leaf in rows.iter().flat_map(leaves) {
        let found = secrets.iter().find(|it| leaf.windows(it.len()).any(|window| window == it.as_bytes()));
        assert!(found.is_none(), "{found:?} in {}", String::from_utf8_lossy(&leaf));
    }
}

#[tokio::test]
async fn a_data_key_unwraps_under_its_own_context_alone() {
    // S-35
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let (bytes, context) = sealed(&scene, &alice, &Owner::Me, GITLAB).await;
    let other = alice.holder(&Owner::instance("local-1", "team")).hash();
    let key = scene.seals().unwrap_key(&bytes, &context).await.expect("the right context unwraps");
    for wrong in [
        SealContext { owner_hash: other, ..context.clone() },
        SealContext { provider: GITHUB.to_owned(), ..context.clone() },
        SealContext { binding_id: "b-0000000000000000000000".to_owned(), ..context.clone() },
        SealContext { purpose: Purpose::Grant, ..context.clone() },
    ] {
        let refused = scene.seals().unwrap_key(&bytes, &wrong).await.map(drop);
        assert_eq!(refused, Err("InvalidCiphertextException".to_owned()), "{wrong:?}");
        // Nor would the key itself open it.
        assert_eq!(scene.seals().open(&bytes, &key, &wrong), None);
    }
}

#[tokio::test]
async fn a_row_copied_to_another_owner_does_not_open() {
    // S-35
    let scene = Scene::start().await;
    let (alice, mallory) = (scene.person("alice"), scene.person("mallory"));
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    let mut row = scene.rows().binding(&alice.holder(&Owner::Me), GITHUB).await.expect("a row");
    row.insert("owner".to_owned(), AttributeValue::S(mallory.holder(&Owner::Me).key()));
    scene.rows().put_binding(row).await;
    let receipt = mallory.unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
    assert_eq!(alice.unbind(&Owner::Me, GITHUB).await.expect(200).json()["revocation"], "revoked");
}

#[tokio::test]
async fn what_does_not_open_stays_closed_and_is_kept() {
    // S-32, R-63: one bit of what is stored has changed.
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.expect(200);
    let holder = alice.holder(&Owner::Me);
    let mut row = scene.rows().binding(&holder, GITHUB).await.expect("a row");
    let spoilt = spoil(row.get_mut("credential").expect("a credential"));
    scene.rows().put_binding(row).await;
    let receipt = alice.unbind(&Owner::Me, GITHUB).await.expect(200).json();
    assert_eq!(receipt["revocation"], "revocation_scheduled");
    let row = scene.rows().binding(&holder, GITHUB).await.expect("a row");
    let (_, kept) = row.iter().find(|(name, _)| name.starts_with("revocation_")).expect("it waits");
    assert_eq!(kept.as_m().expect("a map")["sealed"], spoilt, "it is kept as it was found");
    assert!(scene.world().function_output().contains("decrypt_failed"));
    assert_eq!(scene.simulator(GITHUB).live_tokens().await, 1);
}

/// Flips the last bit of a stored credential; what is stored then.
fn spoil(credential: &mut AttributeValue) -> AttributeValue {
    let AttributeValue::M(members) = credential else { panic!("a credential is a map") };
    let AttributeValue::B(sealed) = &members["sealed"] else { panic!("sealed bytes are binary") };
    let mut bytes = sealed.clone().into_inner();
    *bytes.last_mut().expect("there are bytes") ^= 1;
    let spoilt = AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(bytes));
    members.insert("sealed".to_owned(), spoilt.clone());
    spoilt
}

#[tokio::test]
async fn two_seals_of_one_token_are_not_alike() {
    // S-35
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await;
        let (bytes, _) = sealed(&scene, &alice, &Owner::Me, GITLAB).await;
        assert!(seen.insert(bytes));
    }
}

#[tokio::test]
async fn nothing_that_is_written_down_tells_a_secret() {
    // S-36: this is the search that ends every scenario, with the verifiers and with every token of the simulators.
    let scene = Scene::builder().console().start().await;
    let alice = scene.person("alice");
    tour(&scene, &alice).await;
    for row in scene.rows().all().await {
        if let Some(verifier) = row.get("code_verifier") {
            scene.keep_secret(verifier.as_s().expect("a text"));
        }
    }
    let mut hashes = Vec::new();
    for provider in [GITHUB, GITLAB] {
        hashes.extend(scene.simulator(provider).tokens().await.into_iter().map(|it| it.sha256));
    }
    let output = scene.world().function_output();
    let lines = output.lines().count();
    assert!(lines > 50 && hashes.len() > 10, "the tour wrote {lines} lines and met {} tokens", hashes.len());
    let is_of_word = |it: char| it.is_ascii_alphanumeric() || "_-+.".contains(it);
    let words: std::collections::BTreeSet<_> = output.split(|it| !is_of_word(it)).collect();
    for word in words {
        assert!(!hashes.contains(&sha256_hex(word.as_bytes())), "{word}");
    }
    for secret in scene.secrets() {
        assert!(!output.contains(&secret), "{secret}");
    }
}

/// Everything that can go right and wrong, so that every line of a log has been written.
async fn tour(scene: &Scene, alice: &Person) {
    let (me, simulator) = (Owner::Me, scene.simulator(GITHUB));
    for account in [OCTO, OCTO, HUBOT, "unverified-fake"] {
        alice.authorize(&me, GITHUB, account).await;
    }
    for fault in [
        json!({"path": "/access_token", "status": 500, "body": "gho_gho_gho_gho_gho_gho"}),
        json!({"path": "/access_token", "close": true}),
        json!({"path": "/access_token", "close": true, "after_effect": true}),
        json!({"path": "/user", "status": 401, "body": {"message": "Bad credentials"}}),
        json!({"path": "/user", "close": true, "times": 2}),
        json!({"path": "/token", "method": "DELETE", "status": 500}),
    ] {
        simulator.fail(fault).await;
        alice.authorize(&me, GITHUB, OCTO).await;
    }
    let attempt = alice.start(&me, GITHUB).await;
    let back = alice.consent(&attempt, OCTO).await;
    alice.at_another_browser().callback(&back).await;
    alice.callback(&back).await;
    let attempt = alice.start(&me, GITHUB).await;
    let back = alice.decline(&attempt).await;
    alice.callback(&back).await;
    alice.send(alice.browse(reqwest::Method::GET, &format!("{}&state=x", &back[url::Position::BeforePath..]))).await;
    alice.unbind(&me, GITHUB).await;
    alice.unbind(&me, GITHUB).await;
    for word in ["api", "expired", "granular", "blocked", "old", "limited", "error500", "html", "redirect", "large"] {
        alice.bind_gitlab(&me, &format!("glpat-{word}-glfake"), "glfake").await;
    }
    let form = json!({"address": "http://10.0.0.1", "username": "glfake", "token": "glpat-api-glfake", "x": 1});
    alice.put(&me, GITLAB, &form).await;
    alice.unbind_and_revoke(&me, GITLAB).await;
    alice.list(&me).await;
}
