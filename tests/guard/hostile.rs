//! Servers that mean no good, and what the person who entered them is told (S-27, S-41).

use std::time::Duration;

use crate::server::{Step, answer, json_answer};

/// Stands in everything that a hostile server sends, and must not come out anywhere.
pub(crate) const CANARY: &str = "canary-of-a-hostile-server-2f8b";

/// What each server does to every request, and the code of the answer to that.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

fn case(name: &'static str, code: &'static str, steps: Vec<Step>) -> Case {
    let status = match code {
        "server_timeout" => 504,
        "server_broken" | "provider_failed" => 502,
        "provider_limited" => 503,
        _ => 422,
    };
    Case { name, steps, status, code }
}

fn sends(name: &'static str, code: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    case(name, code, vec![Step::Send(bytes.into())])
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    [slow(), too_much(), broken(), not_json(), telling()].into_iter().flatten().collect()
}

/// A head that promises JSON, up to its last line.
const JSON_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const NOT_GITLAB: &str = "not_the_provider";
const BROKEN: &str = "server_broken";
const LATE: &str = "server_timeout";
const PAUSE: Duration = Duration::from_millis(200);

fn slow() -> Vec<Case> {
    let dripped = |it: String| vec![Step::Drip(it.into_bytes(), PAUSE)];
    let body = format!("{JSON_HEAD}content-length: 500\r\n\r\n");
    vec![
        case("says nothing", LATE, vec![Step::Hang]),
        case("drips its headers", LATE, dripped(format!("{JSON_HEAD}x-word: {CANARY}\r\n"))),
        case("drips its body", LATE, vec![Step::Send(body.into_bytes()), Step::Drip(vec![b' '; 500], PAUSE)]),
        case(
            "drips chunks",
            LATE,
            vec![
                Step::Send(format!("{JSON_HEAD}transfer-encoding: chunked\r\n\r\n").into_bytes()),
                Step::Forever(b"1\r\n \r\n".to_vec(), PAUSE),
            ],
        ),
        case("is always about to answer", LATE, vec![Step::Forever(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), PAUSE)]),
    ]
}

fn too_much() -> Vec<Case> {
    let flood = vec![b'a'; 64 * 1024];
    let chunk = [b"10000\r\n", &*flood, b"\r\n"].concat();
    let line = |length| format!("{JSON_HEAD}x-word: {}\r\ncontent-length: 2\r\n\r\n{{}}", "a".repeat(length));
    let lines = format!("x-word: {CANARY}\r\n").repeat(200);
    let text = |length: usize| format!(r#"{{"message":"{CANARY}{}"}}"#, "a".repeat(length));
    // Decompressed it is more than is read; as it is, it is no JSON.
    let bomb = format!("200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nx-word: {CANARY}");
    vec![
        case(
            "sends chunks without end",
            BROKEN,
            vec![
                Step::Send(format!("{JSON_HEAD}transfer-encoding: chunked\r\n\r\n").into_bytes()),
                Step::Forever(chunk, Duration::ZERO),
            ],
        ),
        case(
            "sends what it says is five gigabytes",
            BROKEN,
            vec![
                Step::Send(format!("{JSON_HEAD}content-length: 5368709120\r\n\r\n").into_bytes()),
                Step::Forever(flood.clone(), Duration::ZERO),
            ],
        ),
        case(
            "sends headers without end",
            BROKEN,
            vec![Step::Send(JSON_HEAD.into()), Step::Forever([b"x-word: ", &*flood].concat(), Duration::ZERO)],
        ),
        sends("sends more than a megabyte", BROKEN, json_answer("200 OK", &text(1024 * 1024))),
        sends("sends a header of 17 KiB", BROKEN, line(17 * 1024)),
        sends("sends 200 headers", BROKEN, format!("{JSON_HEAD}{lines}content-length: 2\r\n\r\n{{}}")),
        sends("sends a bomb", NOT_GITLAB, answer(&bomb, &bomb_of_zeros())),
        sends("nests without end", NOT_GITLAB, json_answer("200 OK", &"[".repeat(512 * 1024))),
    ]
}

/// What gzip makes of 25 megabytes of zeros, put together by hand: "a zero, and then the last byte 258 times more" over
/// and over, in less than 200 kilobytes.
fn bomb_of_zeros() -> Vec<u8> {
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    // A block of fixed codes: the literal 0 (00110000), then length 258 (11000101) at distance 1 (00000) for ever.
    let mut bits = vec![true, true, false];
    bits.extend([false, false, true, true, false, false, false, false]);
    for _ in 0..100_000 {
        bits.extend([true, true, false, false, false, true, false, true, false, false, false, false, false]);
    }
    // The end of the block.
    bits.extend([false; 7]);
    let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at);
    head.into_iter().chain(bits.chunks(8).map(byte)).collect()
}

fn broken() -> Vec<Case> {
    vec![
        case("hangs up", BROKEN, Vec::new()),
        sends("is an SSH server", BROKEN, format!("SSH-2.0-OpenSSH_9.9 {CANARY}\r\n")),
        sends("is an SMTP server", BROKEN, format!("220 {CANARY} ESMTP\r\n250 ok\r\n")),
        sends("is a Redis server", BROKEN, format!("-ERR unknown command {CANARY}\r\n")),
        sends("speaks HTTP/0.9", BROKEN, format!("<html>{CANARY}</html>")),
        sends("speaks HTTP/2", BROKEN, b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64".to_vec()),
        sends("sends random bytes", BROKEN, vec![0xfe; 2048]),
        sends("sends less than it promised", BROKEN, format!("{JSON_HEAD}content-length: 999\r\n\r\n{{}}")),
        sends("ends in the middle of its headers", BROKEN, format!("{JSON_HEAD}x-word: {CANARY}")),
        sends("sends a chunk that is none", BROKEN, format!("{JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n")),
        sends("sends half a chunk", BROKEN, format!("{JSON_HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{{}}")),
        sends("promises a negative length", BROKEN, format!("{JSON_HEAD}content-length: -1\r\n\r\n{{}}")),
        sends("promises two lengths", BROKEN, format!("{JSON_HEAD}content-length: 2\r\ncontent-length: 9\r\n\r\n{{}}")),
        sends(
            "sends control characters",
            BROKEN,
            format!("{JSON_HEAD}x-word: \0{CANARY}\r\ncontent-length: 2\r\n\r\n{{}}"),
        ),
    ]
}

fn not_json() -> Vec<Case> {
    let of_kind = |kind: &str, body: &[u8]| answer(&format!("200 OK\r\ncontent-type: {kind}"), body);
    let facts = format!(r#"{{"id":7,"active":true,"scopes":["api"],"username":"{CANARY}"}}"#);
    let page = format!("<html><title>{CANARY}</title><script>alert(1)</script></html>");
    vec![
        sends("sends a page", NOT_GITLAB, of_kind("text/html; charset=utf-8", page.as_bytes())),
        sends("calls a page JSON", NOT_GITLAB, of_kind("application/json", page.as_bytes())),
        sends("calls JSON a page", NOT_GITLAB, of_kind("text/html; was=json", facts.as_bytes())),
        sends("does not say what it sends", NOT_GITLAB, answer("200 OK", facts.as_bytes())),
        sends("sends an image", NOT_GITLAB, of_kind("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
        sends("calls an image JSON", NOT_GITLAB, of_kind("application/json", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
        sends("sends nothing", NOT_GITLAB, json_answer("200 OK", "")),
        sends("sends no content", NOT_GITLAB, answer("204 No Content", b"")),
        sends("sends a number", NOT_GITLAB, json_answer("200 OK", "42")),
        sends("sends two documents", NOT_GITLAB, json_answer("200 OK", &format!("{facts}{facts}"))),
        sends("sends JSON of another kind", NOT_GITLAB, json_answer("200 OK", &format!(r#"{{"{CANARY}":[]}}"#))),
        sends("changes protocols", NOT_GITLAB, answer("101 Switching Protocols\r\nupgrade: x", b"")),
    ]
}

/// Servers that try to get words of theirs into our answers.
fn telling() -> Vec<Case> {
    let words = format!(r#"{{"message":"{CANARY}","error":"{CANARY}","error_description":"{CANARY}"}}"#);
    let with = |status: &str| json_answer(&format!("{status}\r\nx-word: {CANARY}\r\nset-cookie: a={CANARY}"), &words);
    vec![
        sends("tells something with 400", "token_wrong_kind", with("400 Bad Request")),
        sends("tells something with 401", "token_rejected", with("401 Unauthorized")),
        sends("tells something with 403", "account_blocked", with("403 Forbidden")),
        sends("tells something with 404", NOT_GITLAB, with("404 Not Found")),
        sends("tells something with 418", NOT_GITLAB, with(&format!("418 {CANARY}"))),
        sends("tells something with 429", "provider_limited", with(&format!("429 Too Many\r\nretry-after: {CANARY}"))),
        sends("tells something with 500", "provider_failed", with("500 Internal Server Error")),
        sends("tells something with 999", "provider_failed", with("999 Nine")),
    ]
}
