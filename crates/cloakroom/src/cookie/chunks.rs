//! A value that is too long for one cookie: split over several when it is written, joined when it is read.
use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;

#[cfg(any(feature = "django", feature = "wizards", test))]
use crate::cookie::pairs;
use crate::cookie::{CookieSpec, MAX_BYTES, Wanted};

/// Over how many cookies a value may be split. Servers take 8 to 16 KiB of headers, so more would
/// not arrive.
pub(crate) const MOST_CHUNKS: usize = 4;
/// How many different first cookies of one request are looked at; a browser sends one.
const TRIES: usize = 4;
/// The number of cookies and a point before the first part, and `-1` to `-3` after the other names.
const MARK: usize = 2;

/// Returns the bytes of all cookies that carry a value of this length, names included.
pub(crate) fn bytes_in_chunks(name: &str, length: usize) -> usize {
    length + count(name, length) * (name.len() + MARK)
}

/// Splits a value, all of ASCII, so that none of the cookies is larger than browsers keep.
///
/// The first says how many there are. Nothing else binds them: the whole has to be sealed.
pub(crate) fn split(name: &str, value: &str) -> Vec<String> {
    let mut rest = value;
    let count = count(name, value.len());
    (0..count)
        .map(|index| {
            let (part, after) = rest.split_at(room(name).min(rest.len()));
            rest = after;
            match index {
                0 => {
                    let digit = char::from_digit(count as u32, 10).expect("there are few");
                    [digit.encode_utf8(&mut [0; 4]), ".", part].concat()
                }
                _ => part.to_owned(),
            }
        })
        .collect()
}

fn count(name: &str, length: usize) -> usize {
    length.div_ceil(room(name)).max(1)
}

fn room(name: &str) -> usize {
    MAX_BYTES.saturating_sub(name.len() + MARK).max(1)
}

/// Describes one of the cookies that a value is split over.
pub(crate) fn chunk_of(spec: &CookieSpec, index: usize) -> Cow<'_, CookieSpec> {
    if index == 0 {
        return Cow::Borrowed(spec);
    }
    let mut chunk = spec.clone();
    chunk.name = format!("{}-{index}", spec.name).into();
    Cow::Owned(chunk)
}

/// Which of a value's cookies came with a request.
#[derive(Clone, Copy, Default)]
pub(crate) struct Brought([bool; MOST_CHUNKS]);

impl Brought {
    /// Returns the places of those that came, from this one on.
    pub(crate) fn from(self, first: usize) -> impl Iterator<Item = usize> {
        (first..MOST_CHUNKS).filter(move |index| self.0[*index])
    }
}

/// The cookies that a value may have been split over, as a request brought them.
pub(crate) struct Chunks<'a> {
    firsts: [Option<&'a [u8]>; TRIES],
    others: [Option<&'a [u8]>; MOST_CHUNKS],
    brought: Brought,
    too_many: bool,
    /// Whether each first cookie is a whole value.
    whole: bool,
}

impl<'a> Chunks<'a> {
    /// Looks for the cookies of this name, whose values are never split.
    #[cfg(feature = "django")]
    pub(crate) fn read_whole(headers: &'a HeaderMap, name: &str) -> Self {
        let mut chunks = Self::none();
        chunks.whole = true;
        let cookies = headers.get_all(COOKIE).iter();
        for (found, value) in cookies.flat_map(|header| pairs(header.as_bytes())) {
            if found == name.as_bytes() {
                chunks.take(0, value);
            }
        }
        chunks
    }

    fn none() -> Self {
        Self {
            firsts: [None; TRIES],
            others: [None; MOST_CHUNKS],
            brought: Brought::default(),
            too_many: false,
            whole: false,
        }
    }

    /// Looks for the cookies of this name, and of this name with a number.
    #[cfg(any(feature = "wizards", test))]
    pub(crate) fn read(headers: &'a HeaderMap, name: &str) -> Self {
        let mut chunks = Self::none();
        let cookies = headers.get_all(COOKIE).iter();
        for (found, value) in cookies.flat_map(|header| pairs(header.as_bytes())) {
            if let Some(index) = found.strip_prefix(name.as_bytes()).and_then(index) {
                chunks.take(index, value);
            }
        }
        chunks
    }

    /// Looks for the cookies of this name, and of this name with a number, where many requests are searched for them.
    pub(crate) fn find(headers: &'a HeaderMap, wanted: &Wanted) -> Self {
        let mut chunks = Self::none();
        for header in headers.get_all(COOKIE) {
            wanted.each_beginning(header.as_bytes(), |ending, value| {
                if let Some(index) = index(ending) {
                    chunks.take(index, value);
                }
            });
        }
        chunks
    }

    fn take(&mut self, index: usize, value: &'a [u8]) {
        self.brought.0[index] = true;
        if index > 0 {
            self.others[index].get_or_insert(value);
        } else if !self.firsts.contains(&Some(value)) {
            match self.firsts.iter_mut().find(|first| first.is_none()) {
                Some(free) => *free = Some(value),
                None => self.too_many = true,
            }
        }
    }

    pub(crate) fn brought(&self) -> Brought {
        self.brought
    }

    /// Says whether any of the cookies came.
    pub(crate) fn came(&self) -> bool {
        self.brought.from(0).next().is_some()
    }

    /// Says whether different first cookies came.
    pub(crate) fn are_several(&self) -> bool {
        self.firsts[1].is_some()
    }

    /// Says whether more different first cookies came than are looked at.
    pub(crate) fn are_too_many(&self) -> bool {
        self.too_many
    }

    /// Returns the value that begins with each of the first cookies; `None` where parts are missing.
    ///
    /// Cookies beyond the number that the first one says are left over from another response that
    /// was under way, and count for nothing.
    pub(crate) fn joined(&self) -> impl Iterator<Item = Option<Cow<'a, [u8]>>> {
        self.by_first().map(|(_, joined)| joined)
    }

    /// The same, each with its first cookie.
    pub(crate) fn by_first(&self) -> impl Iterator<Item = (&'a [u8], Option<Cow<'a, [u8]>>)> {
        let firsts = self.firsts.iter().flatten();
        firsts.map(|first| (*first, self.join(first)))
    }

    fn join(&self, first: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if self.whole {
            return (first.len() <= MAX_BYTES).then_some(Cow::Borrowed(first));
        }
        let (count, part) = match first {
            [digit @ b'1'..=b'9', b'.', part @ ..] => (usize::from(digit - b'0'), part),
            _ => return None,
        };
        let others = self.others.get(1..count)?;
        if part.len() > MAX_BYTES {
            return None;
        }
        let mut whole = Cow::Borrowed(part);
        for other in others {
            let other = other.filter(|other| other.len() <= MAX_BYTES)?;
            whole.to_mut().extend_from_slice(other);
        }
        Some(whole)
    }
}

/// Returns the place of a cookie whose name ends like this among those that a value is split over.
fn index(ending: &[u8]) -> Option<usize> {
    match ending {
        [] => Some(0),
        [b'-', digit @ b'1'..=b'9'] => {
            Some(usize::from(digit - b'0')).filter(|index| *index < MOST_CHUNKS)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const NAME: &str = "__Host-sessionid";
    const ROOM: usize = 4_096 - 16 - 2;

    fn joined(cookies: &str) -> Vec<Option<String>> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookies).unwrap());
        let (chunks, found) = (
            Chunks::read(&headers, "n"),
            Chunks::find(&headers, &Wanted::new("n")),
        );
        assert!(chunks.joined().eq(found.joined()), "{cookies}");
        chunks
            .joined()
            .map(|value| value.map(|value| String::from_utf8(value.into_owned()).unwrap()))
            .collect()
    }

    #[test]
    fn every_cookie_is_as_full_as_browsers_allow_but_the_last() {
        let spec = CookieSpec::new(NAME);
        for (length, sizes) in [
            (1, &[19][..]),
            (ROOM - 1, &[4_095]),
            (ROOM, &[4_096]),
            (ROOM + 1, &[4_096, 19]),
            (2 * ROOM, &[4_096, 4_096]),
            (4 * ROOM, &[4_096, 4_096, 4_096, 4_096]),
        ] {
            let parts = split(NAME, &"v".repeat(length));
            let got: Vec<_> = (0..)
                .zip(&parts)
                .map(|(index, part)| chunk_of(&spec, index).name().len() + part.len())
                .collect();
            assert_eq!(got, sizes, "{length}");
            assert_eq!(bytes_in_chunks(NAME, length), sizes.iter().sum::<usize>());
        }
    }

    #[test]
    fn what_was_split_joins_again_whatever_order_the_cookies_come_in() {
        for length in [1, 100, 4_093, 4_094, 10_000, 4 * 4_093] {
            let value: String = ('a'..='z').cycle().take(length).collect();
            let parts = split("n", &value);
            let name = |index| chunk_of(&CookieSpec::new("n"), index).name().to_owned();
            let cookies = (0..).zip(&parts);
            let mut cookies: Vec<_> = cookies
                .map(|(index, part)| format!("{}={part}", name(index)))
                .collect();
            assert_eq!(joined(&cookies.join("; ")), [Some(value.clone())]);
            cookies.reverse();
            assert_eq!(joined(&cookies.join("; ")), [Some(value)]);
        }
    }

    #[test]
    fn a_value_is_there_when_all_its_cookies_are() {
        let some = |text: &str| Some(text.to_owned());
        for (cookies, values) in [
            ("other=1", &[][..]),
            ("n-1=b", &[]),
            ("n=1.a", &[some("a")]),
            ("n=1.", &[some("")]),
            ("n=2.a; n-1=b", &[some("ab")]),
            ("n=1.a; n-1=b; n-2=c", &[some("a")]),
            ("n=2.a", &[None]),
            ("n=3.a; n-2=c", &[None]),
            ("n=3.a; n-1=b; n-3=d", &[None]),
            ("n=5.a; n-1=b; n-2=c; n-3=d; n-4=e", &[None]),
            ("n=0.a", &[None]),
            ("n=a", &[None]),
            ("n=", &[None]),
            ("n=12.a; n-1=b", &[None]),
            ("n=2.a; n-01=b", &[None]),
            ("n=2.a; n-1=b; n-1=x", &[some("ab")]),
            ("n=1.a; n=1.a; n=1.b", &[some("a"), some("b")]),
        ] {
            assert_eq!(joined(cookies), values, "{cookies}");
        }
        let long = "v".repeat(4_097);
        assert_eq!(joined(&format!("n=1.{long}")), [None]);
        assert_eq!(joined(&format!("n=2.a; n-1={long}")), [None]);
    }
}
