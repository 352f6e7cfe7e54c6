//! What one visitor's browser, or session, keeps: the secret, whose it is, and the one before it.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::csrf::secret::BYTES;
use crate::csrf::{Format, Secret};
use crate::session::StoreKey;

/// How many bytes of a session's key a secret is bound to.
const BOUND: usize = 16;
/// A secret, and for whom.
const PLAIN: usize = BYTES + BOUND;
/// The same with the secret before it and the second until which that counts.
pub(super) const WITH_PREVIOUS: usize = PLAIN + BYTES + 8;

/// A session that a secret may be bound to; guests have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound([u8; BOUND]);

impl Bound {
    /// For a secret that the session itself keeps.
    pub(crate) const NONE: Self = Self([0; BOUND]);
}

impl From<StoreKey> for Bound {
    fn from(key: StoreKey) -> Self {
        let first = key.as_bytes().first_chunk();
        Self(*first.expect("a key has 32 bytes"))
    }
}

/// A visitor's secret.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) secret: Secret,
    /// The session that it was made for.
    pub(crate) bound: Option<Bound>,
    pub(crate) previous: Option<Previous>,
    /// Whether a retired key sealed it, so that it should go out again under the current one.
    pub(crate) retired: bool,
}

/// The secret from before a login, for forms that are still open in other tabs.
#[derive(Clone, Debug)]
pub(crate) struct Previous {
    pub(crate) secret: Secret,
    pub(crate) until: Timestamp,
}

impl Kept {
    pub(crate) fn new(secret: Secret, bound: Option<Bound>) -> Self {
        Self {
            secret,
            bound,
            previous: None,
            retired: false,
        }
    }

    /// Says whether a token's secret is this one, or for a while the one before it.
    pub(crate) fn accepts(&self, token: &Secret, now: Timestamp) -> bool {
        let before = self.previous.as_ref();
        self.secret.is(token)
            || before.is_some_and(|before| before.secret.is(token) && now <= before.until)
    }

    /// Says whether the secret may be used together with one of these sessions. A visitor without
    /// any has nothing that a planted secret could touch, but for a login of somebody else's.
    pub(super) fn is_for(&self, sessions: &[Bound]) -> bool {
        sessions.is_empty() || self.bound.is_some_and(|bound| sessions.contains(&bound))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(WITH_PREVIOUS);
        bytes.extend_from_slice(&self.secret.0);
        bytes.extend_from_slice(&self.bound.map_or([0; BOUND], |bound| bound.0));
        if let Some(previous) = &self.previous {
            bytes.extend_from_slice(&previous.secret.0);
            bytes.extend_from_slice(&previous.until.as_secs().to_be_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (secret, rest) = bytes.split_first_chunk::<BYTES>()?;
        let (bound, rest) = rest.split_first_chunk::<BOUND>()?;
        let previous = match rest {
            [] => None,
            rest => {
                let (secret, until) = rest.split_first_chunk::<BYTES>()?;
                Some(Previous {
                    secret: Secret(*secret),
                    until: Timestamp::from_secs(u64::from_be_bytes(until.try_into().ok()?)),
                })
            }
        };
        Some(Self {
            secret: Secret(*secret),
            bound: (*bound != [0; BOUND]).then_some(Bound(*bound)),
            previous,
            retired: false,
        })
    }
}

/// Writes a secret for the session, which nobody but the site reads.
pub(crate) fn to_session(format: Format, kept: &Kept) -> String {
    match format {
        Format::Native => URL_SAFE_NO_PAD.encode(kept.to_bytes()),
        Format::Django => bare(&kept.secret),
    }
}

/// Reads a secret from the session.
pub(crate) fn from_session(format: Format, text: &str) -> Option<Kept> {
    match format {
        Format::Native => Kept::from_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?),
        Format::Django => Some(Kept::new(format.unmask(text.as_bytes())?, None)),
    }
}

pub(super) fn bare(secret: &Secret) -> String {
    secret.0.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn secret() -> Secret {
        Format::Native.generate()
    }

    #[test]
    fn the_previous_secret_counts_until_its_last_second() {
        let old = secret();
        let kept = Kept {
            previous: Some(Previous {
                secret: old.clone(),
                until: NOW.plus(HOUR),
            }),
            ..Kept::new(secret(), None)
        };
        for (later, accepted) in [(0, true), (3_600, true), (3_601, false)] {
            let now = NOW.plus(Duration::from_secs(later));
            assert_eq!(kept.accepts(&old, now), accepted, "{later}");
            assert!(kept.accepts(&kept.secret, now));
        }
        assert!(!kept.accepts(&secret(), NOW));
    }
}
