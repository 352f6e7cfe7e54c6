//! The site that the clients visit: each page does one thing to the session, and takes its time.
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, Request};
use axum_core::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tower_layer::Layer;
use tower_service::Service;

use crate::config::Cloakroom;
use crate::error::Result;
use crate::keys::KeyRing;
use crate::session::{Entries, Key, Session};
use crate::store::AnyStore;
use crate::testing::Browser;
use crate::testing::history::dice::Dice;
use crate::testing::history::event::{Kind, Seen, Wish};

const LINEAGE: Key<Vec<u64>> = Key::new("lineage");
const ITEMS: Key<Vec<u64>> = Key::new("items");
const COUNT: Key<u64> = Key::new("count");
/// The number of the last request that wrote, so that no two versions of a record are the same bytes.
const LAST: Key<u64> = Key::new("last");
/// How many fields there are to set and remove.
pub(super) const FIELDS: u64 = 3;
/// Who signs in, everywhere.
const USER: &str = "ada";

/// Opens a node of the site on its store.
pub(super) fn node(store: AnyStore, secret: &str, seed: u64) -> Browser {
    let keys = KeyRing::new(secret).expect("a generated secret is long enough");
    let cloakroom = Cloakroom::builder(keys)
        .store(store)
        .sweep_every(None)
        .build()
        .expect("the settings are sound");
    Browser::of(cloakroom.layer().layer(Pages { seed }))
}

/// All pages, below the layer.
#[derive(Clone)]
struct Pages {
    seed: u64,
}

impl Service<Request> for Pages {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let seed = self.seed;
        Box::pin(async move { Ok(page(request, seed).await) })
    }
}

async fn page(request: Request, seed: u64) -> Response {
    let (mut parts, _) = request.into_parts();
    let Some(wish) = Wish::of(parts.uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let session = match Session::from_request_parts(&mut parts, &()).await {
        Ok(session) => session,
        Err(rejection) => return rejection.into_response(),
    };
    let mut dice = Dice::of(seed ^ wish.op);
    dice.dawdle().await;
    let fulfilled = match wish.kind {
        Kind::Read => seen(&session),
        _ => fulfil(&session, wish, &mut dice).await,
    };
    dice.dawdle().await;
    match fulfilled {
        Ok(seen) => json(&seen),
        Err(error) => error.into_response(),
    }
}

/// Does what a writing page is for, and says to which session.
async fn fulfil(session: &Session, wish: Wish, dice: &mut Dice) -> Result<Seen> {
    let Wish { op, kind } = wish;
    match kind {
        Kind::Append if dice.below(2) == 0 => {
            session.update(&ITEMS, move |items| items.push(op))?;
        }
        // The other way to append, which is merged: read, think, write.
        Kind::Append => {
            let mut items = session.get_or_default(&ITEMS)?;
            dice.dawdle().await;
            items.push(op);
            session.set(&ITEMS, items)?;
        }
        Kind::Increment => session.update(&COUNT, |count| *count += 1)?,
        Kind::Set(field) => session.set(name(field).as_str(), op)?,
        Kind::Remove(field) => session.remove(name(field).as_str())?,
        Kind::Login => session.login(USER)?,
        Kind::Renew => session.renew()?,
        Kind::Logout | Kind::Read => {}
    }
    let lineage = match kind {
        Kind::Renew | Kind::Logout => session.get_or_default(&LINEAGE)?,
        _ => sign(session, wish)?,
    };
    if kind == Kind::Logout {
        session.logout()?;
    }
    Ok(Seen {
        lineage,
        ..Seen::default()
    })
}

/// Writes the request's number into a session that is new, or that a login makes another one.
fn sign(session: &Session, wish: Wish) -> Result<Vec<u64>> {
    let op = wish.op;
    session.set(&LAST, op)?;
    let lineage = session.get_or_default(&LINEAGE)?;
    if !lineage.is_empty() && wish.kind != Kind::Login {
        return Ok(lineage);
    }
    session.update(&LINEAGE, move |lineage| lineage.push(op))?;
    session.get_or_default(&LINEAGE)
}

fn seen(session: &Session) -> Result<Seen> {
    let mut fields = BTreeMap::new();
    for field in 0..FIELDS {
        if let Some(value) = session.get(name(field).as_str())? {
            fields.insert(field, value);
        }
    }
    Ok(Seen {
        lineage: session.get_or_default(&LINEAGE)?,
        items: session.get_or_default(&ITEMS)?,
        count: session.get_or_default(&COUNT)?,
        fields,
    })
}

/// Reads a record as it stands in the store; what is not there counts as empty.
pub(super) fn seen_in(entries: &Entries) -> Seen {
    fn value<T: serde::de::DeserializeOwned>(entries: &Entries, name: &str) -> Option<T> {
        serde_json::from_slice(entries.get(name.as_bytes())?.as_bytes()).ok()
    }
    let field = |field| Some((field, value(entries, &name(field))?));
    Seen {
        lineage: value(entries, "lineage").unwrap_or_default(),
        items: value(entries, "items").unwrap_or_default(),
        count: value(entries, "count").unwrap_or_default(),
        fields: (0..FIELDS).filter_map(field).collect(),
    }
}

fn name(field: u64) -> String {
    format!("field-{field}")
}

fn json(seen: &Seen) -> Response {
    let text = serde_json::to_vec(seen).expect("numbers can be written");
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, Body::from(text)).into_response()
}
