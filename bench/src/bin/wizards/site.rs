//! A site with a wizard, and visitors who send requests to it in process.
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use cloakroom::wizard::{Finish, Mount};
use cloakroom::{Cloakroom, KeyRing};
use cloakroom_bench::Result;
use tower::ServiceExt;

/// Opens a site whose wizard stands under `/w`.
pub(crate) fn open<W: Finish>(set: impl FnOnce(Mount<W>) -> Mount<W>) -> Result<Router> {
    let keys = KeyRing::new(KeyRing::generate_secret())?;
    let cloakroom = Cloakroom::builder(keys)
        .store_in_memory()
        .sweep_every(None)
        .allow_plain_http_on_localhost(([127, 0, 0, 1], 8000).into())
        .build()?;
    let wizard = set(W::mount()).router(&cloakroom)?;
    let routes = Router::new().nest("/w", wizard);
    Ok(routes.layer(cloakroom.layer()).with_state(()))
}

/// A visitor with their cookies.
pub(crate) struct Visitor {
    site: Router,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    pub(crate) fn of(site: &Router) -> Self {
        Self {
            site: site.clone(),
            cookies: Vec::new(),
        }
    }

    /// Loads a page; returns where it leads, or its text.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask(Method::GET, path, "").await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, path: &str, form: &'static str) -> Result<Answer> {
        self.ask(Method::POST, path, form).await
    }

    async fn ask(&mut self, method: Method, path: &str, form: &'static str) -> Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8000")
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter();
            let pairs: Vec<_> = pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        let request = request.body(Body::from(form))?;
        let answer = self.site.clone().oneshot(request).await?;
        let (parts, body) = answer.into_parts();
        self.keep_cookies(&parts.headers);
        let location = parts.headers.get(LOCATION);
        Ok(Answer {
            status: parts.status,
            location: location.and_then(|to| to.to_str().ok()).map(str::to_owned),
            text: String::from_utf8(to_bytes(body, 1 << 20).await?.to_vec())?,
        })
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let Ok(cookie) = cookie.to_str() else {
                continue;
            };
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(there, _)| there != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// What a visitor got.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Answer {
    /// Returns where it leads.
    ///
    /// # Errors
    ///
    /// When it leads nowhere, or to a step of another name.
    pub(crate) fn leads_to(&self, step: &str) -> Result<&str> {
        let to = self.location.as_deref().filter(|to| to.ends_with(step));
        to.ok_or_else(|| format!("{} does not lead to {step}: {}", self.status, self.text).into())
    }
}
