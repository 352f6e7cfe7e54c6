//! Passing a request on, and its answer back, as they are.
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::HeaderValue;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::options::Options;
use crate::rule::{SIDE, Side, decide};

/// Says in the answer who gave it.
const SERVED_BY: &str = "x-served-by";

/// What belongs to one connection and not to the message.
const OF_A_CONNECTION: [&str; 4] = ["connection", "keep-alive", "transfer-encoding", "upgrade"];

/// The two sites, and connections to them.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    client: Client<HttpConnector, Body>,
    options: Arc<Options>,
}

impl Proxy {
    pub(crate) fn new(options: Options) -> Self {
        // Either side may be stopped and started again, so no connection is kept that could be dead.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build_http();
        Self {
            client,
            options: Arc::new(options),
        }
    }

    /// Leaves the `Host` as the visitor sent it: both sites are the same host to them.
    fn addressed(&self, side: Side, uri: &Uri) -> Option<Uri> {
        let address = match side {
            Side::Django => self.options.django,
            Side::Rust => self.options.rust,
        };
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(Authority::try_from(address.to_string()).ok()?);
        Uri::from_parts(parts).ok()
    }
}

/// Sends the request to the side that is to answer it; 502 when that side is not there.
pub(crate) async fn forward(State(proxy): State<Proxy>, mut request: Request) -> Response {
    let side = decide(
        request.method(),
        request.uri(),
        request.headers(),
        &proxy.options.moved,
    );
    let Some(uri) = proxy.addressed(side, request.uri()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = uri;
    request.headers_mut().remove(SIDE);
    strip(request.headers_mut());
    match proxy.client.request(request).await {
        Ok(answer) => {
            let mut answer = answer.map(Body::new);
            strip(answer.headers_mut());
            let by = HeaderValue::from_static(side.name());
            answer.headers_mut().insert(SERVED_BY, by);
            answer
        }
        Err(error) => {
            eprintln!("{}: {error}", side.name());
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
}
