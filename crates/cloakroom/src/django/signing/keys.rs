//! A Django site's secret keys.
use zeroize::Zeroizing;

/// `SECRET_KEY` and `SECRET_KEY_FALLBACKS`, as text or bytes.
///
/// The first signs; all verify.
#[derive(Clone)]
pub struct Keys(Vec<Zeroizing<Vec<u8>>>);

impl Keys {
    /// Signs and verifies with this one, the site's `SECRET_KEY`.
    #[must_use]
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(vec![Zeroizing::new(secret.into())])
    }

    /// Takes also what this one signed, one of the site's `SECRET_KEY_FALLBACKS`.
    #[must_use]
    pub fn fallback(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.0.push(Zeroizing::new(secret.into()));
        self
    }

    /// Returns the keys that sign cookies: each with Django's prefix for them.
    #[must_use]
    pub fn for_cookies(&self) -> Self {
        let prefixed = |key: &Zeroizing<Vec<u8>>| {
            Zeroizing::new([b"django.http.cookies", key.as_slice()].concat())
        };
        Self(self.0.iter().map(prefixed).collect())
    }

    /// The signing one first.
    pub(in crate::django) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|key| key.as_slice())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}
