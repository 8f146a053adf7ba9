//! Text that others chose and people will read: names must not be able to look like other names.

/// Unicode's format characters (Cf): invisible, and some of them turn the text around them about, so that a login
/// reads as somebody else's.
const FORMAT: [(char, char); 20] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

/// Whether a character shows itself, rather than steering how others are shown.
#[must_use]
pub fn is_visible(character: char) -> bool {
    let is_format = || FORMAT.iter().any(|(first, last)| (*first..=*last).contains(&character));
    !character.is_control() && !is_format()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_other_characters_is_not_visible() {
        //
        for hidden in
            ['\0', '\n', '\u{7f}', '\u{85}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0041}']
        {
            assert!(!is_visible(hidden), "{hidden:?}");
        }
        for shown in ['a', ' ', 'é', '码', 'ع', '\u{1f980}'] {
            assert!(is_visible(shown), "{shown:?}");
        }
    }
}
