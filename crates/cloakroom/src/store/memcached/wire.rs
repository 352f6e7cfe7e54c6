//! What goes over the wire: memcached's meta commands and their answers.
//!
//! See <https://github.com/memcached/memcached/blob/master/doc/protocol.txt>, "Meta Commands".
use std::fmt::Write;
use std::str::FromStr;

use bytes::{Buf, Bytes, BytesMut};

/// The longest line of an answer; anything longer is not memcached's.
const MAX_LINE: usize = 2_048;
/// The longest answer; memcached's items are smaller.
const MAX_ANSWER: usize = 1 << 30;

/// One question to the server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    /// What stands under the name?
    Get { name: &'a str },
    /// Put this where nothing stands.
    Add { name: &'a str, item: Item<'a> },
    /// Put this where an item of this version stands.
    Replace {
        name: &'a str,
        version: u64,
        item: Item<'a>,
    },
    /// Take away an item of this version.
    Remove { name: &'a str, version: u64 },
    /// Are you there?
    Ping,
    /// How are you?
    Stats,
    /// How are you set up?
    Settings,
}

/// What is put under a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) body: &'a [u8],
    /// When the server may take it away; 0 for never.
    pub(super) until: i32,
    /// What clients keep beside an item; 0 for nothing.
    pub(super) flags: u32,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// What stands there, and its version.
    Value { version: u64, body: Bytes },
    /// It was done; what stands there now has this version.
    Done { version: u64 },
    /// Something stands there already.
    NotStored,
    /// Something of another version stands there.
    Exists,
    /// Nothing stands there.
    NotFound,
    /// It is there.
    Pong,
    /// Names and values that were asked for.
    Stats(Vec<(String, String)>),
    /// The server could not do it.
    Refused(String),
    /// It has as many connections as it may have (`-c`), and hangs up. It says so unasked.
    NoRoom,
}

/// These bytes are no answer of memcached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbage;

impl Request<'_> {
    /// Says whether asking twice is the same as asking once.
    pub(super) fn only_asks(&self) -> bool {
        matches!(
            self,
            Self::Get { .. } | Self::Ping | Self::Stats | Self::Settings
        )
    }

    /// Writes it. The answer repeats the number; versions are the server's own, crossed with `boot`.
    pub(super) fn write(&self, number: u64, boot: u64) -> Vec<u8> {
        match *self {
            Self::Get { name } => format!("mg {name} v c O{number}\r\n").into_bytes(),
            Self::Add { name, item } => item.write(name, "ME", number),
            Self::Replace {
                name,
                version,
                item,
            } => item.write(name, &format!("C{}", version ^ boot), number),
            Self::Remove { name, version } => {
                format!("md {name} C{} O{number}\r\n", version ^ boot).into_bytes()
            }
            Self::Ping => b"mn\r\n".to_vec(),
            Self::Stats => b"stats\r\n".to_vec(),
            Self::Settings => b"stats settings\r\n".to_vec(),
        }
    }
}

impl Item<'_> {
    fn write(&self, name: &str, how: &str, number: u64) -> Vec<u8> {
        let mut line = String::with_capacity(100 + name.len() + self.body.len());
        let length = self.body.len();
        let until = self.until;
        write!(line, "ms {name} {length} {how} c T{until} O{number}")
            .expect("text can be written to");
        if self.flags != 0 {
            write!(line, " F{}", self.flags).expect("text can be written to");
        }
        line.push_str("\r\n");
        let mut bytes = line.into_bytes();
        bytes.extend_from_slice(self.body);
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

impl Reply {
    /// Takes the first whole answer from what was read, and the number that it repeats if it does;
    /// `None` when more has to be read.
    pub(super) fn take(read: &mut BytesMut) -> Result<Option<(Option<u64>, Self)>, Garbage> {
        let Some(end) = find(read, b"\r\n") else {
            return if read.len() > MAX_LINE {
                Err(Garbage)
            } else {
                Ok(None)
            };
        };
        if read.starts_with(b"STAT ") {
            return Ok(take_stats(read).map(|stats| (None, stats)));
        }
        let line = std::str::from_utf8(&read[..end]).map_err(|_| Garbage)?;
        let (code, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = flag(rest, 'O');
        let reply = match code {
            "VA" => return take_value(read, end),
            "HD" => Self::Done {
                version: flag(rest, 'c').unwrap_or_default(),
            },
            "NS" => Self::NotStored,
            "EX" => Self::Exists,
            "NF" | "EN" => Self::NotFound,
            "MN" => Self::Pong,
            "END" => Self::Stats(Vec::new()),
            "SERVER_ERROR" => Self::Refused(rest.to_owned()),
            "ERROR" if rest == "Too many open connections" => Self::NoRoom,
            _ => return Err(Garbage),
        };
        read.advance(end + 2);
        Ok(Some((number, reply)))
    }

    /// Crosses the version with what tells one run of the server from another.
    pub(super) fn crossed(mut self, boot: u64) -> Self {
        if let Self::Value { version, .. } | Self::Done { version } = &mut self {
            *version ^= boot;
        }
        self
    }
}

fn take_value(read: &mut BytesMut, end: usize) -> Result<Option<(Option<u64>, Reply)>, Garbage> {
    let line = std::str::from_utf8(&read[..end]).map_err(|_| Garbage)?;
    let mut words = line.splitn(3, ' ').skip(1);
    let length: usize = words.next().and_then(number).ok_or(Garbage)?;
    let rest = words.next().unwrap_or_default();
    let version = flag(rest, 'c').ok_or(Garbage)?;
    let asked = flag(rest, 'O');
    if length > MAX_ANSWER {
        return Err(Garbage);
    }
    let start = end + 2;
    let whole = start + length + 2;
    if read.len() < whole {
        read.reserve(whole - read.len());
        return Ok(None);
    }
    let answer = read.split_to(whole).freeze();
    if !answer.ends_with(b"\r\n") {
        return Err(Garbage);
    }
    let body = answer.slice(start..start + length);
    Ok(Some((asked, Reply::Value { version, body })))
}

fn take_stats(read: &mut BytesMut) -> Option<Reply> {
    let end = find(read, b"\r\nEND\r\n")?;
    let text = read.split_to(end + 7);
    let text = String::from_utf8_lossy(&text[..end]);
    let stats = text.split("\r\n").filter_map(|line| {
        let (name, value) = line.strip_prefix("STAT ")?.split_once(' ')?;
        Some((name.to_owned(), value.to_owned()))
    });
    Some(Reply::Stats(stats.collect()))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

/// The number behind a flag of one letter.
fn flag(rest: &str, letter: char) -> Option<u64> {
    let mut flags = rest.split(' ');
    flags.find_map(|flag| number(flag.strip_prefix(letter)?))
}

fn number<N: FromStr>(text: &str) -> Option<N> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Result<Option<(Option<u64>, Reply)>, Garbage> {
        Reply::take(&mut BytesMut::from(text))
    }

    #[test]
    fn every_answer_is_told_from_every_other() {
        let value = Reply::Value {
            version: 7,
            body: Bytes::from_static(b"a\r\nb"),
        };
        let stats = vec![("pid".to_owned(), "1".to_owned())];
        for (text, number, reply) in [
            ("VA 4 c7 O3\r\na\r\nb\r\n", Some(3), value),
            ("HD c8 O3\r\n", Some(3), Reply::Done { version: 8 }),
            ("HD O3\r\n", Some(3), Reply::Done { version: 0 }),
            ("NS c0 O3\r\n", Some(3), Reply::NotStored),
            ("EX c0 O3\r\n", Some(3), Reply::Exists),
            ("NF O3\r\n", Some(3), Reply::NotFound),
            ("EN\r\n", None, Reply::NotFound),
            ("MN\r\n", None, Reply::Pong),
            ("STAT pid 1\r\nEND\r\n", None, Reply::Stats(stats)),
            (
                "SERVER_ERROR out of memory\r\n",
                None,
                Reply::Refused("out of memory".into()),
            ),
            ("ERROR Too many open connections\r\n", None, Reply::NoRoom),
        ] {
            assert_eq!(taken(text), Ok(Some((number, reply))), "{text}");
            for end in 0..text.len() {
                assert_eq!(taken(&text[..end]), Ok(None), "{text} cut at {end}");
            }
        }
    }

    #[test]
    fn what_memcached_does_not_say_is_garbage() {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "-ERR unknown command\r\n",
            "ERROR\r\n",
            "ERROR Too many\r\n",
            "CLIENT_ERROR bad data chunk\r\n",
            "VA x c7\r\n",
            "VA 1\r\na\r\n",
            "VA 1 c7\r\nabc\r\n",
            "VA 99999999999999 c7\r\n",
            "\r\n",
        ] {
            assert_eq!(taken(text), Err(Garbage), "{text}");
        }
        assert_eq!(taken(&"x".repeat(MAX_LINE + 1)), Err(Garbage));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Reply::take(&mut BytesMut::from(&bytes[..]));
        }
    }
}
