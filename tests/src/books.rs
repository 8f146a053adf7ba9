//! What must hold after every fault, crash and race, whatever was answered: rows are whole, and each token that is out
//! in the world is accounted for. The rows are read and opened behind the product, and held against what the
//! provider gave out.

use aws_sdk_dynamodb::types::AttributeValue;
use codebind::domain::{
    credential::{Credential, Purpose, SealContext},
    owner::{Owner as Holder, User},
    secret::SecretBytes,
    sibling::TokenMark,
};
use serde_json::Value;

use crate::{Item, Owner, Person, Scene, SeenToken, sha256_hex};

/// What a row of the table of bindings has as long as something is bound, and not longer.
const OF_A_BINDING: [&str; 5] = ["binding", "credential", "account_key", "issued_at", "token_mark"];

/// What such a row keeps of the last unbinding.
const OF_AN_UNBINDING: [&str; 3] = ["unbound_id", "unbound_at", "unbound_by"];

/// In which of an account's tokens the product has an interest, and where it keeps them.
#[derive(Debug)]
pub struct Books {
    /// What the provider gave out.
    tokens: Vec<SeenToken>,
    /// Hashes of the tokens that standing bindings hold.
    standing: Vec<String>,
    /// Hashes of those that wait to be revoked, or for an owner.
    waiting: Vec<String>,
    /// How many authorizations and kept codes were used up, and led to nothing that is written down.
    ended: usize,
}

impl Books {
    /// Reads what concerns one person and one account at a provider. Fails if a row is not whole or does not open.
    pub async fn read(scene: &Scene, person: &Person, provider: &str, account: &str) -> Self {
        let mut tokens = scene.simulator(provider).tokens().await;
        tokens.retain(|token| token.account == account);
        let mut books = Self { tokens, standing: Vec::new(), waiting: Vec::new(), ended: 0 };
        let keys: Vec<_> = Owner::of_each_kind().iter().map(|owner| person.holder(owner).key()).collect();
        for row in scene.rows().bindings().await {
            if keys.contains(&text(&row, "owner")) && text(&row, "provider") == provider {
                books.enter_binding(scene, &row).await;
            }
        }
        for row in scene.rows().transients().await {
            if text(&row, "caller_subject") == person.subject && text(&row, "provider") == provider {
                books.enter_transient(scene, &row).await;
            }
        }
        books
    }

    async fn enter_binding(&mut self, scene: &Scene, row: &Item) {
        check_shape(row);
        let holder = Holder::from_key(&text(row, "owner")).expect("the key is an owner's");
        let provider = text(row, "provider");
        for (name, value) in row {
            let is_queued = name.starts_with("revocation_");
            if name != "credential" && !is_queued {
                continue;
            }
            let kept = value.as_m().expect("a credential is a map");
            let context = SealContext {
                owner_hash: holder.hash(),
                provider: provider.clone(),
                binding_id: text(kept, "binding_id"),
                purpose: Purpose::Credential,
            };
            let credential = open_credential(scene, kept, &context).await;
            let sha256 = sha256_hex(credential.access_token.reveal().as_bytes());
            if is_queued {
                self.waiting.push(sha256);
                continue;
            }
            let mark = TokenMark::of(&text(row, "account_key"), &credential.access_token);
            assert_eq!(text(row, "token_mark"), mark.as_str(), "the mark is another token's: {:?}", row.keys());
            self.standing.push(sha256);
        }
    }

    async fn enter_transient(&mut self, scene: &Scene, row: &Item) {
        assert_eq!(row.get("schema"), Some(&AttributeValue::N("1".to_owned())), "{:?}", row.keys());
        let (kind, id) = row["id"].as_s().expect("an id").split_once('.').expect("kind and hash");
        let caller = User { issuer: text(row, "caller_issuer"), subject: text(row, "caller_subject") };
        let context = |purpose| SealContext {
            owner_hash: Holder::User(caller.clone()).hash(),
            provider: text(row, "provider"),
            binding_id: id.to_owned(),
            purpose,
        };
        match kind {
            "authorization" => scene.keep_secret(&text(row, "code_verifier")),
            "code" => {
                let kept = row["code"].as_m().expect("a sealed code");
                let plain = open(scene, kept, &context(Purpose::AuthorizationCode)).await;
                let plain: Value = serde_json::from_str(&plain).expect("a code and its verifier");
                for name in ["code", "code_verifier"] {
                    scene.keep_secret(plain[name].as_str().expect("a text"));
                }
            }
            "grant" => {
                let kept = row["credential"].as_m().expect("a sealed credential");
                let credential = open_credential(scene, kept, &context(Purpose::Grant)).await;
                self.waiting.push(sha256_hex(credential.access_token.reveal().as_bytes()));
            }
            other => panic!("a row of another kind: {other}"),
        }
        // One that was closed led to nothing; of a write that came too late before, whatever it was.
        let is_closed = |by: &AttributeValue| by.as_s().is_ok_and(|by| by.starts_with("closed."));
        let is_used = row.contains_key("used_for") || row.get("used_by").is_some_and(|by| !is_closed(by));
        if row.contains_key("consumed_by") && !is_used {
            self.ended += 1;
        }
    }

    /// The live tokens that nobody will ever use or revoke.
    pub fn lost(&self) -> Vec<&SeenToken> {
        let is_known = |token: &SeenToken| self.standing.iter().chain(&self.waiting).any(|it| *it == token.sha256);
        self.tokens.iter().filter(|token| !token.revoked && !is_known(token)).collect()
    }

    /// Fails if more than `lost_max` tokens are lost, if one is lost that no authorization accounts for, or if a
    /// binding stands whose token was revoked.
    #[track_caller]
    pub fn assert_balanced(&self, lost_max: usize) {
        let lost = self.lost();
        assert!(lost.len() <= lost_max.min(self.ended), "{} lost, {lost_max} may be: {self:?}", lost.len());
        let is_dead = |sha256: &&String| self.tokens.iter().any(|token| token.sha256 == **sha256 && token.revoked);
        assert_eq!(self.standing.iter().find(is_dead), None, "a binding stands whose token was revoked: {self:?}");
    }

    /// Fails if more than `max` tokens are dead: personal ones are their person's to revoke.
    #[track_caller]
    pub fn assert_none_taken(&self, max: usize) {
        assert!(self.tokens.iter().filter(|token| token.revoked).count() <= max, "{self:?}");
    }

    /// How many bindings stand.
    pub fn standing(&self) -> usize {
        self.standing.len()
    }

    /// How many tokens live.
    pub fn live(&self) -> usize {
        self.tokens.iter().filter(|token| !token.revoked).count()
    }
}

/// All of a binding or nothing of it, and likewise of an unbinding.
fn check_shape(row: &Item) {
    let names: Vec<_> = row.keys().collect();
    assert_eq!(row.get("schema"), Some(&AttributeValue::N("1".to_owned())), "{names:?}");
    for whole in [&OF_A_BINDING[..], &OF_AN_UNBINDING] {
        let present = whole.iter().filter(|name| row.contains_key(**name)).count();
        assert!(present == 0 || present == whole.len(), "half of {whole:?} is in {names:?}");
    }
    let Some(binding) = row.get("binding").map(|it| it.as_m().expect("a binding is a map")) else { return };
    let credential = row["credential"].as_m().expect("a credential is a map");
    assert!(row.contains_key("version"), "{names:?}");
    assert_eq!(text(binding, "id"), text(credential, "binding_id"), "another binding's credential");
    assert_eq!(text(binding, "id"), text(row, "binding_id"), "the index has another binding");
    assert_eq!(text(binding, "address"), text(credential, "address"), "another server's credential");
}

async fn open_credential(scene: &Scene, kept: &Item, context: &SealContext) -> Credential {
    let plain = open(scene, kept, context).await;
    let credential = Credential::from_plain(&SecretBytes::new(plain.into_bytes())).expect("a credential is sealed");
    scene.keep_secret(credential.access_token.reveal());
    if let Some(refresh_token) = &credential.refresh_token {
        scene.keep_secret(refresh_token.reveal());
    }
    credential
}

async fn open(scene: &Scene, kept: &Item, context: &SealContext) -> String {
    let sealed = kept["sealed"].as_b().expect("sealed bytes").as_ref();
    let key = scene.seals().unwrap_key(sealed, context).await.expect("the data key unwraps");
    scene.seals().open(sealed, &key, context).expect("what is sealed opens")
}

fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}
