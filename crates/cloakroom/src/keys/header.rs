//! What stands readable at the beginning of everything sealed or signed: which key made it, when, and for how long.
use crate::clock::Timestamp;
use crate::keys::Refused;

/// The first byte of everything sealed or signed, so that the format can change one day.
const VERSION: u8 = 1;
/// Version, key id, time of issue and deadline.
pub(super) const HEADER: usize = 1 + 4 + 5 + 5;
/// How far the clocks of two machines may differ, in seconds.
pub(super) const SKEW: u64 = 15 * 60;
/// The latest second that five bytes hold, beyond the year 36000.
const LATEST: u64 = (1 << 40) - 1;

/// What stands readable before the content, and is bound to it.
#[derive(Clone, Copy, Default)]
pub(super) struct Header {
    pub(super) key: [u8; 4],
    pub(super) issued: Timestamp,
    pub(super) deadline: Timestamp,
}

impl Header {
    /// Makes a header; times that are too late for it are cut to what it has room for.
    pub(super) fn new(key: [u8; 4], issued: Timestamp, deadline: Timestamp) -> Self {
        let cut = |time: Timestamp| Timestamp::from_secs(time.as_secs().min(LATEST));
        Self {
            key,
            issued: cut(issued),
            deadline: cut(deadline),
        }
    }

    pub(super) fn written(&self) -> [u8; HEADER] {
        let mut header = [VERSION; HEADER];
        header[1..5].copy_from_slice(&self.key);
        header[5..10].copy_from_slice(&five_bytes(self.issued));
        header[10..15].copy_from_slice(&five_bytes(self.deadline));
        header
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(Refused::Malformed)?;
        if header[0] != VERSION {
            return Err(Refused::Malformed);
        }
        Ok(Self {
            key: [header[1], header[2], header[3], header[4]],
            issued: seconds(&header[5..10]),
            deadline: seconds(&header[10..15]),
        })
    }

    pub(super) fn check(&self, now: Timestamp) -> Result<(), Refused> {
        if now > self.deadline {
            return Err(Refused::Expired);
        }
        if self.issued.as_secs() > now.as_secs().saturating_add(SKEW) {
            return Err(Refused::FromTheFuture);
        }
        Ok(())
    }
}

fn five_bytes(time: Timestamp) -> [u8; 5] {
    let [_, _, _, bytes @ ..] = time.as_secs().to_be_bytes();
    bytes
}

fn seconds(five: &[u8]) -> Timestamp {
    Timestamp::from_secs(five.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}
