//! Which language the person reads, by `Accept-Language` with its quality values (RFC 9110 section 12.5.4).

use crate::domain::provider::Words;

/// A language that codebind speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, the default.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The best of ours for a header's value.
    #[must_use]
    pub fn negotiate(header: Option<&str>) -> Self {
        let mut best = (Self::English, 0.0_f32);
        for range in header.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
            let language = match tag.split('-').next() {
                Some("zh") => Self::Chinese,
                Some("en" | "*") => Self::English,
                _ => continue,
            };
            // The first of equals wins, as it stands first in the header.
            if let Some(quality) = quality.filter(|&quality| quality > best.1) {
                best = (language, quality);
            }
        }
        best.0
    }

    /// As `Content-Language` says it.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The words in this language.
    #[must_use]
    pub fn of(self, words: Words) -> &'static str {
        match self {
            Self::English => words.en,
            Self::Chinese => words.zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_values_decide() {
        // S-12
        for (header, language) in [
            (None, Language::English),
            (Some(""), Language::English),
            (Some("zh-CN"), Language::Chinese),
            (Some("zh-Hans-CN, en;q=0.9"), Language::Chinese),
            (Some("en;q=0.5, zh;q=0.8"), Language::Chinese),
            (Some("en, zh"), Language::English),
            (Some("de, zh;q=0"), Language::English),
            (Some("de, *;q=0.1, zh;q=0.2"), Language::Chinese),
            (Some("zh;q=x"), Language::English),
        ] {
            assert_eq!(Language::negotiate(header), language, "{header:?}");
        }
    }
}
