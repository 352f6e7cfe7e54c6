//! The content of a file, read as it is needed.
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use http_body::{Body, Frame, SizeHint};

use crate::error::StoreError;
use crate::files::fault::failed;

/// The content of a file, a chunk at a time.
///
/// It is also a body for a response: `axum::body::Body::new(reading)`.
pub struct Reading {
    chunks: BoxStream<'static, object_store::Result<Bytes>>,
    left: u64,
}

impl Reading {
    pub(super) fn new(file: object_store::GetResult) -> Self {
        Self {
            left: file.meta.size,
            chunks: file.into_stream(),
        }
    }

    /// Returns how many bytes are still to come.
    #[must_use]
    pub fn bytes_left(&self) -> u64 {
        self.left
    }

    /// Returns the next chunk, or `None` at the end.
    ///
    /// # Errors
    /// When the storage can't be read.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, StoreError> {
        std::future::poll_fn(|cx| self.poll_chunk(cx))
            .await
            .transpose()
    }

    /// Returns all that is left.
    ///
    /// # Errors
    /// When the storage can't be read, or when there are more than `most` bytes.
    pub async fn all(mut self, most: usize) -> Result<Vec<u8>, StoreError> {
        if self.left > most as u64 {
            return Err(StoreError::new(super::NAME, "read a file").because("it is too long"));
        }
        let mut all = Vec::with_capacity(usize::try_from(self.left).unwrap_or_default());
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, StoreError>>> {
        let chunk = std::task::ready!(Pin::new(&mut self.chunks).poll_next(cx));
        Poll::Ready(chunk.map(|chunk| {
            let chunk = chunk.map_err(|error| failed("read a file", &error))?;
            self.left = self.left.saturating_sub(chunk.len() as u64);
            Ok(chunk)
        }))
    }
}

impl Body for Reading {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        self.poll_chunk(cx)
            .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading({} bytes left)", self.left)
    }
}
