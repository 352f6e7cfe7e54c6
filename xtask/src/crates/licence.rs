//! Which licences may be linked into a program that its owner need not publish.

/// Licences that ask for no more than a notice.
const ALLOWED: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Says whether an SPDX expression can be met by licences of the list alone.
///
/// `AND` binds more than `OR`; a slash is `OR` as people wrote it before.
pub(super) fn is_allowed(expression: &str) -> bool {
    let text = expression.replace('/', " OR ");
    let parts = split(&text, " OR ");
    match parts.as_slice() {
        [one] => all_allowed(one),
        several => several.iter().any(|part| is_allowed(part)),
    }
}

fn all_allowed(expression: &str) -> bool {
    let parts = split(expression, " AND ");
    match parts.as_slice() {
        [one] => match one
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
        {
            Some(inside) => is_allowed(inside),
            None => ALLOWED.contains(one),
        },
        several => several.iter().all(|part| all_allowed(part)),
    }
}

/// Splits at a word that stands in no brackets.
fn split<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, char) in text.char_indices() {
        depth += i32::from(char == '(') - i32::from(char == ')');
        if depth == 0 && at >= start && text[at..].starts_with(word) {
            parts.push(text[start..at].trim());
            start = at + word.len();
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_needs_one_licence_of_the_list_and_a_conjunction_all() {
        for (expression, allowed) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("", false),
            ("Unlicense/MIT", true),
            ("Apache-2.0 / MIT", true),
            ("GPL-2.0 OR MIT", true),
            ("MIT AND GPL-2.0", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(GPL-2.0 OR LGPL-3.0) AND MIT", false),
            ("GPL-2.0 AND MIT OR Zlib", true),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
        ] {
            assert_eq!(is_allowed(expression), allowed, "{expression}");
        }
    }
}
