//! Letters that can't be seen, or that make a text look like another: they are shown by their numbers.

/// Says whether a letter steers a terminal, turns the direction of writing, or is shown as nothing or as another space.
#[must_use]
pub fn hides(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns a name that somebody else chose such that no two look alike for what can't be seen: spaces at its ends are shown by their numbers, too.
#[must_use]
pub fn plain(name: &str) -> String {
    let inside = name.trim_matches(' ');
    let begin = name.len() - name.trim_start_matches(' ').len();
    let mut shown = String::with_capacity(name.len());
    let mut was_space = false;
    for (at, letter) in name.char_indices() {
        let at_an_end = at < begin || at >= begin + inside.len();
        // HTML shows several spaces as one.
        let doubled = letter == ' ' && was_space;
        was_space = letter == ' ';
        if hides(letter) || at_an_end || doubled {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Returns a name as [`plain`] does, between quotes, so that it ends where it seems to and no name looks like words beside it.
#[must_use]
pub fn quoted(name: &str) -> String {
    let mut shown = String::with_capacity(name.len() + 2);
    shown.push('"');
    // Before the rest, so that a name with the number of a letter is not taken for one with the letter.
    shown.push_str(&plain(&name.replace('\\', "\\\\").replace('"', "\\\"")));
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_ends_where_it_seems_to() {
        let rows = [
            ("demo", "\"demo\""),
            (" demo", "\"\\u{20}demo\""),
            ("\\u{20}demo", "\"\\\\u{20}demo\""),
            ("a, device x", "\"a, device x\""),
            ("a\", device \"x", "\"a\\\", device \\\"x\""),
            ("", "\"\""),
        ];
        for (name, expected) in rows {
            assert_eq!(quoted(name), expected);
        }
    }

    #[test]
    fn no_two_names_look_alike_for_what_cannot_be_seen() {
        let rows = [
            ("demo", "demo"),
            ("Ada  Lovelace", "Ada \\u{20}Lovelace"),
            (" demo", "\\u{20}demo"),
            ("demo ", "demo\\u{20}"),
            (" ", "\\u{20}"),
            ("\u{feff}demo", "\\u{feff}demo"),
            ("de\u{200b}mo", "de\\u{200b}mo"),
            ("de\u{a0}mo", "de\\u{a0}mo"),
            ("a\u{e0041}b", "a\\u{e0041}b"),
            ("a\u{9b}b\u{0}", "a\\u{9b}b\\u{0}"),
            ("\u{ff21}да 다", "\u{ff21}да 다"),
        ];
        for (name, expected) in rows {
            assert_eq!(plain(name), expected);
        }
    }
}
