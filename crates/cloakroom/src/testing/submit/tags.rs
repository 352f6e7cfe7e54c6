//! The tags of a page, as far as forms need them.

/// A tag, with the text right behind it.
#[derive(Debug)]
pub(super) struct Tag {
    /// Its name in small letters, with a slash in front when it ends something.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// What stands between it and the next tag; of a text area all up to its end.
    pub(super) text: String,
}

impl Tag {
    /// Returns the value of an attribute, which is empty where only its name is written.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(own, _)| own == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.attribute(attribute).is_some()
    }
}

/// Lists the tags of a page; what stands in comments, scripts and styles is none.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, behind)) = rest.split_once('<') {
        if let Some(comment) = behind.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let is_tag = |char: char| char.is_ascii_alphabetic() || char == '/';
        if !behind.starts_with(is_tag) {
            rest = behind;
            continue;
        }
        let (mut tag, after) = tag(behind);
        let end = match tag.name.as_str() {
            "textarea" | "script" | "style" => format!("</{}", tag.name),
            _ => "<".to_owned(),
        };
        let small = after.to_ascii_lowercase();
        let ends = small.find(&end).unwrap_or(after.len());
        tag.text = unescaped(&after[..ends]);
        tags.push(tag);
        rest = &after[ends..];
    }
    tags
}

/// Reads the tag that a text begins with, and returns what comes after it.
fn tag(text: &str) -> (Tag, &str) {
    let is_over = |char: char| char.is_ascii_whitespace() || char == '>';
    let (name, mut rest) = text.split_at(text.find(is_over).unwrap_or(text.len()));
    let mut attributes = Vec::new();
    let after = loop {
        rest = rest.trim_start_matches(|char: char| char.is_ascii_whitespace() || char == '/');
        match rest.strip_prefix('>') {
            Some(after) => break after,
            None if rest.is_empty() => break rest,
            None => {}
        }
        let is_over = |char: char| char.is_ascii_whitespace() || "=>/".contains(char);
        let length = rest.find(is_over).unwrap_or(rest.len());
        // An equals sign with nothing before it belongs to the name.
        let (name, behind) = rest.split_at(length.max(1));
        let (value, behind) = value(behind);
        attributes.push((name.to_ascii_lowercase(), unescaped(value)));
        rest = behind;
    };
    let tag = Tag {
        name: name.trim_end_matches('/').to_ascii_lowercase(),
        attributes,
        text: String::new(),
    };
    (tag, after)
}

/// Reads the value that an attribute has, if it has one, and returns what comes after it.
fn value(behind: &str) -> (&str, &str) {
    let Some(value) = behind.trim_ascii_start().strip_prefix('=') else {
        return ("", behind);
    };
    let value = value.trim_ascii_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let is_over = |char: char| char.is_ascii_whitespace() || char == '>';
    value.split_at(value.find(is_over).unwrap_or(value.len()))
}

/// Returns a text with its character references replaced, as far as templates write them.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let referred = behind.split_once(';');
        match referred.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        },
        None => {
            return Some(match name {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                _ => return None,
            });
        }
    };
    number.ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_however_a_template_writes_them() {
        let html = "<!-- <b> --><INPUT Name='a\"b' value=1 checked><br/>3 < 4 & 5\
            <textarea name=\"t\" >\n<i>&lt;&#x2f;&#39;&amp;lt;&unknown;</textarea><script>'<p>'</script><a href=/x/>y";
        let tags = tags(html);
        let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        let expected = [
            "input",
            "br",
            "textarea",
            "/textarea",
            "script",
            "/script",
            "a",
        ];
        assert_eq!(names, expected);
        assert_eq!(tags[0].attribute("name"), Some("a\"b"));
        assert_eq!(tags[0].attribute("value"), Some("1"));
        assert!(tags[0].has("checked") && !tags[0].has("disabled"));
        assert_eq!(tags[2].text, "\n<i></'&lt;&unknown;");
        assert_eq!(tags[6].attribute("href"), Some("/x/"));
        assert_eq!(tags[6].text, "y");
    }
}
