//! What was found, for people and for programs.

use std::io;

use serde_json::{Value, json};

/// Longest text from outside that is repeated, in characters.
const SHOWN_MAX: usize = 200;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should be.
    Ok,
    /// It works, and could be better.
    Warning,
    /// It does not work.
    Wrong,
    /// The answer is not to be had.
    CannotTell,
    /// There is nothing to check.
    Skipped,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
            Self::CannotTell => "cannot tell",
            Self::Skipped => "skipped",
        }
    }
}

/// One check, how it ended, and in one line what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) check: String,
    pub(crate) outcome: Outcome,
    pub(crate) says: String,
}

impl Finding {
    fn new(check: impl Into<String>, outcome: Outcome, says: impl Into<String>) -> Self {
        Self { check: check.into(), outcome, says: says.into() }
    }

    pub(crate) fn ok(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(check, Outcome::Ok, says)
    }

    pub(crate) fn warning(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(check, Outcome::Warning, says)
    }

    pub(crate) fn wrong(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(check, Outcome::Wrong, says)
    }

    pub(crate) fn cannot_tell(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(check, Outcome::CannotTell, says)
    }

    pub(crate) fn skipped(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(check, Outcome::Skipped, says)
    }
}

/// All findings, by area, in the order of the areas.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<(&'static str, Vec<Finding>)>);

impl Report {
    pub(crate) fn add(&mut self, area: &'static str, findings: Vec<Finding>) {
        self.0.push((area, findings));
    }

    /// Whether nothing is wrong. Warnings and what cannot be told do not count.
    pub(crate) fn is_well(&self) -> bool {
        self.count(Outcome::Wrong) == 0
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.0.iter().flat_map(|(_, findings)| findings).filter(|it| it.outcome == outcome).count()
    }

    /// A plain list for people.
    pub(crate) fn list(&self, out: &mut impl io::Write) -> io::Result<()> {
        for (area, findings) in &self.0 {
            writeln!(out, "{area}")?;
            let width = findings.iter().map(|it| it.check.chars().count()).max().unwrap_or(0);
            for Finding { check, outcome, says } in findings {
                writeln!(out, "  {:11}  {check:width$}  {says}", outcome.name())?;
            }
        }
        let counts = [Outcome::Wrong, Outcome::Warning, Outcome::CannotTell, Outcome::Skipped, Outcome::Ok];
        let counts = counts.map(|it| format!("{} {}", self.count(it), it.name()));
        writeln!(out, "{}", counts.join(", "))?;
        out.flush()
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let finding = |area: &str, it: &Finding| json!({"area": area, "check": it.check, "outcome": it.outcome.name(), "says": it.says});
        let findings = self.0.iter().flat_map(|(area, findings)| findings.iter().map(move |it| finding(area, it)));
        json!({"ok": self.is_well(), "findings": findings.collect::<Vec<_>>()})
    }
}

/// Text from outside as it may stand in a line of a terminal.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_list_and_json() {
        let mut report = Report::default();
        report.add("key", vec![Finding::ok("key", "enabled"), Finding::warning("rotation", "is off: turn it on")]);
        assert!(report.is_well());
        report.add("tables", vec![Finding::wrong("bindings", "does not exist")]);
        assert!(!report.is_well());
        let mut out = Vec::new();
        report.list(&mut out).unwrap();
        let expected = "key\n  ok           key       enabled\n  warning      rotation  is off: turn it on\ntables\n  \
            wrong        bindings  does not exist\n1 wrong, 1 warning, 0 cannot tell, 0 skipped, 1 ok\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let json = report.json();
        assert_eq!(json["ok"], false);
        assert_eq!(
            json["findings"][2],
            json!({"area": "tables", "check": "bindings", "outcome": "wrong", "says": "does not exist"}),
        );
    }

    #[test]
    fn text_from_outside_cannot_steer_a_terminal() {
        assert_eq!(shown("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(shown(&"x".repeat(1000)).len(), SHOWN_MAX);
    }
}
