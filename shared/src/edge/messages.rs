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
    let tables =
        [&request::MESSAGES[..], &address::MESSAGES, &binding::MESSAGES, &lease::MESSAGES, &authorization::MESSAGES];
    let found = tables.into_iter().flatten().find(|(known, _)| *known == code);
    found.map_or(UNKNOWN, |(_, message)| *message)
}

/// Never shown: a code without words fails a test.
const UNKNOWN: Message = message(("Error", "错误"), ("Error", "错误"));

mod address;
mod authorization;
mod binding;
mod lease;
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

    /// The page of all codes as it should stand.
    fn page() -> String {
        let mut page = "# Every error code\n\n\
            What each answer's `code` means and what to do about it, in the words people see. Names in braces are\n\
            filled in. `shared/src/edge/messages` holds the words; a test holds this page to them.\n\n\
            | code | status | cause | cure | 原因 | 处理方法 |\n| --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
        for &code in Code::ALL {
            let Message { title, detail } = of(code);
            let (name, status) = (code.name(), code.status());
            let line =
                format!("| `{name}` | {status} | {} | {} | {} | {} |\n", title.en, detail.en, title.zh, detail.zh);
            page.push_str(&line);
        }
        page
    }

    #[test]
    fn the_page_of_codes_says_what_the_code_says() {
        // S-12, S-27
        let stands = include_str!("../../ERRORS.md");
        let fresh = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/ERRORS.md");
        if stands != page() {
            std::fs::write(fresh, page()).unwrap();
        }
        assert!(stands == page(), "shared/ERRORS.md is out of date: copy target/ERRORS.md over it");
    }
}
