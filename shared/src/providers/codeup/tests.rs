//! The verification against the wire examples.

use super::*;
use crate::providers::codeup::CODEUP;
use crate::providers::fixture;

const ORGANIZATION: &str = "60fa4e0000000000000000aa";
const USER_OK: &str = "codeup.current_user.success";
const USER_REFUSED: &str = "codeup.current_user.permission_missing";
const LISTED: [&str; 3] = ["codeup.members.success", "codeup.departments.success", "codeup.repositories.success"];
const DETAILS: [&str; 3] = ["codeup.branches.success", "codeup.tags.success", "codeup.webhooks.list_success"];
/// The answer of the repositories' family to a token without the permission.
const LACKING: &str = "codeup.repositories.permission_missing";

fn entered(organization: Option<&str>) -> Entered {
    let organization_id = organization.map(str::to_owned);
    Entered { username: "clone-fake".to_owned(), organization_id, web_url: "https://codeup.example".to_owned() }
}

fn answers(names: &[&str]) -> Vec<Answer> {
    names.iter().map(|name| fixture(name)).collect()
}

fn of(organization: Option<&str>, names: &[&str]) -> Step {
    verify(&entered(organization), &answers(names))
}

fn accepted(step: Step) -> Verified {
    match step {
        Step::Accept(verified) => *verified,
        other => panic!("not accepted: {other:?}"),
    }
}

fn refused(step: Step) -> TokenProblem {
    match step {
        Step::Refuse(problem) => problem,
        other => panic!("not refused: {other:?}"),
    }
}

fn asked(step: Step) -> Vec<String> {
    match step {
        Step::Ask(probes) => probes.into_iter().map(|probe| probe.path).collect(),
        other => panic!("nothing asked: {other:?}"),
    }
}

fn all<'a>(user: &'a str, listed: [&'a str; 3], details: &[&'a str]) -> Vec<&'a str> {
    [user].into_iter().chain(listed).chain(details.iter().copied()).collect()
}

#[test]
fn a_good_token_shows_whose_it_is_and_what_it_may_do() {
    // S-28
    let verified = accepted(of(Some(ORGANIZATION), &all(USER_OK, LISTED, &DETAILS)));
    let account = verified.account;
    assert_eq!((account.id.as_str(), account.login.as_str()), ("5efa4e0000000000000000bb", "clone-fake"));
    assert_eq!(account.name.as_deref(), Some("假用户"));
    assert_eq!(account.profile_url, Some(format!("https://codeup.example/{ORGANIZATION}")));
    assert_eq!(verified.scopes, [MEMBERS, DEPARTMENTS, REPOSITORIES, BRANCHES, TAGS, WEBHOOKS]);
    assert_eq!(verified.unverified_scopes, [WEBHOOKS_WRITE]);
    let both = [verified.scopes, verified.unverified_scopes].concat();
    assert_eq!(both, CODEUP.scope_names());
}

#[test]
fn three_rounds_ask_no_more_than_they_need() {
    // S-39: two, where the organization is entered.
    assert_eq!(asked(of(None, &[])), [USER, ORGANIZATIONS]);
    let listed = asked(of(None, &[USER_OK, "codeup.organizations.success"]));
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|path| path.contains(ORGANIZATION)), "{listed:?}");
    assert_eq!(asked(of(Some(ORGANIZATION), &[]))[1..], listed);
    let details = asked(of(Some(ORGANIZATION), &all(USER_OK, LISTED, &[])));
    assert_eq!(details.len(), 3);
    assert!(details.iter().all(|path| path.contains("/repositories/2813489/")), "{details:?}");
}

#[test]
fn the_organization_is_found_where_there_is_no_doubt() {
    // S-28
    let found = |names: &[&str]| asked(of(None, names))[0].contains(ORGANIZATION);
    assert!(found(&[USER_REFUSED, "codeup.organizations.success"]));
    assert!(found(&[USER_OK, "codeup.organizations.permission_missing"]));
    let none = refused(of(None, &[USER_REFUSED, "codeup.organizations.permission_missing"]));
    assert_eq!(none, TokenProblem::OrganizationNeeded { candidates: Vec::new() });

    let mut several = answers(&[USER_OK, "codeup.organizations.success"]);
    let list = several[1].json.as_mut().and_then(Value::as_array_mut).unwrap();
    list.push(serde_json::json!({"id": "60fa4e0000000000000000ab", "name": "two"}));
    list.push(serde_json::json!({"id": "../user", "name": "no id"}));
    let candidates = vec![format!("{ORGANIZATION} (假组织)"), "60fa4e0000000000000000ab (two)".to_owned()];
    assert_eq!(refused(verify(&entered(None), &several)), TokenProblem::OrganizationNeeded { candidates });
}

#[test]
fn an_organization_that_is_not_the_tokens_is_said_so() {
    // S-27
    for members in
        ["codeup.members.not_in_organization", "codeup.members.invalid_member", "codeup.repositories.not_found"]
    {
        let listed = [members, LISTED[1], LISTED[2]];
        let names = all(USER_OK, listed, &[]);
        assert_eq!(refused(of(Some(ORGANIZATION), &names)), TokenProblem::WrongOrganization, "{members}");
        let names = [&[USER_OK, "codeup.organizations.success"][..], &listed].concat();
        assert_eq!(refused(of(None, &names)), TokenProblem::WrongOrganization, "{members}");
        // It was the one last visited: the person is asked which it is.
        let names = [&[USER_OK, "codeup.organizations.permission_missing"][..], &listed].concat();
        let needed = TokenProblem::OrganizationNeeded { candidates: Vec::new() };
        assert_eq!(refused(of(None, &names)), needed, "{members}");
    }
}

#[test]
fn missing_permissions_are_named() {
    // S-28
    let cases = [
        (["codeup.members.permission_missing", LISTED[1], LISTED[2]], DETAILS, &[MEMBERS][..]),
        ([LISTED[0], "codeup.members.permission_missing", LISTED[2]], DETAILS, &[DEPARTMENTS]),
        (LISTED, [LACKING, DETAILS[1], DETAILS[2]], &[BRANCHES]),
        (LISTED, [DETAILS[0], LACKING, DETAILS[2]], &[TAGS]),
        (LISTED, [DETAILS[0], DETAILS[1], "codeup.webhooks.create_permission_missing"], &[WEBHOOKS, WEBHOOKS_WRITE]),
        (LISTED, [LACKING; 3], &[BRANCHES, TAGS, WEBHOOKS, WEBHOOKS_WRITE]),
    ];
    for (listed, details, missing) in cases {
        let problem = refused(of(Some(ORGANIZATION), &all(USER_OK, listed, &details)));
        assert_eq!(problem, TokenProblem::LacksScopes { missing: missing.iter().map(|&it| it.into()).collect() });
    }
    let problem = refused(of(Some(ORGANIZATION), &all(USER_OK, [LISTED[0], LISTED[1], LACKING], &[])));
    assert_eq!(problem, TokenProblem::LacksScopes { missing: vec![REPOSITORIES.to_owned()] });
}

#[test]
fn what_nothing_shows_is_accepted_and_named() {
    // S-28
    let listed = [LISTED[0], LISTED[1], "codeup.repositories.empty"];
    let verified = accepted(of(Some(ORGANIZATION), &all(USER_OK, listed, &[])));
    assert_eq!(verified.scopes, [MEMBERS, DEPARTMENTS, REPOSITORIES]);
    assert_eq!(verified.unverified_scopes, [BRANCHES, TAGS, WEBHOOKS, WEBHOOKS_WRITE]);

    let mut answers = answers(&all(USER_OK, LISTED, &[DETAILS[0], "codeup.repositories.not_found", LACKING]));
    answers[3].json.as_mut().unwrap()[0]["accessLevel"] = serde_json::json!(30);
    let verified = accepted(verify(&entered(Some(ORGANIZATION)), &answers));
    assert_eq!(verified.unverified_scopes, [TAGS, WEBHOOKS, WEBHOOKS_WRITE]);
}

#[test]
fn the_repository_that_the_person_administers_is_asked() {
    let mut answers = answers(&all(USER_OK, LISTED, &[]));
    let list = answers[3].json.as_mut().and_then(Value::as_array_mut).unwrap();
    list.insert(0, serde_json::json!({"id": 1, "accessLevel": 20}));
    list.push(serde_json::json!({"id": 3, "accessLevel": 40}));
    let paths = asked(verify(&entered(Some(ORGANIZATION)), &answers));
    assert!(paths.iter().all(|path| path.contains("/repositories/2813489/")), "{paths:?}");
}

#[test]
fn an_account_is_known_by_the_best_that_is_told() {
    // The only member of an organization is the person.
    let account = accepted(of(Some(ORGANIZATION), &all(USER_REFUSED, LISTED, &DETAILS))).account;
    assert_eq!((account.id.as_str(), account.name.as_deref()), ("5efa4e0000000000000000bb", Some("假用户")));
    let mut several = answers(&all(USER_REFUSED, LISTED, &DETAILS));
    several[1].json.as_mut().and_then(Value::as_array_mut).unwrap().push(serde_json::json!({"userId": "x"}));
    let account = accepted(verify(&entered(Some(ORGANIZATION)), &several)).account;
    assert_eq!(account.id, format!("{ORGANIZATION}/clone-fake"));
}

#[test]
fn each_cause_has_its_own_verdict() {
    // S-27, S-40: the same in both families of calls.
    for (name, expected) in [
        ("codeup.any_platform.expired_token", TokenProblem::Expired),
        ("codeup.any_platform.invalid_token", TokenProblem::Rejected),
        ("codeup.any_platform.unauthorized", TokenProblem::Rejected),
        ("codeup.repositories.invalid_token", TokenProblem::Rejected),
        ("codeup.any_platform.unsupported_token_type", TokenProblem::WrongKind),
        ("codeup.any_platform.unsupported_in_env", TokenProblem::NotTheProvider { status: 400 }),
        ("codeup.legacy_host.oapi_not_served", TokenProblem::NotTheProvider { status: 404 }),
        ("codeup.any_platform.rate_limited", TokenProblem::of_unexpected(&fixture("codeup.any_platform.rate_limited"))),
        ("codeup.any_platform.server_error", TokenProblem::of_unexpected(&fixture("codeup.any_platform.server_error"))),
    ] {
        assert_eq!(refused(of(None, &[name, name])), expected, "{name}");
        assert_eq!(refused(of(Some(ORGANIZATION), &[name])), expected, "{name}");
        assert_eq!(refused(of(Some(ORGANIZATION), &all(USER_OK, [name; 3], &[]))), expected, "{name}");
    }
    let mut other = fixture("codeup.any_platform.expired_token");
    other.json = Some(serde_json::json!({"errorCode": "ExpiredToken"}));
    assert_eq!(sight(&other), Err(TokenProblem::Expired));
}
