//! A repository of one commit, as `git-upload-pack` serves it: made here, so that no git has to be installed.
//!
//! It speaks version 0 of the protocol, statelessly, without any extension that it need not know (gitprotocol-pack(5),
//! gitprotocol-http(5), gitformat-pack(5)). A clone and a fetch get everything; a shallow clone is whole too.

use std::io::{self, Write as _};

use flate2::{Compression, write::ZlibEncoder};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// The branch that there is.
const BRANCH: &str = "refs/heads/main";

/// Who wrote the commit, and when.
const AUTHOR: &str = "Simulator <simulator@example.com> 1767225600 +0000";

/// The end of a part.
const FLUSH: &[u8] = b"0000";

/// The kinds of objects by their number in a pack.
const COMMIT: (u8, &str) = (1, "commit");
const TREE: (u8, &str) = (2, "tree");
const BLOB: (u8, &str) = (3, "blob");

/// A repository with one file.
#[derive(Debug)]
pub(super) struct Repository {
    /// The commit, in hex.
    head: String,
    pack: Vec<u8>,
}

impl Repository {
    /// One with this file.
    pub(super) fn with(name: &str, content: &str) -> io::Result<Self> {
        let mut pack = Vec::from(*b"PACK\0\0\0\x02\0\0\0\x03");
        let blob = add(&mut pack, BLOB, content.as_bytes())?;
        let tree = add(&mut pack, TREE, &[format!("100644 {name}\0").as_bytes(), &blob].concat())?;
        let commit = format!("tree {}\nauthor {AUTHOR}\ncommitter {AUTHOR}\n\nBegin\n", hex(&tree));
        let head = hex(&add(&mut pack, COMMIT, commit.as_bytes())?);
        let checksum = sha1(&pack);
        pack.extend_from_slice(&checksum);
        Ok(Self { head, pack })
    }

    /// What there is, in answer to `GET …/info/refs`.
    pub(super) fn advertisement(&self) -> Vec<u8> {
        let Self { head, .. } = self;
        let able = format!("shallow symref=HEAD:{BRANCH} object-format=sha1 agent=codebind-simulator");
        let service = line("# service=git-upload-pack\n");
        [&service, FLUSH, &line(&format!("{head} HEAD\0{able}\n")), &line(&format!("{head} {BRANCH}\n")), FLUSH]
            .concat()
    }

    /// The answer to `POST …/git-upload-pack`. None for what is no such request.
    pub(super) fn answer(&self, request: &[u8]) -> Option<Vec<u8>> {
        let lines = lines(request)?;
        let begins = |with: &str| lines.iter().any(|it| it.starts_with(with.as_bytes()));
        let wanted = format!("want {}", self.head);
        let wants = lines.iter().filter(|it| it.starts_with(b"want "));
        if !begins("want ") || !wants.clone().all(|it| it.starts_with(wanted.as_bytes())) {
            return None;
        }
        let mut answer = Vec::new();
        if begins("deepen ") {
            // The only commit has no parent that could be missing.
            answer.extend_from_slice(FLUSH);
        }
        // A client that wants a shallow clone reads that first, and asks again.
        if lines.iter().skip_while(|it| !it.is_empty()).nth(1).is_some() {
            answer.extend_from_slice(&line("NAK\n"));
        }
        if begins("done") {
            answer.extend_from_slice(&self.pack);
        }
        Some(answer)
    }
}

/// Puts an object into a pack; its name.
fn add(pack: &mut Vec<u8>, (kind, name): (u8, &str), content: &[u8]) -> io::Result<Vec<u8>> {
    let mut left = content.len() >> 4;
    let low = u8::try_from(content.len() & 0x0f).map_err(io::Error::other)?;
    pack.push(kind << 4 | low | continues(left));
    while left > 0 {
        let low = u8::try_from(left & 0x7f).map_err(io::Error::other)?;
        left >>= 7;
        pack.push(low | continues(left));
    }
    let mut encoder = ZlibEncoder::new(&mut *pack, Compression::default());
    encoder.write_all(content)?;
    encoder.finish()?;
    Ok(sha1(&[format!("{name} {}\0", content.len()).as_bytes(), content].concat()))
}

/// The mark of a number that goes on.
fn continues(left: usize) -> u8 {
    if left > 0 { 0x80 } else { 0 }
}

/// A line of the protocol, preceded by its length.
fn line(text: &str) -> Vec<u8> {
    format!("{:04x}{text}", text.len() + 4).into_bytes()
}

/// The lines of a request; None if a length is wrong.
fn lines(mut request: &[u8]) -> Option<Vec<&[u8]>> {
    let mut lines = Vec::new();
    while !request.is_empty() {
        let length = std::str::from_utf8(request.get(..4)?).ok()?;
        let length = usize::from_str_radix(length, 16).ok()?.max(4);
        lines.push(request.get(4..length)?);
        request = &request[length..];
    }
    Some(lines)
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What git itself says of such a commit.
    const HEAD: &str = "2f89c1fc92f863b02812fba48fb085ab5fb78ff5";

    fn repository() -> Repository {
        Repository::with("README.md", "# private\n").unwrap()
    }

    #[test]
    fn objects_are_named_as_git_names_them() {
        let repository = repository();
        assert_eq!(repository.head, HEAD);
        let advertisement = String::from_utf8(repository.advertisement()).unwrap();
        assert!(advertisement.starts_with("001e# service=git-upload-pack\n0000"), "{advertisement}");
        assert!(advertisement.ends_with(&format!("003d{HEAD} refs/heads/main\n0000")), "{advertisement}");
    }

    #[test]
    fn a_pack_comes_when_the_client_is_done() {
        let repository = repository();
        let wants = format!("0032want {HEAD}\n00000009done\n");
        let answer = repository.answer(wants.as_bytes()).unwrap();
        assert!(answer.starts_with(b"0008NAK\nPACK"));
        let negotiating = format!("0032want {HEAD}\n00000032have {}\n0000", "1".repeat(40));
        assert_eq!(repository.answer(negotiating.as_bytes()).unwrap(), b"0008NAK\n");
        let shallow = format!("0032want {HEAD}\n000ddeepen 1\n00000009done\n");
        assert!(repository.answer(shallow.as_bytes()).unwrap().starts_with(b"00000008NAK\nPACK"));
        let first = shallow.strip_suffix("0009done\n").unwrap();
        assert_eq!(repository.answer(first.as_bytes()).unwrap(), b"0000");
    }

    #[test]
    fn other_requests_get_nothing() {
        let other = format!("0032want {}\n00000009done\n", "1".repeat(40));
        for request in [&b""[..], b"0009done\n", b"ffffwant", b"zzzz", b"00", other.as_bytes()] {
            assert_eq!(repository().answer(request), None);
        }
    }
}
