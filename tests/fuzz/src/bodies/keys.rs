//! `keys`: what is stored and read back: owners' keys, the sealed format, cookies, points in time.

use std::time::Duration;

use codebind::adapter::sealed::{Parts, seal};
use codebind::domain::authorization::AuthorizationId;
use codebind::domain::binding::BindingId;
use codebind::domain::credential::{Credential, Purpose, SealContext};
use codebind::domain::deadline::Deadline;
use codebind::domain::owner::{Owner, User};
use codebind::domain::secret::{BrowserNonce, SecretBytes, State, hash_of_parts};
use codebind::domain::timestamp::Timestamp;
use codebind::edge::cookie::CookieStyle;
use codebind::edge::language::Language;

use super::bytes::{Bytes, text};

/// Six lines: two pairs of an owner's parts, cookies, a time in milliseconds; then bytes.
pub(super) fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let [one, other, third, fourth, cookies, time] = std::array::from_fn(|_| bytes.line());
    let rest = bytes.rest();
    owners([&one, &other], [&third, &fourth]);
    a_key_has_one_spelling(&one);
    times(&time);
    cookie(&cookies, &one);
    sealed(rest, &[&one, &other, &third]);
    foreign(rest);
    let _ = Language::negotiate(Some(&cookies));
}

/// S-4: two owners never share a key, nor a hash.
fn owners(one: [&str; 2], other: [&str; 2]) {
    let kinds = |[first, second]: [&str; 2]| {
        let (first, second) = (first.to_owned(), second.to_owned());
        let user = Owner::User(User { issuer: first.clone(), subject: second.clone() });
        [user, Owner::Instance { region: first, instance: second }]
    };
    let all = [kinds(one), kinds(other)].concat();
    for owner in &all {
        assert_eq!(Owner::from_key(&owner.key()).as_ref(), Some(owner));
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
        assert!(owner.key().bytes().all(is_plain) && owner.hash().len() == 64);
        for another in &all {
            assert_eq!(
                (owner.key() == another.key(), owner.hash() == another.hash()),
                (owner == another, owner == another)
            );
        }
    }
    assert_eq!(hash_of_parts(&one) == hash_of_parts(&other), one == other);
}

/// S-4: and one owner has one key.
fn a_key_has_one_spelling(text: &str) {
    if let Some(owner) = Owner::from_key(text) {
        assert_eq!(owner.key(), text);
    }
}

/// S-11, S-39
fn times(text: &str) {
    if let Some(midnight) = Timestamp::from_date(text) {
        assert!(midnight.seconds().rem_euclid(86_400) == 0 && text.len() >= 10, "{text}");
    }
    let milliseconds = text.parse().unwrap_or_default();
    let time = Timestamp::from_milliseconds(milliseconds);
    let shown = time.rfc3339();
    assert!(shown.ends_with('Z') && shown.as_bytes().get(10) == Some(&b'T') && shown.is_ascii(), "{shown}");
    let later = time.plus(Duration::from_mins(10));
    assert!(later > time || milliseconds > i64::MAX - 600_000, "{time:?}");
    assert_eq!(time.plus(Duration::MAX).milliseconds() == i64::MAX, milliseconds >= 0);
    let budget = Duration::from_secs(22);
    let left = Deadline::new(budget, Some(time), Timestamp::from_seconds(1_800_000_000)).left();
    assert!(left <= budget, "{left:?}");
}

/// S-15
fn cookie(present: &str, state: &str) {
    let present: Vec<_> = present.split("; ").map(str::to_owned).collect();
    let (id, nonce) = (AuthorizationId::of(&State::new(state.to_owned())), BrowserNonce::new("nonce".to_owned()));
    for style in [CookieStyle { is_plain_http: false }, CookieStyle { is_plain_http: true }] {
        let set = style.set(&id, &nonce, &present);
        assert!((1..=present.len() + 1).contains(&set.len()));
        let own = set.last().expect("its own");
        let (pair, attributes) = own.split_once("; ").expect("attributes");
        let (name, value) = pair.split_once('=').expect("a value");
        assert!(value == "nonce" && attributes.ends_with("; Max-Age=600") && name.ends_with(id.cookie_label()));
        for cookie in &set {
            assert!(
                cookie.bytes().all(|it| (0x20..=0x7e).contains(&it)) && cookie.contains("; HttpOnly; "),
                "{cookie:?}"
            );
            assert_eq!(
                (cookie.matches(';').count(), cookie.contains("Secure")),
                (own.matches(';').count(), !style.is_plain_http)
            );
        }
        let values: Vec<_> =
            present.iter().filter_map(|it| it.split_once('=')).filter(|it| it.0 == name).map(|it| it.1).collect();
        let found = style.find(&id, &present);
        assert_eq!(found.as_ref().map(BrowserNonce::reveal), if values.len() == 1 { Some(values[0]) } else { None });
        let brought = [present.as_slice(), &[pair.to_owned()]].concat();
        assert_eq!(style.find(&id, &brought).is_some(), values.is_empty());
    }
}

/// S-35: what is sealed opens, under its own context alone, and no changed byte goes unnoticed.
fn sealed(bytes: &[u8], words: &[&str; 3]) {
    let context = |purpose| SealContext {
        owner_hash: words[0].to_owned(),
        provider: words[1].to_owned(),
        binding_id: words[2].to_owned(),
        purpose,
    };
    let (wrapped, plain) = bytes.split_at(bytes.len() / 2);
    let (key, plain) = (SecretBytes::new(vec![7; 32]), SecretBytes::new(plain.to_vec()));
    let sealed = seal(&key, wrapped, [9; 12], &context(Purpose::Credential), &plain);
    let Ok(sealed) = sealed else {
        return assert!(wrapped.len() > usize::from(u16::MAX));
    };
    let open = |bytes: &[u8], context: &SealContext| Parts::read(bytes).and_then(|parts| parts.open(&key, context));
    assert_eq!(open(&sealed, &context(Purpose::Credential)).expect("it opens").reveal(), plain.reveal());
    assert!(Parts::read(&sealed).is_ok_and(|parts| parts.wrapped_key() == wrapped));
    assert!(open(&sealed, &context(Purpose::Grant)).is_err());
    let [owner_hash, provider, binding_id] = [words[1], words[2], words[0]].map(str::to_owned);
    let is_turned = words[0] == words[1] && words[1] == words[2];
    let turned = SealContext { owner_hash, provider, binding_id, purpose: Purpose::Credential };
    assert_eq!(open(&sealed, &turned).is_ok(), is_turned);
    let at = bytes.iter().fold(0_usize, |sum, it| sum.wrapping_mul(31).wrapping_add(usize::from(*it))) % sealed.len();
    let mut changed = sealed.clone();
    changed[at] ^= 1 << (at % 8);
    assert!(open(&changed, &context(Purpose::Credential)).is_err(), "byte {at}");
    assert!(open(&sealed[..at], &context(Purpose::Credential)).is_err(), "length {at}");
}

/// S-35: bytes that we did not seal are taken apart without harm, and never open.
fn foreign(bytes: &[u8]) {
    if let Ok(parts) = Parts::read(bytes) {
        assert!(parts.wrapped_key().len() + 15 <= bytes.len() && bytes[0] == 1);
        let context = SealContext {
            owner_hash: String::new(),
            provider: String::new(),
            binding_id: BindingId::stored(text(bytes)).as_str().to_owned(),
            purpose: Purpose::Credential,
        };
        assert!(parts.open(&SecretBytes::new(vec![7; 32]), &context).is_err());
        assert!(parts.open(&SecretBytes::new(bytes.to_vec()), &context).is_err());
    }
    let _ = Credential::from_plain(&SecretBytes::new(bytes.to_vec()));
}
