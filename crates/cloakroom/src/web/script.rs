//! The script that sends the CSRF token along, for pages whose scripts send something.
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};

use crate::config::Cloakroom;

const SCRIPT: &str = include_str!("csrf.js");
/// Marks that need no space beside them; none of the script's texts has one there.
const MARKS: [&str; 12] = ["=", ">", "!", ",", "|", "&", "?", ":", "{", "}", "(", ")"];

impl Cloakroom {
    /// Returns the script that adds the token's header to what other scripts of a page send to its own
    /// site by `fetch` or `XMLHttpRequest`, unless they set it themselves. It knows the names of cookie
    /// and header, and has less than 1 KiB as long as these have at most 64 characters together; load
    /// it before the scripts that it helps.
    ///
    /// It finds the token in the cookie, or where there is none in the page's
    /// [meta tag](crate::CsrfToken::meta). A page that prints no token gives the cookie by
    /// [`ensure_cookie`](crate::csrf::Settings::ensure_cookie); with the secret in the session
    /// there is none, and the page has the meta tag. Browsers take the header away, without a word, from
    /// what is fetched with `mode: "no-cors"`.
    ///
    /// ```
    /// # use cloakroom::{Cloakroom, KeyRing};
    /// use axum::{Router, routing::get};
    ///
    /// # let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    /// # let cloakroom = Cloakroom::builder(keys).store_in_memory().build().unwrap();
    /// let app: Router = Router::new()
    ///     .route("/csrf.js", get(cloakroom.csrf_js()))
    ///     .layer(cloakroom.layer());
    /// ```
    #[must_use]
    pub fn csrf_js(&self) -> CsrfScript {
        let lines = SCRIPT.lines().map(str::trim_start);
        let code = lines.filter(|line| !line.starts_with("//"));
        // Every statement has its semicolon, so the lines need no ends.
        let script = MARKS.iter().fold(code.collect::<String>(), |script, mark| {
            let before = script.replace(&format!(" {mark}"), mark);
            before.replace(&format!("{mark} "), mark)
        });
        // Names of cookies and headers have no characters that a quoted text writes in another way.
        let script = script
            .replace("COOKIE", self.site.csrf_cookie.name())
            .replace("HEADER", self.site.csrf.header.as_str());
        CsrfScript(script.into())
    }
}

/// See [`Cloakroom::csrf_js`].
#[derive(Clone, Debug)]
pub struct CsrfScript(Bytes);

impl CsrfScript {
    /// Returns the script's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it was made of text")
    }
}

impl IntoResponse for CsrfScript {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0));
        let headers = response.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (CACHE_CONTROL, "public, max-age=3600"),
            (HeaderName::from_static("x-content-type-options"), "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
