//! What a server answers, and how that is read from the bytes that came.
//!
//! See <https://redis.io/docs/latest/develop/reference/protocol-spec/>: version 2 of the protocol,
//! which every server speaks unasked, says all that is needed here.
use std::fmt;

use bytes::Bytes;
use memchr::memchr;

/// The longest string; Redis itself holds no longer one.
pub(super) const LONGEST: usize = 512 << 20;
/// The longest line, be it an error, a status or a length.
const LONGEST_LINE: usize = 16 << 10;
/// No list that is asked for here has more parts.
const MOST_PARTS: usize = 1 << 20;
/// No list that is asked for here is nested deeper.
const DEEPEST: u32 = 8;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// What stands there.
    Value(Bytes),
    /// Nothing stands there.
    Nothing,
    Number(i64),
    /// A status, such as `OK`.
    Text(String),
    List(Vec<Reply>),
    Refused(Refusal),
}

/// What a server says instead of doing what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal(Box<str>);

/// These bytes are no answer of a Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbage;

impl Reply {
    /// Reads the first answer, and says how many bytes it has; `None` when more has to come.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, Garbage> {
        let mut reader = Reader { bytes, at: 0 };
        match reader.reply(DEEPEST) {
            Ok(reply) => Ok(Some((reply, reader.at))),
            Err(Stop::More) => Ok(None),
            Err(Stop::Garbage) => Err(Garbage),
        }
    }

    /// Returns what is text in one way or the other.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Value(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Refusal {
    /// Takes an error's line. What a server repeats of a command it does not know is left out,
    /// since that may be a session.
    pub(super) fn new(line: &str) -> Self {
        let (said, _) = line.split_once(", with args").unwrap_or((line, ""));
        Self(said.into())
    }

    /// Returns the word that the line begins with, such as `MOVED`.
    pub(super) fn code(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    /// Says whether the server has as many connections as it may have (`maxclients`), and is about to hang up.
    pub(super) fn is_for_want_of_room(&self) -> bool {
        self.0.starts_with("ERR max number of clients")
    }

    /// Returns what follows the code.
    pub(super) fn detail(&self) -> &str {
        self.0.split_once(' ').map_or("", |(_, detail)| detail)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// Why reading stopped.
enum Stop {
    More,
    Garbage,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn reply(&mut self, depth: u32) -> Result<Reply, Stop> {
        let (kind, rest) = self.line()?.split_first().ok_or(Stop::Garbage)?;
        match kind {
            b'$' => self.string(rest),
            b':' => Ok(Reply::Number(number(rest)?)),
            b'+' => Ok(Reply::Text(String::from_utf8_lossy(rest).into_owned())),
            b'-' => Ok(Reply::Refused(Refusal::new(&String::from_utf8_lossy(rest)))),
            b'*' => self.list(rest, depth),
            _ => Err(Stop::Garbage),
        }
    }

    fn string(&mut self, length: &[u8]) -> Result<Reply, Stop> {
        let Some(length) = length_in(length, LONGEST)? else {
            return Ok(Reply::Nothing);
        };
        let rest = &self.bytes[self.at..];
        let Some((string, rest)) = rest.split_at_checked(length) else {
            return Err(Stop::More);
        };
        match rest {
            [b'\r', b'\n', ..] => {
                self.at += length + 2;
                // A copy, so that one session that is held for long holds no others' bytes.
                Ok(Reply::Value(Bytes::copy_from_slice(string)))
            }
            [] | [b'\r'] => Err(Stop::More),
            _ => Err(Stop::Garbage),
        }
    }

    fn list(&mut self, parts: &[u8], depth: u32) -> Result<Reply, Stop> {
        let Some(parts) = length_in(parts, MOST_PARTS)? else {
            return Ok(Reply::Nothing);
        };
        let depth = depth.checked_sub(1).ok_or(Stop::Garbage)?;
        (0..parts)
            .map(|_| self.reply(depth))
            .collect::<Result<_, _>>()
            .map(Reply::List)
    }

    /// Returns the line that ends next, without its end.
    fn line(&mut self) -> Result<&'a [u8], Stop> {
        let rest = &self.bytes[self.at..];
        let Some(end) = memchr(b'\n', &rest[..rest.len().min(LONGEST_LINE)]) else {
            let is_too_long = rest.len() >= LONGEST_LINE;
            return Err(if is_too_long {
                Stop::Garbage
            } else {
                Stop::More
            });
        };
        self.at += end + 1;
        rest[..end].strip_suffix(b"\r").ok_or(Stop::Garbage)
    }
}

/// Reads a length up to a limit; `None` stands for what is not there.
fn length_in(digits: &[u8], limit: usize) -> Result<Option<usize>, Stop> {
    match number(digits)? {
        -1 => Ok(None),
        length => match usize::try_from(length) {
            Ok(length) if length <= limit => Ok(Some(length)),
            _ => Err(Stop::Garbage),
        },
    }
}

fn number(digits: &[u8]) -> Result<i64, Stop> {
    let text = std::str::from_utf8(digits).map_err(|_| Stop::Garbage)?;
    text.parse().map_err(|_| Stop::Garbage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &'static str) -> Reply {
        Reply::Value(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn each_kind_of_answer_is_read_and_wherever_it_is_cut_more_is_waited_for() {
        let rows = [
            ("$5\r\nhe\r\nl\r\n", value("he\r\nl")),
            ("$0\r\n\r\n", value("")),
            ("$-1\r\n", Reply::Nothing),
            ("*-1\r\n", Reply::Nothing),
            (":-12\r\n", Reply::Number(-12)),
            ("+OK\r\n", Reply::Text("OK".into())),
            ("-ERR no\r\n", Reply::Refused(Refusal::new("ERR no"))),
            ("*0\r\n", Reply::List(vec![])),
            (
                "*2\r\n$1\r\n7\r\n*1\r\n:3\r\n",
                Reply::List(vec![value("7"), Reply::List(vec![Reply::Number(3)])]),
            ),
        ];
        for (bytes, reply) in rows {
            let whole = Ok(Some((reply, bytes.len())));
            assert_eq!(Reply::read(bytes.as_bytes()), whole, "{bytes:?}");
            let with_more = format!("{bytes}+OK\r\n");
            assert_eq!(Reply::read(with_more.as_bytes()), whole, "{bytes:?}");
            for cut in 0..bytes.len() {
                assert_eq!(Reply::read(&bytes.as_bytes()[..cut]), Ok(None), "{bytes:?}");
            }
        }
    }

    #[test]
    fn what_redis_does_not_say_is_garbage_at_once() {
        let deep = "*1\r\n".repeat(100);
        let long = format!("+{}", "x".repeat(LONGEST_LINE));
        for bytes in [
            "HTTP/1.1 400 Bad Request\r\n",
            "\r\n",
            "+OK\n",
            ":twelve\r\n",
            "$\r\n",
            "$-2\r\n",
            "$536870913\r\n",
            "$18446744073709551616\r\n",
            "$1\r\nxyz",
            "*1048577\r\n",
            "\x15\x03\x03\x00\x02\x02\x0a\n",
            &deep,
            &long,
        ] {
            assert_eq!(Reply::read(bytes.as_bytes()), Err(Garbage), "{bytes:?}");
        }
    }

    #[test]
    fn a_refusal_has_a_code_and_repeats_no_arguments() {
        let refusal = Refusal::new("MOVED 5 10.0.0.1:7");
        assert_eq!(
            (refusal.code(), refusal.detail()),
            ("MOVED", "5 10.0.0.1:7")
        );
        let refusal =
            Refusal::new("ERR unknown command 'GET', with args beginning with: 'hunter2'");
        assert_eq!(refusal.to_string(), "ERR unknown command 'GET'");
    }
}
