//! The project's files, and Rust without its comments and texts.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that hold nothing written by hand.
const SKIPPED: [&str; 7] = ["target", ".git", ".codebind", "artifacts", "corpus", "fixtures", "node_modules"];

/// A file, named from the root of the project.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the project has a root")
}

/// Every text file of the project.
pub(super) fn files() -> Vec<Source> {
    let (root, mut found) = (root(), Vec::new());
    walk(&root, &root, &mut found);
    assert!(found.len() > 100, "the project is found");
    found
}

/// Every Rust file.
pub(super) fn sources() -> Vec<Source> {
    files().into_iter().filter(|it| Path::new(&it.path).extension().is_some_and(|it| it == "rs")).collect()
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder can be read").map(|it| it.expect("an entry")) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if SKIPPED.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root).expect("it is below the root").to_string_lossy().into_owned();
            found.push(Source { path, text });
        }
    }
}

impl Source {
    pub(super) fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// The code without comments and without what is compiled for tests alone; nothing for a file of tests.
    pub(super) fn product(&self, texts_too: bool) -> String {
        if self.path.ends_with("/tests.rs") || self.path.ends_with("_tests.rs") {
            return String::new();
        }
        let (skeleton, mut code) = (blank(&self.text, true), blank(&self.text, texts_too));
        for (at, mark) in skeleton.match_indices("#[cfg(test)]") {
            let start = at + mark.len();
            let end = item_end(&skeleton, start).unwrap_or(skeleton.len());
            // Other texts than ASCII can be in the way of blanking in place.
            let blanked: String = code[start..end].chars().map(|it| if it == '\n' { it } else { ' ' }).collect();
            let padded = format!("{blanked:<width$}", width = end - start);
            code.replace_range(start..end, &padded);
        }
        code
    }
}

/// What a character belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Text,
    Comment,
}

/// Rust with comments blanked, and with texts blanked too if so wanted. Lines stay where they are.
pub(super) fn blank(rust: &str, texts_too: bool) -> String {
    let parts = parts(rust.as_bytes());
    let kept = |part: Part| part == Part::Code || part == Part::Text && !texts_too;
    let bytes = rust.bytes().zip(parts).map(|(byte, part)| if kept(part) || byte == b'\n' { byte } else { b' ' });
    String::from_utf8(bytes.collect()).expect("whole characters are blanked")
}

/// The texts in `code`, without their quotes and with lines joined as the compiler joins them.
pub(super) fn texts(code: &str) -> Vec<String> {
    let (mut found, mut parts) = (Vec::new(), parts(code.as_bytes()).into_iter().enumerate().peekable());
    while let Some((start, part)) = parts.next() {
        if part != Part::Text || !code[start..].starts_with('"') {
            continue;
        }
        let length = quoted(&code.as_bytes()[start..], b'"');
        while parts.next_if(|(at, _)| *at < start + length).is_some() {}
        let lines = code[start + 1..start + length - 1].split("\\\n");
        found.push(lines.enumerate().map(|(at, it)| if at == 0 { it } else { it.trim_start() }).collect());
    }
    found
}

fn parts(source: &[u8]) -> Vec<Part> {
    let mut parts = Vec::with_capacity(source.len());
    while parts.len() < source.len() {
        let at = parts.len();
        let left = &source[at..];
        let (part, length) = if left.starts_with(b"//") {
            (Part::Comment, end(left, b"\n"))
        } else if left.starts_with(b"/*") {
            (Part::Comment, end(left, b"*/"))
        } else if let Some(length) = raw_text(left).filter(|_| at == 0 || !is_word(source[at - 1])) {
            (Part::Text, length)
        } else if left[0] == b'"' {
            (Part::Text, quoted(left, b'"'))
        } else if is_character(left) {
            (Part::Text, quoted(left, b'\''))
        } else {
            (Part::Code, 1)
        };
        parts.resize(at + length.min(left.len()), part);
    }
    parts
}

fn end(rest: &[u8], mark: &[u8]) -> usize {
    rest.windows(mark.len()).position(|it| it == mark).map_or(rest.len(), |at| at + mark.len())
}

fn raw_text(rest: &[u8]) -> Option<usize> {
    let after = rest.strip_prefix(b"br").or_else(|| rest.strip_prefix(b"r"))?;
    let hashes = after.iter().take_while(|it| **it == b'#').count();
    let start = rest.len() - after.len() + hashes + 1;
    (after.get(hashes) == Some(&b'"')).then(|| start + end(&rest[start..], &[b"\"", &*vec![b'#'; hashes]].concat()))
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// A character literal, rather than a lifetime.
fn is_character(rest: &[u8]) -> bool {
    let is_escape = rest.starts_with(b"'\\");
    let next = std::str::from_utf8(&rest[..rest.len().min(6)]).unwrap_or_default();
    rest[0] == b'\'' && (is_escape || rest.get(2) == Some(&b'\'') || !next.is_ascii() && rest[1] >= 0x80)
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The modules that `code` names by `crate::`, in groups too.
pub(super) fn own_modules(code: &str) -> Vec<String> {
    code.split("crate::").skip(1).flat_map(first_names).collect()
}

fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.trim().bytes().take_while(|it| is_word(*it)).map(char::from).collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut names) = (0, vec![name(group)]);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|it| !it.is_empty());
    names
}

/// Name, first line and number of lines of each function with a body. `code` is blanked.
pub(super) fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let starts = code.match_indices("fn ").filter(|(at, _)| *at == 0 || !is_word(code.as_bytes()[at - 1]));
    starts.filter_map(|(at, _)| function(code, at)).collect()
}

fn function(code: &str, at: usize) -> Option<(String, usize, usize)> {
    let name: String = code[at + 3..].chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
    let end = item_end(code, at).filter(|end| code[..*end].ends_with('}'))?;
    Some((name, code[..at].matches('\n').count() + 1, code[at..end].matches('\n').count() + 1))
}

/// Where the item that begins at `at` ends: at its semicolon, or at the brace that closes it.
fn item_end(code: &str, at: usize) -> Option<usize> {
    let (mut brackets, mut braces) = (0, 0);
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        if brackets == 0 && braces == 0 && matches!(byte, b';' | b'}') {
            return Some(offset + 1);
        }
    }
    None
}
