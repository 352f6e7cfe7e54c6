//! A Rust source as words with line numbers; comments, literals and test code are left out.

use super::words::{Word, words};

/// The words of a source that are compiled outside tests.
pub(crate) struct Source {
    words: Vec<Word>,
}

/// A path as it was written, groups spelled out: `a::{b, c as d}` is `a::b` and `a::c`.
#[derive(Debug, PartialEq)]
pub(crate) struct UsedPath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    /// The name it has here: its last segment, or what follows `as`.
    pub(crate) name: String,
}

impl Source {
    /// Reads the text.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            words: without_tests(&words(text)),
        }
    }

    /// The lines on which these words stand one after the other.
    pub(crate) fn lines_with(&self, wanted: &[&str]) -> Vec<usize> {
        let windows = self.words.windows(wanted.len());
        let same = windows.filter(|found| {
            found
                .iter()
                .zip(wanted)
                .all(|(word, wanted)| word.text == *wanted)
        });
        same.map(|found| found[0].line).collect()
    }

    /// The paths that follow this word, such as `use`, or `crate` with the `::` behind it.
    pub(crate) fn paths_after(&self, start: &[&str]) -> Vec<UsedPath> {
        let mut found = Vec::new();
        for at in 0..self.words.len() {
            let rest = &self.words[at..];
            if rest.len() > start.len()
                && rest
                    .iter()
                    .zip(start)
                    .all(|(word, wanted)| word.text == *wanted)
            {
                spell_out(&rest[start.len()..], &mut Vec::new(), &mut found);
            }
        }
        found
    }
}

/// Adds the paths that begin here and returns how many words they took.
fn spell_out(words: &[Word], before: &mut Vec<String>, found: &mut Vec<UsedPath>) -> usize {
    let depth = before.len();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        if word.text == "{" {
            at += spell_out_group(&words[at..], before, found);
            break;
        }
        before.push(word.text.clone());
        if words.get(at).is_some_and(|next| next.text == "::") {
            at += 1;
            continue;
        }
        let alias = words
            .get(at)
            .filter(|next| next.text == "as")
            .and_then(|_| words.get(at + 1));
        at += if alias.is_some() { 2 } else { 0 };
        let name = alias.unwrap_or(word).text.clone();
        found.push(UsedPath {
            line: word.line,
            segments: before.clone(),
            name,
        });
        break;
    }
    before.truncate(depth);
    at
}

fn spell_out_group(words: &[Word], before: &mut Vec<String>, found: &mut Vec<UsedPath>) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.text.as_str() {
            "}" => return at + 1,
            "," => at += 1,
            _ => at += spell_out(&words[at..], before, found),
        }
    }
    at
}

/// Drops every item under `#[test]` or a `#[cfg(…)]` that asks for `test`.
fn without_tests(words: &[Word]) -> Vec<Word> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let attribute = attribute_len(&words[at..]);
        if attribute > 0 && is_for_tests(&words[at..at + attribute]) {
            at += attribute;
            at += item_len(&words[at..]);
        } else {
            let next = at + attribute.max(1);
            kept.extend_from_slice(&words[at..next]);
            at = next;
        }
    }
    kept
}

/// How many words the attribute takes that begins here; 0 when none does.
fn attribute_len(words: &[Word]) -> usize {
    match words {
        [hash, bracket, ..] if hash.text == "#" && bracket.text == "[" => {
            1 + block_len(&words[1..])
        }
        _ => 0,
    }
}

fn is_for_tests(attribute: &[Word]) -> bool {
    let has = |text: &str| attribute.iter().any(|word| word.text == text);
    match attribute[2].text.as_str() {
        "cfg" => has("test") && !has("not"),
        "test" => true,
        _ => false,
    }
}

/// How many words an item takes: up to its `;`, its last `}`, or the end of what it stands in.
fn item_len(words: &[Word]) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.text.as_str() {
            ";" => return at + 1,
            "{" => return at + block_len(&words[at..]),
            "}" => return at,
            "(" | "[" => at += block_len(&words[at..]),
            _ => at += 1,
        }
    }
    at
}

/// How many words there are from an opening bracket to its closing one.
fn block_len(words: &[Word]) -> usize {
    let mut open = 0;
    for (index, word) in words.iter().enumerate() {
        match word.text.as_str() {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open -= 1,
            _ => {}
        }
        if open == 0 {
            return index + 1;
        }
    }
    words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        let words: Vec<String> = Source::new(text)
            .words
            .into_iter()
            .map(|word| word.text)
            .collect();
        words.join(" ")
    }

    #[test]
    fn tests_are_left_out_and_all_else_stays() {
        let text = "#[cfg(test)] mod tests { fn a() { { } } } fn b() {}
            #[cfg(all(test, feature = \"x\"))] #[path = \"y\"] use c::{d};
            #[test] fn e() {} #[cfg(not(test))] fn f() {}";
        assert_eq!(
            joined(text),
            "fn b ( ) { } ; # [ cfg ( not ( test ) ) ] fn f ( ) { }"
        );
    }

    #[test]
    fn groups_are_spelled_out_with_their_lines() {
        let source = Source::new(
            "use crate::{\n  session::{self, Record as R},\n  store::Store,\n};\ncrate::web::go()",
        );
        let paths: Vec<_> = source
            .paths_after(&["crate", "::"])
            .into_iter()
            .map(|path| (path.line, path.segments.join("::"), path.name))
            .collect();
        let expected = [
            (2, "session::self", "self"),
            (2, "session::Record", "R"),
            (3, "store::Store", "Store"),
            (5, "web::go", "go"),
        ];
        let expected = expected.map(|(line, path, name)| (line, path.to_owned(), name.to_owned()));
        assert_eq!(paths, expected);
    }
}
