//! The rest of a form that is answered before its end: it is read on before the answer goes out, so that a browser hears it.
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum_core::Error;
use axum_core::body::Body;
use axum_core::response::Response;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT};
use http::{HeaderValue, Request, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::config::Linger;
use crate::csrf::is_safe;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What is shorter comes with its head, or right behind it.
const SHORT: u64 = 8 << 10;

/// Where the body of a form lands that is let go before its end.
#[derive(Clone, Default)]
pub(super) struct Rest(Arc<Mutex<Option<Body>>>);

impl Rest {
    /// Returns a place for the rest of a request's body, if it is a long form's on a connection that would not outlive it.
    pub(super) fn of<B: HttpBody>(linger: Linger, request: &Request<B>) -> Option<Self> {
        let concerns = !is_safe(request.method()) && is_long_form(linger.bytes, request);
        concerns.then(Self::default)
    }

    /// Returns what was let go; nothing when it was read to its end, or when somebody still reads it.
    pub(super) fn take(&self) -> Option<Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Hands a body to whoever reads it; what they don't read comes back to `rest`, where there is such a place.
pub(super) fn lent<B>(rest: Option<&Rest>, body: B) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let body = Body::new(body);
    match rest {
        None => body,
        Some(rest) => Body::new(Lent {
            body: Some(body),
            rest: rest.clone(),
        }),
    }
}

fn is_long_form<B: HttpBody>(limit: u64, request: &Request<B>) -> bool {
    let headers = request.headers();
    let announced = request.body().size_hint().exact();
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let essence = kind.and_then(|kind| kind.split(|byte| *byte == b';').next());
    let is_form = |essence: &[u8]| {
        [
            &b"application/x-www-form-urlencoded"[..],
            b"multipart/form-data",
        ]
        .iter()
        .any(|form| essence.trim_ascii().eq_ignore_ascii_case(form))
    };
    request.version() <= Version::HTTP_11
        && announced.is_some_and(|bytes| bytes > SHORT && bytes <= limit)
        && !headers.contains_key(EXPECT)
        && essence.is_some_and(is_form)
}

/// Reads on within limits, and returns the answer that has waited for it.
pub(super) async fn read_on(linger: Linger, rest: Body, mut answer: Response) -> Response {
    if !is_at_end_soon(linger, rest).await {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
    }
    answer
}

/// Says whether the end came before a limit did.
async fn is_at_end_soon(linger: Linger, mut rest: Body) -> bool {
    let end = Instant::now() + linger.within;
    loop {
        let until = end.min(Instant::now() + linger.silence);
        match timeout_at(until, rest.frame()).await {
            Ok(None) => return true,
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(_))) | Err(_) => return false,
        }
    }
}

/// A body that goes back where it came from when it is let go before its end.
struct Lent {
    body: Option<Body>,
    rest: Rest,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(cx);
        if let Poll::Ready(None | Some(Err(_))) = frame {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if rest.is_some() {
            let mut place = self.rest.0.lock().unwrap_or_else(PoisonError::into_inner);
            *place = rest;
        }
    }
}
