//! What a login says: who comes in, what that was proved by, and what is to become of the guest.
use std::fmt;

/// A login, for [`Session::login`](crate::Session::login). A user's id alone is one as well.
///
/// ```
/// # use cloakroom::{Session, session::Login};
/// # struct User { id: String, password_hash: String }
/// fn enter(session: &Session, user: &User, remember: bool) -> cloakroom::Result<()> {
///     session.login(
///         Login::user(&user.id)
///             .stamp(&user.password_hash)
///             .remember(remember),
///     )
/// }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Login {
    pub(super) user: String,
    pub(super) stamp: Option<Vec<u8>>,
    pub(super) remember: bool,
    pub(super) drops_guest_data: bool,
    pub(super) method: Option<String>,
}

impl Login {
    /// Signs this user in, with the guest's values kept.
    pub fn user(id: impl Into<String>) -> Self {
        Self {
            user: id.into(),
            stamp: None,
            remember: false,
            drops_guest_data: false,
            method: None,
        }
    }

    /// Keeps a stamp of what the user proved himself by, for example of his password's hash.
    ///
    /// Only a keyed digest is kept. Once the user has another hash, [`Session::is_current`] and
    /// [`Session::user_if`] refuse the session, so a new password ends all sessions of the old one.
    ///
    /// [`Session::is_current`]: crate::Session::is_current
    /// [`Session::user_if`]: crate::Session::user_if
    pub fn stamp(mut self, credential: impl AsRef<[u8]>) -> Self {
        self.stamp = Some(credential.as_ref().to_vec());
        self
    }

    /// Remembers the user for as long as [`Policy::remember`](crate::session::Policy::remember)
    /// says, also when the browser closes; otherwise the site's usual deadlines hold.
    pub fn remember(mut self, remember: bool) -> Self {
        self.remember = remember;
        self
    }

    /// Notes how the user signed in, such as `password` or `passkey`, for the list of the user's sessions and for
    /// operators; at most 64 bytes are kept.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Leaves behind what the visitor did as a guest: that session is ended and a new one begun.
    ///
    /// What the handler sets after the login is kept. Who is signed in already is no guest, and
    /// keeps what is his.
    pub fn drop_guest_data(mut self) -> Self {
        self.drops_guest_data = true;
        self
    }
}

impl<T: Into<String>> From<T> for Login {
    fn from(user: T) -> Self {
        Self::user(user)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("remember", &self.remember)
            .field("drops_guest_data", &self.drops_guest_data)
            .finish_non_exhaustive()
    }
}
