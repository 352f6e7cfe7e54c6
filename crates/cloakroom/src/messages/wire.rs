//! How a message travels, in a cookie or in the session.
use serde::{Deserialize, Serialize, Serializer};

use crate::keys::draw;
use crate::messages::{Level, Text};
use crate::session::{Name, number, put, put_number};

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

    /// Returns the level, and in its lowest bit whether the text is trusted.
    fn level_and_trust(&self) -> u64 {
        u64::from(self.level) << 1 | u64::from(self.trusted)
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

/// What a cookie with messages begins with when all of them are in it, and when the session has more.
const ALL: u8 = 1;
const MORE: u8 = 2;

/// The most bytes of a message's numbers: turn and level of 32 bits, a bit of trust, an id of 53, and the lengths of two
/// texts, which are below two million bytes wherever they may fit.
const NUMBERS: usize = 5 + 5 + 8 + 3 + 3;

/// Writes messages for a cookie, and whether the session has more: in fewer bytes than as JSON, so that more fit.
pub(super) fn write(messages: &[Wire], more: bool) -> Vec<u8> {
    let mut content = Vec::with_capacity(most_bytes(messages));
    content.push(if more { MORE } else { ALL });
    for wire in messages {
        put_number(&mut content, wire.turn.into());
        put_number(&mut content, wire.id);
        put_number(&mut content, wire.level_and_trust());
        put(&mut content, wire.text.as_bytes());
        put(&mut content, wire.tags.as_bytes());
    }
    content
}

/// Returns a number of bytes that [`write`] writes at most.
pub(super) fn most_bytes(messages: &[Wire]) -> usize {
    let each = messages
        .iter()
        .map(|wire| NUMBERS + wire.text.len() + wire.tags.len());
    1 + each.sum::<usize>()
}

/// Reads messages from a cookie that was opened, and whether the session has more.
pub(super) fn read(content: &[u8]) -> Option<(Vec<Wire>, bool)> {
    let (more, mut rest) = match content {
        [ALL, rest @ ..] => (false, rest),
        [MORE, rest @ ..] => (true, rest),
        _ => return None,
    };
    // As a rule there is one.
    let mut messages = Vec::with_capacity(1);
    while !rest.is_empty() {
        messages.push(read_one(&mut rest)?);
    }
    Some((messages, more))
}

fn read_one(rest: &mut &[u8]) -> Option<Wire> {
    let turn = u32::try_from(number(rest).ok()?).ok()?;
    let id = number(rest).ok()?;
    let level_and_trust = number(rest).ok()?;
    Some(Wire {
        turn,
        id,
        level: u32::try_from(level_and_trust >> 1).ok()?,
        text: text(rest)?,
        tags: text(rest)?,
        trusted: level_and_trust & 1 == 1,
    })
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(number(rest).ok()?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    std::str::from_utf8(text).ok().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wires() -> Vec<Wire> {
        let wire = |turn, id, level, text: &str, tags: &str, trusted| Wire {
            turn,
            id,
            level,
            text: text.to_owned(),
            tags: tags.to_owned(),
            trusted,
        };
        vec![
            wire(0, 0, 0, "", "", false),
            wire(
                u32::MAX,
                u64::MAX >> 11,
                u32::MAX,
                "\u{1f9e5}\0\"",
                "toast big",
                true,
            ),
            wire(127, 128, 64, &"x".repeat(127), &"y".repeat(128), true),
        ]
    }

    #[test]
    fn what_was_written_reads_the_same_and_is_no_longer_than_was_said() {
        for count in 0..=wires().len() {
            for more in [false, true] {
                let messages = wires()[..count].to_vec();
                let written = write(&messages, more);
                assert!(written.len() <= most_bytes(&messages));
                assert_eq!(read(&written), Some((messages, more)));
            }
        }
    }

    #[test]
    fn what_is_cut_within_a_message_or_is_no_text_is_refused() {
        let written = write(&wires()[1..2], false);
        for end in 0..written.len() {
            let whole = (end == 1).then(|| (Vec::new(), false));
            assert_eq!(read(&written[..end]), whole, "cut at {end}");
        }
        assert_eq!(read(&[ALL, 0, 0, 0, 1, 0xff, 0]), None);
        assert_eq!(read(b"[]"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
