//! A body of which the beginning was read, and which is handed on whole.
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum_core::Error;
use axum_core::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;

/// What was read, and what is still to come.
pub(super) struct Peek {
    read: VecDeque<Result<Frame<Bytes>, Error>>,
    rest: Option<Body>,
}

/// What came next.
pub(super) enum Next {
    Piece(Bytes),
    End,
    /// The body broke off.
    Broke,
}

impl Peek {
    pub(super) fn into(body: Body) -> Self {
        Self {
            read: VecDeque::new(),
            rest: Some(body),
        }
    }

    /// Reads on to the next piece, and keeps it.
    pub(super) async fn next(&mut self) -> Next {
        while let Some(rest) = &mut self.rest {
            let Some(frame) = rest.frame().await else {
                self.rest = None;
                break;
            };
            let piece = match &frame {
                Ok(frame) => frame.data_ref().cloned().map(Next::Piece),
                Err(_) => {
                    self.rest = None;
                    Some(Next::Broke)
                }
            };
            self.read.push_back(frame);
            if let Some(piece) = piece {
                return piece;
            }
        }
        Next::End
    }

    /// Returns the body as it came.
    pub(super) fn into_body(self) -> Body {
        Body::new(self)
    }
}

impl HttpBody for Peek {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(frame) = self.read.pop_front() {
            return Poll::Ready(Some(frame));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let data = |frame: &Result<Frame<Bytes>, Error>| {
            let data = frame.as_ref().ok().and_then(Frame::data_ref);
            data.map_or(0, |data| data.len() as u64)
        };
        let read: u64 = self.read.iter().map(data).sum();
        let rest = match &self.rest {
            Some(rest) => rest.size_hint(),
            None => SizeHint::with_exact(0),
        };
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}
