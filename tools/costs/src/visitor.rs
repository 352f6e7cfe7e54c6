//! A visitor: somebody with a browser who makes one visit again and again.
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, StatusCode, Uri, header};
use tower::{Service, ServiceExt};

use crate::site::path;
use crate::{Case, Stack, site};

/// What a browser of the site sends beside the cookies that the site gave it.
const COMPANY: &str = "visited=7";

/// Somebody with the cookies that a site gave.
pub struct Visitor {
    site: Router,
    case: Case,
    /// Each as `name=value`.
    kept: Vec<String>,
    cookies: HeaderValue,
}

impl Visitor {
    /// Brings a visitor to a site, who begins a session there where there are sessions.
    pub async fn to(case: Case, stack: Stack) -> Self {
        let mut visitor = Self {
            site: site(case, &stack),
            case,
            kept: Vec::new(),
            cookies: HeaderValue::from_static(COMPANY),
        };
        if stack.remembers() {
            let start = match case.is_sealed() {
                true => path::START_SEALED,
                false => path::START,
            };
            visitor.send(start).await;
        }
        visitor
    }

    /// Makes one visit.
    ///
    /// # Panics
    /// When the site does not answer 200.
    pub async fn visit(&mut self) {
        for path in self.case.paths() {
            self.send(path).await;
        }
    }

    async fn send(&mut self, path: &'static str) {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static(path);
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_static("shop.example"));
        // As browsers do that load a page.
        headers.insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
        headers.insert(header::COOKIE, self.cookies.clone());
        let Ok(site) = ServiceExt::<Request<Body>>::ready(&mut self.site).await;
        let Ok(answer) = site.call(request).await;
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await;
        assert_eq!(head.status, StatusCode::OK, "{path}: {body:?}");
        for set in head.headers.get_all(header::SET_COOKIE) {
            self.keep(set);
        }
    }

    /// Keeps a cookie, as a browser does, or forgets it.
    fn keep(&mut self, set: &HeaderValue) {
        let set = set.to_str().expect("cookies are text");
        let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let is_named = |kept: &String| kept.split_once('=').is_some_and(|(kept, _)| kept == name);
        self.kept.retain(|kept| !is_named(kept));
        if !attributes.contains("Max-Age=0") {
            self.kept.push(pair.to_owned());
        }
        let all = [COMPANY]
            .into_iter()
            .chain(self.kept.iter().map(String::as_str));
        let all = all.collect::<Vec<_>>().join("; ");
        self.cookies = all.parse().expect("what came in a header fits into one");
    }
}
