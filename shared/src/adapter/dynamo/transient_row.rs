//! Rows of the table of transients: authorizations, codes that wait for the console, and grants.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::row::{
    Item, Reader, SCHEMA, item, number, read_account, read_sealed, text, texts, unreadable, write_account,
    write_credential,
};
use crate::domain::authorization::{Authorization, AuthorizationId, Completion};
use crate::domain::binding::BindingId;
use crate::domain::credential::Sealed;
use crate::domain::grant::{Grant, KeptCode, TicketId};
use crate::domain::owner::{Owner, User};
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::{CodeVerifier, SecretHash};
use crate::domain::timestamp::Timestamp;
use crate::domain::work::shard;
use crate::ports::StoreError;

/// How long an unused grant's token is kept for revocation.
const UNUSED_KEPT: Duration = Duration::from_hours(7 * 24);

/// The key of an authorization's row.
pub(super) fn authorization_key(id: &AuthorizationId) -> String {
    format!("authorization.{}", id.as_str())
}

/// The key of a kept code's row.
pub(super) fn code_key(id: &TicketId) -> String {
    format!("code.{}", id.as_str())
}

/// The key of a grant's row.
pub(super) fn grant_key(id: &TicketId) -> String {
    format!("grant.{}", id.as_str())
}

/// What every row of the table has.
fn common(key: &str, provider: &str, caller: &User, owner: Option<&Owner>, ends_at: Timestamp) -> Item {
    item([
        ("id", Some(text(key))),
        ("schema", Some(number(SCHEMA))),
        ("provider", Some(text(provider))),
        ("caller_issuer", Some(text(&caller.issuer))),
        ("caller_subject", Some(text(&caller.subject))),
        ("owner", owner.map(|owner| text(&owner.key()))),
        ("ends_at", Some(number(ends_at.milliseconds()))),
        // The table's TTL attribute, in seconds.
        ("expires_at", Some(number(ends_at.seconds()))),
    ])
}

fn read_owner(reader: &Reader<'_>) -> Result<Option<Owner>, StoreError> {
    let key = reader.optional_text("owner")?;
    key.map(|key| Owner::from_key(&key).ok_or_else(|| unreadable("owner"))).transpose()
}

/// An authorization's row.
pub(super) fn write_authorization(authorization: &Authorization) -> Item {
    let (completion, owner) = match &authorization.completion {
        Completion::Callback { owner } => ("callback", Some(owner)),
        Completion::Console { owner } => ("console", owner.as_ref()),
    };
    let key = authorization_key(&authorization.id);
    let mut row = common(&key, &authorization.provider, &authorization.caller, owner, authorization.expires_at);
    row.extend(item([
        ("completion", Some(text(completion))),
        ("code_verifier", Some(text(authorization.code_verifier.reveal()))),
        ("nonce_hash", Some(text(authorization.nonce_hash.as_str()))),
        ("return_to", authorization.return_to.as_ref().map(|it| text(it.as_str()))),
        ("scopes", Some(texts(&authorization.scopes))),
        ("created_at", Some(number(authorization.created_at.milliseconds()))),
    ]));
    row
}

/// The reverse of [`write_authorization`].
pub(super) fn read_authorization(row: &Item, id: &AuthorizationId) -> Result<Authorization, StoreError> {
    let reader = Reader(row);
    reader.check_schema()?;
    let completion = match (reader.text("completion")?.as_str(), read_owner(&reader)?) {
        ("callback", Some(owner)) => Completion::Callback { owner },
        ("console", owner) => Completion::Console { owner },
        _ => return Err(unreadable("completion")),
    };
    Ok(Authorization {
        id: id.clone(),
        provider: reader.text("provider")?,
        caller: reader.user("caller_issuer", "caller_subject")?,
        completion,
        code_verifier: CodeVerifier::new(reader.text("code_verifier")?),
        nonce_hash: SecretHash::stored(reader.text("nonce_hash")?),
        return_to: reader.optional_text("return_to")?.map(ReturnTo::stored),
        scopes: reader.texts("scopes")?,
        created_at: reader.time("created_at")?,
        expires_at: reader.time("ends_at")?,
    })
}

/// A kept code's row.
pub(super) fn write_code(code: &KeptCode) -> Item {
    let mut row = common(&code_key(&code.id), &code.provider, &code.caller, code.owner.as_ref(), code.expires_at);
    row.extend(item([("scopes", Some(texts(&code.scopes))), ("code", Some(sealed(&code.sealed, &code.id)))]));
    row.extend(due_at(&code_key(&code.id), code.expires_at));
    row
}

/// The reverse of [`write_code`].
pub(super) fn read_code(row: &Item, id: &TicketId) -> Result<KeptCode, StoreError> {
    let reader = Reader(row);
    reader.check_schema()?;
    Ok(KeptCode {
        id: id.clone(),
        provider: reader.text("provider")?,
        caller: reader.user("caller_issuer", "caller_subject")?,
        owner: read_owner(&reader)?,
        scopes: reader.texts("scopes")?,
        sealed: read_sealed(reader.map("code")?.ok_or_else(|| unreadable("code"))?)?,
        expires_at: reader.time("ends_at")?,
    })
}

/// A grant's row.
pub(super) fn write_grant(grant: &Grant) -> Item {
    let mut row = common(&grant_key(&grant.id), &grant.provider, &grant.caller, grant.owner.as_ref(), grant.expires_at);
    row.extend(write_account(&grant.account));
    row.extend(item([
        ("scopes", Some(texts(&grant.scopes))),
        ("credential", Some(sealed(&grant.sealed, &grant.id))),
        // The row outlives the grant, so that the sweeper can revoke what nobody bound.
        ("expires_at", Some(number(grant.expires_at.plus(UNUSED_KEPT).seconds()))),
    ]));
    row.extend(due_at(&grant_key(&grant.id), grant.expires_at));
    row
}

/// When the sweeper is to look at a row: what nobody came for has to be ended.
fn due_at(key: &str, at: Timestamp) -> Item {
    item([("work_shard", Some(text(&shard(&[key])))), ("work_at", Some(number(at.milliseconds())))])
}

/// The reverse of [`write_grant`].
pub(super) fn read_grant(row: &Item, id: &TicketId) -> Result<Grant, StoreError> {
    let reader = Reader(row);
    reader.check_schema()?;
    Ok(Grant {
        id: id.clone(),
        provider: reader.text("provider")?,
        caller: reader.user("caller_issuer", "caller_subject")?,
        owner: read_owner(&reader)?,
        account: read_account(&reader)?,
        scopes: reader.texts("scopes")?,
        sealed: read_sealed(reader.map("credential")?.ok_or_else(|| unreadable("credential"))?)?,
        expires_at: reader.time("ends_at")?,
        used_for: reader.optional_text("used_for")?.map(BindingId::stored),
    })
}

fn sealed(sealed: &Sealed, id: &TicketId) -> AttributeValue {
    write_credential(sealed, id.as_str(), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::{Secret, State};

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

    #[test]
    fn a_grant_comes_back_without_its_secret() {
        // S-22
        let secret = Secret::fresh().unwrap();
        let grant = Grant {
            id: TicketId::of(&secret),
            provider: "github".to_owned(),
            caller: User { issuer: "i".to_owned(), subject: "s".to_owned() },
            owner: None,
            account: crate::domain::binding::Account::new("1".to_owned(), "octo", None, None, None),
            scopes: vec!["repo".to_owned()],
            sealed: Sealed { bytes: vec![1, 2], key_id: "k".to_owned() },
            expires_at: Timestamp::from_milliseconds(600_001),
            used_for: None,
        };
        let row = write_grant(&grant);
        assert!(!format!("{row:?}").contains(secret.reveal()));
        let back = read_grant(&row, &grant.id).unwrap();
        assert_eq!((back.account, back.sealed, back.owner), (grant.account, grant.sealed, None));
        assert!(read_code(&row, &grant.id).is_err());
    }

    #[test]
    fn rows_of_one_table_have_keys_of_their_own() {
        let state = State::new("secret".to_owned());
        let (id, ticket) = (AuthorizationId::of(&state), TicketId::of(&state.0));
        let hash = ticket.as_str();
        assert_eq!(authorization_key(&id), format!("authorization.{hash}"));
        assert_eq!((code_key(&ticket), grant_key(&ticket)), (format!("code.{hash}"), format!("grant.{hash}")));
        // Seven days, for the sweeper.
        assert_eq!(UNUSED_KEPT.as_secs(), 604_800);
    }

    #[test]
    fn a_kept_code_comes_back_without_its_secret() {
        // S-22
        let secret = Secret::fresh().unwrap();
        let user = User { issuer: "i".to_owned(), subject: "s".to_owned() };
        let code = KeptCode {
            id: TicketId::of(&secret),
            provider: "github".to_owned(),
            caller: user.clone(),
            owner: Some(Owner::User(user.clone())),
            scopes: vec!["repo".to_owned()],
            sealed: Sealed { bytes: vec![1, 2], key_id: "k".to_owned() },
            expires_at: Timestamp::from_milliseconds(120_001),
        };
        let row = write_code(&code);
        assert!(!format!("{row:?}").contains(secret.reveal()));
        let back = read_code(&row, &code.id).unwrap();
        assert_eq!(
            (back.provider, back.caller, back.owner, back.scopes),
            (code.provider, code.caller, code.owner, code.scopes)
        );
        assert_eq!((back.sealed, back.expires_at), (code.sealed, code.expires_at));
        assert!(
            read_grant(&row, &code.id).is_err()
                && read_authorization(&row, &AuthorizationId::of(&State(secret))).is_err()
        );
    }

    #[test]
    fn the_console_may_complete_with_an_owner_or_without() {
        // S-22
        let state = State(Secret::fresh().unwrap());
        let user = User { issuer: "i".to_owned(), subject: "s".to_owned() };
        for owner in [None, Some(Owner::User(user.clone()))] {
            let authorization = Authorization {
                id: AuthorizationId::of(&state),
                provider: "github".to_owned(),
                caller: user.clone(),
                completion: Completion::Console { owner },
                code_verifier: CodeVerifier(Secret::fresh().unwrap()),
                nonce_hash: Secret::fresh().unwrap().hash(),
                return_to: None,
                scopes: Vec::new(),
                created_at: Timestamp::from_milliseconds(1),
                expires_at: Timestamp::from_milliseconds(600_001),
            };
            let back = read_authorization(&write_authorization(&authorization), &authorization.id).unwrap();
            assert_eq!(back.completion, authorization.completion);
        }
    }
}
