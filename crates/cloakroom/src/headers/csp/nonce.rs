//! The nonce of one answer: drawn when the page first asks for it.
use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 128 bits (CSP3 section 7.1).
const BYTES: usize = 16;
/// The same as text.
const LETTERS: usize = 22;

/// Lets this answer's inline scripts and styles through the site's policy.
///
/// A cheap handle: clones share the same answer. A page that never shows it costs nothing and has none in
/// its policy. One that does is kept out of shared caches, which would give it to others.
///
/// ```
/// # use cloakroom::CspNonce;
/// async fn page(nonce: CspNonce) -> String {
///     format!("<script nonce=\"{nonce}\">greet()</script>")
/// }
/// ```
#[derive(Clone, Default)]
pub struct CspNonce {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    drawn: OnceLock<[u8; LETTERS]>,
    closed: OnceLock<()>,
}

impl CspNonce {
    /// Notes that the headers are about to go out.
    pub(crate) fn close(&self) {
        let _ = self.inner.closed.set(());
    }

    /// Returns the nonce if the page shows it.
    pub(crate) fn drawn(&self) -> Option<&str> {
        self.inner.drawn.get().map(text)
    }

    fn draw(&self) -> [u8; LETTERS] {
        if self.inner.closed.get().is_some() {
            tracing::error!(
                "a CSP nonce was first printed after the response's headers had gone out, so the policy doesn't have it; print it before the body streams"
            );
        }
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        let mut letters = [0; LETTERS];
        let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut letters);
        written.expect("16 bytes are 22 letters");
        letters
    }
}

fn text(letters: &[u8; LETTERS]) -> &str {
    std::str::from_utf8(letters).expect("base64 is ASCII")
}

impl fmt::Display for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(text(self.inner.drawn.get_or_init(|| self.draw())))
    }
}

impl fmt::Debug for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CspNonce(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_drawn_once_and_only_when_it_is_shown() {
        let nonce = CspNonce::default();
        assert_eq!(nonce.drawn(), None);
        let shown = nonce.to_string();
        assert_eq!(nonce.to_string(), shown);
        assert_eq!(nonce.drawn(), Some(&*shown));
        assert_eq!(URL_SAFE_NO_PAD.decode(&shown).unwrap().len(), 16);
        assert_ne!(CspNonce::default().to_string(), shown);
        assert!(!format!("{nonce:?}").contains(&shown));
    }
}
