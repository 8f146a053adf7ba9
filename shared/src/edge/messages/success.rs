//! Words about what worked, and about ways out of what did not.

use crate::domain::provider::Words;
use crate::flow::unbind::RevocationOutcome;

/// Title of the page after a binding.
pub(crate) const BOUND_TITLE: Words = Words { en: "Account bound", zh: "账号已绑定" };
/// The sentence that names both sides.
pub(crate) const BOUND: Words = Words {
    en: "{provider} account {login} is bound to {owner}. You can close this page.",
    zh: "{provider} 账号 {login} 已绑定到 {owner}。您可以关闭此页面。",
};
/// Title of the page after a renewal.
pub(crate) const RENEWED_TITLE: Words = Words { en: "Binding renewed", zh: "绑定已更新" };
/// The sentence that names both sides.
pub(crate) const RENEWED: Words = Words {
    en: "The binding of {provider} account {login} to {owner} is renewed. You can close this page.",
    zh: "{provider} 账号 {login} 与 {owner} 的绑定已更新。您可以关闭此页面。",
};
/// Warning for an http address (S-23).
pub(crate) const UNENCRYPTED: Words = Words {
    en: "The address is http: the token and the source code travel unencrypted.",
    zh: "该地址为 http：令牌和源代码将以未加密方式传输。",
};
/// Warning for permissions that a token may have or not (S-28).
pub(crate) const UNVERIFIED: Words = Words {
    en: "It could not be seen whether the token has: {scopes}. If it lacks them, some builds will not start.",
    zh: "无法确认令牌是否具有：{scopes}。如果缺少这些权限，部分构建将无法启动。",
};
/// Way out where a token names no organization.
pub(crate) const FIND_ORGANIZATION: Words =
    Words { en: "It is in the address of its repositories.", zh: "组织 ID 位于其代码仓库的地址中。" };
/// Way out where a token names several organizations.
pub(crate) const CHOOSE_ORGANIZATION: Words =
    Words { en: "The token reaches: {organizations}.", zh: "令牌可访问：{organizations}。" };
/// Where organisations are reviewed.
pub(crate) const ORGANIZATIONS: Words = Words {
    en: "Organizations that restrict applications must grant access: review it here.",
    zh: "限制应用访问的组织须先授予访问权限：请在此查看。",
};
/// Ways out of a refused port, where http would do.
pub(crate) const PORT_OR_HTTP: Words = Words {
    en: "Use one of them, http on this port, or ask the operator to list this host and port.",
    zh: "请使用允许的端口，或在此端口上使用 http，或请运维人员将此主机和端口列入允许名单。",
};
/// Ways out of a refused port.
pub(crate) const PORT: Words = Words {
    en: "Use one of them, or ask the operator to list this host and port.",
    zh: "请使用允许的端口，或请运维人员将此主机和端口列入允许名单。",
};
/// Way out when the path may be a project's.
pub(crate) const PERHAPS_SERVER: Words = Words {
    en: "If this is a link to a project, enter the server instead: {server}.",
    zh: "如果这是项目链接，请改为填写服务器地址：{server}。",
};
/// Way out when the address has no path.
pub(crate) const CHECK_ADDRESS: Words = Words { en: "Check the address.", zh: "请检查地址。" };

/// What a receipt says of the credential (S-31).
pub(crate) fn revocation(outcome: RevocationOutcome) -> Words {
    match outcome {
        RevocationOutcome::Revoked => {
            Words { en: "The token was revoked at {provider}.", zh: "令牌已在 {provider} 撤销。" }
        }
        RevocationOutcome::Scheduled => Words {
            en: "{provider} could not be told yet. The token will be revoked as soon as it can.",
            zh: "暂时无法通知 {provider}。令牌将尽快撤销。",
        },
        RevocationOutcome::NotRevocable => Words {
            en: "{provider} offers no way to revoke the token. You can do it at the link.",
            zh: "{provider} 不提供撤销令牌的接口。您可以在链接页面自行撤销。",
        },
        RevocationOutcome::LeftToSiblings => Words {
            en: "Another binding uses the same token, so it was left in place.",
            zh: "其他绑定正在使用同一令牌，因此已予保留。",
        },
        RevocationOutcome::LeftInPlace => Words {
            en: "The token is your own and was left in place. You can revoke it at the link.",
            zh: "令牌归您所有，已予保留。您可以在链接页面撤销。",
        },
    }
}

/// The link to the console of this deployment.
pub(in crate::edge) const CONSOLE: Words = Words { en: "Go to your code sources", zh: "前往代码源" };
