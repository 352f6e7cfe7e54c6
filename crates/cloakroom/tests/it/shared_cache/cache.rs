//! A cache between visitors and a site, as RFC 9111 lets it be, and as eager as that.
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, ETAG, EXPIRES, HeaderMap, HeaderName, IF_NONE_MATCH, VARY,
};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use cloakroom::clock::{Clock, Timestamp};
use tower::{Service, ServiceExt};

/// How long an answer is good that says nothing of it: any heuristic is allowed (section 4.2.2).
const HEURISTIC: Duration = Duration::from_secs(3_600);
/// The statuses that may be kept without being asked to (RFC 9110 section 15.1).
const KEPT_UNASKED: [u16; 12] = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501];

/// Whose cache it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Many visitors', and it follows the standard.
    Shared,
    /// Many visitors', and it doesn't look at `Vary`, as some networks for delivery don't.
    Careless,
    /// One visitor's own.
    Private,
}

/// A cache before a site.
#[derive(Clone)]
pub(super) struct Cache {
    kind: Kind,
    site: Router,
    clock: Clock,
    kept: Arc<Mutex<HashMap<String, Vec<Kept>>>>,
    hits: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Kept {
    /// What the request said in the headers that `Vary` names.
    asked: Vec<(HeaderName, String)>,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    at: Timestamp,
}

impl Cache {
    pub(super) fn before(site: Router, kind: Kind, clock: Clock) -> Self {
        Self {
            kind,
            site,
            clock,
            kept: Arc::default(),
            hits: Arc::default(),
        }
    }

    /// Counts the answers that were given without asking the site for a page.
    pub(super) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    async fn answer(self, request: Request) -> Response {
        let key = request.uri().to_string();
        if request.method() != Method::GET {
            self.kept.lock().unwrap().remove(&key);
            return self.ask(request).await;
        }
        let sent = request.headers().clone();
        let known = self.find(&key, &sent);
        if let Some(known) = &known
            && self.is_fresh(known)
        {
            self.hits.fetch_add(1, Ordering::SeqCst);
            return known.response();
        }
        let (response, asked_again) = match &known {
            Some(known) if known.headers.contains_key(ETAG) => {
                (self.ask_again(request, known).await, true)
            }
            _ => (self.ask(request).await, false),
        };
        if asked_again && response.status() == StatusCode::NOT_MODIFIED {
            let known = known.expect("it was asked about");
            return self.freshen(&key, known, response.headers());
        }
        self.keep(&key, &sent, response).await
    }

    async fn ask(&self, request: Request) -> Response {
        let Ok(response) = self.site.clone().oneshot(request).await;
        response
    }

    async fn ask_again(&self, mut request: Request, known: &Kept) -> Response {
        let tag = known.headers[ETAG].clone();
        request.headers_mut().insert(IF_NONE_MATCH, tag);
        self.ask(request).await
    }

    /// Finds an answer whose request said the same, in what the answer depends on (section 4.1).
    fn find(&self, key: &str, sent: &HeaderMap) -> Option<Kept> {
        let kept = self.kept.lock().unwrap();
        let same = |kept: &&Kept| {
            let mut asked = kept.asked.iter();
            asked.all(|(name, said)| *said == joined(sent, name))
        };
        kept.get(key)?.iter().rev().find(same).cloned()
    }

    fn is_fresh(&self, kept: &Kept) -> bool {
        let control = control(&kept.headers);
        let age = self.clock.now().since(kept.at);
        !control.contains_key("no-cache") && age < self.lifetime(&kept.headers)
    }

    fn lifetime(&self, headers: &HeaderMap) -> Duration {
        let control = control(headers);
        let seconds = |name: &str| control.get(name)?.parse().ok().map(Duration::from_secs);
        let shared = (self.kind != Kind::Private).then(|| seconds("s-maxage"));
        let expires = headers.get(EXPIRES).map(|_| HEURISTIC);
        shared
            .flatten()
            .or_else(|| seconds("max-age"))
            .or(expires)
            .unwrap_or(HEURISTIC)
    }

    /// Keeps an answer if it may (section 3).
    async fn keep(&self, key: &str, sent: &HeaderMap, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body is whole");
        let kept = Kept {
            asked: self.asked(sent, &parts.headers),
            status: parts.status,
            headers: parts.headers,
            body,
            at: self.clock.now(),
        };
        if self.may_keep(sent, &kept) {
            let mut all = self.kept.lock().unwrap();
            let variants = all.entry(key.to_owned()).or_default();
            variants.retain(|old| old.asked != kept.asked);
            variants.push(kept.clone());
        }
        kept.response()
    }

    fn may_keep(&self, sent: &HeaderMap, kept: &Kept) -> bool {
        let control = control(&kept.headers);
        let says = |name: &str| control.contains_key(name);
        let private = control.get("private").is_some_and(String::is_empty);
        let shared = self.kind != Kind::Private;
        let varies_by_all = varies(&kept.headers).any(|name| name == "*");
        let asked = says("max-age") || says("public") || kept.headers.contains_key(EXPIRES);
        let for_all = says("public") || says("s-maxage") || says("must-revalidate");
        let refused = says("no-store")
            || (shared && private)
            || (shared && sent.contains_key(AUTHORIZATION) && !for_all)
            || (self.kind != Kind::Careless && varies_by_all);
        if refused {
            return false;
        }
        asked || KEPT_UNASKED.contains(&kept.status.as_u16())
    }

    fn asked(&self, sent: &HeaderMap, answered: &HeaderMap) -> Vec<(HeaderName, String)> {
        if self.kind == Kind::Careless {
            return Vec::new();
        }
        let names = varies(answered).filter_map(|name| name.parse::<HeaderName>().ok());
        names
            .map(|name| (name.clone(), joined(sent, &name)))
            .collect()
    }

    /// Brings what is kept up to date with a 304 (section 4.3.4).
    fn freshen(&self, key: &str, mut known: Kept, headers: &HeaderMap) -> Response {
        for name in headers.keys() {
            let all: Vec<_> = headers.get_all(name).iter().cloned().collect();
            known.headers.remove(name);
            for value in all {
                known.headers.append(name, value);
            }
        }
        known.at = self.clock.now();
        let mut all = self.kept.lock().unwrap();
        let variants = all.entry(key.to_owned()).or_default();
        variants.retain(|old| old.asked != known.asked);
        variants.push(known.clone());
        known.response()
    }
}

impl Kept {
    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

impl Service<Request> for Cache {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let cache = self.clone();
        Box::pin(async move { Ok(cache.answer(request).await) })
    }
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let texts: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    texts.join(", ")
}

fn varies(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let all = joined(headers, &VARY).to_ascii_lowercase();
    let names: Vec<_> = all.split(',').map(|name| name.trim().to_owned()).collect();
    names.into_iter().filter(|name| !name.is_empty())
}

/// Reads `Cache-Control`: names in lower case, and what they say, if anything.
fn control(headers: &HeaderMap) -> BTreeMap<String, String> {
    let all = joined(headers, &CACHE_CONTROL);
    let mut quoted = false;
    let pieces = all.split(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    pieces
        .map(|piece| {
            let (name, said) = piece.split_once('=').unwrap_or((piece, ""));
            (name.trim().to_ascii_lowercase(), said.trim().to_owned())
        })
        .collect()
}
