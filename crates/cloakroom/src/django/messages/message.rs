//! One message, and lists of them as JSON.
use super::FORMAT;
use crate::django::{DjangoError, Result, Text, Value, json};

const MARK: &str = "__json_message";
/// Stands last in a cookie when the session holds more.
const NOT_FINISHED: &str = "__messagesnotfinished__";

/// What a page is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How grave it is; `INFO` is 20.
    pub level: i64,
    /// What it says.
    pub text: Text,
    /// Words for the page to style it by. Django's own functions give an empty text and no `None`.
    pub extra_tags: Option<Text>,
    /// Whether the text is HTML that somebody on the server made, `mark_safe` in Django. Show it as such
    /// only if you would trust the site's key with your pages.
    pub is_safe: bool,
}

impl Message {
    /// Returns Django's `tags`: the extra ones, then the level's own.
    #[must_use]
    pub fn tags(&self) -> String {
        let extra = self.extra_tags.as_ref().map(Text::to_string_lossy);
        let both = [extra.unwrap_or_default(), level_tag(self.level).into()];
        let words: Vec<&str> = both
            .iter()
            .map(AsRef::as_ref)
            .filter(|w| !w.is_empty())
            .collect();
        words.join(" ")
    }

    pub(super) fn to_value(&self) -> Value {
        let mut items = vec![
            Value::text(MARK),
            Value::Int(self.is_safe.into()),
            Value::Int(self.level),
            Value::Text(self.text.clone()),
        ];
        items.extend(self.extra_tags.clone().map(Value::Text));
        Value::List(items)
    }

    fn of(value: &Value) -> Option<Self> {
        let (mark, safe, level, text, tags) = match value.as_list()? {
            [mark, safe, level, text] => (mark, safe, level, text, &Value::None),
            [mark, safe, level, text, tags] => (mark, safe, level, text, tags),
            _ => return None,
        };
        let text_of = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        (mark.as_str() == Some(MARK)).then_some(())?;
        Some(Self {
            level: whole(level)?,
            text: text_of(text)?,
            extra_tags: match tags {
                Value::None => None,
                tags => Some(text_of(tags)?),
            },
            is_safe: safe.is_truthy(),
        })
    }
}

/// What Python's `int()` makes of a level.
fn whole(level: &Value) -> Option<i64> {
    match level {
        Value::Int(level) => Some(*level),
        Value::Bool(yes) => Some((*yes).into()),
        Value::Float(level) if level.is_finite() => Some(*level as i64),
        level => level.as_str()?.trim().parse().ok(),
    }
}

/// Returns the tag of a level of Django's own, and nothing for others.
#[must_use]
pub const fn level_tag(level: i64) -> &'static str {
    match level {
        10 => "debug",
        20 => "info",
        25 => "success",
        30 => "warning",
        40 => "error",
        _ => "",
    }
}

/// Writes messages as the text that stands under [`SESSION_KEY`](super::SESSION_KEY).
///
/// # Errors
///
/// Never for messages; JSON can hold them all.
pub fn to_session(messages: &[Message]) -> Result<String> {
    json::to_spaced_string(&Value::List(
        messages.iter().map(Message::to_value).collect(),
    ))
}

/// Reads what stands under [`SESSION_KEY`](super::SESSION_KEY).
///
/// # Errors
///
/// When it is not JSON, or no list of messages.
pub fn from_session(text: &str) -> Result<Vec<Message>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    list(&json::parse(text)?)
}

/// Reads a list of messages.
pub(super) fn list(value: &Value) -> Result<Vec<Message>> {
    let items = value.as_list().ok_or(WRONG)?;
    items
        .iter()
        .map(|item| Message::of(item).ok_or(WRONG))
        .collect()
}

/// Splits the sign that the session holds more off a list.
pub(super) fn without_sentinel(value: &mut Value) -> bool {
    let Value::List(items) = value else {
        return false;
    };
    let found = items.last().and_then(Value::as_str) == Some(NOT_FINISHED);
    if found {
        items.pop();
    }
    found
}

pub(super) fn sentinel() -> Value {
    Value::text(NOT_FINISHED)
}

const WRONG: DjangoError = DjangoError::malformed(FORMAT, "it is no list of messages");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_as_they_were_written() {
        let message = |text: &str, tags: Option<&str>, is_safe| Message {
            level: 30,
            text: Text::from(text),
            extra_tags: tags.map(Text::from),
            is_safe,
        };
        let messages = [
            message("hé\"", Some("a b"), false),
            message("<b>", None, true),
        ];
        let text = to_session(&messages).unwrap();
        assert_eq!(
            text,
            r#"[["__json_message", 0, 30, "h\u00e9\"", "a b"], ["__json_message", 1, 30, "<b>"]]"#
        );
        assert_eq!(from_session(&text).unwrap(), messages);
        assert_eq!(messages[0].tags(), "a b warning");
        assert_eq!(messages[1].tags(), "warning");
        assert_eq!(from_session("").unwrap(), []);
    }

    #[test]
    fn what_is_no_list_of_messages_is_refused() {
        for bad in [
            "{}",
            "1",
            "null",
            "[1]",
            "[[]]",
            "[[\"__json_message\"]]",
            "[[\"__json_message\",0]]",
            "[[\"__json_message\",0,20]]",
            "[[\"__json_message\",0,20,\"a\",\"b\",\"c\"]]",
            "[[\"__json_message\",0,null,\"a\"]]",
            "[[\"__json_message\",0,20,7]]",
            "[[\"other\",0,20,\"a\"]]",
            "junk",
        ] {
            assert!(from_session(bad).is_err(), "{bad}");
        }
    }
}
