//! One line of what a site tells Prometheus (text format 0.0.4), read.

/// A sample: its name, its labels and its value.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    pub(super) name: &'a str,
    labels: Vec<(&'a str, String)>,
    pub(super) value: f64,
}

impl Sample<'_> {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(label, _)| *label == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a line; `None` when it is a comment, or no sample.
pub(super) fn sample(line: &str) -> Option<Sample<'_>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(['{', ' ', '\t'])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, behind) = rest.split_once("=\"")?;
            let (value, behind) = quoted(behind)?;
            labels.push((label.trim(), value));
            rest = behind.trim_start_matches([',', ' ']);
        }
        rest = &rest[1..];
    }
    // A time may follow the value.
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(Sample {
        name,
        labels,
        value,
    })
}

/// Reads up to the closing quote; returns what stood in it, and what is behind.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_its_labels_and_what_is_none_is_passed_over() {
        let full = sample(r#"steps_total{wizard="a\"b\\c\n",step="x"} 12 1700000000"#).unwrap();
        assert_eq!((full.name, full.value), ("steps_total", 12.0));
        assert_eq!(full.label("wizard"), Some("a\"b\\c\n"));
        assert_eq!((full.label("step"), full.label("le")), (Some("x"), None));
        let bare = sample("lag_seconds 1.5").unwrap();
        assert_eq!((bare.name, bare.value), ("lag_seconds", 1.5));
        for line in [
            "",
            "# TYPE x counter",
            "x",
            "x{",
            "x{a=\"b",
            "x{a=\"b\"",
            "x{a=\"b\"}",
            "x{a=\"b\\",
            "x y",
            "x{ } ",
        ] {
            assert_eq!(sample(line), None, "{line}");
        }
    }
}
