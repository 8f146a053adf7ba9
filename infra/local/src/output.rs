//! What the functions write: kept for log scans, echoed for whoever watches.

use std::{
    collections::VecDeque,
    io::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// A long run must not eat the machine: beyond this the oldest lines go.
const KEPT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Lines of one worker that are quoted when it ends badly.
const LAST_WORDS_MAX: usize = 5;

/// All output of all functions.
#[derive(Clone, Default)]
pub(crate) struct Output {
    echo: bool,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<String>,
    bytes: usize,
}

/// The last lines of one worker, which say why it ended.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<VecDeque<String>>>);

impl Output {
    pub(crate) fn new(echo: bool) -> Self {
        Self { echo, ..Self::default() }
    }

    /// Everything that was written so far, in the order of arrival.
    pub(crate) fn text(&self) -> String {
        lock(&self.kept).lines.iter().map(String::as_str).collect()
    }

    /// Reads a worker's stream to its end.
    pub(crate) async fn collect(self, function: &'static str, stream: impl AsyncRead + Unpin, last_words: LastWords) {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes).await, Ok(length) if length > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            last_words.push(&line);
            self.push(function, line);
            bytes.clear();
        }
    }

    /// Says something about a function to whoever watches; it is not output of the function.
    pub(crate) fn tell(&self, function: &str, line: &str) {
        if self.echo {
            // A closed terminal is no reason to lose the function.
            let _ = writeln!(std::io::stderr(), "{function}: {line}");
        }
    }

    fn push(&self, function: &str, mut line: String) {
        self.tell(function, &line);
        line.push('\n');
        let mut kept = lock(&self.kept);
        kept.bytes += line.len();
        kept.lines.push_back(line);
        while kept.bytes > KEPT_BYTES_MAX {
            let Some(oldest) = kept.lines.pop_front() else { return };
            kept.bytes -= oldest.len();
        }
    }
}

impl LastWords {
    fn push(&self, line: &str) {
        let mut lines = lock(&self.0);
        lines.push_back(line.to_owned());
        if lines.len() > LAST_WORDS_MAX {
            lines.pop_front();
        }
    }

    /// The lines, ready to be put behind a sentence.
    pub(crate) fn text(&self) -> String {
        let lines = lock(&self.0);
        lines.iter().flat_map(|line| ["\n    ", line]).collect()
    }
}

/// What a panicking thread leaves behind here is still whole: every change is one push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_kept_and_the_last_ones_quoted() {
        let output = Output::new(false);
        let last_words = LastWords::default();
        let stream: &[u8] = b"1\n2\n3\n\xff4\n5\n6";
        output.clone().collect("status", stream, last_words.clone()).await;
        assert_eq!(output.text(), "1\n2\n3\n\u{fffd}4\n5\n6\n");
        assert_eq!(last_words.text(), "\n    2\n    3\n    \u{fffd}4\n    5\n    6");
    }
}
