//! What CI holds the functions to: no more instructions than are written down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::Failure;
use crate::callgrind::Count;

/// By how much a count may grow, or shrink unsaid, in hundredths.
const TOLERANCE: u64 = 3;

/// Where the counts are written down.
pub(crate) fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
}

/// What comparing says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// A line for each count.
    pub(crate) lines: String,
    /// Whether one grew too much, or is not written down.
    pub(crate) is_worse: bool,
    /// Whether one shrank so much that it should be written down.
    pub(crate) is_better: bool,
}

/// Compares what was counted with what is written down.
pub(crate) fn compare(counted: &BTreeMap<&'static str, Count>, written: &Value) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, Count { cold, warm }) in counted {
        for (what, count) in [("start to first answer", *cold), ("one more answer", *warm)] {
            let before = written[*name][what].as_u64();
            let word = match before {
                None => "not written down",
                Some(before) if count * 100 > before * (100 + TOLERANCE) => "WORSE",
                Some(before) if count * 100 < before * (100 - TOLERANCE) => "better",
                Some(_) => "",
            };
            verdict.is_worse |= before.is_none() || word == "WORSE";
            verdict.is_better |= word == "better";
            let _ = writeln!(verdict.lines, "{name:18} {what:22} {count:>12} {} {word}", change(count, before));
        }
    }
    verdict
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn change(count: u64, before: Option<u64>) -> String {
    before.map_or_else(String::new, |before| format!("{:+.1} %", (count as f64 / before as f64 - 1.0) * 100.0))
}

/// Reads what is written down; nothing, if there is nothing yet.
pub(crate) fn written() -> Value {
    fs::read(file()).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Writes down what was counted.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(counted: &BTreeMap<&'static str, Count>) -> Result<(), Failure> {
    let counts = counted.iter().map(|(name, Count { cold, warm })| {
        ((*name).to_owned(), json!({"start to first answer": cold, "one more answer": warm}))
    });
    let text = serde_json::to_string_pretty(&Value::Object(counts.collect::<Map<_, _>>()))?;
    Ok(fs::write(file(), text + "\n")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cold: u64, warm: u64) -> Verdict {
        let written = json!({"status": {"start to first answer": 1000, "one more answer": 100}});
        compare(&[("status", Count { cold, warm })].into(), &written)
    }

    #[test]
    fn three_of_a_hundred_pass_and_more_do_not() {
        for (cold, warm, is_worse, is_better) in [
            (1000, 100, false, false),
            (1030, 103, false, false),
            (1031, 100, true, false),
            (1000, 104, true, false),
            (970, 97, false, false),
            (969, 100, false, true),
            (1031, 90, true, true),
        ] {
            let verdict = of(cold, warm);
            assert_eq!((verdict.is_worse, verdict.is_better), (is_worse, is_better), "{}", verdict.lines);
        }
    }

    #[test]
    fn what_is_not_written_down_does_not_pass() {
        let verdict = compare(&[("status", Count { cold: 1, warm: 1 })].into(), &Value::Null);
        assert!(verdict.is_worse && verdict.lines.contains("not written down"));
    }
}
