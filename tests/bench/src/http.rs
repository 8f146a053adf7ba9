//! As much of HTTP/1.1 as the Runtime API, AWS and providers need: one message after the other on a connection.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};

/// More headers than this are nobody's.
const HEADERS_MAX: usize = 100;

/// A request or a response.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// The first line.
    pub(crate) start: String,
    /// Names in small letters, and values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, whole.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Method and path of a request.
    pub(crate) fn method_and_path(&self) -> (&str, &str) {
        let mut parts = self.start.split(' ');
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    }
}

/// Reads the next message; `None` when the other side is done.
///
/// # Errors
/// When the connection breaks, or what comes is no HTTP.
pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut message = Message { start: line(from)?, ..Message::default() };
    if message.start.is_empty() {
        return Ok(None);
    }
    loop {
        let text = line(from)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        message.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        if message.headers.len() > HEADERS_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    if message.header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
        while let length @ 1.. = usize::from_str_radix(&line(from)?, 16).map_err(io::Error::other)? {
            take(from, length, &mut message.body)?;
            line(from)?;
        }
        line(from)?;
    } else if let Some(length) = message.header("content-length") {
        let length = length.parse().map_err(io::Error::other)?;
        take(from, length, &mut message.body)?;
    }
    Ok(Some(message))
}

fn take(from: &mut impl BufRead, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let start = into.len();
    into.resize(start + length, 0);
    from.read_exact(&mut into[start..])
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    from.read_line(&mut text)?;
    Ok(text.trim_end().to_owned())
}

/// Writes a response, in one piece.
///
/// # Errors
/// When the connection breaks.
pub(crate) fn respond(to: &mut impl Write, status: u16, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Status\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if status != 204 {
        let _ = write!(head, "content-length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend(body);
    to.write_all(&bytes)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_both_kinds_are_read_and_messages_follow_each_other() {
        let text = "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nokPUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
                    3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let mut from = text.as_bytes();
        let (first, second) = (read(&mut from).unwrap().unwrap(), read(&mut from).unwrap().unwrap());
        assert_eq!((first.method_and_path(), &*first.body), (("POST", "/a"), &b"ok"[..]));
        assert_eq!((second.method_and_path(), &*second.body), (("PUT", "/b"), &b"abcd"[..]));
        assert!(read(&mut from).unwrap().is_none());
    }

    #[test]
    fn no_content_has_no_length() {
        let mut out = Vec::new();
        respond(&mut out, 204, &[("a", "b")], b"").unwrap();
        assert_eq!(out, b"HTTP/1.1 204 Status\r\na: b\r\n\r\n");
    }
}
