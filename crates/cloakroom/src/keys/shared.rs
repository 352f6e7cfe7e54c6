//! Signatures that are shared with another program, and so are made as that one makes them.
use std::sync::Arc;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::keys::{Checked, KeyRing, Opened, Refused, Stamp};

/// How another program signs cookies and stamps logins.
pub(crate) trait Signs: Send + Sync {
    /// Returns a digest of a user's credential.
    fn stamp(&self, credential: &[u8]) -> Bytes;

    /// Compares a digest with a credential, in constant time.
    fn check_stamp(&self, stamp: &[u8], credential: &[u8]) -> Checked;

    /// Signs the value of the cookie of this name.
    fn sign(&self, name: &str, value: &str, now: Timestamp) -> String;

    /// Verifies a cookie's value that is at most `age` seconds old, if an age is given.
    fn verify(
        &self,
        name: &str,
        signed: &[u8],
        age: Option<u64>,
        now: Timestamp,
    ) -> Result<Opened, Refused>;
}

impl KeyRing {
    /// Returns the ring as one that signs cookies and stamps logins as another program does.
    #[cfg(feature = "django")]
    pub(crate) fn shared_with(mut self, other: Arc<dyn Signs>) -> Self {
        self.shared = Some(other);
        self
    }

    /// Returns the program that these keys are shared with.
    pub(crate) fn shared(&self) -> Option<&Arc<dyn Signs>> {
        self.shared.as_ref()
    }
}

impl Stamp {
    /// Takes a digest that another program made.
    #[cfg(feature = "django")]
    pub(crate) fn of_text(text: impl Into<Bytes>) -> Self {
        Self(text.into())
    }
}
