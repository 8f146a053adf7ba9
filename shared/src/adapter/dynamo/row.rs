//! Rows: typed values in and out of attributes. A row that cannot be read is left alone, never guessed at.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::binding::{Account, Binding, BindingId, BindingProblem, BindingProblemKind, Evidence};
use crate::domain::credential::Sealed;
use crate::domain::owner::User;
use crate::domain::timestamp::Timestamp;
use crate::ports::StoreError;

/// Version of every row's shape. Another one is not read.
pub(super) const SCHEMA: i64 = 1;

/// A row or a map within one.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Reads typed values; each error names the attribute.
pub(super) struct Reader<'a>(pub(super) &'a Item);

pub(super) fn unreadable(field: &str) -> StoreError {
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

    /// One that is not there is false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, StoreError> {
        self.0.get(name).map_or(Ok(false), |value| value.as_bool().copied().map_err(|_| unreadable(name)))
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let list = self.0.get(name).and_then(|value| value.as_l().ok()).ok_or_else(|| unreadable(name))?;
        list.iter().map(|value| value.as_s().cloned().map_err(|_| unreadable(name))).collect()
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        self.number(name).map(Timestamp::from_milliseconds)
    }

    pub(super) fn map(&self, name: &str) -> Result<Option<&Item>, StoreError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        value.as_m().map(Some).map_err(|_| unreadable(name))
    }

    pub(super) fn user(&self, issuer: &str, subject: &str) -> Result<User, StoreError> {
        Ok(User { issuer: self.text(issuer)?, subject: self.text(subject)? })
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn texts(values: &[String]) -> AttributeValue {
    AttributeValue::L(values.iter().map(|value| text(value)).collect())
}

pub(super) fn item<const N: usize>(pairs: [(&str, Option<AttributeValue>); N]) -> Item {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    present.collect()
}

/// The map under `binding`.
pub(super) fn write_binding(binding: &Binding) -> AttributeValue {
    let mut map = write_account(&binding.account);
    map.extend(item([
        ("id", Some(text(binding.id.as_str()))),
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
        ("rotates", binding.rotates.then_some(AttributeValue::Bool(true))),
        ("problem", binding.problem.map(write_problem)),
    ]));
    AttributeValue::M(map)
}

/// The map under a binding's `problem`.
pub(super) fn write_problem(problem: BindingProblem) -> AttributeValue {
    let BindingProblem { kind, since, evidence } = problem;
    AttributeValue::M(item([
        ("kind", Some(text(kind.name()))),
        ("since", Some(number(since.milliseconds()))),
        ("evidence", evidence.map(|it| text(it.name()))),
    ]))
}

fn read_problem(map: &Item) -> Result<BindingProblem, StoreError> {
    let reader = Reader(map);
    let kind = BindingProblemKind::from_name(&reader.text("kind")?).ok_or_else(|| unreadable("kind"))?;
    let evidence = reader.optional_text("evidence")?;
    let evidence = evidence.map(|it| Evidence::from_name(&it).ok_or_else(|| unreadable("evidence"))).transpose()?;
    Ok(BindingProblem { kind, since: reader.time("since")?, evidence })
}

/// The attributes of an account.
pub(super) fn write_account(account: &Account) -> Item {
    let optional = |value: &Option<String>| value.as_deref().map(text);
    item([
        ("account_id", Some(text(&account.id))),
        ("account_login", Some(text(&account.login))),
        ("account_name", optional(&account.name)),
        ("account_avatar_url", optional(&account.avatar_url)),
        ("account_profile_url", optional(&account.profile_url)),
    ])
}

/// The reverse of [`write_account`].
pub(super) fn read_account(reader: &Reader<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        id: reader.text("account_id")?,
        login: reader.text("account_login")?,
        name: reader.optional_text("account_name")?,
        avatar_url: reader.optional_text("account_avatar_url")?,
        profile_url: reader.optional_text("account_profile_url")?,
    })
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
        account: read_account(&inner)?,
        address: inner.text("address")?,
        method: inner.text("method")?,
        scopes: inner.texts("scopes")?,
        missing_scopes: inner.texts("missing_scopes")?,
        bound_at: inner.time("bound_at")?,
        bound_by: inner.user("bound_by_issuer", "bound_by_subject")?,
        updated_at: inner.time("updated_at")?,
        last_verified_at: inner.time("last_verified_at")?,
        credential_expires_at: inner.optional_number("credential_expires_at")?.map(Timestamp::from_milliseconds),
        rotates: inner.flag("rotates")?,
        problem: inner.map("problem")?.map(read_problem).transpose()?,
    }))
}

/// The map under `credential`: complete in itself, so that it can be copied into the queue of revocations.
pub(super) fn write_credential(sealed: &Sealed, id: &str, address: &str) -> AttributeValue {
    AttributeValue::M(item([
        ("sealed", Some(AttributeValue::B(Blob::new(sealed.bytes.clone())))),
        ("key_id", Some(text(&sealed.key_id))),
        ("binding_id", Some(text(id))),
        ("address", Some(text(address))),
    ]))
}

/// The sealed bytes in a map of [`write_credential`].
pub(super) fn read_sealed(map: &Item) -> Result<Sealed, StoreError> {
    let bytes = map.get("sealed").and_then(|value| value.as_b().ok()).ok_or_else(|| unreadable("sealed"))?;
    Ok(Sealed { bytes: bytes.as_ref().to_vec(), key_id: Reader(map).text("key_id")? })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            rotates: true,
            problem: Some(BindingProblem {
                kind: BindingProblemKind::TokenDisplaced,
                since: Timestamp::from_seconds(5),
                evidence: Some(Evidence::RefreshRefused),
            }),
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
}
