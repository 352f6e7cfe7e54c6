//! Reading what a store kept; what can't be read is counted, left where it is and never overwritten.
use bytes::Bytes;

use crate::session::{Body, Stored, Version};
use crate::store::left_aside::left_aside;
use crate::store::packed::unpacked;

/// Reads bytes that `packed` or [`Body::to_bytes`] wrote; `None` when something else stands there, and then the
/// visitor starts afresh.
pub(super) fn decoded(store: &'static str, bytes: Bytes, version: Version) -> Option<Stored> {
    match unpacked(bytes).and_then(Body::from_bytes) {
        Ok(body) => Some(Stored { body, version }),
        Err(error) => {
            left_aside(store, error);
            None
        }
    }
}
