//! Words about server addresses and how servers are reached.

use super::{Code, Message, message};

pub(super) static MESSAGES: [(Code, Message); 19] = [
    (
        Code::AddressScheme,
        message(
            ("The address has no scheme", "地址缺少协议"),
            (
                "Begin the address with https:// (or http://), such as https://gitlab.example.com.",
                "地址须以 https://（或 http://）开头，例如 https://gitlab.example.com。",
            ),
        ),
    ),
    (
        Code::AddressHttpRefused,
        message(
            ("http is not accepted", "不接受 http 地址"),
            ("The operator accepts https addresses only.", "运维人员仅允许使用 https 地址。"),
        ),
    ),
    (
        Code::AddressMalformed,
        message(
            ("Not a server address", "不是服务器地址"),
            (
                "Enter scheme and host, and if needed port and path, without blanks or escapes.",
                "请填写协议和主机，必要时加上端口和路径，不要包含空格或转义字符。",
            ),
        ),
    ),
    (
        Code::AddressUserinfo,
        message(
            ("The address carries credentials", "地址中包含凭据"),
            (
                "Remove the user name and password before the @; username and token have fields of their own.",
                "请删除 @ 之前的用户名和密码；用户名和令牌有各自的字段。",
            ),
        ),
    ),
    (
        Code::AddressQuery,
        message(
            ("The address carries a query", "地址中包含查询参数"),
            ("Remove everything from the first ? or #.", "请删除第一个 ? 或 # 及其后的内容。"),
        ),
    ),
    (
        Code::AddressHostRewritten,
        message(
            ("The host is not spelled plainly", "主机名写法不规范"),
            (
                "The host as entered is read as {host}. If that is what you mean, enter it so.",
                "所填主机会被识别为 {host}。如果这正是您要填写的，请直接填写该值。",
            ),
        ),
    ),
    (
        Code::AddressPort,
        message(
            ("The port is not accepted", "不接受该端口"),
            (
                "Ports accepted for {scheme}: {ports}; this one is {port}. {ways_out}",
                "{scheme} 允许的端口：{ports}；当前端口为 {port}。{ways_out}",
            ),
        ),
    ),
    (
        Code::AddressProjectLink,
        message(
            ("This is a link to a project", "这是项目链接"),
            (
                "Enter the address of the server, not of a project. It seems to be {server}.",
                "请填写服务器地址，而不是项目地址。服务器地址似乎是 {server}。",
            ),
        ),
    ),
    (
        Code::AddressNotPublic,
        message(
            ("The server is not on the public internet", "服务器不在公网上"),
            (
                "Only servers with public addresses can be bound, unless the operator lists this host and port.",
                "只能绑定具有公网地址的服务器，除非运维人员已将此主机和端口列入允许名单。",
            ),
        ),
    ),
    (
        Code::AddressNotResolved,
        message(
            ("The server's name does not resolve", "服务器域名无法解析"),
            ("Check the spelling of the host, or its DNS record.", "请检查主机名拼写或其 DNS 记录。"),
        ),
    ),
    (
        Code::ServerRefused,
        message(
            ("The server refuses the connection", "服务器拒绝连接"),
            (
                "Nothing answers at this host and port. Check the port, the server and its firewall.",
                "该主机和端口没有响应。请检查端口、服务器及其防火墙。",
            ),
        ),
    ),
    (
        Code::ServerTimeout,
        message(
            ("The server does not answer in time", "服务器响应超时"),
            (
                "The server did not answer within some seconds. Check that it is reachable from the internet.",
                "服务器未在数秒内响应。请检查是否可以从公网访问。",
            ),
        ),
    ),
    (
        Code::ServerBroken,
        message(
            ("The server's answer is broken", "服务器响应异常"),
            (
                "The connection broke, or the answer is no HTTP or too large. Check that the address is the server's.",
                "连接中断，或响应不是 HTTP 格式，或内容过大。请检查地址是否为该服务器的地址。",
            ),
        ),
    ),
    (
        Code::CertificateSelfSigned,
        message(
            ("The server's certificate is self-signed", "服务器证书为自签名证书"),
            (
                "Install a certificate of a public authority, or ask the operator to trust yours. No token was sent.",
                "请安装公共机构签发的证书，或请运维人员信任您的证书。令牌未被发送。",
            ),
        ),
    ),
    (
        Code::CertificateExpired,
        message(
            ("The server's certificate has expired", "服务器证书已过期"),
            ("Renew the certificate and try again. No token was sent for it.", "请更新证书后重试。令牌未被发送。"),
        ),
    ),
    (
        Code::CertificateWrongName,
        message(
            ("The certificate is another host's", "证书与主机名不匹配"),
            (
                "The certificate does not name this host. Check the address, or the certificate. Nothing was sent.",
                "证书中不包含此主机名。请检查地址或证书。未发送任何内容。",
            ),
        ),
    ),
    (
        Code::CertificateUnknownIssuer,
        message(
            ("The certificate's issuer is not known", "证书签发机构未知"),
            (
                "Use a certificate of a public authority with its full chain, or ask the operator to trust the issuer.",
                "请使用公共机构签发且包含完整证书链的证书，或请运维人员信任该签发机构。",
            ),
        ),
    ),
    (
        Code::TlsFailed,
        message(
            ("The TLS handshake failed", "TLS 握手失败"),
            (
                "The server offers no TLS 1.2 or newer on this port, or fails at it. Check scheme and port.",
                "服务器在此端口上不支持 TLS 1.2 及以上版本，或握手失败。请检查协议和端口。",
            ),
        ),
    ),
    (
        Code::NotTheProvider,
        message(
            ("This is not {provider}", "这不是 {provider}"),
            (
                "The server answers, but not as the {provider} API. {ways_out}",
                "服务器有响应，但不是 {provider} 的 API。{ways_out}",
            ),
        ),
    ),
];
