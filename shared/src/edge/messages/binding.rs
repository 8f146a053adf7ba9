//! Words about tokens and bindings.

use super::{Code, Message, message};

pub(super) static MESSAGES: [(Code, Message); 15] = [
    (
        Code::TokenRejected,
        message(
            ("The token is not accepted", "令牌不被接受"),
            (
                "{provider} does not know this token. Copy it again, whole, or make a new one.",
                "{provider} 不认识此令牌。请重新完整复制，或创建新令牌。",
            ),
        ),
    ),
    (
        Code::TokenExpired,
        message(
            ("The token has expired", "令牌已过期"),
            ("Make a new token at {provider} and enter it.", "请在 {provider} 创建新令牌并填写。"),
        ),
    ),
    (
        Code::TokenRevoked,
        message(
            ("The token was revoked", "令牌已被撤销"),
            (
                "Somebody revoked this token at {provider}. Make a new one.",
                "此令牌已在 {provider} 被撤销。请创建新令牌。",
            ),
        ),
    ),
    (
        Code::TokenLacksScopes,
        message(
            ("The token lacks permissions", "令牌权限不足"),
            ("The token lacks: {scopes}. Make a new one with it.", "令牌缺少：{scopes}。请创建包含该权限的新令牌。"),
        ),
    ),
    (
        Code::TokenFineGrained,
        message(
            ("Fine-grained tokens cannot be used", "不支持细粒度令牌"),
            (
                "A fine-grained token cannot carry the scope api. Make a classic personal access token with api.",
                "细粒度令牌无法包含 api 权限范围。请创建具有 api 权限范围的经典个人访问令牌。",
            ),
        ),
    ),
    (
        Code::TokenNotPersonal,
        message(
            ("The token is not a person's", "令牌不属于个人"),
            (
                "This is a project or group token. Make a personal access token under your own account.",
                "这是项目或群组令牌。请在您自己的账号下创建个人访问令牌。",
            ),
        ),
    ),
    (
        Code::TokenWrongKind,
        message(
            ("Not a personal access token", "不是个人访问令牌"),
            (
                "This token is of another kind. Make a personal access token.",
                "此令牌属于其他类型。请创建个人访问令牌。",
            ),
        ),
    ),
    (
        Code::TokenOtherUser,
        message(
            ("The token is another user's", "令牌属于其他用户"),
            (
                "The token belongs to {login}. Enter that username, or a token of the username entered.",
                "此令牌属于 {login}。请填写该用户名，或填写所填用户名对应的令牌。",
            ),
        ),
    ),
    (
        Code::OrganizationWrong,
        message(
            ("The organization is not the token's", "组织与令牌不匹配"),
            (
                "The token's user is not in this organization, or there is none with this id. Check the id.",
                "令牌所属用户不在此组织中，或此 ID 对应的组织不存在。请检查组织 ID。",
            ),
        ),
    ),
    (
        Code::OrganizationNeeded,
        message(
            ("The organization is needed", "需要填写组织 ID"),
            (
                "The token does not tell which organization is meant. Enter its id. {ways_out}",
                "无法从令牌得知所指的组织。请填写组织 ID。{ways_out}",
            ),
        ),
    ),
    (
        Code::AccountBlocked,
        message(
            ("The account cannot be used", "账号不可用"),
            (
                "{provider} blocks this account, or it has terms to accept. Sign in there and see.",
                "{provider} 已封锁此账号，或该账号有待接受的条款。请登录查看。",
            ),
        ),
    ),
    (
        Code::TokenDisplaced,
        message(
            ("The token was displaced", "令牌已被替换"),
            (
                "{provider} lets only so many tokens of an account live, and newer ones were issued. Bind again.",
                "{provider} 限制每个账号的有效令牌数量，较新的令牌使此令牌失效。请重新绑定。",
            ),
        ),
    ),
    (
        Code::OtherAccountBound,
        message(
            ("Another account is bound", "已绑定其他账号"),
            (
                "{bound} is bound, and you presented {presented}. To change the account, unbind first.",
                "当前已绑定 {bound}，而您提供的是 {presented}。如需更换账号，请先解除绑定。",
            ),
        ),
    ),
    (
        Code::NotBound,
        message(
            ("Nothing is bound", "尚未绑定"),
            ("No account of {provider} is bound here.", "此处尚未绑定 {provider} 账号。"),
        ),
    ),
    (
        Code::UnboundSince,
        message(
            ("Unbound in the meantime", "期间已解除绑定"),
            (
                "The account was unbound after this attempt was started. Nothing was bound. Start again if you want to.",
                "在本次操作开始之后，账号已被解除绑定。未进行绑定。如有需要请重新开始。",
            ),
        ),
    ),
];
