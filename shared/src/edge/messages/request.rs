//! Words about requests and callers.

use super::{Code, Message, message};

pub(super) static MESSAGES: [(Code, Message); 15] = [
    (
        Code::InvalidBody,
        message(
            ("The body is not valid", "请求正文无效"),
            (
                "Send the JSON object that this operation takes, with no other members and none twice.",
                "请发送此操作所需的 JSON 对象，不要包含其他成员，也不要重复成员。",
            ),
        ),
    ),
    (
        Code::InvalidCallback,
        message(
            ("This link is not valid", "此链接无效"),
            (
                "What arrived is not what a provider sends. Nothing was changed. Start again from the console.",
                "收到的内容不是平台发送的格式。未做任何更改。请从控制台重新开始。",
            ),
        ),
    ),
    (
        Code::BodyTooLarge,
        message(
            ("The body is too large", "请求正文过大"),
            ("A body may have 16 KiB at the most.", "请求正文最多为 16 KiB。"),
        ),
    ),
    (
        Code::UnsupportedMediaType,
        message(
            ("The body is not declared as JSON", "请求正文未声明为 JSON"),
            ("Send it with Content-Type: application/json.", "请使用 Content-Type: application/json 发送。"),
        ),
    ),
    (
        Code::NotFound,
        message(
            ("There is nothing here", "此处没有内容"),
            ("No operation has this path. Check its spelling.", "没有操作使用此路径。请检查拼写。"),
        ),
    ),
    (
        Code::MethodNotAllowed,
        message(
            ("The path takes another method", "此路径使用其他方法"),
            ("Use the method that the header Allow names.", "请使用 Allow 响应头中列出的方法。"),
        ),
    ),
    (
        Code::PrefetchRefused,
        message(
            ("This page is not for prefetching", "此页面不可预取"),
            ("Opening it acts once. Open it without prefetching.", "打开此页面会执行一次操作。请不要预取，直接打开。"),
        ),
    ),
    (
        Code::Unauthenticated,
        message(
            ("You are not signed in", "您尚未登录"),
            (
                "The request carries no caller that can be told apart. Sign in and try again.",
                "请求中没有可识别的调用者。请登录后重试。",
            ),
        ),
    ),
    (
        Code::NotAllowed,
        message(
            ("Not allowed", "无权限"),
            (
                "You may not act for this instance. Ask its administrator for access.",
                "您无权操作此实例。请向其管理员申请权限。",
            ),
        ),
    ),
    (
        Code::RegionNotOffered,
        message(
            ("Binding is not offered in this region", "此地域不支持绑定"),
            ("Binding is offered in: {regions}.", "支持绑定的地域：{regions}。"),
        ),
    ),
    (
        Code::UnknownProvider,
        message(
            ("Unknown provider", "未知的平台"),
            ("Providers that can be bound: {providers}.", "可绑定的平台：{providers}。"),
        ),
    ),
    (
        Code::OtherMethod,
        message(
            ("The provider binds another way", "该平台使用其他绑定方式"),
            ("{provider} binds by {method}.", "{provider} 的绑定方式为 {method}。"),
        ),
    ),
    (
        Code::ReturnToRefused,
        message(
            ("return_to is not allowed", "return_to 不在允许范围内"),
            (
                "return_to must be an address that the operator listed in CODEBIND_RETURN_TO, or one below it.",
                "return_to 必须是运维人员在 CODEBIND_RETURN_TO 中列出的地址或其下级地址。",
            ),
        ),
    ),
    (
        Code::FieldNotTaken,
        message(
            ("The field is not taken", "不支持该字段"),
            ("{provider} takes no field {field}. Leave it out.", "{provider} 不需要字段 {field}。请删除该字段。"),
        ),
    ),
    (
        Code::InvalidField,
        message(
            ("A field is missing or malformed", "字段缺失或格式错误"),
            (
                "The field {field} is missing, too long, or has characters it cannot have. Enter it again.",
                "字段 {field} 缺失、过长或包含不允许的字符。请重新填写。",
            ),
        ),
    ),
];
