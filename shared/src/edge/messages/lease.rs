//! Words about credentials that are kept alive and lent.

use super::{Code, Message, message};

pub(super) static MESSAGES: [(Code, Message); 6] = [
    (
        Code::ReauthorizationRequired,
        message(
            ("Bind again", "需要重新绑定"),
            (
                "{provider} does not accept the stored credential any more. Bind the account again.",
                "{provider} 不再接受已保存的凭证。请重新绑定该账号。",
            ),
        ),
    ),
    (
        Code::RefreshUncertain,
        message(
            ("The renewal was cut off", "令牌更新曾中断"),
            (
                "{provider} was asked for a new token, and its answer was lost. The next build finds out; bind again if it \
                 fails.",
                "已向 {provider} 请求新令牌，但未收到答复。下次构建时将自动确认；如果构建失败，请重新绑定。",
            ),
        ),
    ),
    (
        Code::RotationUncertain,
        message(
            ("The replacement was cut off", "令牌轮换曾中断"),
            (
                "{provider} was asked to replace the token, and its answer was lost. It is checked soon whether the stored \
                 one works still.",
                "已请求 {provider} 轮换令牌，但未收到答复。稍后将检查已保存的令牌是否仍然有效。",
            ),
        ),
    ),
    (
        Code::VerificationFailed,
        message(
            ("The token was not accepted", "令牌校验未通过"),
            (
                "{provider} did not accept the stored token when it was last checked. It is checked again soon.",
                "最近一次检查时 {provider} 未接受已保存的令牌。稍后将再次检查。",
            ),
        ),
    ),
    (
        Code::TokenEndsTooSoon,
        message(
            ("The token ends too soon", "令牌即将过期"),
            (
                "The token ends before the time that was asked for, and cannot be renewed. Ask for less, or bind again.",
                "令牌在所要求的时间之前就会过期，且无法自动更新。请缩短所要求的时间，或重新绑定。",
            ),
        ),
    ),
    (
        Code::ServerMoved,
        message(
            ("The provider has another address now", "代码平台地址已变更"),
            (
                "The account was bound at another address of {provider} than the one in use now. Bind it again.",
                "该账号绑定时 {provider} 的地址与当前使用的地址不同。请重新绑定。",
            ),
        ),
    ),
];
