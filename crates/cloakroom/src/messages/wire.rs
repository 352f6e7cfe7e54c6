//! How a message travels, in a cookie or in the session.
use serde::{Deserialize, Serialize, Serializer};

use crate::keys::draw;
use crate::messages::{Level, Text};
use crate::session::Name;

/// The name under which the session keeps messages.
pub(crate) const SESSION_KEY: Name = Name::from_static("_messages");

/// A message on its way.
///
/// The id tells it from an equal one, so that none is shown or kept twice. The turn says how many
/// were said before it, so that they are shown in that order wherever they waited.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Parts")]
pub(crate) struct Wire {
    pub(super) turn: u32,
    pub(super) id: u64,
    pub(super) level: u32,
    pub(super) text: String,
    pub(super) tags: String,
    pub(super) trusted: bool,
}

/// The same as a list, which is shorter.
type Parts = (u32, u64, u32, String, String, bool);

impl Wire {
    pub(super) fn new(turn: u32, level: Level, text: Text, tags: &str) -> Self {
        let trusted = matches!(text, Text::Trusted(_));
        let (Text::Plain(text) | Text::Trusted(text)) = text;
        Self {
            turn,
            // 53 bits, so that every JSON reader keeps the number as it is.
            id: u64::from_ne_bytes(draw()) >> 11,
            level: level.number(),
            text,
            tags: tags.to_owned(),
            trusted,
        }
    }
}

/// What is said about messages that another program keeps as well.
#[cfg(feature = "django")]
impl Wire {
    /// Takes a message that another program may have written; messages are shown in turn.
    pub(crate) fn shared(turn: u32, level: u32, text: Text, tags: &str) -> Self {
        Self::new(turn, Level::new(level), text, tags)
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn tags(&self) -> &str {
        &self.tags
    }

    pub(crate) fn is_trusted(&self) -> bool {
        self.trusted
    }
}

impl From<Parts> for Wire {
    fn from((turn, id, level, text, tags, trusted): Parts) -> Self {
        Self {
            turn,
            id,
            level,
            text,
            tags,
            trusted,
        }
    }
}

impl Serialize for Wire {
    /// Writes the parts as a list, in their order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            turn,
            id,
            level,
            text,
            tags,
            trusted,
        } = self;
        (turn, id, level, text, tags, trusted).serialize(serializer)
    }
}

/// What a cookie with messages begins with when the session has more; else it begins with a bracket.
const MORE: u8 = b'+';

/// Writes messages for a cookie, and whether the session has more.
pub(super) fn write(messages: &[Wire], more: bool) -> Vec<u8> {
    let mut content = Vec::with_capacity(128);
    if more {
        content.push(MORE);
    }
    serde_json::to_writer(&mut content, messages).expect("messages are numbers and texts");
    content
}

/// Reads messages from a cookie that was opened, and whether the session has more.
pub(super) fn read(content: &[u8]) -> Option<(Vec<Wire>, bool)> {
    let (more, content) = match content.strip_prefix(&[MORE]) {
        Some(content) => (true, content),
        None => (false, content),
    };
    // Looked at as a whole, text is checked at a tenth of what it takes value by value.
    let messages = serde_json::from_str(std::str::from_utf8(content).ok()?).ok()?;
    Some((messages, more))
}
