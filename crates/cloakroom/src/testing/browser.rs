//! A browser without a window: it keeps cookies as browsers do, sends them back, and forgets them when told to.
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::Response;
use http::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use tower_service::Service;

use crate::clock::{Clock, Timestamp};

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Visits a site in process, through its whole stack; clones are tabs that share their cookies.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use axum::{Router, routing::get};
/// use cloakroom::testing::Browser;
///
/// let browser = Browser::of(Router::new().route("/", get(|| async { "Good evening." })));
/// assert_eq!(browser.get("/").await.text, "Good evening.");
/// # });
/// ```
#[derive(Clone)]
pub struct Browser {
    site: Arc<dyn Fn(Request) -> Answer + Send + Sync>,
    cookies: Arc<Mutex<Vec<Kept>>>,
    clock: Clock,
    headers: HeaderMap,
    /// Whether forms are held back that a browser would not send.
    pub(super) checks: bool,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Page {
    /// The path that was asked for, with what stands behind `?`; after redirects the last one.
    pub path: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

/// One cookie in the browser.
#[derive(Clone)]
struct Kept {
    name: String,
    value: String,
    path: String,
    ends: Option<Timestamp>,
}

impl Browser {
    /// Opens a browser with no cookies on a site.
    pub fn of<S>(site: S) -> Self
    where
        S: Service<Request, Response = Response, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        Self {
            site: Arc::new(move |request| {
                let answer = site.clone().call(request);
                Box::pin(async move {
                    let Ok(response) = answer.await;
                    response
                })
            }),
            cookies: Arc::default(),
            clock: Clock::system(),
            headers: HeaderMap::new(),
            checks: true,
        }
    }

    /// Reads the time from this clock, so that cookies end when it is turned.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sends this header with every request.
    ///
    /// # Panics
    /// When it is no header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("the header's value is one");
        self.headers.insert(name, value);
        self
    }

    /// Opens the same site in another browser, with no cookies.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            cookies: Arc::default(),
            ..self.clone()
        }
    }

    /// Loads a page; redirects are not followed.
    pub async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, Body::empty(), None).await
    }

    /// Loads a page and follows redirects to the end, ten at most.
    pub async fn visit(&self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    /// Follows a page's redirects to the end, ten at most.
    pub(super) async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(to) = page.location().map(ToOwned::to_owned) else {
                break;
            };
            page = self.get(&to).await;
        }
        page
    }

    /// Sends a form, with the CSRF token that the browser has in a cookie.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = self.form(fields);
        self.post_raw(path, form).await
    }

    fn form(&self, fields: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Some(token) = self.cookie("csrftoken") {
            form.append_pair("csrfmiddlewaretoken", &token);
        }
        form.extend_pairs(fields);
        form.finish()
    }

    /// Sends a form as it is.
    pub async fn post_raw(&self, path: &str, form: impl Into<Body>) -> Page {
        let kind = Some("application/x-www-form-urlencoded");
        self.send(Method::POST, path, form.into(), kind).await
    }

    /// Sends any request.
    ///
    /// # Panics
    /// When path or content type can't be sent.
    pub async fn send(&self, method: Method, path: &str, body: Body, kind: Option<&str>) -> Page {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        if let Some(cookies) = self.cookies_for(path) {
            request = request.header(COOKIE, cookies);
        }
        let request = request.body(body).expect("the request can be sent");
        let response = (self.site)(request).await;
        self.keep(response.headers());
        Page::read(path, response).await
    }

    /// Returns the value of a cookie; for the library's own, whether or not its name has a prefix.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.live();
        let prefixed = format!("__Host-{name}");
        let found = cookies
            .iter()
            .find(|cookie| cookie.name == name || cookie.name == prefixed);
        found.map(|cookie| cookie.value.clone())
    }

    /// Returns the names of all cookies.
    #[must_use]
    pub fn cookie_names(&self) -> Vec<String> {
        self.live()
            .iter()
            .map(|cookie| cookie.name.clone())
            .collect()
    }

    /// Puts a cookie into the browser, as an attacker or an earlier visit may have.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.put(Kept {
            name: name.into(),
            value: value.into(),
            path: "/".into(),
            ends: None,
        });
    }

    /// Closes the window: cookies without a deadline of their own are gone.
    pub fn close_window(&self) {
        self.lock().retain(|cookie| cookie.ends.is_some());
    }

    /// Says whether a cookie outlives the window.
    #[must_use]
    pub fn outlives_window(&self, name: &str) -> bool {
        let cookies = self.live();
        cookies
            .iter()
            .any(|cookie| cookie.name.ends_with(name) && cookie.ends.is_some())
    }

    fn cookies_for(&self, path: &str) -> Option<String> {
        let path = path.split('?').next().unwrap_or_default();
        let sent: Vec<_> = self
            .live()
            .iter()
            .filter(|cookie| path.starts_with(&cookie.path))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!sent.is_empty()).then(|| sent.join("; "))
    }

    fn keep(&self, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let header = String::from_utf8_lossy(header.as_bytes()).into_owned();
            self.put(Kept::read(&header, self.clock.now()));
        }
        // After those of the same answer were kept, as Chromium does.
        let clear = headers.get_all("clear-site-data").iter();
        let named = |word: &[u8]| [&b"\"cookies\""[..], b"\"*\""].contains(&word.trim_ascii());
        if clear
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b','))
            .any(named)
        {
            self.lock().clear();
        }
    }

    fn put(&self, cookie: Kept) {
        let mut cookies = self.lock();
        cookies.retain(|kept| kept.name != cookie.name || kept.path != cookie.path);
        cookies.push(cookie);
    }

    fn live(&self) -> Vec<Kept> {
        let now = self.clock.now();
        let mut cookies = self.lock();
        cookies.retain(|cookie| cookie.ends.is_none_or(|ends| ends > now));
        cookies.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Browser(cookies: {:?})", self.cookie_names())
    }
}

impl Kept {
    fn read(header: &str, now: Timestamp) -> Self {
        let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let attribute = |wanted: &str| {
            attributes.split(';').find_map(|part| {
                let (name, value) = part.split_once('=')?;
                (name.trim().eq_ignore_ascii_case(wanted)).then(|| value.trim())
            })
        };
        let age = attribute("max-age").and_then(|age| age.parse().ok());
        Self {
            name: name.trim().into(),
            value: value.trim().into(),
            path: attribute("path").unwrap_or("/").into(),
            ends: age.map(|age| now.plus(Duration::from_secs(age))),
        }
    }
}

impl Page {
    async fn read(path: &str, response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let text = match body.collect().await {
            Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            Err(error) => format!("(the body broke off: {error})"),
        };
        Self {
            path: path.to_owned(),
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// Returns where a redirect leads.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        self.status.is_redirection().then_some(to)
    }

    /// Returns the `Set-Cookie` headers.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<String> {
        let headers = self.headers.get_all(SET_COOKIE).iter();
        headers
            .map(|header| String::from_utf8_lossy(header.as_bytes()).into_owned())
            .collect()
    }

    /// Returns the one `Set-Cookie` header for a cookie of this name, with or without a prefix.
    #[must_use]
    pub fn set_cookie(&self, name: &str) -> Option<String> {
        let prefixed = format!("__Host-{name}=");
        let plain = format!("{name}=");
        self.set_cookies()
            .into_iter()
            .find(|header| header.starts_with(&plain) || header.starts_with(&prefixed))
    }
}
