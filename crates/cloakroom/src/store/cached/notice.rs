//! The notice on the fence: whether the cache may be believed, and under which names its copies lie.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::session::{Body, Entries, Name, Raw, Record, StoreKey};

const PHASE: &str = "_cache_phase";
const EPOCH: &str = "_cache_epoch";
/// The year 9999: a notice is not swept away.
const NEVER: Timestamp = Timestamp::from_secs(253_402_300_799);

/// The key under which the notice stands in the database. Sessions' keys are digests.
pub(super) const FENCE: StoreKey = StoreKey::from_bytes(*b"cloakroom fence before the cache");

/// What every node has to know of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) phase: Phase,
    pub(super) epoch: Epoch,
}

/// Whether the cache may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody reads it and nobody writes to it.
    Off,
    /// Nobody reads it yet, but whoever writes to the database keeps it in line.
    Joining,
    /// It is read, and kept in line.
    On,
}

/// One life of the cache. Copies of another life are never found again, since their names differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch([u8; 16]);

impl Notice {
    /// Writes it for the database.
    pub(super) fn to_record(self) -> Record {
        let phase = match self.phase {
            Phase::Off => "\"off\"",
            Phase::Joining => "\"joining\"",
            Phase::On => "\"on\"",
        };
        let epoch = format!("\"{}\"", URL_SAFE_NO_PAD.encode(self.epoch.0));
        let entries: Entries = [
            (PHASE, Raw::from_json(phase)),
            (EPOCH, Raw::from_json(epoch)),
        ]
        .map(|(name, value)| (Name::from_static(name), value))
        .into_iter()
        .collect();
        Record::new(Timestamp::default(), NEVER).with_entries(entries)
    }

    /// Reads what stands in the database; `None` when it is no notice of this version.
    pub(super) fn read(body: &Body) -> Option<Self> {
        let Body::Record(record) = body else {
            return None;
        };
        let text = |name: &str| {
            let value = record.entries().get(name.as_bytes())?;
            serde_json::from_slice::<&str>(value.as_bytes()).ok()
        };
        let phase = match text(PHASE)? {
            "off" => Phase::Off,
            "joining" => Phase::Joining,
            "on" => Phase::On,
            _ => return None,
        };
        let epoch = URL_SAFE_NO_PAD.decode(text(EPOCH)?).ok()?;
        let epoch = Epoch(epoch.try_into().ok()?);
        Some(Self { phase, epoch })
    }
}

impl Epoch {
    /// Begins a new life.
    pub(super) fn new() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Self(bytes)
    }

    /// Returns the key of a session's copy in this life. It stays on its rack.
    pub(super) fn key_of(self, key: &StoreKey) -> StoreKey {
        let mask: [u8; 32] = Sha256::new_with_prefix("cloakroom cache epoch")
            .chain_update(self.0)
            .finalize()
            .into();
        let mut bytes = *key.as_bytes();
        for (byte, mask) in bytes.iter_mut().zip(mask).skip(1) {
            *byte ^= mask;
        }
        StoreKey::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_the_same_and_nothing_else_is_a_notice() {
        for phase in [Phase::Off, Phase::Joining, Phase::On] {
            let notice = Notice {
                phase,
                epoch: Epoch::new(),
            };
            assert_eq!(
                Notice::read(&Body::Record(notice.to_record())),
                Some(notice)
            );
        }
        let other = Record::new(Timestamp::default(), NEVER);
        assert_eq!(Notice::read(&Body::Record(other)), None);
    }

    #[test]
    fn each_life_has_names_of_its_own_on_the_same_rack() {
        let (one, other) = (Epoch::new(), Epoch::new());
        assert_eq!(one.key_of(&FENCE), one.key_of(&FENCE));
        assert_ne!(one.key_of(&FENCE), other.key_of(&FENCE));
        assert_ne!(one.key_of(&FENCE), FENCE);
        assert_eq!(one.key_of(&FENCE).rack(), FENCE.rack());
    }
}
