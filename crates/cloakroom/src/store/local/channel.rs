//! What a server has to offer that tells of changes: a line on which each of them is heard.
use std::pin::Pin;

use crate::error::StoreError;
use crate::session::{StoreKey, Version};

/// A future in a box.
pub(in crate::store) type Boxed<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The server's way of telling what was written.
pub(in crate::store) trait Channel: Send + Sync + 'static {
    /// Opens a line. Whatever is written from then on is heard on it.
    fn open(&self) -> Boxed<'_, Box<dyn Line>>;

    /// Tells everybody of a write that was done, and which version came of it, if any; once this ends well, nobody can miss it. `None`
    /// where the server tells of each write by itself.
    fn tell(&self, key: StoreKey, version: Option<Version>) -> Option<Boxed<'_, ()>>;
}

/// An open line.
pub(in crate::store) trait Line: Send {
    /// Sends a sign of life, which comes back as [`Heard::Beat`] after everything that was told before it was sent.
    fn beat(&mut self, number: u64) -> Boxed<'_, ()>;

    /// Waits for what is heard next. When this is given up, nothing is missed.
    fn hear(&mut self) -> Boxed<'_, Heard>;
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Heard {
    /// These were written, and have these versions now, where that is told.
    Written(Vec<(StoreKey, Option<Version>)>),
    /// Anything may have been written.
    Everything,
    /// The sign of life with this number came back.
    Beat(u64),
    /// Something that is of no interest here.
    Other,
}
