//! Rows: typed values in and out of attributes. A row that cannot be read is left alone, never guessed at.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::authorization::{Authorization, AuthorizationId, Completion};
use crate::domain::binding::{Account, Binding, BindingId, KeptCredential};
use crate::domain::credential::Sealed;
use crate::domain::owner::{Owner, User};
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::{CodeVerifier, SecretHash};
use crate::domain::timestamp::Timestamp;
use crate::ports::StoreError;

/// Version of every row's shape. Another one is not read.
pub(super) const SCHEMA: i64 = 1;

/// A row or a map within one.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Reads typed values; each error names the attribute.
pub(super) struct Reader<'a>(pub(super) &'a Item);

fn unreadable(field: &str) -> StoreError {
    StoreError::Unreadable { field: field.to_owned() }
}

impl Reader<'_> {
    pub(super) fn check_schema(&self) -> Result<(), StoreError> {
        if self.number("schema")? == SCHEMA { Ok(()) } else { Err(unreadable("schema")) }
    }

    pub(super) fn text(&self, name: &str) -> Result<String, StoreError> {
        self.optional_text(name)?.ok_or_else(|| unreadable(name))
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        value.as_s().map(|text| Some(text.clone())).map_err(|_| unreadable(name))
    }

    pub(super) fn number(&self, name: &str) -> Result<i64, StoreError> {
        self.optional_number(name)?.ok_or_else(|| unreadable(name))
    }

    pub(super) fn optional_number(&self, name: &str) -> Result<Option<i64>, StoreError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let number = value.as_n().ok().and_then(|digits| digits.parse().ok());
        number.map(Some).ok_or_else(|| unreadable(name))
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let list = self.0.get(name).and_then(|value| value.as_l().ok()).ok_or_else(|| unreadable(name))?;
        list.iter().map(|value| value.as_s().cloned().map_err(|_| unreadable(name))).collect()
    }

    fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        self.number(name).map(Timestamp::from_milliseconds)
    }

    pub(super) fn map(&self, name: &str) -> Result<Option<&Item>, StoreError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        value.as_m().map(Some).map_err(|_| unreadable(name))
    }

    fn user(&self, issuer: &str, subject: &str) -> Result<User, StoreError> {
        Ok(User { issuer: self.text(issuer)?, subject: self.text(subject)? })
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn texts(values: &[String]) -> AttributeValue {
    AttributeValue::L(values.iter().map(|value| text(value)).collect())
}

fn item<const N: usize>(pairs: [(&str, Option<AttributeValue>); N]) -> Item {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    present.collect()
}

/// The map under `binding`.
pub(super) fn write_binding(binding: &Binding) -> AttributeValue {
    let account = &binding.account;
    let optional = |value: &Option<String>| value.as_deref().map(text);
    AttributeValue::M(item([
        ("id", Some(text(binding.id.as_str()))),
        ("account_id", Some(text(&account.id))),
        ("account_login", Some(text(&account.login))),
        ("account_name", optional(&account.name)),
        ("account_avatar_url", optional(&account.avatar_url)),
        ("account_profile_url", optional(&account.profile_url)),
        ("address", Some(text(&binding.address))),
        ("method", Some(text(&binding.method))),
        ("scopes", Some(texts(&binding.scopes))),
        ("missing_scopes", Some(texts(&binding.missing_scopes))),
        ("bound_at", Some(number(binding.bound_at.milliseconds()))),
        ("bound_by_issuer", Some(text(&binding.bound_by.issuer))),
        ("bound_by_subject", Some(text(&binding.bound_by.subject))),
        ("updated_at", Some(number(binding.updated_at.milliseconds()))),
        ("last_verified_at", Some(number(binding.last_verified_at.milliseconds()))),
        ("credential_expires_at", binding.credential_expires_at.map(|at| number(at.milliseconds()))),
    ]))
}

/// The binding in a row, if one is there.
pub(super) fn read_binding(row: &Item) -> Result<Option<Binding>, StoreError> {
    let outer = Reader(row);
    outer.check_schema()?;
    let Some(map) = outer.map("binding")? else {
        return Ok(None);
    };
    let inner = Reader(map);
    Ok(Some(Binding {
        id: BindingId::stored(inner.text("id")?),
        provider: outer.text("provider")?,
        account: Account {
            id: inner.text("account_id")?,
            login: inner.text("account_login")?,
            name: inner.optional_text("account_name")?,
            avatar_url: inner.optional_text("account_avatar_url")?,
            profile_url: inner.optional_text("account_profile_url")?,
        },
        address: inner.text("address")?,
        method: inner.text("method")?,
        scopes: inner.texts("scopes")?,
        missing_scopes: inner.texts("missing_scopes")?,
        bound_at: inner.time("bound_at")?,
        bound_by: inner.user("bound_by_issuer", "bound_by_subject")?,
        updated_at: inner.time("updated_at")?,
        last_verified_at: inner.time("last_verified_at")?,
        credential_expires_at: inner.optional_number("credential_expires_at")?.map(Timestamp::from_milliseconds),
    }))
}

/// The map under `credential`: complete in itself, so that it can be copied into the queue of revocations.
pub(super) fn write_credential(sealed: &Sealed, id: &BindingId, address: &str) -> AttributeValue {
    AttributeValue::M(item([
        ("sealed", Some(AttributeValue::B(Blob::new(sealed.bytes.clone())))),
        ("key_id", Some(text(&sealed.key_id))),
        ("binding_id", Some(text(id.as_str()))),
        ("address", Some(text(address))),
    ]))
}

/// The reverse of [`write_credential`].
pub(super) fn read_credential(map: &Item) -> Result<KeptCredential, StoreError> {
    let reader = Reader(map);
    let bytes = map.get("sealed").and_then(|value| value.as_b().ok()).ok_or_else(|| unreadable("sealed"))?;
    let sealed = Sealed { bytes: bytes.as_ref().to_vec(), key_id: reader.text("key_id")? };
    Ok(KeptCredential { sealed, address: reader.text("address")? })
}

/// The key of an authorization's row.
pub(super) fn authorization_key(id: &AuthorizationId) -> String {
    format!("authorization.{}", id.as_str())
}

/// An authorization's row.
pub(super) fn write_authorization(authorization: &Authorization) -> Item {
    let Completion::Callback { owner } = &authorization.completion;
    item([
        ("id", Some(text(&authorization_key(&authorization.id)))),
        ("schema", Some(number(SCHEMA))),
        ("provider", Some(text(&authorization.provider))),
        ("caller_issuer", Some(text(&authorization.caller.issuer))),
        ("caller_subject", Some(text(&authorization.caller.subject))),
        ("owner", Some(text(&owner.key()))),
        ("code_verifier", Some(text(authorization.code_verifier.reveal()))),
        ("nonce_hash", Some(text(authorization.nonce_hash.as_str()))),
        ("return_to", authorization.return_to.as_ref().map(|it| text(it.as_str()))),
        ("scopes", Some(texts(&authorization.scopes))),
        ("created_at", Some(number(authorization.created_at.milliseconds()))),
        ("ends_at", Some(number(authorization.expires_at.milliseconds()))),
        // The table's TTL attribute, in seconds.
        ("expires_at", Some(number(authorization.expires_at.seconds()))),
    ])
}

/// The reverse of [`write_authorization`].
pub(super) fn read_authorization(row: &Item, id: &AuthorizationId) -> Result<Authorization, StoreError> {
    let reader = Reader(row);
    reader.check_schema()?;
    let owner = Owner::from_key(&reader.text("owner")?).ok_or_else(|| unreadable("owner"))?;
    Ok(Authorization {
        id: id.clone(),
        provider: reader.text("provider")?,
        caller: reader.user("caller_issuer", "caller_subject")?,
        completion: Completion::Callback { owner },
        code_verifier: CodeVerifier::new(reader.text("code_verifier")?),
        nonce_hash: SecretHash::stored(reader.text("nonce_hash")?),
        return_to: reader.optional_text("return_to")?.map(ReturnTo::stored),
        scopes: reader.texts("scopes")?,
        created_at: reader.time("created_at")?,
        expires_at: reader.time("ends_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::{Secret, State};

    fn binding() -> Binding {
        let user = User { issuer: "i".to_owned(), subject: "s".to_owned() };
        Binding {
            id: BindingId::fresh().unwrap(),
            provider: "github".to_owned(),
            account: Account::new("1".to_owned(), "octo", None, Some("https://a.example/1"), None),
            address: "https://github.com".to_owned(),
            method: "oauth".to_owned(),
            scopes: vec!["repo".to_owned()],
            missing_scopes: Vec::new(),
            bound_at: Timestamp::from_seconds(1),
            bound_by: user,
            updated_at: Timestamp::from_seconds(2),
            last_verified_at: Timestamp::from_seconds(3),
            credential_expires_at: Some(Timestamp::from_seconds(4)),
        }
    }

    fn row(binding: &Binding, schema: i64) -> Item {
        item([
            ("schema", Some(number(schema))),
            ("provider", Some(text("github"))),
            ("binding", Some(write_binding(binding))),
        ])
    }

    #[test]
    fn a_binding_comes_back_as_it_was_written() {
        let binding = binding();
        assert_eq!(read_binding(&row(&binding, SCHEMA)).unwrap(), Some(binding));
    }

    #[test]
    fn an_unknown_version_fails_closed() {
        assert!(
            matches!(read_binding(&row(&binding(), 2)), Err(StoreError::Unreadable { field }) if field == "schema")
        );
        let mut broken = row(&binding(), SCHEMA);
        broken.insert("binding".to_owned(), text("?"));
        assert!(read_binding(&broken).is_err());
    }

    #[test]
    fn an_authorization_comes_back_without_its_state() {
        // S-14
        let state = State(Secret::fresh().unwrap());
        let authorization = Authorization {
            id: AuthorizationId::of(&state),
            provider: "github".to_owned(),
            caller: User { issuer: "i".to_owned(), subject: "s".to_owned() },
            completion: Completion::Callback {
                owner: Owner::Instance { region: "r".to_owned(), instance: "#".to_owned() },
            },
            code_verifier: CodeVerifier(Secret::fresh().unwrap()),
            nonce_hash: Secret::fresh().unwrap().hash(),
            return_to: None,
            scopes: vec!["repo".to_owned()],
            created_at: Timestamp::from_milliseconds(1),
            expires_at: Timestamp::from_milliseconds(600_001),
        };
        let row = write_authorization(&authorization);
        assert!(!format!("{row:?}").contains(state.reveal()));
        let back = read_authorization(&row, &authorization.id).unwrap();
        assert_eq!(back.completion, authorization.completion);
        assert_eq!((back.created_at, back.expires_at), (authorization.created_at, authorization.expires_at));
        assert!(back.code_verifier.0.same_as(&authorization.code_verifier.0));
    }
}
