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

use crate::config::{Cloakroom, Site};
use crate::web::carry_out::Carrying;
use crate::web::finish::{Finish, Unsealed, finish, first};
use crate::web::visit::{Asked, Visit};
use crate::web::{caching, gate, headers};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Cloakroom {
    /// Returns the layer that gives every handler below it the visitor's state.
    #[must_use]
    pub fn layer(&self) -> CloakroomLayer {
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
        let visit = Visit::new(self.site.clone(), over);
        let asked = visit.0.clone();
        if let Some(answer) = headers::elsewhere(&self.site, over, &request) {
            return ResponseFuture {
                state: State::Answered {
                    answer: Some(answer),
                },
                asked,
                gated: false,
            };
        }
        request.extensions_mut().insert(visit);
        if !gate::concerns(&self.site, &request) {
            let answer = self.inner.call(request.map(Body::new));
            return ResponseFuture {
                state: State::Answering { answer },
                asked,
                gated: false,
            };
        }
        // The clone stays, for the next request; the one that was made ready is used.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let (visit, request) = (Visit(asked.clone()), request.map(Body::new));
        let passing = Box::pin(async move { gate::pass(&visit, request).await });
        ResponseFuture {
            state: State::Passing {
                passing,
                inner: Some(inner),
            },
            asked,
            gated: true,
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
    }
}

pin_project! {
    #[project = Step]
    enum State<S: Service<Request>> {
        Answered { answer: Option<Response> },
        Passing { passing: Boxed<Result<Request, Response>>, inner: Option<S> },
        Answering { #[pin] answer: S::Future },
        Fetching { fetched: Boxed<Response> },
        Finishing { carrying: Carrying, unsealed: Option<(Unsealed, Response)> },
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
        let mut response = loop {
            let next = match this.state.as_mut().project() {
                Step::Answered { answer } => {
                    break answer.take().expect("a request is answered once");
                }
                Step::Passing { passing, inner } => match ready!(passing.as_mut().poll(cx)) {
                    Ok(request) => {
                        let mut inner = inner.take().expect("a request passes once");
                        State::Answering {
                            answer: inner.call(request),
                        }
                    }
                    Err(refusal) => break caching::varied(refusal),
                },
                Step::Answering { answer } => {
                    let mut response = ready!(answer.poll(cx))?.into_response();
                    if *this.gated {
                        response = caching::varied(response);
                    }
                    if this.asked.messages.get().is_some()
                        && let Some(needed) = first(this.asked, &response)
                    {
                        State::Fetching {
                            fetched: Box::pin(async move {
                                needed.await;
                                response
                            }),
                        }
                    } else {
                        match end(this.asked, &mut response) {
                            None => break response,
                            Some((carrying, unsealed)) => State::Finishing {
                                carrying,
                                unsealed: Some((unsealed, response)),
                            },
                        }
                    }
                }
                Step::Fetching { fetched } => {
                    let mut response = ready!(fetched.as_mut().poll(cx));
                    match end(this.asked, &mut response) {
                        None => break response,
                        Some((carrying, unsealed)) => State::Finishing {
                            carrying,
                            unsealed: Some((unsealed, response)),
                        },
                    }
                }
                Step::Finishing { carrying, unsealed } => {
                    let carried = ready!(carrying.as_mut().poll(cx));
                    count(Access::Written);
                    let unsealed = unsealed.take();
                    let (unsealed, mut response) = unsealed.expect("an answer is sealed once");
                    unsealed.seal(this.asked, &mut response, carried);
                    break response;
                }
            };
            this.state.set(next);
        };
        headers::put(this.asked, &mut response);
        Poll::Ready(Ok(response))
    }
}

/// Ends a visit, now that the handler has answered; returns what the answer still waits for, if anything.
#[inline]
fn end(asked: &Arc<Asked>, response: &mut Response) -> Option<(Carrying, Unsealed)> {
    asked.close();
    if !asked.is_any() && !caching::sets_cookie(response.headers()) {
        count(Access::Untouched);
        return None;
    }
    match finish(asked, response) {
        Finish::Read => count(Access::Read),
        Finish::Written => count(Access::Written),
        Finish::Writing(carrying, unsealed) => return Some((carrying, unsealed)),
    }
    None
}

/// What a request did with what is remembered.
#[derive(Clone, Copy)]
enum Access {
    Untouched,
    Read,
    Written,
}

/// Counts a request. Each label stands in the code, so that counting allocates nothing.
#[inline]
fn count(access: Access) {
    match access {
        Access::Untouched => metrics::counter!("cloakroom_requests_total", "access" => "untouched"),
        Access::Read => metrics::counter!("cloakroom_requests_total", "access" => "read"),
        Access::Written => metrics::counter!("cloakroom_requests_total", "access" => "written"),
    }
    .increment(1);
}
