//! Words about authorizations, and about faults of the operator, the provider and ourselves.

use super::{Code, Message, message};

pub(super) static MESSAGES: [(Code, Message); 20] = [
    (
        Code::AuthorizationInvalid,
        message(
            ("This sign-in cannot be completed here", "无法在此完成授权"),
            (
                "It was not started in this browser, or is no longer known. If somebody sent you a link, close this \
                 page. Otherwise start again from the console.",
                "此授权不是在本浏览器中发起的，或已失效。如果链接来自他人，请关闭此页面；否则请从控制台重新开始。",
            ),
        ),
    ),
    (
        Code::AuthorizationUsed,
        message(
            ("This link was already used", "此链接已被使用"),
            (
                "Nothing was done again. The console shows whether the account is bound.",
                "未重复执行任何操作。请在控制台查看账号是否已绑定。",
            ),
        ),
    ),
    (
        Code::AuthorizationExpired,
        message(
            ("That took too long", "操作超时"),
            (
                "The authorization was good for ten minutes. Start again from the console.",
                "授权有效期为十分钟。请从控制台重新开始。",
            ),
        ),
    ),
    (
        Code::AuthorizationOtherProvider,
        message(
            ("The answer came back at the wrong place", "回调地址不匹配"),
            (
                "The authorization was started for another provider. Nothing was bound. Start again from the console.",
                "此授权是为其他平台发起的。未进行绑定。请从控制台重新开始。",
            ),
        ),
    ),
    (
        Code::GrantEnded,
        message(
            ("The grant has ended", "授权已结束"),
            (
                "It was used, took too long, or never was. Nothing was bound. Start again from the console.",
                "该授权已被使用、已超时或不存在。未进行绑定。请从控制台重新开始。",
            ),
        ),
    ),
    (
        Code::GrantOtherOwner,
        message(
            ("The grant is for another owner", "授权属于其他所有者"),
            (
                "The authorization was started for another owner. Bind it there, or start again for this one.",
                "此授权是为其他所有者发起的。请在该处绑定，或为当前所有者重新开始。",
            ),
        ),
    ),
    (
        Code::NoConsole,
        message(
            ("No console is configured", "未配置控制台"),
            (
                "The operator has listed no console in CODEBIND_RETURN_TO, so none can complete. Name an owner.",
                "运维人员未在 CODEBIND_RETURN_TO 中列出控制台，因此无法由控制台完成。请指定所有者。",
            ),
        ),
    ),
    (
        Code::Declined,
        message(
            ("You declined", "您已拒绝授权"),
            ("{provider} was not bound. You can start again at any time.", "未绑定 {provider}。您可以随时重新开始。"),
        ),
    ),
    (
        Code::ScopesMissing,
        message(
            ("Permissions are missing", "缺少权限"),
            (
                "{provider} did not grant: {scopes}. Nothing was bound. Start again and grant them.",
                "{provider} 未授予：{scopes}。未进行绑定。请重新开始并授予这些权限。",
            ),
        ),
    ),
    (
        Code::AccountNotReady,
        message(
            ("The account is not ready", "账号尚未就绪"),
            (
                "{provider} wants something of your account first, such as a verified e-mail address. See to it there.",
                "{provider} 要求您先完善账号，例如验证邮箱。请前往处理。",
            ),
        ),
    ),
    (
        Code::CodeRefused,
        message(
            ("The authorization is no longer good", "授权已失效"),
            (
                "{provider} does not accept its code any more. Start again from the console.",
                "{provider} 不再接受此授权码。请从控制台重新开始。",
            ),
        ),
    ),
    (
        Code::ProviderOff,
        message(
            ("The provider is not set up", "该平台未配置"),
            (
                "The operator has registered no application at {provider}. Ask them to.",
                "运维人员尚未在 {provider} 注册应用。请联系运维人员。",
            ),
        ),
    ),
    (
        Code::RegistrationRefused,
        message(
            ("The operator's registration is refused", "运维人员的应用注册被拒绝"),
            (
                "{provider} does not accept the application registered for codebind. This is the operator's to mend; \
                 nothing is wrong with your account.",
                "{provider} 不接受为 codebind 注册的应用。此问题须由运维人员解决，您的账号没有问题。",
            ),
        ),
    ),
    (
        Code::Misconfigured,
        message(
            ("codebind is misconfigured", "codebind 配置有误"),
            (
                "Storage or its key cannot be used. This is the operator's to mend. Name the request id.",
                "存储或密钥不可用。此问题须由运维人员解决。请提供请求 ID。",
            ),
        ),
    ),
    (
        Code::ProviderUnreachable,
        message(
            ("The provider cannot be reached", "无法连接平台"),
            ("{provider} could not be reached. Try again in a while.", "无法连接 {provider}。请稍后重试。"),
        ),
    ),
    (
        Code::ProviderTimeout,
        message(
            ("The provider does not answer in time", "平台响应超时"),
            ("{provider} did not answer in time. Try again in a while.", "{provider} 未及时响应。请稍后重试。"),
        ),
    ),
    (
        Code::ProviderFailed,
        message(
            ("The provider failed", "平台出错"),
            (
                "{provider} answered with an error of its own. Try again in a while.",
                "{provider} 返回了自身错误。请稍后重试。",
            ),
        ),
    ),
    (
        Code::ProviderLimited,
        message(
            ("The provider limits requests", "平台限制请求频率"),
            (
                "{provider} accepts no more requests for now. Try again later.",
                "{provider} 暂不接受更多请求。请稍后再试。",
            ),
        ),
    ),
    (
        Code::Unavailable,
        message(
            ("Try again in a moment", "请稍后重试"),
            (
                "codebind cannot reach its storage or has too little time. Look at the status before you repeat.",
                "codebind 暂时无法访问存储或时间不足。重试前请先查看状态。",
            ),
        ),
    ),
    (
        Code::Internal,
        message(
            ("Something went wrong here", "内部错误"),
            ("The fault is ours. Name the request id to the operator.", "这是我们的错误。请将请求 ID 提供给运维人员。"),
        ),
    ),
];
