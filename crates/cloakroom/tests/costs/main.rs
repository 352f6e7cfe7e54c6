//! What a request may cost, whatever machine it runs on: allocations, and calls of the store.
//!
//! `bounds.json` says how much each may be: as little as it was when that was written, so that more is noticed. The
//! benchmark counts instructions, and holds them against those of other libraries.
use std::alloc::System;
use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use axum::routing::get;
use axum::{Router, response::IntoResponse};
use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::FaultyStore;
use cloakroom::{Cloakroom, CsrfToken, Key, KeyRing, Messages, Session};
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::layer::util::Identity;
use tower::{Service, ServiceExt};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BOUNDS: &str = include_str!("bounds.json");

/// Enough to even out what grows once in a while.
const REQUESTS: usize = 200;

/// What a browser of the site sends beside the session's cookie.
const COMPANY: &str = "visited=7";

const COUNTER: Key<u32> = Key::new("counter");
const CART: Key<Vec<Item>> = Key::new("cart");

#[derive(Debug, PartialEq, Deserialize)]
struct Cost {
    /// How many more than under a layer that does nothing; growing one counts as one.
    allocations: f64,
    store_calls: f64,
}

// One test, since allocations are counted for the whole process.
#[tokio::test]
async fn no_request_costs_more_than_its_bound() {
    let bounds: BTreeMap<String, Cost> = serde_json::from_str(BOUNDS).unwrap();
    let idle = allocations(Visitor::to("untouched", site().layer(Identity::new()))).await;
    let mut over = Vec::new();
    for (case, bound) in &bounds {
        let cost = Cost {
            allocations: allocations(begun(case, MemoryStore::new().into()).await).await - idle,
            store_calls: store_calls(case).await,
        };
        if cost.allocations > bound.allocations || cost.store_calls > bound.store_calls {
            over.push(format!("{case}: {cost:?}, at most {bound:?}"));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}

async fn store_calls(case: &str) -> f64 {
    let (store, faults) = FaultyStore::before(MemoryStore::new());
    let mut visitor = begun(case, store.into()).await;
    let before = faults.all_calls();
    visitor.visit().await;
    (faults.all_calls() - before) as f64
}

async fn allocations(mut visitor: Visitor) -> f64 {
    visitor.visit().await;
    let region = Region::new(ALLOCATOR);
    for _ in 0..REQUESTS {
        visitor.visit().await;
    }
    let change = region.change();
    let count = (change.allocations + change.reallocations) as f64;
    (count / REQUESTS as f64).round()
}

/// Somebody who has a session, and visits one page again and again.
struct Visitor {
    site: Router,
    path: String,
    cookies: header::HeaderValue,
}

/// Begins a session on a site with the layer.
async fn begun(case: &str, store: AnyStore) -> Visitor {
    let mut visitor = Visitor::to(case, site().layer(cloakroom(store).layer()));
    let started = visitor.send("/start").await;
    let cookies = started.headers().get_all(header::SET_COOKIE).iter();
    let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let pairs: Vec<_> = [COMPANY].into_iter().chain(pairs).collect();
    visitor.cookies = pairs.join("; ").parse().unwrap();
    visitor
}

impl Visitor {
    fn to(case: &str, site: Router) -> Self {
        Self {
            // As `axum::serve` does: otherwise axum builds every layer anew for each request.
            site: site.with_state(()),
            path: format!("/{case}"),
            cookies: header::HeaderValue::from_static(COMPANY),
        }
    }

    async fn visit(&mut self) {
        let path = self.path.clone();
        self.send(&path).await;
    }

    async fn send(&mut self, path: &str) -> Response<Body> {
        let request = Request::get(path)
            .header(header::HOST, "shop.example")
            .header(header::COOKIE, self.cookies.clone());
        let request = request.body(Body::empty()).unwrap();
        let site: &mut Router = ServiceExt::<Request<Body>>::ready(&mut self.site)
            .await
            .unwrap();
        let (head, body) = site.call(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(head.status, StatusCode::OK, "{path}: {body:?}");
        Response::from_parts(head, body.into())
    }
}

fn cloakroom(store: AnyStore) -> Cloakroom {
    let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
    let builder = Cloakroom::builder(keys).store(store).sweep_every(None);
    builder.build().unwrap()
}

fn site() -> Router {
    Router::new()
        .route("/start", get(start))
        .route("/untouched", get(async || "ok"))
        .route("/read", get(read))
        .route("/increment", get(increment))
        .route("/append", get(append))
        .route("/token", get(async |token: CsrfToken| token.to_string()))
        .route("/message", get(message))
}

/// Begins a session of a counter and a cart.
async fn start(session: Session) -> cloakroom::Result<&'static str> {
    session.set(&COUNTER, 1)?;
    session.set(&CART, (1..=20).map(Item::numbered).collect())?;
    Ok("ok")
}

async fn read(session: Session) -> cloakroom::Result<impl IntoResponse> {
    let counter = session.get(&COUNTER)?;
    Ok(counter.map_or((StatusCode::NOT_FOUND, "none"), |_| (StatusCode::OK, "ok")))
}

async fn increment(session: Session) -> cloakroom::Result<&'static str> {
    session.update(&COUNTER, |counter| *counter += 1)?;
    Ok("ok")
}

async fn append(session: Session) -> cloakroom::Result<&'static str> {
    session.update(&CART, |cart| {
        let next = cart.last().map_or(1, |item| item.id + 1);
        cart.push(Item::numbered(next));
        cart.remove(0);
    })?;
    Ok("ok")
}

async fn message(messages: Messages) -> &'static str {
    messages.success("Added to your cart.");
    "ok"
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Item {
    id: u32,
    name: String,
    quantity: u32,
    price: u32,
}

impl Item {
    fn numbered(id: u32) -> Self {
        Self {
            id,
            name: "Wool scarf, hand woven, heather".to_owned(),
            quantity: 2,
            price: 4950,
        }
    }
}
