//! A dashboard for operators, to be mounted anywhere behind a guard: what there is, who is signed in, and ending it.
//!
//! ```
//! use cloakroom::Session;
//! use cloakroom_ops::dashboard::{Role, Staff, dashboard};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let keys = cloakroom::KeyRing::new(cloakroom::KeyRing::generate_secret())?;
//! # let cloakroom = cloakroom::Cloakroom::builder(keys).store_in_memory().build()?;
//! let ops = dashboard(&cloakroom, |session: &Session| {
//!     let user = session.user_id().filter(|user| user == "staff")?;
//!     Some(Staff::new(user, Role::Operator))
//! });
//! let app: axum::Router = axum::Router::new().nest("/ops/", ops.router()).layer(cloakroom.layer());
//! # Ok(())
//! # }
//! ```
mod acts;
mod assets;
mod detail;
mod history;
mod keys;
mod listing;
mod overview;
mod page;
mod plot;
mod sampler;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cloakroom::csrf::{Passed, Verdict};
use cloakroom::files::Files;
use cloakroom::store::{AnyStore, Listed};
use cloakroom::{Cloakroom, CspNonce, CsrfToken, Session};

use crate::audit::{AuditLog, Entry};
use crate::dashboard::sampler::{Sampler, Watched};
use crate::figures::Figures;
use crate::handle::LogIds;

/// Who looks at the dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    name: String,
    role: Role,
}

/// What somebody may do in the dashboard; each may do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look at figures, lists and sessions without their values.
    Reader,
    /// End sessions.
    Operator,
    /// See values as well; each look is written into the audit log.
    Revealer,
}

impl Staff {
    /// Names somebody, as the audit log will.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        let name = name.into();
        Self { name, role }
    }
}

type Guard = dyn Fn(&Session) -> Option<Staff> + Send + Sync;

/// A dashboard on its way to its router. See [`dashboard`].
#[must_use]
pub struct Dashboard {
    cloakroom: Cloakroom,
    guard: Arc<Guard>,
    figures: Figures,
    drafts: Option<AnyStore>,
    uploads: Option<Files>,
    audit: Option<AuditLog>,
}

/// Makes a dashboard that only those see whom the guard lets in; for all others there is no such page (404).
///
/// It has to stand below [`Cloakroom::layer`], whose CSRF check each act needs; an act that nobody checked is refused.
/// It needs a store that can be looked into; with another it says so.
///
/// There is none without a guard:
///
/// ```compile_fail
/// # let keys = cloakroom::KeyRing::new(cloakroom::KeyRing::generate_secret()).unwrap();
/// # let cloakroom = cloakroom::Cloakroom::builder(keys).store_in_memory().build().unwrap();
/// let ops = cloakroom_ops::dashboard::dashboard(&cloakroom);
/// ```
pub fn dashboard(
    cloakroom: &Cloakroom,
    guard: impl Fn(&Session) -> Option<Staff> + Send + Sync + 'static,
) -> Dashboard {
    Dashboard {
        cloakroom: cloakroom.clone(),
        guard: Arc::new(guard),
        figures: Figures::default(),
        drafts: None,
        uploads: None,
        audit: None,
    }
}

impl Dashboard {
    /// Shows what this recorder has seen; without one the plots and tables of metrics stay empty.
    pub fn figures(mut self, figures: Figures) -> Self {
        self.figures = figures;
        self
    }

    /// Counts what waits in this store of drafts as well. Those in sessions are counted anyway, once somebody has been to a
    /// wizard; those in cookies are with their visitors.
    pub fn drafts(mut self, store: &AnyStore) -> Self {
        self.drafts = Some(store.clone());
        self
    }

    /// Counts the files that wait in this storage until their wizard is finished or a sweep removes them.
    pub fn uploads(mut self, files: &Files) -> Self {
        self.uploads = Some(files.clone());
        self
    }

    /// Writes each act into this log. Without one acts are traced, and the last 1,000 are kept in memory.
    pub fn audit(mut self, log: AuditLog) -> Self {
        self.audit = Some(log);
        self
    }

    /// Returns the pages, to be nested at a path that ends with a slash. Sessions are counted in the background from now on, once a minute or, where that takes long, so
    /// seldom that a twentieth of the time is spent on it.
    pub fn router(self) -> Router {
        let watched = Watched {
            cloakroom: self.cloakroom.clone(),
            figures: self.figures.clone(),
            drafts: self.drafts,
            uploads: self.uploads,
        };
        let desk = Arc::new(Desk {
            sampler: Sampler::start(watched),
            cloakroom: self.cloakroom,
            guard: self.guard,
            figures: self.figures,
            acts: acts::Acts::new(self.audit),
        });
        Router::new()
            .route("/", get(overview::show))
            .route("/live", get(overview::live))
            .route("/sessions", get(listing::show))
            .route("/sessions/{handle}", get(detail::show))
            .route("/sessions/{handle}/reveal", post(detail::reveal))
            .route("/sessions/{handle}/revoke", post(acts::revoke_one))
            .route("/revoke", post(acts::revoke))
            .route("/audit", get(history::show))
            .route("/dashboard.css", get(assets::style))
            .route("/dashboard.js", get(assets::script))
            .route("/icon.svg", get(assets::icon))
            .fallback(elsewhere)
            .layer(from_fn_with_state(desk.clone(), page::framed))
            .with_state(desk)
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dashboard(..)")
    }
}

/// How long a page may look for the session that an id in logs means; the command looks for as long as it takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What all pages share.
struct Desk {
    cloakroom: Cloakroom,
    guard: Arc<Guard>,
    figures: Figures,
    acts: acts::Acts,
    sampler: Sampler,
}

impl Desk {
    fn now(&self) -> cloakroom::clock::Timestamp {
        self.cloakroom.now()
    }

    fn log_ids(&self) -> LogIds {
        LogIds::from(&self.cloakroom).within(PATIENCE)
    }

    fn note(&self, staff: &Staff, act: &str, target: &str, sessions: u64) -> Result<(), Response> {
        let entry = Entry::new(self.now(), "dashboard", &staff.name, act, target);
        self.acts.note(entry.sessions(sessions)).map_err(|error| {
            tracing::error!(%error, "an act was refused, since it can't be noted");
            page::plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The audit log can't be written",
            )
        })
    }
}

/// Somebody whom the guard let in, and what a page for him needs.
struct Visit {
    staff: Staff,
    csrf: CsrfToken,
    nonce: CspNonce,
    /// The id by which logs speak of his session, and its user.
    own: (Option<String>, Option<String>),
    /// Where the dashboard is mounted.
    base: String,
}

impl FromRequestParts<Arc<Desk>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, desk).await;
        let session = session.map_err(IntoResponse::into_response)?;
        let Some(staff) = (desk.guard)(&session) else {
            return Err(page::plain(StatusCode::NOT_FOUND, "There is no such page"));
        };
        let csrf = CsrfToken::from_request_parts(parts, desk).await;
        let nonce = CspNonce::from_request_parts(parts, desk).await;
        Ok(Self {
            staff,
            own: (session.id_for_logs(), session.user_id()),
            csrf: csrf.map_err(IntoResponse::into_response)?,
            nonce: nonce.map_err(IntoResponse::into_response)?,
            base: base(parts),
        })
    }
}

impl Visit {
    fn may(&self, role: Role) -> bool {
        self.staff.role >= role
    }

    /// Says whether this is the session of who looks.
    fn is_own(&self, desk: &Desk, listed: &Listed) -> bool {
        // Most are of other users, and then no id has to be made.
        listed.user == self.own.1 && self.is_own_id(Some(&desk.cloakroom.log_id(&listed.key)))
    }

    /// The same by the id by which logs speak of it.
    fn is_own_id(&self, log_id: Option<&str>) -> bool {
        log_id.is_some() && self.own.0.as_deref() == log_id
    }
}

async fn elsewhere() -> Response {
    page::plain(StatusCode::NOT_FOUND, "There is no such page")
}

/// Returns where the dashboard is mounted: what the whole path has before its own.
fn base(parts: &Parts) -> String {
    let whole = parts.extensions.get::<axum::extract::OriginalUri>();
    let whole = whole.map_or(parts.uri.path(), |uri| uri.path());
    let own = parts.uri.path();
    // Mounted at `/ops`, its first page is `/ops` to others and `/` to itself.
    let before = whole.strip_suffix(own).unwrap_or(whole);
    before.trim_end_matches('/').to_owned()
}

/// Somebody who may do something, by a request that is not forged.
struct Doer(Visit);

impl FromRequestParts<Arc<Desk>> for Doer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let State(state) = State::<Arc<Desk>>::from_request_parts(parts, desk)
            .await
            .map_err(IntoResponse::into_response)?;
        let visit = Visit::from_request_parts(parts, &state).await?;
        let verdict = Verdict::from_request_parts(parts, desk).await;
        let verdict = verdict.map_err(IntoResponse::into_response)?;
        match verdict.result() {
            Ok(Passed::Exempt | Passed::SafeMethod) | Err(_) => Err(page::plain(
                StatusCode::FORBIDDEN,
                "Nobody has checked whether this request is forged",
            )),
            Ok(_) if visit.may(Role::Operator) => Ok(Self(visit)),
            Ok(_) => Err(page::plain(
                StatusCode::FORBIDDEN,
                "You may look and do nothing",
            )),
        }
    }
}
