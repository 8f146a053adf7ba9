//! Takes a fuzzer's bytes apart, by lines and blocks, so that a corpus can be read and written by hand.

/// What is left of the bytes.
pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// The next byte; 0 when there is none.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// One of several, by the next byte: `0` is the first.
    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        let at = usize::from(self.byte().wrapping_sub(b'0'));
        &of[at % of.len()]
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> String {
        let end = self.0.iter().position(|it| *it == b'\n').unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        text(line)
    }

    /// Everything that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// The bytes as text; what is no UTF-8 becomes a mark that no parser should take.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
