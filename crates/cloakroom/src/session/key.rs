//! The names under which a session keeps its values, with or without a type.
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;

use crate::session::OnClash;

/// A name together with the type of what is kept under it.
///
/// ```
/// use cloakroom::{Key, Session};
/// use std::collections::BTreeMap;
///
/// const CART: Key<BTreeMap<String, u32>> = Key::new("cart");
///
/// fn count(session: &Session) -> cloakroom::Result<u32> {
///     Ok(session.get_or_default(&CART)?.values().sum())
/// }
/// ```
pub struct Key<T> {
    name: &'static str,
    on_clash: OnClash,
    holds: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// Makes a key; names that start with an underscore belong to the library.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            on_clash: OnClash::LastWins,
            holds: PhantomData,
        }
    }

    /// Makes a key that refuses to guess: when two requests change this value in ways that can't
    /// be merged, the later one is answered 409 and changes nothing.
    #[must_use]
    pub const fn refusing_clashes(mut self) -> Self {
        self.on_clash = OnClash::Refuse;
        self
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

/// What names a value in a session: a [`Key`] or plain text.
pub trait KeyName {
    /// Returns the name's bytes.
    fn as_bytes(&self) -> &[u8];
    /// Returns the name to keep.
    fn name(&self) -> Name;
    /// Says what happens when two requests change the value in ways that can't be merged.
    fn on_clash(&self) -> OnClash;
}

/// A name whose value is read and written as `T`: a [`Key<T>`](Key), or plain text for any type.
pub trait AsKey<T>: KeyName {}

impl<T> KeyName for &Key<T> {
    fn as_bytes(&self) -> &[u8] {
        self.name.as_bytes()
    }

    fn name(&self) -> Name {
        Name::from_static(self.name)
    }

    fn on_clash(&self) -> OnClash {
        self.on_clash
    }
}

impl<T> AsKey<T> for &Key<T> {}

impl KeyName for &str {
    fn as_bytes(&self) -> &[u8] {
        (**self).as_bytes()
    }

    fn name(&self) -> Name {
        Name::from(*self)
    }

    fn on_clash(&self) -> OnClash {
        OnClash::LastWins
    }
}

impl<T> AsKey<T> for &str {}

/// A name as a session keeps it: cheap to clone, compared byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Bytes);

impl Name {
    /// Makes a name without copying.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Self(Bytes::from_static(name.as_bytes()))
    }

    /// Takes bytes that a store kept, when they are UTF-8.
    #[must_use]
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        std::str::from_utf8(&bytes).is_ok().then_some(Self(bytes))
    }

    /// Returns the name as text.
    ///
    /// # Panics
    /// Never: every way to make a name checks that it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a name is made of UTF-8")
    }

    /// Returns the name's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Says whether the name belongs to the library.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.first() == Some(&b'_')
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(Bytes::copy_from_slice(name.as_bytes()))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
