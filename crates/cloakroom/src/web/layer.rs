//! The one layer: it opens the visit, lets the request through the gate and finishes what is owed.
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Span;
use tracing::field::Empty;

use crate::config::{Cloakroom, Site, tell_of_metrics};
use crate::csrf::is_safe;
use crate::store::is_heard;
use crate::web::carry_out::Carrying;
use crate::web::finish::{Finish, Unsealed, finish, first};
use crate::web::linger::{Rest, lent, read_on};
use crate::web::visit::{Asked, Visit};
use crate::web::{caching, gate, headers};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Cloakroom {
    /// Returns the layer that gives every handler below it the visitor's state. A recorder of metrics that is there by now is told
    /// what each is for, and has the counters that every site has at zero.
    #[must_use]
    pub fn layer(&self) -> CloakroomLayer {
        tell_of_metrics();
        CloakroomLayer {
            site: self.site.clone(),
        }
    }
}

/// See [`Cloakroom::layer`].
#[derive(Clone)]
pub struct CloakroomLayer {
    site: Arc<Site>,
}

impl fmt::Debug for CloakroomLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CloakroomLayer(..)")
    }
}

impl<S> Layer<S> for CloakroomLayer {
    type Service = CloakroomService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CloakroomService {
            inner,
            site: self.site.clone(),
        }
    }
}

/// A service below the layer.
#[derive(Clone)]
pub struct CloakroomService<S> {
    inner: S,
    site: Arc<Site>,
}

impl<S: fmt::Debug> fmt::Debug for CloakroomService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloakroomService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for CloakroomService<S>
where
    S: Service<Request> + Clone,
    S::Response: IntoResponse,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let over = self
            .site
            .headers
            .scheme(request.headers(), request.extensions());
        // Neither the path nor any header is among its fields: both may hold what nobody is to read.
        let span = is_heard().then(|| {
            Box::new(tracing::debug_span!(
                "cloakroom.request",
                http.request.method = request.method().as_str(),
                http.response.status_code = Empty,
                cloakroom.access = Empty,
                cloakroom.outcome = Empty,
            ))
        });
        let visit = Visit::new(self.site.clone(), over, span);
        let asked = visit.0.clone();
        if let Some(answer) = headers::elsewhere(&self.site, over, &request) {
            return ResponseFuture {
                state: State::Answered {
                    answer: Some(answer),
                },
                asked,
                gated: false,
                rest: None,
            };
        }
        request.extensions_mut().insert(visit);
        if !is_safe(request.method()) || gate::concerns(&self.site, &request) {
            return self.examine(asked, request);
        }
        let answer = {
            let _within = asked.span.as_deref().map(Span::enter);
            self.inner.call(request.map(Body::new))
        };
        ResponseFuture {
            state: State::Answering { answer },
            asked,
            gated: false,
            rest: None,
        }
    }
}

impl<S> CloakroomService<S>
where
    S: Service<Request> + Clone,
{
    /// Passes a request on that the gate looks at first, or of whose body something may be left.
    ///
    /// Apart from the others, which would be moved about for its sake.
    #[inline(never)]
    fn examine<B>(&mut self, asked: Arc<Asked>, request: Request<B>) -> ResponseFuture<S>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let rest = Rest::of(self.site.linger, &request);
        let gated = gate::concerns(&self.site, &request);
        let request = request.map(|body| lent(rest.as_ref(), body));
        let state = if gated {
            // The clone stays, for the next request; the one that was made ready is used.
            let clone = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, clone);
            let visit = Visit(asked.clone());
            State::Passing {
                passing: Box::pin(async move { gate::pass(&visit, request).await }),
                inner: Some(inner),
            }
        } else {
            let _within = asked.span.as_deref().map(Span::enter);
            let answer = self.inner.call(request);
            State::Answering { answer }
        };
        ResponseFuture {
            state,
            asked,
            gated,
            rest,
        }
    }
}

pin_project! {
    /// The answer on its way.
    pub struct ResponseFuture<S: Service<Request>> {
        #[pin]
        state: State<S>,
        asked: Arc<Asked>,
        gated: bool,
        rest: Option<Rest>,
    }
}

pin_project! {
    #[project = Step]
    enum State<S: Service<Request>> {
        Answered { answer: Option<Response> },
        Passing { passing: Boxed<Result<Request, Response>>, inner: Option<S> },
        Answering { #[pin] answer: S::Future },
        Finishing { finished: Boxed<Response> },
        ReadingOn { answer: Boxed<Response> },
    }
}

impl<S> Future for ResponseFuture<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
{
    type Output = Result<Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let _within = this.asked.span.as_deref().map(Span::enter);
        let mut response = loop {
            let next = match this.state.as_mut().project() {
                Step::Answered { answer } => {
                    note(this.asked, "sent elsewhere");
                    break answer.take().expect("a request is answered once");
                }
                Step::Passing { passing, inner } => match ready!(passing.as_mut().poll(cx)) {
                    Ok(request) => {
                        let mut inner = inner.take().expect("a request passes once");
                        State::Answering {
                            answer: inner.call(request),
                        }
                    }
                    Err(refusal) => {
                        note(this.asked, "refused");
                        break caching::varied(refusal);
                    }
                },
                Step::Answering { answer } => {
                    let mut response = ready!(answer.poll(cx))?.into_response();
                    if *this.gated {
                        response = caching::varied(response);
                    }
                    if this.asked.messages.get().is_some()
                        && let Some(needed) = first(this.asked, &response)
                    {
                        let asked = this.asked.clone();
                        let finished = async move {
                            needed.await;
                            match end(&asked, &mut response) {
                                Some((carrying, unsealed)) => {
                                    seal(asked, carrying, unsealed, response).await
                                }
                                None => response,
                            }
                        };
                        State::Finishing {
                            finished: Box::pin(finished),
                        }
                    } else {
                        match end(this.asked, &mut response) {
                            None => break response,
                            Some((carrying, unsealed)) => {
                                let asked = this.asked.clone();
                                let sealed = seal(asked, carrying, unsealed, response);
                                State::Finishing {
                                    finished: Box::pin(sealed),
                                }
                            }
                        }
                    }
                }
                Step::Finishing { finished } => break ready!(finished.as_mut().poll(cx)),
                Step::ReadingOn { answer } => return answer.as_mut().poll(cx).map(Ok),
            };
            this.state.set(next);
        };
        if !this.asked.site.headers.is_empty() {
            headers::put(this.asked, &mut response);
        }
        if let Some(span) = &this.asked.span {
            span.record("http.response.status_code", response.status().as_u16());
        }
        match this.rest.take() {
            None => Poll::Ready(Ok(response)),
            Some(rest) => linger(this.state, this.asked, &rest, response, cx).map(Ok),
        }
    }
}

/// Reads on what is left of a form, if something is, before its answer goes out.
///
/// Apart from the rest, since nearly no request comes here, and all others would carry it along.
#[cold]
#[inline(never)]
fn linger<S: Service<Request>>(
    mut state: Pin<&mut State<S>>,
    asked: &Asked,
    rest: &Rest,
    response: Response,
    cx: &mut Context<'_>,
) -> Poll<Response> {
    // Whoever answered lets go of what they have not read.
    state.set(State::Answered { answer: None });
    let Some(rest) = rest.take() else {
        return Poll::Ready(response);
    };
    let mut answer = Box::pin(read_on(asked.site.linger, rest, response));
    let read = answer.as_mut().poll(cx);
    if read.is_pending() {
        state.set(State::ReadingOn { answer });
    }
    read
}

/// Ends a visit, now that the handler has answered; returns what the answer still waits for, if anything.
#[inline]
fn end(asked: &Arc<Asked>, response: &mut Response) -> Option<(Carrying, Unsealed)> {
    asked.close();
    if !asked.is_any() && !caching::sets_cookie(response.headers()) {
        count(asked, Access::Untouched);
        return None;
    }
    match finish(asked, response) {
        Finish::Read => count(asked, Access::Read),
        Finish::Written => count(asked, Access::Written),
        Finish::Writing(carrying, unsealed) => return Some((carrying, unsealed)),
    }
    None
}

/// Completes an answer once the store has done its part.
async fn seal(
    asked: Arc<Asked>,
    carrying: Carrying,
    unsealed: Unsealed,
    mut response: Response,
) -> Response {
    let carried = carrying.await;
    count(&asked, Access::Written);
    unsealed.seal(&asked, &mut response, carried);
    response
}

/// What a request did with what is remembered.
#[derive(Clone, Copy)]
enum Access {
    Untouched,
    Read,
    Written,
}

/// Counts a request, and notes in its span what it did. Each label stands in the code, so that counting allocates nothing.
#[inline]
fn count(asked: &Asked, access: Access) {
    let (counter, name) = match access {
        Access::Untouched => (
            metrics::counter!("cloakroom_requests_total", "access" => "untouched"),
            "untouched",
        ),
        Access::Read => (
            metrics::counter!("cloakroom_requests_total", "access" => "read"),
            "read",
        ),
        Access::Written => (
            metrics::counter!("cloakroom_requests_total", "access" => "written"),
            "written",
        ),
    };
    counter.increment(1);
    if let Some(span) = &asked.span {
        span.record("cloakroom.access", name);
        note(asked, "answered");
    }
}

/// Notes in the span of a request how it ended.
fn note(asked: &Asked, outcome: &'static str) {
    if let Some(span) = &asked.span {
        span.record("cloakroom.outcome", outcome);
    }
}
