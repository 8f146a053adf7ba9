//! What git hands over: attributes, one a line, as git-credential(1) describes them.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read},
};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// More is not read. git sends the server's challenges too, which may be long.
const INPUT_MAX: u64 = 64 * 1024;

/// A longer name of a repository is not passed on.
const REPOSITORY_MAX: usize = 512;

/// The attributes that matter here.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) protocol: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) path: Option<String>,
    username: Option<String>,
    password: Option<Zeroizing<String>>,
}

impl Request {
    /// Reads up to an empty line or the end.
    ///
    /// An attribute that comes twice, or one with a control character, was smuggled in by a URL that git decoded: the
    /// whole request is refused.
    pub(crate) fn read(input: impl Read) -> Result<Self, Failure> {
        let mut input = BufReader::new(input.take(INPUT_MAX + 1));
        let (mut request, mut left, mut line) = (Self::default(), INPUT_MAX, Zeroizing::new(Vec::new()));
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line).map_err(|_| Failure::Request("it cannot be read"))?;
            left = left.checked_sub(read as u64).ok_or(Failure::Request("it is too long"))?;
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            if text.is_empty() {
                return Ok(request);
            }
            request.take(text)?;
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Failure> {
        let at = line.iter().position(|it| *it == b'=').ok_or(Failure::Request("a line is no attribute"))?;
        let (name, value) = (&line[..at], &line[at + 1..]);
        let is_known = [&b"protocol"[..], b"host", b"path", b"username", b"password"].contains(&name);
        if !is_known {
            return Ok(());
        }
        let text = std::str::from_utf8(value).map_err(|_| Failure::Request("an attribute is not UTF-8"))?;
        if text.chars().any(char::is_control) {
            return Err(Failure::Request("an attribute has a control character"));
        }
        let is_again = match name {
            b"protocol" => self.protocol.replace(text.to_owned()).is_some(),
            b"host" => self.host.replace(text.to_owned()).is_some(),
            b"path" => self.path.replace(text.to_owned()).is_some(),
            b"username" => self.username.replace(text.to_owned()).is_some(),
            _ => self.password.replace(Zeroizing::new(text.to_owned())).is_some(),
        };
        if is_again { Err(Failure::Request("an attribute comes twice")) } else { Ok(()) }
    }

    /// The repository, for the record, if git tells it and it is a plain name.
    pub(crate) fn repository(&self) -> Option<&str> {
        let path = self.path.as_deref()?.trim_matches('/');
        let is_plain =
            |it: &&str| (1..=REPOSITORY_MAX).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_graphic());
        Some(path.strip_suffix(".git").unwrap_or(path)).filter(is_plain)
    }

    /// SHA-256 of the password in lower-case hex, if there is one.
    pub(crate) fn password_hash(&self) -> Option<String> {
        let password = self.password.as_ref().filter(|it| !it.is_empty())?;
        let hash = digest(&SHA256, password.as_bytes());
        Some(hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: &[u8]) -> String {
        Request::read(input).map_or_else(|it| it.to_string(), |_| panic!("it is taken"))
    }

    #[test]
    fn attributes_are_read_up_to_the_empty_line() {
        let input = b"capability[]=authtype\nprotocol=https\nhost=a.example:8443\npath=a=b.git\nwwwauth[]=Basic \x1b\n\nhost=b\n";
        let request = Request::read(&input[..]).unwrap();
        assert_eq!(request.protocol.as_deref(), Some("https"));
        assert_eq!(request.host.as_deref(), Some("a.example:8443"));
        assert_eq!(request.path.as_deref(), Some("a=b.git"));
        assert_eq!(request.password_hash(), None);
        assert!(Request::read(&b""[..]).unwrap().host.is_none());
    }

    #[test]
    fn what_was_smuggled_in_is_refused() {
        assert!(refusal(b"protocol=https\nhost=evil.example\nhost=good.example\n").contains("twice"));
        assert!(refusal(b"protocol=https\nprotocol=http\n").contains("twice"));
        assert!(refusal(b"host=good.example\rhost=evil.example\n").contains("control"));
        assert!(refusal(b"path=a\0b\n").contains("control"));
        assert!(refusal("host=a\u{85}b\n".as_bytes()).contains("control"));
        assert!(refusal(b"host=\xff\n").contains("UTF-8"));
        assert!(refusal(b"host\n").contains("no attribute"));
    }

    #[test]
    fn the_input_is_bounded() {
        // S-41
        assert!(refusal(&b"wwwauth[]=x\n".repeat(10_000)).contains("too long"));
        assert!(refusal(&b"x=".repeat(100_000)).contains("too long"));
        let longest = [b"x=", &b"y".repeat(64 * 1024 - 2)[..]].concat();
        assert!(Request::read(&longest[..]).is_ok());
    }

    #[test]
    fn a_repository_is_told_if_its_name_is_plain() {
        let repository = |path: &str| {
            let request = Request::read(format!("path={path}\n").as_bytes()).unwrap();
            request.repository().map(str::to_owned)
        };
        assert_eq!(repository("team/app.git").as_deref(), Some("team/app"));
        assert_eq!(repository("/team/app/").as_deref(), Some("team/app"));
        for path in ["", ".git", "a b", "é", &"x".repeat(513)] {
            assert_eq!(repository(path), None, "{path}");
        }
        assert_eq!(Request::default().repository(), None);
    }

    #[test]
    fn a_password_is_told_by_its_hash() {
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Request::read(&b"password=abc\n"[..]).unwrap().password_hash().as_deref(), Some(hash));
        assert_eq!(Request::read(&b"password=\n"[..]).unwrap().password_hash(), None);
    }
}
