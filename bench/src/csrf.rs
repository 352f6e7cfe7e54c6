//! Nanoseconds to decide whether a request was forged.
use std::convert::Infallible;
use std::fmt;
use std::future::Ready;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::{Request, Response, header, request::Parts};
use axum::response::IntoResponse;
use axum::{Router, routing::get};
use axum_csrf::CsrfConfig;
use cloakroom::csrf::Passed;
use cloakroom::{Cloakroom, CsrfToken, KeyRing, Session};
use serde::Serialize;
use tower::{Layer, Service, ServiceExt};
use tower_http::csrf::CsrfLayer;

use crate::{Result, seal::time, spread::Spread};

/// The other cookie that a visitor of the measured site has.
const BESIDE: &str = "visited=7; ";

/// How long one decision takes, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CsrfTimes {
    /// By `Sec-Fetch-Site`.
    pub fetch_site: Spread,
    /// By `Origin`.
    pub origin: Spread,
    /// By a masked token in a header, bound to the session.
    pub token: Spread,
    /// In axum_csrf: by its token, which is bound to nothing.
    pub axum_csrf: Spread,
    /// In tower-http, by `Sec-Fetch-Site`: a call of its layer around a service that does nothing, the
    /// copying of the request included.
    pub tower_http: Spread,
    /// The same without its layer.
    pub tower_http_without: Spread,
}

impl CsrfTimes {
    /// Times every way to decide in so many rounds.
    ///
    /// # Errors
    ///
    /// When somebody refuses what is genuine.
    pub async fn take(rounds: u32) -> Result<Self> {
        let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
            .store_in_memory()
            .sweep_every(None)
            .build()?;
        let (cookies, token) = visit(&cloakroom).await?;
        let by = |headers: &[(&str, &str)], expected| -> Result<Parts> {
            let parts = post(headers)?;
            match cloakroom.csrf_verdict(&parts) {
                Ok(passed) if passed == expected => Ok(parts),
                other => Err(format!("cloakroom decided {other:?}, not {expected:?}").into()),
            }
        };
        let cookie = ("cookie", cookies.as_str());
        let fetch_site = by(
            &[cookie, ("sec-fetch-site", "same-origin")],
            Passed::SameOrigin,
        )?;
        let origin = by(
            &[cookie, ("origin", "https://shop.example")],
            Passed::Origin,
        )?;
        let with_token = by(&[cookie, ("x-csrftoken", &token)], Passed::Token)?;
        let ours = |parts: &Parts| time(rounds, || cloakroom.csrf_verdict(black_box(parts)));
        let bare = tower::service_fn(answer);
        Ok(Self {
            fetch_site: ours(&fetch_site),
            origin: ours(&origin),
            token: ours(&with_token),
            axum_csrf: axum_csrf(rounds)?,
            tower_http: tower_http(rounds, CsrfLayer::new().layer(bare))?,
            tower_http_without: tower_http(rounds, bare)?,
        })
    }
}

/// Gets a page with a form, and returns the cookies and the token that came with it.
async fn visit(cloakroom: &Cloakroom) -> Result<(String, String)> {
    let page = |session: Session, csrf: CsrfToken| async move {
        session.set("coat", "blue")?;
        Ok::<_, cloakroom::Error>(csrf.to_string())
    };
    let site = Router::new().route("/", get(page)).layer(cloakroom.layer());
    let response = site.oneshot(Request::new(Body::empty())).await?;
    let mut cookies = BESIDE.to_owned();
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        cookies += cookie
            .to_str()?
            .split_inclusive(';')
            .next()
            .unwrap_or_default();
        cookies += " ";
    }
    let token = to_bytes(response.into_body(), 10_000).await?;
    let cookies = cookies.trim_end_matches("; ").to_owned();
    Ok((cookies, String::from_utf8(token.to_vec())?))
}

fn post(headers: &[(&str, &str)]) -> Result<Parts> {
    let mut request = Request::post("/cart/add/1").header("host", "shop.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(request.body(())?.into_parts().0)
}

fn axum_csrf(rounds: u32) -> Result<Spread> {
    // Its cookie is sealed, as ours is.
    let config = CsrfConfig::default();
    let taken = |parts: &mut Parts| {
        let token = axum_csrf::CsrfToken::from_request_parts(parts, &config);
        let token = at_once(token).and_then(std::result::Result::ok);
        token.ok_or("axum_csrf gives no token")
    };
    let given = taken(&mut post(&[])?)?;
    let proof = given.authenticity_token()?;
    let response = given.into_response();
    let cookie = response.headers()[header::SET_COOKIE].to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default();
    let parts = post(&[("cookie", &format!("{BESIDE}{cookie}"))])?;
    let parts = std::cell::RefCell::new(parts);
    let decide = || taken(&mut parts.borrow_mut()).map(|token| token.verify(black_box(&proof)));
    decide()??;
    Ok(time(rounds, decide))
}

fn tower_http<S>(rounds: u32, service: S) -> Result<Spread>
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone,
{
    let parts = post(&[("cookie", BESIDE), ("sec-fetch-site", "same-origin")])?;
    let request = Request::from_parts(parts, ());
    let service = std::cell::RefCell::new(service);
    let call = || at_once(service.borrow_mut().call(black_box(&request).clone()));
    match call() {
        Some(Ok(response)) if response.status().is_success() => Ok(time(rounds, call)),
        _ => Err("tower-http refuses what its browser vouches for".into()),
    }
}

fn answer(_: Request<()>) -> Ready<std::result::Result<Response<()>, Infallible>> {
    std::future::ready(Ok(Response::new(())))
}

/// Returns what a future gives without waiting.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

impl fmt::Display for CsrfTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("cloakroom, by `Sec-Fetch-Site`", self.fetch_site),
            ("cloakroom, by `Origin`", self.origin),
            (
                "cloakroom, by a masked token bound to the session",
                self.token,
            ),
            ("axum_csrf, by a token bound to nothing", self.axum_csrf),
            (
                "tower-http, by `Sec-Fetch-Site`, a whole call",
                self.tower_http,
            ),
            ("the same call without its layer", self.tower_http_without),
        ];
        writeln!(f, "| was it forged? | ns | quartiles |")?;
        writeln!(f, "|---|---:|---:|")?;
        for (what, Spread { low, median, high }) in rows {
            writeln!(f, "| {what} | {median:.0} | {low:.0}–{high:.0} |")?;
        }
        Ok(())
    }
}
