//! The token of one visit, as a handler and a template hold it: made only when somebody prints it.
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::csrf::{Kept, Secret, Settings};

/// Proof for a form that its page came from here.
///
/// A cheap handle: clones share the same visit. Each printing has a new mask. A page that prints no
/// token sets no cookie.
///
/// ```
/// # use cloakroom::CsrfToken;
/// async fn form(csrf: CsrfToken) -> String {
///     format!("<form method=\"post\">{}<button>Send</button></form>", csrf.input())
/// }
/// ```
#[derive(Clone)]
pub struct CsrfToken {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    find: Box<Find>,
    came: OnceLock<Option<Kept>>,
    minted: OnceLock<Secret>,
    printed: OnceLock<()>,
    closed: OnceLock<()>,
}

/// Finds the secret that came with the request and counts for it.
type Find = dyn Fn() -> Option<Kept> + Send + Sync;

impl CsrfToken {
    /// Makes a handle; what came is looked for when somebody prints.
    pub(crate) fn new(
        settings: Arc<Settings>,
        find: impl Fn() -> Option<Kept> + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                settings,
                find: Box::new(find),
                came: OnceLock::new(),
                minted: OnceLock::new(),
                printed: OnceLock::new(),
                closed: OnceLock::new(),
            }),
        }
    }

    /// Returns the hidden form field with the token.
    #[must_use]
    pub fn input(&self) -> impl fmt::Display + use<> {
        let (token, field) = (self.clone(), self.inner.settings.field.clone());
        fmt::from_fn(move |f| {
            write!(
                f,
                "<input type=\"hidden\" name=\"{field}\" value=\"{token}\">"
            )
        })
    }

    /// Returns a meta tag with the token, named as the header that a script sends it in.
    #[must_use]
    pub fn meta(&self) -> impl fmt::Display + use<> {
        let token = self.clone();
        fmt::from_fn(move |f| write!(f, "<meta name=\"csrf-token\" content=\"{token}\">"))
    }

    /// Makes sure that the visitor has the cookie, although the page prints no token: for a page whose
    /// scripts send what they find there.
    pub fn ensure_cookie(&self) {
        self.secret();
    }

    fn secret(&self) -> &Secret {
        let _ = self.inner.printed.set(());
        match self.came() {
            Some(kept) => &kept.secret,
            None => self.inner.minted.get_or_init(|| self.mint()),
        }
    }

    fn mint(&self) -> Secret {
        if self.inner.closed.get().is_some() {
            tracing::error!(
                "a CSRF token was first printed after the response's headers had gone out, so its cookie can't be set; print it before the body streams"
            );
        }
        self.inner.settings.format.generate()
    }

    /// Returns the secret that came with the request and counts for it.
    pub(crate) fn came(&self) -> Option<&Kept> {
        self.inner.came.get_or_init(|| (self.inner.find)()).as_ref()
    }

    /// Notes that the headers are about to go out.
    pub(crate) fn close(&self) {
        let _ = self.inner.closed.set(());
    }

    /// Returns a secret that was made in this visit, so that the browser can be told to keep it.
    pub(crate) fn minted(&self) -> Option<&Secret> {
        self.inner.minted.get()
    }

    /// Says whether the page has the token in it.
    pub(crate) fn is_printed(&self) -> bool {
        self.inner.printed.get().is_some()
    }
}

impl fmt::Display for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.settings.format.masked(self.secret()))
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_printed_makes_no_secret_and_what_is_printed_makes_one() {
        let token = CsrfToken::new(Arc::default(), || None);
        let _unused = token.input();
        assert!(token.minted().is_none() && !token.is_printed());
        let printed = token.to_string();
        assert!(token.minted().is_some() && token.is_printed());
        assert_ne!(printed, token.to_string(), "each printing has a new mask");
    }
}
