//! The bodies that Codeup's simulator answers with.

use serde_json::{Value, json};

use super::codeup_token::{Manner, PersonalToken};

/// The organization that every token reaches, but those of outsiders.
pub(super) const ORGANIZATION: &str = "60fa4e0000000000000000aa";
/// Another one that some tokens reach.
pub(super) const SECOND_ORGANIZATION: &str = "60fa4e0000000000000000ab";
/// The one repository.
pub(super) const REPOSITORY: u32 = 2_813_489;

/// The user that a token acts as.
pub(super) fn user(token: &PersonalToken) -> Value {
    let username = &token.username;
    json!({
        "createdAt": "2023-03-22T12:44:50.048Z",
        "deletedAt": null,
        "email": format!("{username}@example.com"),
        "id": token.user_id(),
        "lastOrganization": ORGANIZATION,
        "name": name(token),
        "nickName": username,
        "staffId": "",
        "sysDeptIds": [],
        "username": username,
    })
}

/// The organizations that a token reaches.
pub(super) fn organizations(token: &PersonalToken) -> Vec<Value> {
    let organization = |id: &str, name: &str| {
        json!({
            "createdAt": "2023-08-31T03:59:16.201Z",
            "creatorId": token.user_id(),
            "defaultRole": "role-fake",
            "description": "",
            "id": id,
            "name": name,
            "updateAt": "2023-08-31T03:59:16.201Z",
        })
    };
    match token.manner {
        Manner::Several => vec![organization(ORGANIZATION, "假组织"), organization(SECOND_ORGANIZATION, "第二组织")],
        _ => vec![organization(ORGANIZATION, "假组织")],
    }
}

/// The members of an organization.
pub(super) fn members(token: &PersonalToken, organization: &str) -> Vec<Value> {
    let member = |id: &str, user_id: &str, name: &str| {
        json!({
            "deptIds": ["dept-fake"],
            "id": id,
            "joined": "2023-08-31T03:59:16.201Z",
            "name": name,
            "organizationId": organization,
            "roleIds": ["role-fake"],
            "status": "ENABLED",
            "userId": user_id,
            "visited": "2026-11-01T00:00:00.000Z",
        })
    };
    let mut members = vec![member("member-fake", &token.user_id(), name(token))];
    if token.manner == Manner::Crowd {
        members.insert(0, member("member-other", "5efa4e0000000000000000cc", "colleague"));
    }
    members
}

/// The departments of an organization.
pub(super) fn departments(token: &PersonalToken, organization: &str) -> Value {
    json!([{
        "creatorId": token.user_id(),
        "hasSub": true,
        "id": "dept-fake",
        "name": "假部门",
        "organizationId": organization,
        "parentId": "",
    }])
}

/// The repositories of an organization.
pub(super) fn repositories(token: &PersonalToken, web: &str, organization: &str) -> Vec<Value> {
    if token.manner == Manner::Empty {
        return Vec::new();
    }
    vec![json!({
        "accessLevel": if token.manner == Manner::Reader { 20 } else { 40 },
        "archived": false,
        "avatarUrl": "",
        "createdAt": "2024-10-05T15:30:45Z",
        "creatorId": 19230,
        "demoProject": false,
        "description": "",
        "encrypted": false,
        "id": REPOSITORY,
        "lastActivityAt": "2026-10-05T15:30:45Z",
        "name": "demo-repo",
        "nameWithNamespace": format!("{organization} / demo-repo"),
        "namespaceId": 10001,
        "path": "demo-repo",
        "pathWithNamespace": format!("{organization}/demo-repo"),
        "repositorySize": "1.00",
        "starCount": 0,
        "starred": false,
        "updatedAt": "2026-10-05T15:30:45Z",
        "visibility": "private",
        "webUrl": format!("{web}/{organization}/demo-repo"),
    })]
}

/// The branches of the repository.
pub(super) fn branches(web: &str, organization: &str) -> Vec<Value> {
    vec![json!({
        "name": "master",
        "protected": false,
        "defaultBranch": true,
        "webUrl": format!("{web}/{organization}/demo-repo/tree/master"),
        "commit": commit(web, organization),
    })]
}

/// The tags of the repository.
pub(super) fn tags(web: &str, organization: &str) -> Vec<Value> {
    let commit = commit(web, organization);
    vec![json!({"id": 1, "name": "v1.0", "message": "", "commit": commit, "release": null})]
}

/// The webhooks of the repository: one that is there since before. Its secret is shown, as it really is.
pub(super) fn webhooks() -> Vec<Value> {
    vec![json!({
        "id": 5001,
        "url": "https://codebind.example.com/hooks/abc",
        "repositoryId": REPOSITORY,
        "description": "codebind",
        "token": "fake",
        "pushEvents": true,
        "mergeRequestsEvents": false,
        "tagPushEvents": true,
        "noteEvents": false,
        "enableSSLVerification": true,
        "createdAt": "2026-11-01T00:00:00Z",
        "updatedAt": "2026-11-01T00:00:00Z",
    })]
}

fn name(token: &PersonalToken) -> &str {
    if token.username == "fake" { "假用户" } else { &token.username }
}

fn commit(web: &str, organization: &str) -> Value {
    let id = "d".repeat(40);
    json!({
        "authorEmail": "fake@example.com",
        "authorName": "fake",
        "authoredDate": "2026-10-05T15:30:45Z",
        "committedDate": "2026-10-05T15:30:45Z",
        "committerEmail": "fake@example.com",
        "committerName": "fake",
        "id": id,
        "message": "init",
        "parentIds": [],
        "shortId": "dddddddd",
        "stats": null,
        "title": "init",
        "webUrl": format!("{web}/{organization}/demo-repo/commit/{id}"),
    })
}
