//! A body that is read a chunk at a time, and only so far as somebody has allowed.
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use pin_project_lite::pin_project;

use crate::form::limits::Refused;

pin_project! {
    /// Lets whoever reads look at each chunk before the next one comes.
    ///
    /// The multipart reader gathers all that is ready before it hands anything on, and searches all of it
    /// again each time; of a body that is always ready, or of a heading without end, that would be the whole.
    pub(super) struct Paced<B> {
        #[pin]
        body: B,
        has_rested: bool,
        allowance: Allowance,
    }
}

impl<B> Paced<B> {
    pub(super) fn new(body: B, allowance: Allowance) -> Self {
        Self {
            body,
            has_rested: true,
            allowance,
        }
    }
}

impl<B: Body<Data = Bytes, Error = Refused>> Body for Paced<B> {
    type Data = Bytes;
    type Error = Refused;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refused>>> {
        let this = self.project();
        if !*this.has_rested {
            *this.has_rested = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if this.allowance.is_used_up() {
            return Poll::Ready(Some(Err(Refused::Malformed)));
        }
        let frame = ready!(this.body.poll_frame(cx));
        *this.has_rested = false;
        if let Some(Ok(frame)) = &frame {
            this.allowance
                .use_up(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }
}

/// How many bytes may still come before what is awaited is there.
#[derive(Clone)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    pub(super) fn unlimited() -> Self {
        Self(Arc::new(AtomicUsize::new(usize::MAX)))
    }

    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn is_used_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn use_up(&self, bytes: usize) {
        let left = self.0.load(Ordering::Relaxed);
        self.set(left.saturating_sub(bytes));
    }
}
