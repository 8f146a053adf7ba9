//! The words of every code, in English and Simplified Chinese (S-12). Names in braces are filled in by `problem`.

use super::code::Code;
use crate::domain::provider::Words;

/// Title and detail of a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) title: Words,
    pub(super) detail: Words,
}

const fn message(title: (&'static str, &'static str), detail: (&'static str, &'static str)) -> Message {
    Message { title: Words { en: title.0, zh: title.1 }, detail: Words { en: detail.0, zh: detail.1 } }
}

/// The words of `code`; a test sees to it that there are some for each.
pub(super) fn of(code: Code) -> Message {
    let tables = [&request::MESSAGES[..], &address::MESSAGES, &binding::MESSAGES, &authorization::MESSAGES];
    let found = tables.into_iter().flatten().find(|(known, _)| *known == code);
    found.map_or(UNKNOWN, |(_, message)| *message)
}

/// Never shown: a code without words fails a test.
const UNKNOWN: Message = message(("Error", "错误"), ("Error", "错误"));

mod address;
mod authorization;
mod binding;
mod request;
pub(super) mod success;

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn every_code_has_words_of_its_own_in_both_languages() {
        // S-12
        let mut details = std::collections::BTreeSet::new();
        for &code in Code::ALL {
            let Message { title, detail } = of(code);
            for words in [title, detail] {
                assert!(words.en.is_ascii() && words.en.len() > 5, "{code:?}: {}", words.en);
                assert!(words.zh.chars().any(|it| ('\u{4e00}'..='\u{9fff}').contains(&it)), "{code:?}: {}", words.zh);
                assert_eq!(placeholders(words.en), placeholders(words.zh), "{code:?}");
            }
            assert!(details.insert(detail.en), "{code:?} shares its words");
        }
    }
}
