//! Codeup's simulator against the wire examples.

use super::*;
use crate::simulator::fixture::{assert_like, body_of, call, header_of, stage};

const USER: &str = "/oapi/v1/platform/user";
const ORGANIZATIONS: &str = "/oapi/v1/platform/organizations";
const VARYING: [&str; 6] = ["requestId", "traceId", "x-request-id", "x-per-page", "webUrl", "id"];

fn send(stage: &Stage, path: &str, token: &str) -> Reply {
    stage.answer(&call("GET", path, &[("x-yunxiao-token", token), ("user-agent", "codebind")], ""))
}

fn in_organization(what: &str) -> String {
    format!("{ORGANIZATIONS}/{ORGANIZATION}/{what}?page=1&perPage=2")
}

fn repositories(organization: &str) -> String {
    format!("/oapi/v1/codeup/organizations/{organization}/repositories")
}

fn of_repository(what: &str) -> String {
    format!("{}/{REPOSITORY}/{what}", repositories(ORGANIZATION))
}

#[test]
fn a_good_token_reads_everything() {
    let stage = stage("codeup");
    for (path, name) in [
        (USER.to_owned(), "codeup.current_user.success"),
        (ORGANIZATIONS.to_owned(), "codeup.organizations.success"),
        (in_organization("members"), "codeup.members.success"),
        (in_organization("departments"), "codeup.departments.success"),
        (repositories(ORGANIZATION), "codeup.repositories.success"),
        (of_repository("branches"), "codeup.branches.success"),
        (of_repository("tags"), "codeup.tags.success"),
        (of_repository("webhooks"), "codeup.webhooks.list_success"),
    ] {
        // Ids are as in the examples, too: they only may differ where an example has a request's id.
        let varying: Vec<_> = VARYING.into_iter().filter(|it| *it != "id").collect();
        assert_like(&send(&stage, &path, "pt-full-fake"), name, &varying);
    }
    assert_like(&send(&stage, &repositories(ORGANIZATION), "pt-empty-fake"), "codeup.repositories.empty", &VARYING);
}

#[test]
fn each_token_answers_as_its_name_says() {
    let stage = stage("codeup");
    for (token, name) in [
        ("pt-expired-fake", "codeup.any_platform.expired_token"),
        ("pt-unauthorized-fake", "codeup.any_platform.unauthorized"),
        ("pt-FAKE_0000", "codeup.any_platform.invalid_token"),
        ("pt-wrongkind-fake", "codeup.any_platform.unsupported_token_type"),
        ("pt-elsewhere-fake", "codeup.any_platform.unsupported_in_env"),
        ("pt-limited-fake", "codeup.any_platform.rate_limited"),
        ("pt-error500-fake", "codeup.any_platform.server_error"),
        ("pt-minimal-fake", "codeup.current_user.permission_missing"),
    ] {
        assert_like(&send(&stage, USER, token), name, &VARYING);
    }
    let minimal = send(&stage, ORGANIZATIONS, "pt-minimal-fake");
    assert_like(&minimal, "codeup.organizations.permission_missing", &VARYING);
    for (token, name) in [
        ("pt-outsider-fake", "codeup.members.not_in_organization"),
        ("pt-suspended-fake", "codeup.members.invalid_member"),
        ("pt-no_members-fake", "codeup.members.permission_missing"),
    ] {
        assert_like(&send(&stage, &in_organization("members"), token), name, &VARYING);
    }
    assert_like(&stage.answer(&call("GET", USER, &[], "")), "codeup.any_platform.unauthorized", &VARYING);
    let html = send(&stage, USER, "pt-html-fake");
    assert_eq!((html.status, header_of(&html, "content-type")), (200, Some("text/html")));
    assert_eq!(send(&stage, USER, "pt-slow-fake").delay, SLOW);
}

#[test]
fn calls_about_repositories_have_errors_of_their_own() {
    let stage = stage("codeup");
    let list = repositories(ORGANIZATION);
    assert_like(&send(&stage, &list, "pt-nonsense"), "codeup.repositories.invalid_token", &VARYING);
    let lacking = "codeup.repositories.permission_missing";
    assert_like(&send(&stage, &list, "pt-no_repositories-fake"), lacking, &VARYING);
    for what in ["branches", "tags", "webhooks"] {
        let path = of_repository(what);
        assert_like(&send(&stage, &path, &format!("pt-no_{what}-fake")), lacking, &VARYING);
    }
    assert_like(&send(&stage, &of_repository("webhooks"), "pt-reader-fake"), lacking, &VARYING);
    assert_eq!(send(&stage, &of_repository("branches"), "pt-reader-fake").status, 200);
    let unknown = format!("{list}/1/branches");
    assert_like(&send(&stage, &unknown, "pt-full-fake"), "codeup.repositories.not_found", &VARYING);
}

#[test]
fn a_token_reaches_its_organizations_alone() {
    let stage = stage("codeup");
    let second = repositories(SECOND_ORGANIZATION);
    assert_eq!(send(&stage, &second, "pt-several-fake").status, 200);
    let refused = send(&stage, &second, "pt-full-fake");
    assert_eq!(body_of(&refused)["errorCode"], "Forbidden.InvalidUser.UserNotInCurrentOrganization");
    let ids = |token: &str| body_of(&send(&stage, ORGANIZATIONS, token)).as_array().unwrap().len();
    assert_eq!((ids("pt-full-fake"), ids("pt-several-fake")), (1, 2));
}

#[test]
fn lists_come_in_pages() {
    let stage = stage("codeup");
    let page = |query: &str| {
        let reply = send(&stage, &format!("{ORGANIZATIONS}/{ORGANIZATION}/members?{query}"), "pt-crowd-fake");
        let next = header_of(&reply, "x-next-page").unwrap().to_owned();
        (body_of(&reply).as_array().unwrap().len(), next)
    };
    assert_eq!(page("page=1&perPage=1"), (1, "2".to_owned()));
    assert_eq!(page("page=2&perPage=1"), (1, String::new()));
    assert_eq!(page("page=1&perPage=2"), (2, String::new()));
    assert_eq!(page("page=9"), (0, String::new()));
}

#[test]
fn other_paths_are_not_there() {
    let stage = stage("codeup");
    for path in ["/", "/oapi/v1/user", "/oapi/v2/platform/user"] {
        let reply = send(&stage, path, "pt-full-fake");
        assert_eq!(reply.status, 404, "{path}");
        assert!(header_of(&reply, "content-type").unwrap().starts_with("text/html"), "{path}");
    }
    let post = stage.answer(&call("POST", USER, &[("x-yunxiao-token", "pt-full-fake")], ""));
    assert_eq!((post.status, body_of(&post)["errorCode"].clone()), (404, json!("SYSTEM_NOT_FOUND_ERROR")));
}

#[test]
fn a_token_can_be_revoked_by_its_user() {
    let stage = stage("codeup");
    assert_eq!(send(&stage, USER, "pt-full-fake").status, 200);
    stage.tokens.revoke(|it| it.account == "fake").unwrap();
    assert_like(&send(&stage, USER, "pt-full-fake"), "codeup.any_platform.invalid_token", &VARYING);
    assert_eq!(send(&stage, USER, "pt-full+2-fake").status, 200);
}
