//! Everything a web application needs to remember a visitor between two requests: cookies, sessions,
//! flash messages, CSRF protection, security headers, forms and multi-step wizards with uploads for
//! [axum](https://docs.rs/axum) and any [tower](https://docs.rs/tower) service, in one crate and with one layer.
//!
//! *A theatre's cloakroom keeps your coat and gives you a small ticket. The ticket is worthless to
//! anybody who steals a look at it, and everything of value stays behind the counter.*
//!
//! # Start
//!
//! ```console
//! $ cargo add cloakroom --features sqlite
//! $ cargo add axum
//! $ cargo add tokio --features macros,net,rt-multi-thread
//! ```
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use axum::{Router, extract::Path, response::Redirect, routing::post};
//! use cloakroom::{Cloakroom, Key, KeyRing, Messages, Session, store::MemoryStore};
//!
//! const CART: Key<BTreeMap<u32, u32>> = Key::new("cart");
//!
//! async fn add(
//!     session: Session,
//!     messages: Messages,
//!     Path(product): Path<u32>,
//! ) -> cloakroom::Result<Redirect> {
//!     session.update(&CART, move |cart| *cart.entry(product).or_default() += 1)?;
//!     messages.success("Added to your cart.");
//!     Ok(Redirect::to("/cart"))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = KeyRing::generate_secret(); // in production: KeyRing::from_env("CLOAKROOM_SECRET")?
//! let cloakroom = Cloakroom::builder(KeyRing::new(secret)?)
//!     .store(MemoryStore::new()) // or store::connect("sqlite://shop.db").await?
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/cart/add/{product}", post(add))
//!     .layer(cloakroom.layer());
//! # Ok(())
//! # }
//! ```
//!
//! It is set up for HTTPS. To try it on this machine over plain HTTP, add
//! [`allow_plain_http_on_localhost(address)`](Builder::allow_plain_http_on_localhost). Whole programs of at most sixty lines are in the
//! repository under `crates/cloakroom/examples`, and its guide (`docs`) leads from an empty folder to a running site.
//!
//! # What a handler can take
//!
//! | argument | what it is |
//! |---|---|
//! | [`Session`] | what is remembered of the visitor; taking it is the load, after that every call is synchronous |
//! | [`LazySession`] | the same, loaded only if the handler asks |
//! | [`Messages`] | flash messages, over once somebody iterated over them |
//! | [`Cookies`] | the request's cookies and the response's: plain, signed, sealed |
//! | `Valid<T>`, `form::Bound<T>` | a typed form, checked (feature `forms`) |
//! | [`CsrfToken`] | proof for a form; the layer itself checks every request that changes something |
//! | [`CspNonce`] | lets this answer's inline scripts and styles through the site's policy ([`headers`]) |
//! | [`csrf::Verdict`] | what that check found |
//!
//! Handles are cheap clones that take `&self`, work with `?` and need not be returned. A handler's error is [`Error`], which answers
//! with the status that fits.
//!
//! # Where to look
//!
//! | for | look at |
//! |---|---|
//! | every setting | [`Builder`], [`session::Policy`], [`messages::Settings`], [`csrf::Settings`], [`headers::Settings`], [`store::Options`] |
//! | settings from the environment | [`Cloakroom::from_env`] |
//! | stores, and the URLs that open them | [`store`], [`store::connect`] |
//! | signing in and out | [`Session::login`], [`session::Login`], [`Cloakroom::sessions_of`] |
//! | keys, and how they rotate | [`KeyRing`] |
//! | what a site's settings make of OWASP, ASVS and NIST | [`Cloakroom::audit`] |
//! | tests of your own site | `testing` (feature `testing`) |
//!
//! # What is promised
//!
//! - **What you don't touch costs nothing:** no store call, no lock, no cookie. Reading creates no row.
//! - **No update is lost.** Saving compares versions; on a conflict the handler's changes are done
//!   again on the fresher record ([`Session::update`]) or merged ([`Session::set`]).
//! - **Logged out stays logged out.** Saving never creates.
//! - **An outage is never an empty session** but a 503, and nothing is overwritten.
//! - **Nothing is cut off in silence:** sizes are measured after sealing and encoding.
//! - **A wrong set-up does not start:** [`Builder::build`] lists every problem at once.
//! - **The client can't read, forge or replay:** tokens are 256 random bits of which stores see only
//!   the digest, sealed cookies are bound to name, purpose and deadline, and keys rotate without
//!   logging anybody out.
//!
//! # Features
//!
//! None is on by default: the library then keeps sessions in memory or in cookies, and pulls in no database.
//!
//! | feature | gives |
//! |---|---|
//! | `sqlite` | [`store::SqliteStore`] and `sqlite://` URLs |
//! | `postgres` | [`store::PostgresStore`] and `postgres://` URLs |
//! | `mysql` | [`store::MysqlStore`] and `mysql://` URLs |
//! | `redis` | [`store::RedisStore`] and `redis://` URLs, behind Sentinel and as a cluster too |
//! | `file` | [`store::FileStore`] and `file://` URLs |
//! | `memcached` | [`store::MemcachedStore`] and `memcached://` URLs |
//! | `forms` | [`form`]: typed forms, read, checked and shown |
//! | `wizards` | [`wizard`]: forms in several steps, kept between visits |
//! | `decimal` | decimal numbers as fields of forms |
//! | `minijinja` | [`Messages`], [`CsrfToken`], [`CspNonce`] and forms as template values |
//! | `uploads` | [`files::Files`]: files that visitors send, in a local folder |
//! | `s3` | the same in S3 and what speaks its protocol |
//! | `django` | [`django`]: what a Django 5.2 site signs, stores and sends, read and written |
//! | `devices` | labels such as `Firefox on Linux` for the sessions of signed-in users |
//! | `testing` | a suite that proves stores, a checker of histories, a browser without a window, a store that fails on demand |
//!
//! Time is a value: [`clock::Clock`] can be turned by hand in tests. Metrics go to the
//! [`metrics`](https://docs.rs/metrics) facade, events to [`tracing`](https://docs.rs/tracing); neither
//! ever sees a token, a cookie's value or a session's values.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod clock;
mod config;
pub mod cookie;
pub mod csrf;
#[cfg(feature = "django")]
pub mod django;
mod error;
#[cfg(feature = "uploads")]
pub mod files;
#[cfg(feature = "forms")]
pub mod form;
pub mod headers;
pub mod keys;
pub mod messages;
pub mod session;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod web;
#[cfg(feature = "wizards")]
pub mod wizard;

pub use config::{Builder, Cloakroom, Environment, Linger, OwnSession, OwnSessions, audit};
pub use cookie::{CookieSpec, Cookies, SameSite};
pub use csrf::CsrfToken;
pub use error::{
    ConfigError, CookieProblem, Error, JsonProblem, MAX_DEPTH, PlaceProblem, Problem, Result,
    StoreError, TableVersions,
};
pub use headers::CspNonce;
pub use keys::KeyRing;
pub use messages::{Level, Messages};
pub use session::{Expiry, Key, Session};
pub use web::{
    CloakroomLayer, CloakroomService, CsrfScript, LazySession, Overshared, OwnPage, Rejection,
};
#[cfg(feature = "forms")]
pub use web::{FileSink, FormRejection, InvalidForm, Valid};
