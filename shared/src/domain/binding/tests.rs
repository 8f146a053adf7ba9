//! What a binding says of itself, and what of a provider is kept.

use super::*;

#[test]
fn what_a_provider_sends_is_made_harmless() {
    // S-13, R-37
    let account = Account::new(
        "1".to_owned(),
        "oc\u{202e}to\r\n",
        Some(""),
        Some("javascript:alert(1)"),
        Some("https://host.example/octo"),
    );
    assert_eq!(account.login, "octo");
    assert_eq!(account.name, None);
    assert_eq!(account.avatar_url, None);
    assert_eq!(account.profile_url.as_deref(), Some("https://host.example/octo"));
}

#[test]
fn a_binding_is_as_well_as_its_credential() {
    // S-11: at the borders, and at times that no clock shows.
    let month = EXPIRING_WITHIN_MILLISECONDS;
    let binding = |ends: Option<i64>| Binding {
        id: BindingId::stored("b-1".to_owned()),
        provider: "a-provider".to_owned(),
        account: Account::new("1".to_owned(), "octo", None, None, None),
        address: "https://host.example".to_owned(),
        method: "oauth".to_owned(),
        scopes: Vec::new(),
        missing_scopes: Vec::new(),
        bound_at: Timestamp::from_seconds(0),
        bound_by: User { issuer: "i".to_owned(), subject: "s".to_owned() },
        updated_at: Timestamp::from_seconds(0),
        last_verified_at: Timestamp::from_seconds(0),
        credential_expires_at: ends.map(Timestamp::from_milliseconds),
        rotates: false,
        problem: None,
    };
    for (ends, state) in [
        (None, BindingState::Bound),
        (Some(7), BindingState::ReauthorizationRequired),
        (Some(8), BindingState::Expiring),
        (Some(7 + month), BindingState::Expiring),
        (Some(8 + month), BindingState::Bound),
        (Some(i64::MIN), BindingState::ReauthorizationRequired),
        (Some(i64::MAX), BindingState::Bound),
    ] {
        assert_eq!(binding(ends).state(Timestamp::from_milliseconds(7)), state, "{ends:?}");
    }
    assert_eq!(binding(Some(i64::MAX)).state(Timestamp::from_milliseconds(-7)), BindingState::Bound);
    let since = Timestamp::from_seconds(0);
    let problem = BindingProblem { kind: BindingProblemKind::TokenDisplaced, since, evidence: None };
    let displaced = Binding { problem: Some(problem), ..binding(None) };
    assert_eq!(displaced.state(Timestamp::from_seconds(0)), BindingState::ReauthorizationRequired);
}

#[test]
fn binding_ids_differ() {
    assert_ne!(BindingId::fresh().unwrap(), BindingId::fresh().unwrap());
}
