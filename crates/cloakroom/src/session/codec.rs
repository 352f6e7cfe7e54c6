//! How records are written for stores that keep bytes: lengths first, so that reading copies nothing.
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::keys::Stamp;
use crate::session::record::Contents;
use crate::session::{Body, Entries, Expiry, Forward, Name, Raw, Record, StoreKey, Via};

const RECORD: u8 = 1;
const FORWARD: u8 = 2;

/// Who is signed in, as a record says it.
const NOBODY: u64 = 0;
const USER: u64 = 1;
const USER_WITH_STAMP: u64 = 2;
/// Added to one of these where something is remembered of the login.
const NOTED: u64 = 4;

/// These bytes are not a session that this version wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable;

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these bytes are not a session that this version wrote")
    }
}

impl std::error::Error for Undecodable {}

impl Body {
    /// The first byte of every sign, by which a store tells it from a record without reading either.
    pub const SIGN: u8 = FORWARD;

    /// Writes this for a store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Record(record) => record.to_bytes(),
            Self::Forward(forward) => forward.to_bytes(),
        }
    }

    /// Reads what [`Body::to_bytes`] wrote; the values share the given bytes.
    ///
    /// # Errors
    /// When the bytes are anything else, or too few, or too many.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, Undecodable> {
        let mut reader = Reader::of(&bytes);
        let body = match byte(&mut reader.rest)? {
            RECORD => Self::Record(read_record(&mut reader)?),
            FORWARD => Self::Forward(read_forward(&mut reader)?),
            _ => return Err(Undecodable),
        };
        if reader.rest.is_empty() {
            Ok(body)
        } else {
            Err(Undecodable)
        }
    }
}

impl Record {
    /// Writes this for a store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out);
        out
    }

    /// Writes this behind what stands in the buffer already.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        let contents = &self.contents;
        let noted = contents.noted.as_ref().map_or(0, |noted| noted.len());
        out.reserve(40 + noted + contents.entries.bytes() + 4 * contents.entries.len());
        out.push(RECORD);
        for time in [contents.created, contents.pushed, contents.expires] {
            put_number(out, time.as_secs());
        }
        let (kind, number) = match contents.expiry {
            Expiry::Default => (0, 0),
            Expiry::WithBrowser => (1, 0),
            Expiry::After(duration) => (2, duration.as_secs()),
            Expiry::At(time) => (3, time.as_secs()),
            Expiry::Remembered => (4, 0),
        };
        put_number(out, kind);
        put_number(out, number);
        let signed_in = match (&contents.user, &contents.stamp) {
            (None, _) => NOBODY,
            (Some(_), None) => USER,
            (Some(_), Some(_)) => USER_WITH_STAMP,
        };
        let noted = contents.noted.as_ref();
        let noted = noted.filter(|_| contents.user.is_some());
        put_number(out, signed_in | noted.map_or(0, |_| NOTED));
        put(out, contents.user.as_deref().unwrap_or_default());
        if let (Some(_), Some(stamp)) = (&contents.user, &contents.stamp) {
            put(out, stamp.as_bytes());
        }
        if let Some(noted) = noted {
            put(out, noted);
        }
        put_number(out, contents.entries.len() as u64);
        for (name, value) in contents.entries.iter() {
            put(out, name.as_bytes());
            put(out, value.as_bytes());
        }
    }
}

impl Forward {
    /// Writes this for a store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(FORWARD);
        put(&mut out, self.to.as_bytes());
        put_number(&mut out, self.until.as_secs());
        put_number(&mut out, (self.via == Via::WritesUnderWay).into());
        put_number(&mut out, self.expires.as_secs());
        out
    }
}

fn read_record(reader: &mut Reader<'_>) -> Result<Record, Undecodable> {
    let created = reader.time()?;
    let pushed = reader.time()?;
    let expires = reader.time()?;
    let expiry = match (reader.number()?, reader.number()?) {
        (0, _) => Expiry::Default,
        (1, _) => Expiry::WithBrowser,
        (2, seconds) => Expiry::After(Duration::from_secs(seconds)),
        (3, seconds) => Expiry::At(Timestamp::from_secs(seconds)),
        (4, _) => Expiry::Remembered,
        _ => return Err(Undecodable),
    };
    let signed_in = reader.number()?;
    let user = reader.take()?;
    let (user, stamp) = match signed_in & !NOTED {
        NOBODY => (None, None),
        USER => (Some(user), None),
        USER_WITH_STAMP => {
            let stamp = Stamp::from_bytes(reader.take()?).ok_or(Undecodable)?;
            (Some(user), Some(stamp))
        }
        _ => return Err(Undecodable),
    };
    let noted = match (&user, signed_in & NOTED) {
        (_, 0) => None,
        (Some(_), _) => Some(Arc::new(reader.take()?)),
        (None, _) => return Err(Undecodable),
    };
    let count = reader.number()?;
    let entries = (0..count)
        .map(|_| read_entry(reader))
        .collect::<Result<Entries, _>>()?;
    let contents = Contents {
        entries,
        user,
        stamp,
        noted,
        created,
        pushed,
        expires,
        expiry,
        source: None,
    };
    Ok(contents.into())
}

fn read_entry(reader: &mut Reader<'_>) -> Result<(Name, Raw), Undecodable> {
    let name = Name::from_bytes(reader.take()?).ok_or(Undecodable)?;
    Ok((name, reader.value()?))
}

fn read_forward(reader: &mut Reader<'_>) -> Result<Forward, Undecodable> {
    let to = reader.take()?;
    let to = <[u8; 32]>::try_from(&to[..]).map_err(|_| Undecodable)?;
    Ok(Forward {
        to: StoreKey::from_bytes(to),
        until: reader.time()?,
        via: match reader.number()? {
            0 => Via::Anything,
            1 => Via::WritesUnderWay,
            _ => return Err(Undecodable),
        },
        expires: reader.time()?,
    })
}

pub(crate) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes seven bits a byte, the lowest first, with the eighth bit on all but the last (LEB128).
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads on in bytes that are shared by what is taken out of them.
pub(super) struct Reader<'a> {
    whole: &'a Bytes,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn of(whole: &'a Bytes) -> Self {
        let rest = whole;
        Self { whole, rest }
    }

    pub(super) fn number(&mut self) -> Result<u64, Undecodable> {
        number(&mut self.rest)
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, Undecodable> {
        self.number().map(Timestamp::from_secs)
    }

    pub(super) fn take(&mut self) -> Result<Bytes, Undecodable> {
        let taken = self.next()?;
        Ok(self.whole.slice_ref(taken))
    }

    /// Takes a value, which is copied when it is short.
    fn value(&mut self) -> Result<Raw, Undecodable> {
        let json = self.next()?;
        Ok(Raw::short(json).unwrap_or_else(|| Raw::from_json(self.whole.slice_ref(json))))
    }

    fn next(&mut self) -> Result<&'a [u8], Undecodable> {
        let length = usize::try_from(self.number()?).map_err(|_| Undecodable)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Undecodable)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Reads what [`put_number`] wrote.
#[inline]
pub(crate) fn number(bytes: &mut &[u8]) -> Result<u64, Undecodable> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let part = byte(bytes)?;
        number |= u64::from(part & 0x7f) << shift;
        if part & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Undecodable)
}

fn byte(bytes: &mut &[u8]) -> Result<u8, Undecodable> {
    let (first, rest) = bytes.split_first().ok_or(Undecodable)?;
    *bytes = rest;
    Ok(*first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Particulars;

    fn record() -> Record {
        let entries = [("cart", r#"{"1":2}"#), ("ключ", "\"\\u0000\""), ("", "1")]
            .map(|(name, json)| (Name::from(name), Raw::from_json(json)));
        let mut record = Record::new(Timestamp::from_secs(1), Timestamp::from_secs(u64::MAX))
            .with_entries(entries.into_iter().collect())
            .with_user("ада");
        record.contents_mut().expiry = Expiry::After(Duration::from_secs(300));
        record
    }

    fn bodies() -> Vec<Body> {
        let forward = Forward {
            to: StoreKey::from_bytes([7; 32]),
            until: Timestamp::from_secs(10),
            via: Via::WritesUnderWay,
            expires: Timestamp::from_secs(99),
        };
        let empty = Record::new(Timestamp::default(), Timestamp::default());
        let mut stamped = record();
        stamped.contents_mut().stamp = Stamp::from_bytes(Bytes::from_static(&[7; 20]));
        stamped.contents_mut().expiry = Expiry::Remembered;
        let noted = record().with_particulars(Some(&Particulars::default()));
        vec![
            Body::Record(record()),
            Body::Record(stamped),
            Body::Record(noted),
            Body::Record(empty),
            Body::Forward(forward),
        ]
    }

    #[test]
    fn what_was_written_reads_the_same() {
        for body in bodies() {
            assert_eq!(Body::from_bytes(body.to_bytes().into()), Ok(body));
        }
    }

    #[test]
    fn a_cut_or_lengthened_record_is_refused() {
        for body in bodies() {
            let bytes = body.to_bytes();
            for end in 0..bytes.len() {
                let cut = Bytes::copy_from_slice(&bytes[..end]);
                assert_eq!(Body::from_bytes(cut), Err(Undecodable), "cut at {end}");
            }
            let longer = [&bytes[..], b"x"].concat();
            assert_eq!(Body::from_bytes(longer.into()), Err(Undecodable));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Body::from_bytes(bytes.into());
        }
    }
}
