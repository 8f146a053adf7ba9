//! Properties that hold for all keys, seals, addresses and answers.

use std::time::Duration;

use codebind::adapter::sealed::{Parts, seal};
use codebind::domain::address::{AddressPolicy, Homes, ServerAddress};
use codebind::domain::credential::{Purpose, SealContext};
use codebind::domain::owner::{Owner, User};
use codebind::domain::port_set::PortSet;
use codebind::domain::secret::{SecretBytes, hash_of_parts};
use codebind::domain::timestamp::Timestamp;
use codebind::domain::token_answer::tokens;
use codebind::edge::query::callback;
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() }
}

fn user(issuer: &str, subject: &str) -> Owner {
    Owner::User(User { issuer: issuer.to_owned(), subject: subject.to_owned() })
}

fn shared(region: &str, instance: &str) -> Owner {
    Owner::Instance { region: region.to_owned(), instance: instance.to_owned() }
}

/// Texts made of what separates, and of everything else.
fn part() -> impl Strategy<Value = String> {
    prop_oneof!["[ab#./:\\x00]{0,6}", any::<String>()]
}

fn context() -> impl Strategy<Value = SealContext> {
    let purpose = prop_oneof![Just(Purpose::Credential), Just(Purpose::AuthorizationCode), Just(Purpose::Grant)];
    (part(), part(), part(), purpose).prop_map(|(owner_hash, provider, binding_id, purpose)| SealContext {
        owner_hash,
        provider,
        binding_id,
        purpose,
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn owners_keys_are_injective_and_read_back(parts in proptest::array::uniform4(part())) {
        // S-4, R-68
        let [one, other, third, fourth] = &parts;
        let owners = [user(one, other), shared(one, other), user(third, fourth), shared(third, fourth)];
        for owner in &owners {
            let read_back = Owner::from_key(&owner.key());
            prop_assert_eq!(read_back.as_ref(), Some(owner));
            for another in &owners {
                prop_assert_eq!(owner.key() == another.key(), owner == another);
                prop_assert_eq!(owner.hash() == another.hash(), owner == another);
            }
        }
    }

    #[test]
    fn a_separator_cannot_move_from_one_part_to_the_next(a in part(), b in part(), c in part(), separator in "[#./\\x00]") {
        // S-4, R-68: `a#b` + `c` is not `a` + `b#c`.
        let (left, right) = (format!("{a}{separator}{b}"), format!("{b}{separator}{c}"));
        prop_assert_ne!(user(&left, &c).key(), user(&a, &right).key());
        prop_assert_ne!(shared(&left, &c).hash(), shared(&a, &right).hash());
        prop_assert_ne!(hash_of_parts(&[&left, &c]), hash_of_parts(&[&a, &right]));
        prop_assert_ne!(hash_of_parts(&[&a, &b]), hash_of_parts(&[&a, &b, ""]));
        prop_assert_ne!(user(&a, &b).key(), shared(&a, &b).key());
    }

    #[test]
    fn what_is_sealed_opens_under_its_own_context_alone(
        wrapped: Vec<u8>, plain: Vec<u8>, nonce: [u8; 12], key: [u8; 32], own in context(), other in context(),
        at: prop::sample::Index, bit in 0_u8..8,
    ) {
        // S-35
        let key = SecretBytes::new(key.to_vec());
        let sealed = seal(&key, &wrapped, nonce, &own, &SecretBytes::new(plain.clone())).unwrap();
        let open = |bytes: &[u8], context: &SealContext| Parts::read(bytes).and_then(|it| it.open(&key, context));
        let opened = open(&sealed, &own).unwrap();
        prop_assert_eq!(opened.reveal(), plain.as_slice());
        prop_assert_eq!(Parts::read(&sealed).unwrap().wrapped_key(), wrapped.as_slice());
        prop_assert_eq!(sealed.len(), 1 + 2 + wrapped.len() + 12 + plain.len() + 16);
        prop_assert_eq!(open(&sealed, &other).is_ok(), own == other);
        let mut changed = sealed.clone();
        let at = at.index(sealed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(open(&changed, &own).is_err());
        prop_assert!(open(&sealed[..at], &own).is_err());
        prop_assert!(open(&[sealed.as_slice(), &[0]].concat(), &own).is_err());
    }

    #[test]
    fn an_address_has_one_form(
        scheme in "(http|https|HTTP|hTTps)", labels in proptest::collection::vec("[a-zA-Z0-9]([a-z0-9-]{0,8}[a-z0-9])?", 1..4),
        port in proptest::option::of(1_u16..), path in proptest::collection::vec("[a-zA-Z0-9_~-]{1,6}", 0..3), slashes in 0_usize..3,
    ) {
        // S-23, S-24, R-38
        let all = PortSet::parse("1-65535").unwrap();
        let policy = AddressPolicy { http: true, http_ports: all.clone(), https_ports: all, allowed_hosts: Vec::new() };
        let parse = |text: &str| ServerAddress::parse(text, Homes::default(), &policy);
        let host = format!("{}.dev", labels.join("."));
        let default = if scheme.len() == 4 { 80 } else { 443 };
        let written_port = port.map_or_else(String::new, |port| format!(":{port}"));
        let path: String = path.iter().flat_map(|it| ["/", it]).collect();
        let text = format!("{scheme}://{host}{written_port}{path}{}", "/".repeat(slashes));
        // Links to projects' pages, and names that the parser takes for punycode, are other tests' matter.
        let is_other = ["/-", "/tree", "/blob", "/commits", "/issues"].iter().any(|it| path.contains(it)) || host.contains("xn--");
        prop_assume!(!is_other);
        let address = parse(&text).unwrap();
        let shown_port = port.filter(|port| *port != default).map_or_else(String::new, |port| format!(":{port}"));
        let expected = format!("{}://{}{shown_port}{path}", scheme.to_lowercase(), host.to_lowercase());
        prop_assert_eq!(address.to_string(), expected.as_str());
        prop_assert_eq!(parse(&expected), Ok(address));
    }

    #[test]
    fn a_query_is_read_in_any_order_and_each_name_once(
        code in "[ -~]{1,40}", state in "[a-zA-Z0-9_-]{43}", first: bool, again in prop::sample::select(vec!["code", "state", "error"]),
    ) {
        // S-19, R-25, R-30
        let mut pairs = [("code", code.as_str()), ("state", state.as_str())];
        if first {
            pairs.reverse();
        }
        let written = |pairs: &[(&str, &str)]| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let query = callback(&written(&pairs)).unwrap();
        let read = query.result.unwrap();
        prop_assert_eq!((query.state.reveal(), read.reveal()), (state.as_str(), code.as_str()));
        let twice = [pairs.as_slice(), &[(again, state.as_str())]].concat();
        prop_assert!(callback(&written(&twice)).is_err());
    }

    #[test]
    fn a_lifetime_of_any_size_does_no_harm(number in prop_oneof![any::<i128>().prop_map(|it| it.to_string()), any::<f64>().prop_map(|it| it.to_string())], quoted: bool) {
        // R-105
        let now = Timestamp::from_seconds(1_800_000_000);
        let value = if quoted { format!("\"{number}\"") } else { number };
        let body = format!(r#"{{"access_token":"a","expires_in":{value}}}"#);
        // What is no JSON number is no answer at all.
        if let Some((credential, _)) = tokens(body.as_bytes(), now) {
            let latest = now.plus(Duration::from_hours(400 * 24));
            prop_assert!(credential.expires_at.is_none_or(|at| now <= at && at <= latest));
        } else {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_err());
        }
    }

    #[test]
    fn a_time_is_shown_and_moved_without_harm(milliseconds: i64, added: u64) {
        // S-11
        let time = Timestamp::from_milliseconds(milliseconds);
        prop_assert!(time.rfc3339().ends_with('Z'));
        prop_assert!(time.plus(Duration::from_millis(added)) >= time);
        prop_assert_eq!(time.seconds(), milliseconds.div_euclid(1000));
    }
}

#[test]
fn no_word_of_a_context_can_move_into_the_next() {
    // S-35: written one after the other, both contexts would be the same letters.
    let context = |binding_id: &str, owner_hash: &str| SealContext {
        owner_hash: owner_hash.to_owned(),
        provider: "p".to_owned(),
        binding_id: binding_id.to_owned(),
        purpose: Purpose::Credential,
    };
    let [own, other] = [context("acodebind:ownerb", "c"), context("a", "bcodebind:ownerc")];
    let letters = |context: &SealContext| context.pairs().map(|(name, value)| format!("{name}{value}")).concat();
    assert_eq!(letters(&own), letters(&other));
    let key = SecretBytes::new(vec![7; 32]);
    let sealed = seal(&key, b"wrapped", [9; 12], &own, &SecretBytes::new(b"token".to_vec())).unwrap();
    let parts = Parts::read(&sealed).unwrap();
    assert!(parts.open(&key, &own).is_ok() && parts.open(&key, &other).is_err());
}
