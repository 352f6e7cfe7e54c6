//! Zlib streams, as Python's `zlib.compress` at its level 6 writes them.
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::django::{DjangoError, Result};

const FORMAT: &str = "zlib stream";
/// The level at which `zlib-rs` looks for repeats of three bytes, as the zlib under Python does at its
/// level 6. What comes out is then as long as Django's, but for one text in hundreds; and the length
/// decides what is compressed at all, and how many messages fit into a cookie.
const LEVEL: u32 = 9;
/// The second byte of a stream of level 6; the level is said there for information only.
const LEVEL_6: u8 = 0x9c;
const FIRST_GUESS: usize = 1024;

/// Compresses, but only into fewer than `below` bytes; `None` when it does not get that small.
pub(super) fn compress_below(bytes: &[u8], below: usize) -> Option<Vec<u8>> {
    let room = below.checked_sub(1)?;
    let mut packed = Vec::with_capacity(room);
    let mut state = Compress::new(Compression::new(LEVEL), true);
    match state.compress_vec(bytes, &mut packed, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => {
            packed[1] = LEVEL_6;
            Some(packed)
        }
        _ => None,
    }
}

/// Compresses.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    // Zlib's own bound for what can't be compressed: 5 bytes for every 16 kB, and head and tail.
    let bound = bytes.len() + bytes.len() / 1000 + 64;
    compress_below(bytes, bound).expect("zlib never needs more than its bound")
}

/// Decompresses; what follows the stream is ignored, as in Python.
///
/// # Errors
///
/// When it is no stream, ends early, or unpacks to more than `limit` bytes.
pub(super) fn decompress(packed: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut state = Decompress::new(true);
    // One byte over the limit shows that there is more.
    let most = limit.saturating_add(1);
    let mut bytes = Vec::with_capacity(most.min(FIRST_GUESS.max(packed.len() * 3)));
    let mut read = 0;
    loop {
        let before = (read, bytes.len());
        let status = state
            .decompress_vec(&packed[read..], &mut bytes, FlushDecompress::Finish)
            .map_err(|_| DjangoError::malformed(FORMAT, "it is damaged"))?;
        read = usize::try_from(state.total_in()).expect("it was read from memory");
        if bytes.len() > limit {
            return Err(DjangoError::TooLarge {
                format: "unpacked text",
                limit,
            });
        }
        if status == Status::StreamEnd {
            return Ok(bytes);
        }
        if bytes.len() < bytes.capacity() {
            if before == (read, bytes.len()) {
                return Err(DjangoError::malformed(FORMAT, "it breaks off"));
            }
        } else {
            bytes.reserve_exact(bytes.len().max(FIRST_GUESS).min(most - bytes.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_unpacks_up_to_the_limit_and_no_byte_further() {
        for length in [0, 1, 1000, 1024, 1025, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let packed = compress(&bytes);
            assert_eq!(decompress(&packed, length).unwrap(), bytes);
            if length > 0 {
                let error = decompress(&packed, length - 1).unwrap_err();
                assert!(matches!(error, DjangoError::TooLarge { .. }), "{length}");
            }
        }
    }

    #[test]
    fn a_bomb_is_put_out_at_the_limit() {
        let bomb = compress(&vec![0; 50_000_000]);
        assert!(bomb.len() < 60_000);
        let error = decompress(&bomb, 100_000).unwrap_err();
        assert!(matches!(
            error,
            DjangoError::TooLarge { limit: 100_000, .. }
        ));
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_noticed_or_harmless_and_never_a_panic() {
        let text = b"{\"a\": [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3], \"b\": \"bbbbbbbbbbbb\"}";
        let packed = compress(text);
        for end in 0..packed.len() {
            assert!(decompress(&packed[..end], 1000).is_err(), "cut at {end}");
        }
        for bit in 0..packed.len() * 8 {
            let mut flipped = packed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(bytes) = decompress(&flipped, 1000) {
                assert_eq!(bytes, text, "bit {bit}");
            }
        }
        let mut tail = packed.clone();
        tail.extend(b"what follows");
        assert_eq!(decompress(&tail, 1000).unwrap(), text);
    }
}
