//! Bytes as base64url without padding (RFC 4648 section 5), many at once where the processor can.
use std::sync::LazyLock;

use base64::Engine;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::{Simd, general_purpose::NO_PAD};

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static ENGINE: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::general_purpose::URL_SAFE_NO_PAD);

/// The engine takes so many bytes at a time, to write as many letters.
const BYTES: usize = 24;
const LETTERS: usize = 32;
/// It takes nothing at a time of what is shorter than a few times that.
const FEWEST: usize = 5;
/// It leaves what is last to be done byte by byte; longer texts than this are handed to it as they are.
const SHORT: usize = 15 * LETTERS;

/// How much room beyond the bytes themselves [`write`] and [`read_behind`] make use of, at most.
pub(super) const MORE: usize = FEWEST * BYTES + 8;

/// What was written: nothing but letters, digits, `-` and `_`, as every cookie may have.
#[derive(Clone, Copy)]
pub(crate) struct Letters<'a>(&'a [u8]);

impl<'a> Letters<'a> {
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn as_str(self) -> &'a str {
        std::str::from_utf8(self.0).expect("letters are text")
    }
}

/// Writes bytes as letters, without the first ones, and hands those over.
///
/// Zeros are written behind them, so that all of the bytes are taken many at once; what comes of the zeros is cut off.
pub(super) fn write<R>(mut bytes: Vec<u8>, first: usize, take: impl FnOnce(Letters<'_>) -> R) -> R {
    let length = bytes.len() - first;
    let steps = length.div_ceil(BYTES).max(FEWEST);
    bytes.resize(first + steps * BYTES + 8, 0);
    let (mut short, mut long);
    let letters = match steps * LETTERS {
        most @ ..=SHORT => {
            short = [0; SHORT + 11];
            &mut short[..most + 11]
        }
        most => {
            long = vec![0; most + 11];
            &mut long[..]
        }
    };
    ENGINE
        .encode_slice(&bytes[first..], letters)
        .expect("three bytes are four letters");
    take(Letters(&letters[..(length * 4).div_ceil(3)]))
}

/// Reads letters, and puts the bytes behind others; `None` when they are not what [`write`] writes.
pub(super) fn read_behind(bytes: &mut Vec<u8>, letters: &[u8]) -> Option<()> {
    if letters.len() > SHORT {
        return ENGINE.decode_vec(letters, bytes).ok();
    }
    if letters.len() % 4 == 1 {
        return None;
    }
    // As above: `A` stands for zeros.
    let steps = letters.len().div_ceil(LETTERS).max(2);
    let mut filled = [b'A'; SHORT + 4];
    filled[..letters.len()].copy_from_slice(letters);
    let (start, length) = (bytes.len(), letters.len() * 3 / 4);
    bytes.resize(start + steps * BYTES + 3, 0);
    let read = ENGINE.decode_slice(&filled[..steps * LETTERS + 4], &mut bytes[start..]);
    // The last letter may have bits that no byte takes; they have to be zeros.
    let is_ours = read.is_ok() && bytes[start + length] == 0;
    bytes.truncate(start + length);
    is_ours.then_some(())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn read(letters: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = b"before".to_vec();
        read_behind(&mut bytes, letters)?;
        Some(bytes.strip_prefix(b"before")?.to_vec())
    }

    #[test]
    fn bytes_of_every_length_are_written_as_the_standard_says_and_read_again() {
        let bytes: Vec<u8> = (0..=255)
            .cycle()
            .take(1_000)
            .map(|n: u8| n.wrapping_mul(37))
            .collect();
        for end in 0..bytes.len() {
            let first = end / 3;
            let letters = write(bytes[..end].to_vec(), first, |letters| {
                letters.as_str().to_owned()
            });
            assert_eq!(letters, URL_SAFE_NO_PAD.encode(&bytes[first..end]));
            assert_eq!(
                read(letters.as_bytes()).as_deref(),
                Some(&bytes[first..end])
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_no_such_text_is_refused_at_every_length(letters: Vec<u8>) {
            proptest::prop_assert_eq!(read(&letters), URL_SAFE_NO_PAD.decode(&letters).ok());
        }

        #[test]
        fn one_wrong_letter_is_seen_wherever_it_stands(length in 1..600_usize, at: usize, wrong: u8) {
            let mut letters = vec![b'A'; length];
            letters[at % length] = wrong;
            proptest::prop_assert_eq!(read(&letters), URL_SAFE_NO_PAD.decode(&letters).ok());
        }
    }
}
