//! The secret behind the tokens of one visitor.
use std::fmt;

use subtle::ConstantTimeEq;

/// How many bytes a secret has.
pub(super) const BYTES: usize = 32;

/// What one visitor's cookie, or session, and forms share.
#[derive(Clone)]
pub(crate) struct Secret(pub(super) [u8; BYTES]);

impl Secret {
    /// Compares in constant time.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
