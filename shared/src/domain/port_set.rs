//! Sets of ports, as an operator writes them (S-24).

use std::fmt;

/// A set of ports, as ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSet(Vec<(u16, u16)>);

impl PortSet {
    /// Reads `80 443 1025-65535`; `None` when that is not what it is.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (1 <= first && first <= last).then_some((first, last))
        };
        let ranges: Option<Vec<_>> = text.split_whitespace().map(range).collect();
        ranges.filter(|ranges| !ranges.is_empty()).map(Self)
    }

    /// Whether `port` is in it.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|&(first, last)| (first..=last).contains(&port))
    }
}

/// As a person reads it: `80, 443, 1025–65535`.
impl fmt::Display for PortSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (first, last)) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(formatter, "{separator}{first}")?;
            if first != last {
                write!(formatter, "–{last}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_sets_are_read_strictly() {
        assert_eq!(PortSet::parse("80 1025-65535").unwrap().to_string(), "80, 1025–65535");
        for text in ["", "0", "9-8", "70000", "a", "1-"] {
            assert_eq!(PortSet::parse(text), None, "{text}");
        }
    }
}
