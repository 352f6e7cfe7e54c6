//! The words of a Rust text; comments and literals are left out.

use std::iter::Peekable;
use std::str::CharIndices;

/// An identifier, a number, `::` or a single other character.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Splits a text into its words.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader {
        text,
        rest: text.char_indices().peekable(),
        line: 1,
    };
    let mut words = Vec::new();
    while let Some(word) = reader.word() {
        words.extend(word);
    }
    words
}

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    line: usize,
}

impl Reader<'_> {
    /// The next word; `Some(None)` for what is not one, `None` at the end.
    fn word(&mut self) -> Option<Option<Word>> {
        let line = self.line;
        let (start, first) = self.step()?;
        let ahead = &self.text[start..];
        if ahead.starts_with("//") {
            self.skip_to("\n");
        } else if ahead.starts_with("/*") {
            self.comment();
        } else if let Some(hashes) = raw_string(ahead) {
            self.skip_to("\"");
            self.skip_to(&format!("\"{}", "#".repeat(hashes)));
        } else if first == '"' {
            self.string();
        } else if first == '\'' {
            self.character(ahead);
        } else if first.is_alphanumeric() || first == '_' {
            let end = ahead
                .find(|char: char| !char.is_alphanumeric() && char != '_')
                .unwrap_or(ahead.len());
            self.skip(ahead[..end].chars().count() - 1);
            return Some(Some(Word {
                line,
                text: ahead[..end].to_owned(),
            }));
        } else if ahead.starts_with("::") {
            self.skip(1);
            return Some(Some(Word {
                line,
                text: "::".to_owned(),
            }));
        } else if !first.is_whitespace() {
            return Some(Some(Word {
                line,
                text: first.to_string(),
            }));
        }
        Some(None)
    }

    fn step(&mut self) -> Option<(usize, char)> {
        let next = self.rest.next();
        self.line += usize::from(matches!(next, Some((_, '\n'))));
        next
    }

    fn skip(&mut self, chars: usize) {
        for _ in 0..chars {
            self.step();
        }
    }

    /// Skips up to and over the next such text.
    fn skip_to(&mut self, end: &str) {
        while let Some(&(at, _)) = self.rest.peek() {
            if self.text[at..].starts_with(end) {
                return self.skip(end.chars().count());
            }
            self.step();
        }
    }

    fn comment(&mut self) {
        let mut open = 1;
        self.step();
        while let Some((at, _)) = self.step() {
            if self.text[at..].starts_with("/*") {
                open += 1;
                self.step();
            } else if self.text[at..].starts_with("*/") {
                open -= 1;
                self.step();
            }
            if open == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        while let Some((_, char)) = self.step() {
            match char {
                '\\' => self.skip(1),
                '"' => return,
                _ => {}
            }
        }
    }

    /// Skips a character literal; of a lifetime only the quote.
    fn character(&mut self, ahead: &str) {
        let mut chars = ahead.chars().skip(1);
        match (chars.next(), chars.next()) {
            (Some('\\'), _) => {
                self.skip(2);
                self.skip_to("'");
            }
            (Some(_), Some('\'')) => self.skip(2),
            _ => {}
        }
    }
}

/// The number of hashes of the raw string that begins here, if one does.
fn raw_string(ahead: &str) -> Option<usize> {
    let rest = ["r", "br", "cr"]
        .iter()
        .find_map(|prefix| ahead.strip_prefix(prefix))?;
    let quote = rest.trim_start_matches('#');
    quote.starts_with('"').then_some(rest.len() - quote.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_words() {
        let text =
            "a // b\n/* c /* d */ e */ f(\"g\\\" h\", r#\"i \" j\"#, 'k', '\\'', b\"l\") &'m n::o";
        let found: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
        assert_eq!(found.join(" "), "a f ( , , , , b ) & m n :: o");
    }

    #[test]
    fn a_word_knows_its_line() {
        let found = words("/* 1\n2 */ \"3\n\" a\nb");
        let found: Vec<_> = found
            .iter()
            .map(|word| (word.line, word.text.as_str()))
            .collect();
        assert_eq!(found, [(3, "a"), (4, "b")]);
    }
}
