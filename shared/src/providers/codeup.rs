//! Codeup, the repositories of Alibaba Cloud DevOps (Yunxiao): a personal access token at a fixed address.
//!
//! What differs from the next provider: the API is on another host than the pages, and the page where tokens are made
//! on a third one. A token carries permissions, not scopes, and no call tells which: each is seen by a read that needs
//! it. Nearly every call is below an organization, which the token may not tell; then the person enters its id. Two
//! families of calls have error objects of their own; their status and `errorCode` alone are looked at, as messages
//! were reworded before. The username is that of the person's HTTPS clone account: no call tells it, so it is kept as
//! the account's login and never compared. The profile link names the organization. A token cannot revoke itself.
//!
//! Unsure, and written so that either answer works: whether a token with the least permissions may ask who it is (if
//! not, the organization's only member is the person, or the organization with the username stands for the account);
//! whether a missing organization answers 403, 404 or 400; whether a missing permission to write webhooks could be seen
//! (it is always named as unverified); what hides the branches, tags and webhooks of a repository (a 404 there, and a
//! 403 about webhooks where the person is no administrator, say nothing of the token); the spelling of `errorCode`
//! (`ExpiredToken` and `ExpiredTokenError` were both seen); the provider's own names of the permissions.

use crate::domain::provider::{
    AddressRule, Field, FieldKind, GitUsername, Help, Method, PersonalToken, Provider, PushBuilds, Revocation, Scope,
    TokenHeader, Words,
};

mod verification;

/// The page where tokens are made and deleted; it is none of Codeup's own.
const TOKENS: &str = "https://account-devops.aliyun.com/settings/personalAccessToken";

/// <https://help.aliyun.com/zh/yunxiao/developer-reference/obtain-personal-access-token>
pub static CODEUP: Provider = Provider {
    id: "codeup",
    display_name: "Codeup",
    web_url: "https://codeup.aliyun.com",
    api_url: "https://openapi-rdc.aliyuncs.com",
    method: Method::PersonalToken(PersonalToken {
        address: AddressRule::Fixed,
        api_path: "",
        fields: &[
            Field {
                name: "username",
                label: words("HTTPS clone username", "HTTPS 克隆账号"),
                help: words(
                    "Shown in Codeup's personal settings, under HTTPS password. It is used to clone.",
                    "见 Codeup 个人设置中的“HTTPS 密码”页面，用于克隆代码。",
                ),
                kind: FieldKind::Text,
                required: true,
            },
            Field {
                name: "token",
                label: words("Personal access token", "个人访问令牌"),
                help: words(
                    "A personal access token of Alibaba Cloud DevOps with the permissions listed.",
                    "具有所列权限的云效个人访问令牌。",
                ),
                kind: FieldKind::Secret,
                required: true,
            },
            Field {
                name: "organization_id",
                label: words("Organization id", "组织 ID"),
                help: words(
                    "Needed only if the token reaches several organizations. It is in the address of a repository, \
                     after codeup.aliyun.com/.",
                    "仅当令牌可访问多个组织时需要填写。组织 ID 位于代码仓库地址中 codeup.aliyun.com/ 之后。",
                ),
                kind: FieldKind::Text,
                required: false,
            },
        ],
        verify: verification::verify,
        rotation: None,
    }),
    token_header: TokenHeader::Named("x-yunxiao-token"),
    api_headers: &[("accept", "application/json"), ("content-type", "application/json")],
    scopes: &[
        scope(
            verification::MEMBERS,
            "To see that you are in the organization. On the page: organization members, read-only.",
            "用于确认您属于该组织。对应页面权限：组织成员，只读。",
        ),
        scope(
            verification::DEPARTMENTS,
            "To find the repositories of a department. On the page: departments, read-only.",
            "用于查找部门下的代码仓库。对应页面权限：部门，只读。",
        ),
        scope(
            verification::REPOSITORIES,
            "To list and clone the repositories that images are built from. On the page: repositories, read-only.",
            "用于列出和克隆构建镜像所用的代码仓库。对应页面权限：代码仓库，只读。",
        ),
        scope(
            verification::BRANCHES,
            "To choose the branch that is built. On the page: branches, read-only.",
            "用于选择要构建的分支。对应页面权限：分支，只读。",
        ),
        scope(
            verification::TAGS,
            "To choose the tag that is built. On the page: tags, read-only.",
            "用于选择要构建的标签。对应页面权限：标签，只读。",
        ),
        scope(
            verification::WEBHOOKS,
            "To see whether the webhook that starts a build is set. On the page: webhooks, read and write.",
            "用于查看触发构建的 Webhook 是否已设置。对应页面权限：Webhook，读写。",
        ),
        scope(
            verification::WEBHOOKS_WRITE,
            "To set the webhook that starts a build when you push. On the page: webhooks, read and write.",
            "用于设置在推送代码时触发构建的 Webhook。对应页面权限：Webhook，读写。",
        ),
    ],
    git_username: GitUsername::Login,
    revocation: Revocation::None,
    push_builds: PushBuilds {
        supported: true,
        needs: words(
            "You must be an administrator of the repository; Alibaba Cloud recommends one of Codeup.",
            "您必须是该仓库的管理员；阿里云建议使用 Codeup 管理员账号。",
        ),
    },
    help: Help { credential_path: TOKENS, revocation_path: TOKENS, registration_path: None },
};

const fn words(en: &'static str, zh: &'static str) -> Words {
    Words { en, zh }
}

const fn scope(name: &'static str, en: &'static str, zh: &'static str) -> Scope {
    Scope { name, why: words(en, zh) }
}
