//! What a site's security headers add to an answer.
use std::{convert::Infallible, fmt::Write, hint::black_box, time::Instant};

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderValue, Request, Response, header},
};
use cloakroom::{
    Cloakroom, CspNonce, KeyRing,
    headers::{Csp, Hsts, Ramp, ResourcePolicy, Settings},
    store::MemoryStore,
};
use serde::Serialize;
use tower::{Layer, Service, service_fn, util::BoxCloneSyncService};

use crate::{Result, spread::Spread};

/// Requests in a row between two looks at the clock: few, so that most laps are undisturbed.
const REQUESTS: u32 = 200;

/// Laps in one round.
const LAPS: u32 = 25;

/// Which headers go out with an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sheet {
    /// None: what the others are compared with.
    Off,
    /// Those that a site sends which sets nothing.
    Defaults,
    /// Every header that there is.
    All,
    /// The same, and the page shows its nonce.
    AllWithNonce,
}

/// How much longer an answer takes than one without these headers, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HeaderTimes {
    /// With those that a site sends which sets nothing.
    pub defaults: Spread,
    /// With every header that there is.
    pub all: Spread,
    /// With a nonce drawn for it as well.
    pub all_with_nonce: Spread,
}

impl HeaderTimes {
    /// Times each sheet in so many rounds, right after the site without.
    ///
    /// # Errors
    ///
    /// When a site can't be set up, or an answer has not the headers that it should.
    pub async fn take(rounds: u32) -> Result<Self> {
        Ok(Self {
            defaults: over_off(Sheet::Defaults, rounds).await?,
            all: over_off(Sheet::All, rounds).await?,
            all_with_nonce: over_off(Sheet::AllWithNonce, rounds).await?,
        })
    }
}

async fn over_off(sheet: Sheet, rounds: u32) -> Result<Spread> {
    let mut off = Answers::of(Sheet::Off).await?;
    let mut on = Answers::of(sheet).await?;
    let mut times = Vec::new();
    for _ in 0..rounds * LAPS {
        let without = time(&mut off).await;
        times.push(time(&mut on).await - without);
    }
    Ok(Spread::of(times))
}

async fn time(answers: &mut Answers) -> f64 {
    let start = Instant::now();
    answers.give(REQUESTS).await;
    start.elapsed().as_nanos() as f64 / f64::from(REQUESTS)
}

/// A site of one page, whose answer has a type and a length before the layer adds to it.
pub struct Answers {
    site: BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>,
}

impl Answers {
    /// Opens the site, and looks whether the headers are there.
    ///
    /// # Errors
    ///
    /// When it can't be set up, or they are not.
    pub async fn of(sheet: Sheet) -> Result<Self> {
        let keys = KeyRing::new(KeyRing::generate_secret())?;
        let cloakroom = Cloakroom::builder(keys)
            .store(MemoryStore::new())
            .sweep_every(None)
            .headers(|headers| sheet.settings(headers))
            .build()?;
        let page = service_fn(move |request| answer(request, sheet));
        let site = BoxCloneSyncService::new(cloakroom.layer().layer(page));
        let mut answers = Self { site };
        let headers = answers.one().await.headers().len();
        if headers != sheet.headers() {
            return Err(format!("{sheet:?}: an answer has {headers} headers").into());
        }
        Ok(answers)
    }

    /// Has so many requests answered, one after the other.
    pub async fn give(&mut self, times: u32) {
        for _ in 0..times {
            black_box(self.one().await);
        }
    }

    async fn one(&mut self) -> Response<Body> {
        let Ok(answer) = self.site.call(Request::new(Body::empty())).await;
        answer
    }
}

impl Sheet {
    fn settings(self, headers: Settings) -> Settings {
        match self {
            Self::Off => headers.off(),
            Self::Defaults => headers,
            Self::All | Self::AllWithNonce => headers
                .hsts(Hsts::from(Ramp::TwoYears).include_subdomains())
                .resource_policy(ResourcePolicy::SameOrigin)
                .permissions_policy(|p| p.deny("camera").deny("microphone").deny("geolocation"))
                .reporting_endpoint("csp", "/reports")
                .csp(|_| Csp::strict().report_to("csp"))
                .csp_report_only(|_| Csp::strict().report_to("csp"))
                .xss_filter_off(),
        }
    }

    /// How many headers an answer has, the page's own two among them.
    fn headers(self) -> usize {
        match self {
            Self::Off => 2,
            Self::Defaults => 6,
            Self::All => 13,
            // And what keeps it out of shared caches.
            Self::AllWithNonce => 14,
        }
    }
}

async fn answer(
    request: Request<Body>,
    sheet: Sheet,
) -> std::result::Result<Response<Body>, Infallible> {
    if sheet == Sheet::AllWithNonce {
        let (mut parts, _) = request.into_parts();
        if let Ok(nonce) = CspNonce::from_request_parts(&mut parts, &()).await {
            let _ = write!(Nowhere, "{nonce}");
        }
    }
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html"),
        (header::CONTENT_LENGTH, "0"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Takes text and keeps none of it.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        black_box(text);
        Ok(())
    }
}
