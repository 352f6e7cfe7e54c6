//! Rules of another program that answers on the same host, where both have to refuse the same requests.
use std::fmt;

use crate::csrf::{Passed, Reason, Sent};

/// Another program's rules, in the place of the ladder.
pub(crate) trait Rules: Send + Sync + fmt::Debug {
    /// Decides as far as method and headers tell; `None` when the token decides.
    fn look(&self, sent: &Sent<'_>, over_https: bool) -> Result<Option<Passed>, Refused>;

    /// Compares the token from the form, or else that of the header, with the secret that came.
    fn compare(
        &self,
        secret: Option<&[u8]>,
        field: Option<&[u8]>,
        header: Option<&[u8]>,
    ) -> Result<(), Refused>;
}

/// Why a request was refused by another program's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    pub(crate) words: String,
}

/// In the extensions of a refusal where another program's rules hold: why, in that program's words.
///
/// They may name the origin that the request came from, so they are not for the visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because(pub(crate) String);

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
