//! One file's bytes: whose they are, in which version, how many, and a digest over all of it.
use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::session::{Body, StoreKey};

const MAGIC: &[u8; 8] = b"cloakrm1";
/// Magic, key, version and the body's length.
const HEAD: usize = 8 + 32 + 8 + 8;
const DIGEST: usize = 32;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) key: StoreKey,
    pub(super) version: u64,
    pub(super) body: Body,
}

/// The file is torn, garbage, or was written under another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file is not a session's that was written whole and under this name")
    }
}

impl Image {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let body = self.body.to_bytes();
        let mut out = Vec::with_capacity(HEAD + DIGEST + body.len());
        out.extend(MAGIC);
        out.extend(self.key.as_bytes());
        out.extend(self.version.to_le_bytes());
        out.extend((body.len() as u64).to_le_bytes());
        let digest = digest(&out, &body);
        out.extend(digest);
        out.extend(body);
        out
    }

    /// Reads a file whole; its digest says whether it is.
    pub(super) fn from_bytes(bytes: &Bytes) -> Result<Self, Unreadable> {
        if bytes.len() < HEAD + DIGEST || !bytes.starts_with(MAGIC) {
            return Err(Unreadable);
        }
        let (head, body) = (&bytes[..HEAD], bytes.slice(HEAD + DIGEST..));
        if body.len() as u64 != number(&head[48..])
            || digest(head, &body) != bytes[HEAD..][..DIGEST]
        {
            return Err(Unreadable);
        }
        let mut key = [0; 32];
        key.copy_from_slice(&head[8..40]);
        Ok(Self {
            key: StoreKey::from_bytes(key),
            version: number(&head[40..]),
            body: Body::from_bytes(body).map_err(|_| Unreadable)?,
        })
    }
}

fn digest(head: &[u8], body: &[u8]) -> [u8; DIGEST] {
    let digest = Sha256::new().chain_update(head).chain_update(body);
    digest.finalize().into()
}

/// Reads the first eight bytes.
fn number(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[..8]);
    u64::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::session::Record;

    #[test]
    fn only_a_whole_file_is_read() {
        let image = Image {
            key: StoreKey::from_bytes([7; 32]),
            version: 3,
            body: Body::Record(Record::new(
                Timestamp::from_secs(1),
                Timestamp::from_secs(1_000),
            )),
        };
        let bytes = Bytes::from(image.to_bytes());
        assert_eq!(Image::from_bytes(&bytes), Ok(image));
        for length in 0..bytes.len() {
            let torn = bytes.slice(..length);
            assert_eq!(Image::from_bytes(&torn), Err(Unreadable), "at {length}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1;
            let flipped = Image::from_bytes(&flipped.into());
            assert_eq!(flipped, Err(Unreadable), "at {at}");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert_eq!(Image::from_bytes(&longer.into()), Err(Unreadable));
    }
}
