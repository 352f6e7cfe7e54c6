//! The site: a page for each kind of request.
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use cloakroom::messages::Storage;
use cloakroom::store::{AnyStore, InCookie, MemoryStore};
use cloakroom::{Cloakroom, CsrfToken, Key, KeyRing, Messages, Session};
use serde::{Deserialize, Serialize};
use tower::ServiceBuilder;
use tower::layer::util::Identity;

use crate::Case;

/// Where the pages are.
pub(crate) mod path {
    pub(crate) const START: &str = "/start";
    pub(crate) const START_SEALED: &str = "/start-sealed";
    pub(crate) const UNTOUCHED: &str = "/untouched";
    pub(crate) const READ: &str = "/read";
    pub(crate) const INCREMENT: &str = "/increment";
    pub(crate) const APPEND: &str = "/append";
    pub(crate) const TOKEN: &str = "/token";
    pub(crate) const SAY: &str = "/say";
    pub(crate) const SHOW: &str = "/show";
}

const COUNTER: Key<u32> = Key::new("counter");
const CART: Key<Vec<Item>> = Key::new("cart");
const MESSAGE: &str = "Added to your cart.";

/// What the site stands under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layer {
    /// A layer that does nothing.
    Nothing,
    /// The library's.
    Cloakroom,
    /// The library's, beneath one that wastes a little: it copies every cookie of the request.
    Wasteful,
}

impl Layer {
    const ALL: [Self; 3] = [Self::Nothing, Self::Cloakroom, Self::Wasteful];

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Cloakroom => "cloakroom",
            Self::Wasteful => "wasteful",
        }
    }

    /// Returns the layer of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }
}

/// A layer and the store beneath it.
#[derive(Clone)]
pub struct Stack {
    layer: Layer,
    /// Other than the one that the case is about.
    store: Option<AnyStore>,
}

impl Stack {
    /// Puts the library's layer on this store.
    #[must_use]
    pub fn on(store: AnyStore) -> Self {
        Self {
            layer: Layer::Cloakroom,
            store: Some(store),
        }
    }

    /// Says whether visitors have sessions there.
    #[must_use]
    pub fn remembers(&self) -> bool {
        self.layer != Layer::Nothing
    }
}

impl From<Layer> for Stack {
    fn from(layer: Layer) -> Self {
        Self { layer, store: None }
    }
}

/// Returns the site of a case.
///
/// # Panics
/// When its settings are wrong.
pub fn site(case: Case, stack: &Stack) -> Router {
    let ours = || {
        let store = stack.store.clone();
        cloakroom(case, store.unwrap_or_else(|| store_of(case))).layer()
    };
    let site = match stack.layer {
        Layer::Nothing => pages().layer(Identity::new()),
        Layer::Cloakroom => pages().layer(ours()),
        Layer::Wasteful => pages().layer(
            ServiceBuilder::new()
                .map_request(copy_cookies)
                .layer(ours()),
        ),
    };
    // As `axum::serve` does: otherwise axum builds every layer anew for each request.
    site.with_state(())
}

fn store_of(case: Case) -> AnyStore {
    match case.is_sealed() {
        true => InCookie::new().into(),
        false => MemoryStore::new().into(),
    }
}

fn cloakroom(case: Case, store: AnyStore) -> Cloakroom {
    let keys = KeyRing::new(KeyRing::generate_secret()).expect("a fresh secret is long enough");
    let storage = match case {
        Case::MessageInSession => Storage::Session,
        _ => Storage::default(),
    };
    let builder = Cloakroom::builder(keys).store(store).messages(storage);
    builder
        // Which peers of the library have none of, and which cost the same on every page.
        .headers(|headers| headers.off())
        .sweep_every(None)
        .build()
        .expect("the defaults are a valid set-up")
}

fn copy_cookies(request: Request) -> Request {
    let cookies = request.headers().get_all(header::COOKIE).iter();
    let texts = cookies.filter_map(|cookie| cookie.to_str().ok());
    let all: Vec<_> = texts
        .flat_map(|text| text.split("; "))
        .map(String::from)
        .collect();
    assert!(all.len() < 100, "the visitor sends a few");
    request
}

fn pages() -> Router {
    Router::new()
        .route(path::START, get(start))
        .route(path::START_SEALED, get(start_sealed))
        .route(path::UNTOUCHED, get(async || "ok"))
        .route(path::READ, get(read))
        .route(path::INCREMENT, get(increment))
        .route(path::APPEND, get(append))
        .route(path::TOKEN, get(async |token: CsrfToken| token.to_string()))
        .route(path::SAY, get(say))
        .route(path::SHOW, get(show))
}

/// Begins a session of a counter and a cart.
async fn start(session: Session) -> cloakroom::Result<&'static str> {
    session.set(&COUNTER, 1)?;
    session.set(&CART, (1..=20).map(Item::numbered).collect())?;
    Ok("ok")
}

/// Begins a session of a counter, for a visitor who carries it.
async fn start_sealed(session: Session) -> cloakroom::Result<&'static str> {
    session.set(&COUNTER, 1)?;
    Ok("ok")
}

async fn read(session: Session) -> cloakroom::Result<impl IntoResponse> {
    Ok(found(session.get(&COUNTER)?))
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

async fn say(messages: Messages) -> &'static str {
    messages.success(MESSAGE);
    "ok"
}

async fn show(messages: Messages) -> impl IntoResponse {
    let mut waiting = messages.iter();
    found(waiting.find(|message| message.text().as_str() == MESSAGE))
}

fn found<T>(what: Option<T>) -> (StatusCode, &'static str) {
    what.map_or((StatusCode::NOT_FOUND, "none"), |_| (StatusCode::OK, "ok"))
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
