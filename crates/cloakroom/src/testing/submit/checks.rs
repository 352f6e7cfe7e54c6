//! What a browser checks before it sends a form, and what it lets nobody type.
use regex::Regex;

use crate::testing::submit::tags::Tag;

/// What a control asks of its value (HTML standard, "Constraints").
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) is_required: bool,
    /// For a radio button: any of its name will do.
    pub(super) is_one_of_several: bool,
    pattern: Option<String>,
    shortest: Option<usize>,
    longest: Option<usize>,
}

impl Checks {
    pub(super) fn of(tag: &Tag) -> Self {
        let kind = tag.attribute("type").unwrap_or_default();
        // Nobody fills these in, so nobody is asked to.
        if kind == "hidden" || tag.has("readonly") {
            return Self::default();
        }
        let number = |name| tag.attribute(name).and_then(|it| it.trim().parse().ok());
        Self {
            is_required: tag.has("required"),
            is_one_of_several: kind == "radio",
            pattern: tag.attribute("pattern").map(ToOwned::to_owned),
            shortest: number("minlength"),
            longest: number("maxlength"),
        }
    }

    /// Says how a text is not what is asked for. One that is empty is asked for nothing but to be there.
    pub(super) fn found_in(&self, text: &str) -> Option<String> {
        if text.is_empty() {
            return self.is_required.then(|| "is required".to_owned());
        }
        if let Some(pattern) = &self.pattern
            && !is_match(pattern, text)
        {
            return Some(format!("does not look like its pattern `{pattern}`"));
        }
        let shortest = self.shortest.filter(|shortest| length(text) < *shortest);
        shortest.map(|shortest| format!("has fewer than {shortest} characters"))
    }

    /// Says how many characters can be typed, if these are more.
    pub(super) fn most_typed(&self, text: &str) -> Option<usize> {
        self.longest.filter(|longest| length(text) > *longest)
    }
}

/// Counts as the attributes do: in code units of UTF-16, a line end as one.
fn length(text: &str) -> usize {
    text.replace("\r\n", "\n").encode_utf16().count()
}

/// What JavaScript alone understands matches everything.
fn is_match(pattern: &str, text: &str) -> bool {
    let whole = Regex::new(&format!(r"\A(?:{pattern})\z"));
    whole.ok().is_none_or(|whole| whole.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::submit::tags::tags;

    #[test]
    fn what_is_asked_of_a_text_is_what_browsers_ask() {
        let number = r#"<input required pattern="\d{2,4}" minlength=3>"#;
        let rows = [
            (number, "", Some("is required")),
            (number, "123", None),
            (
                number,
                "12a",
                Some(r"does not look like its pattern `\d{2,4}`"),
            ),
            (number, "x123", Some("does not look like its pattern")),
            (number, "12", Some("has fewer than 3 characters")),
            (r#"<input pattern="\d" minlength=3>"#, "", None),
            ("<input readonly required>", "", None),
            (r#"<input type="hidden" required>"#, "", None),
            ("<textarea minlength=3></textarea>", "a\r\nb", None),
            (r#"<input pattern="(?=a)ab">"#, "xy", None),
            ("<input minlength=x>", "a", None),
        ];
        for (html, text, expected) in rows {
            let found = Checks::of(&tags(html)[0]).found_in(text);
            let is_right = match (&found, expected) {
                (Some(found), Some(expected)) => found.starts_with(expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_right, "{html} {text:?}: {found:?}");
        }
    }

    #[test]
    fn characters_are_counted_as_the_attribute_counts_them() {
        let checks = Checks::of(&tags("<input maxlength=3>")[0]);
        for (text, most) in [
            ("abc", None),
            ("abcd", Some(3)),
            ("😀a", None),
            ("😀😀", Some(3)),
        ] {
            assert_eq!(checks.most_typed(text), most, "{text}");
        }
    }
}
