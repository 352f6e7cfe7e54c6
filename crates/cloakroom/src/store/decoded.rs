//! Reading what a store kept; what can't be read is counted, left where it is and never overwritten.
use bytes::Bytes;

use crate::session::{Body, Stored, Version};
use crate::store::left_aside::left_aside;

/// Reads bytes that [`Body::to_bytes`] wrote; `None` when something else stands there, and then the
/// visitor starts afresh.
pub(super) fn decoded(store: &'static str, bytes: Bytes, version: Version) -> Option<Stored> {
    match Body::from_bytes(bytes) {
        Ok(body) => Some(Stored { body, version }),
        Err(error) => {
            left_aside(store, error);
            None
        }
    }
}
