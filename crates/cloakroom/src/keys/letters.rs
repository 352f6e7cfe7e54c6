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

/// Writes bytes as letters.
pub(super) fn write(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Reads letters; `None` when they are not what [`write`] writes.
pub(super) fn read(letters: &[u8]) -> Option<Vec<u8>> {
    ENGINE.decode(letters).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn bytes_of_every_length_are_written_as_the_standard_says_and_read_again() {
        let bytes: Vec<u8> = (0..=255)
            .cycle()
            .take(1_000)
            .map(|n: u8| n.wrapping_mul(37))
            .collect();
        for end in 0..bytes.len() {
            let letters = write(&bytes[..end]);
            assert_eq!(letters, URL_SAFE_NO_PAD.encode(&bytes[..end]));
            assert_eq!(read(letters.as_bytes()).as_deref(), Some(&bytes[..end]));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_no_such_text_is_refused_at_every_length(letters: Vec<u8>) {
            proptest::prop_assert_eq!(read(&letters), URL_SAFE_NO_PAD.decode(&letters).ok());
        }

        #[test]
        fn one_wrong_letter_is_seen_wherever_it_stands(length in 1..400_usize, at: usize, wrong: u8) {
            let mut letters = vec![b'A'; length];
            letters[at % length] = wrong;
            proptest::prop_assert_eq!(read(&letters), URL_SAFE_NO_PAD.decode(&letters).ok());
        }
    }
}
