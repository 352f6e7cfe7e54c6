//! What metrics and traces at their default level add to a request: laps with a recorder and a subscriber, each right after one
//! without. The traces are formatted and thrown away, as to a file that costs nothing.
use std::io::sink;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{COOKIE, HOST, SET_COOKIE};
use axum::routing::get;
use cloakroom::store::MemoryStore;
use cloakroom::{Cloakroom, KeyRing, Session};
use cloakroom_bench::{Result, spread::Spread};
use cloakroom_ops::figures::Figures;
use tokio::runtime::Builder;
use tower::{Service, ServiceExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::told;

const LAPS: usize = 2_000;
const REQUESTS: usize = 200;
/// In nanoseconds.
const BOUND: f64 = 300.0;

/// Measures, prints, and says whether the bound is met.
pub(crate) fn measure() -> Result<bool> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut is_met = true;
    for (what, path) in [
        ("recorded: nothing asked for", "/untouched"),
        ("recorded: a number read", "/read"),
        ("recorded: a number saved", "/save"),
    ] {
        let added = runtime.block_on(added(path))?;
        is_met &= told(what, "ns", added.median, added.high, BOUND);
    }
    Ok(is_met)
}

/// Returns by how many nanoseconds a request takes longer.
async fn added(path: &str) -> Result<Spread> {
    let (mut app, cookie) = site().await?;
    let figures: &'static Figures = Box::leak(Box::new(Figures::new()));
    let mut times = Vec::with_capacity(LAPS);
    for _ in 0..LAPS {
        let without = lap(&mut app, path, &cookie).await?;
        let recorder = metrics::set_default_local_recorder(figures);
        let subscriber = tracing_subscriber::fmt()
            .with_writer(sink)
            .finish()
            .set_default();
        // The first of a lap makes what is kept of each callsite.
        lap_of(1, &mut app, path, &cookie).await?;
        let with = lap(&mut app, path, &cookie).await?;
        drop((recorder, subscriber));
        times.push(with - without);
    }
    if figures.counted("cloakroom_requests_total") < (LAPS * REQUESTS) as u64 {
        return Err("the requests were not recorded".into());
    }
    Ok(Spread::of(times))
}

async fn lap(app: &mut Router, path: &str, cookie: &str) -> Result<f64> {
    lap_of(REQUESTS, app, path, cookie).await
}

/// Returns how many nanoseconds one request of a lap takes.
async fn lap_of(requests: usize, app: &mut Router, path: &str, cookie: &str) -> Result<f64> {
    let mut all = Vec::with_capacity(requests);
    for _ in 0..requests {
        let request = Request::get(path)
            .header(HOST, "localhost")
            .header(COOKIE, cookie);
        all.push(request.body(Body::empty())?);
    }
    let begun = Instant::now();
    for request in all {
        let answer = ServiceExt::<Request<Body>>::ready(app)
            .await?
            .call(request)
            .await?;
        if !answer.status().is_success() {
            return Err(format!("{path} answered {}", answer.status()).into());
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1e9 / requests as f64)
}

/// Opens a site, and returns the cookie of somebody whose session holds a number.
async fn site() -> Result<(Router, String)> {
    let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store(MemoryStore::new())
        .sweep_every(None)
        .build()?;
    let read = |session: Session| async move { session.get::<u32>("number").map(drop) };
    let save = |session: Session| async move { session.update("number", |n: &mut u32| *n += 1) };
    let mut app = Router::new()
        .route("/untouched", get(|| async {}))
        .route("/read", get(read))
        .route("/save", get(save))
        .layer(cloakroom.layer())
        .with_state(());
    let request = Request::get("/save")
        .header(HOST, "localhost")
        .body(Body::empty())?;
    let answer = ServiceExt::<Request<Body>>::ready(&mut app)
        .await?
        .call(request)
        .await?;
    let cookie = answer
        .headers()
        .get(SET_COOKIE)
        .ok_or("no session was begun")?;
    let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
    Ok((app, cookie.to_owned()))
}
