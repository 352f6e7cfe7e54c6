//! What was sealed or opened a moment ago: visitors bring it with their next request, and it need not be opened for that.
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::keys::Purpose;
use crate::keys::header::Header;

/// How many texts are remembered, a power of two. The place is chosen by the tag, which looks random, and the latest stays.
const PLACES: usize = 1_024;

/// The longest text that is remembered. With all places taken that makes 2 MiB.
const LONGEST: usize = 1_024;

/// How many letters at its end, all of them of the tag, a text is recognised by before it is compared.
const MARK: usize = 16;

/// Remembers what sealed texts hold, which is what they will always hold under the same keys.
///
/// A text counts only where all of it is as it was, sealed for the same purpose and name. So nobody learns or forges
/// anything by it: whoever brings a text that is known here has a genuine one. The end of the tag is compared first, as
/// one number of 96 bits, so that the time which the rest takes tells nobody how far a guess was right. Whether a text's
/// time is over is not remembered but asked each time.
#[derive(Default)]
pub(super) struct Lately {
    places: OnceLock<Box<[Mutex<Seen>]>>,
}

/// A text, what it is bound to, and what it holds; all in one buffer, which the next one takes over.
#[derive(Default)]
struct Seen {
    purpose: Option<Purpose>,
    mark: u128,
    header: Header,
    name: usize,
    text: usize,
    bytes: Vec<u8>,
}

impl Lately {
    /// Reads what a text holds, if it is remembered, with the header that says for how long.
    pub(super) fn find<R>(
        &self,
        purpose: Purpose,
        name: &str,
        text: &[u8],
        read: impl FnOnce(Header, &[u8]) -> R,
    ) -> Option<R> {
        let mark = mark(text)?;
        let seen = self.place(mark);
        if seen.mark != mark || seen.purpose != Some(purpose) {
            return None;
        }
        let (named, rest) = seen.bytes.split_at(seen.name);
        let (sealed, content) = rest.split_at(seen.text);
        let is_it = named == name.as_bytes() && sealed == text;
        is_it.then(|| read(seen.header, content))
    }

    /// Remembers a genuine text that the current key made.
    pub(super) fn note(
        &self,
        purpose: Purpose,
        name: &str,
        text: &[u8],
        header: Header,
        content: &[u8],
    ) {
        let Some(mark) = mark(text) else {
            return;
        };
        let seen = &mut *self.place(mark);
        seen.mark = mark;
        seen.purpose = Some(purpose);
        seen.header = header;
        (seen.name, seen.text) = (name.len(), text.len());
        seen.bytes.clear();
        // No more than that, so that all places together stay within what was said of them.
        seen.bytes
            .reserve_exact(name.len() + text.len() + content.len());
        for part in [name.as_bytes(), text, content] {
            seen.bytes.extend_from_slice(part);
        }
    }

    fn place(&self, mark: u128) -> MutexGuard<'_, Seen> {
        // Of each letter only some bits differ; multiplied by an odd number, the highest bits depend on all of them.
        let mixed = (mark as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = mixed >> (u64::BITS - PLACES.ilog2());
        let places = self
            .places
            .get_or_init(|| (0..PLACES).map(|_| Mutex::default()).collect());
        let place = places[at as usize].lock();
        place.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the end of a text as a number; `None` when the text is not to be remembered.
fn mark(text: &[u8]) -> Option<u128> {
    if text.len() > LONGEST {
        return None;
    }
    text.last_chunk::<MARK>()
        .map(|end| u128::from_le_bytes(*end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"AAAAbbbbCCCCdddd-the-end-of-the-tag";

    fn noted(text: &[u8]) -> Lately {
        let lately = Lately::default();
        lately.note(Purpose::Session, "sid", text, Header::default(), b"coat");
        lately
    }

    fn content(lately: &Lately, purpose: Purpose, name: &str, text: &[u8]) -> Option<Vec<u8>> {
        lately.find(purpose, name, text, |_, content| content.to_vec())
    }

    #[test]
    fn a_text_is_known_by_all_of_it_and_by_its_purpose_and_name() {
        let lately = noted(TEXT);
        let found =
            |purpose, name: &str, text: &[u8]| content(&lately, purpose, name, text).is_some();
        assert_eq!(
            content(&lately, Purpose::Session, "sid", TEXT).unwrap(),
            b"coat"
        );
        assert!(!found(Purpose::Messages, "sid", TEXT));
        assert!(!found(Purpose::Session, "si", TEXT));
        assert!(!found(Purpose::Session, "sidA", &TEXT[1..]));
        assert!(!found(Purpose::Session, "sid", &TEXT[1..]));
        for at in 0..TEXT.len() {
            let mut other = TEXT.to_vec();
            other[at] ^= 1;
            assert!(!found(Purpose::Session, "sid", &other), "{at}");
        }
    }

    #[test]
    fn of_two_in_one_place_the_latest_stays() {
        let lately = noted(TEXT);
        let other = [b"other", TEXT].concat();
        lately.note(Purpose::Session, "sid", &other, Header::default(), b"");
        assert_eq!(content(&lately, Purpose::Session, "sid", TEXT), None);
        assert_eq!(
            content(&lately, Purpose::Session, "sid", &other).unwrap(),
            b""
        );
    }

    #[test]
    fn a_place_takes_no_more_room_than_two_kibibytes_whatever_it_held_before() {
        let lately = noted(TEXT);
        for length in [1_000, 1_024] {
            let text = vec![b'x'; length];
            let content = vec![0; length * 3 / 4];
            lately.note(Purpose::Session, "sid", &text, Header::default(), &content);
            let taken = lately.place(mark(&text).unwrap()).bytes.capacity();
            assert!(taken <= 2_048, "{taken}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_short_is_not_remembered() {
        for (length, is_known) in [
            (0, false),
            (15, false),
            (16, true),
            (1_024, true),
            (1_025, false),
        ] {
            let text = vec![b'x'; length];
            let found = content(&noted(&text), Purpose::Session, "sid", &text);
            assert_eq!(found.is_some(), is_known, "{length}");
        }
    }
}
