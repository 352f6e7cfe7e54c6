//! One request to a wizard: whose it is, and which addresses its pages have.
use axum::extract::OriginalUri;
use axum_core::response::{IntoResponse, Response};
use http::header::{COOKIE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::config::Site;
use crate::cookie::values;
use crate::form::Received;
use crate::headers::Scheme;
use crate::keys::{KeyRing, Purpose};
use crate::session::{Name, Session};
use crate::web::save_now::{Claim, find_again, save_now};
use crate::web::visit::Visit;
use crate::web::wizard::keep::{Carried, Seen, Written};
use crate::wizard::{Draft, RunId};

/// One request to a wizard.
pub(super) struct Visitor {
    pub(super) visit: Visit,
    /// The cookies that it came with.
    pub(super) cookies: HeaderMap,
    /// The origin under which it was sent, as far as the request says.
    pub(super) origin: Option<String>,
    /// Where the wizard is mounted, without a slash at the end.
    base: String,
    /// What the URL says behind its question mark.
    query: Received,
    /// What this request has done to the cookie that carries its draft.
    pub(super) carried: Carried,
    /// The same of the cookie that another program reads as well.
    pub(super) written: Written,
    /// The draft as it was last seen in a store of drafts.
    pub(super) seen: Seen,
}

impl Visitor {
    /// Looks at a request.
    ///
    /// # Errors
    /// When the layer is missing.
    pub(super) fn of(parts: &Parts) -> Result<Self, Response> {
        let visit = Visit::of(parts, "a wizard").map_err(IntoResponse::into_response)?;
        let sent = parts.headers.get_all(COOKIE).iter();
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            visit: visit.clone(),
            cookies: sent.map(|value| (COOKIE, value.clone())).collect(),
            origin: origin(visit.site(), parts),
            base: base(parts),
            query: Received::urlencoded(query.as_bytes()),
            carried: Carried::default(),
            written: Written::default(),
            seen: Seen::default(),
        })
    }

    /// Returns the session; the first time, this is the load.
    ///
    /// # Errors
    /// When the store can't be used.
    pub(super) async fn session(&self) -> Result<Session, Response> {
        let session = self.visit.session(&self.cookies).await;
        session.map_err(IntoResponse::into_response)
    }

    /// Saves what was changed in the session so far, and in any case what `always` names.
    ///
    /// # Errors
    /// Gives the answer to give when that can't be done.
    pub(super) async fn save_now(&self, run: RunId, always: Option<&Name>) -> Result<(), Response> {
        let session = self.session().await?;
        let claim = self.claim(run);
        save_now(&self.visit.0, &session, claim.as_ref(), always).await
    }

    /// Finds the session that began with a page of this run whose answer the browser never saw.
    ///
    /// # Errors
    /// Gives the answer to give when the store can't be used.
    pub(super) async fn find_session_again(&self, run: RunId) -> Result<(), Response> {
        match self.claim(run) {
            Some(claim) => find_again(&self.visit.0, &self.session().await?, &claim).await,
            None => Ok(()),
        }
    }

    /// Returns what gives this browser's runs their keys.
    pub(super) fn cutter(&self) -> Cutter {
        let site = self.visit.site();
        let secrets = [&site.csrf_cookie, &site.session_cookie]
            .into_iter()
            .filter_map(|cookie| values(&self.cookies, cookie.name()).last())
            .filter(|secret| !secret.is_empty());
        Cutter {
            keys: site.keys().clone(),
            secrets: secrets.map(<[u8]>::to_vec).collect(),
        }
    }

    /// What tells that two requests to a run came from one browser that has no session yet: the secret cookie that came
    /// with the page. Who could plant that could as well plant the cookie of a session.
    fn claim(&self, run: RunId) -> Option<Claim> {
        let site = self.visit.site();
        let mut secrets = values(&self.cookies, site.csrf_cookie.name());
        let only = secrets.next().filter(|secret| !secret.is_empty())?;
        (secrets.next().is_none()).then(|| Claim::on(site, run.as_str(), only))
    }

    /// Says whether the URL asks for this.
    pub(super) fn asks(&self, flag: &str) -> bool {
        self.query.has(flag)
    }

    /// Returns the address at which the wizard begins, or goes on.
    pub(super) fn start(&self) -> &str {
        match self.base.is_empty() {
            true => "/",
            false => &self.base,
        }
    }

    /// Returns the address of a page of a run.
    pub(super) fn url(&self, run: RunId, page: &str) -> String {
        format!("{}/{run}/{page}", self.base)
    }

    /// Returns the address at which a run goes on.
    pub(super) fn run_url(&self, run: RunId) -> String {
        format!("{}/{run}", self.base)
    }

    /// Returns the address by which another device finds a run.
    pub(super) fn resume_url(&self, token: &str) -> String {
        format!("{}/resume/{token}", self.base)
    }
}

/// Cuts the keys of one browser's runs, of the secrets that only this browser has.
pub(super) struct Cutter {
    keys: KeyRing,
    secrets: Vec<Vec<u8>>,
}

impl Cutter {
    /// Returns the key that a run of this name has when this browser begins it: the same each time, and no other's.
    /// `None` for a browser that has no secret yet.
    pub(super) fn key(&self, run: RunId) -> Option<RunId> {
        self.keys(run).next()
    }

    /// Returns all keys by which this browser is known to have had the run, the first one foremost.
    pub(super) fn keys(&self, run: RunId) -> impl Iterator<Item = RunId> {
        let matter = format!("the key of {run}");
        self.secrets.iter().map(move |secret| {
            let key = self.keys.derive(Purpose::Wizard, &matter, secret);
            RunId::derived(&key)
        })
    }

    /// Returns the key of a draft: its own, or the one that it is given with the next page sent.
    pub(super) fn key_of(&self, draft: &Draft) -> RunId {
        let given = draft.key().or_else(|| self.key(draft.run()));
        given.unwrap_or_else(|| draft.run())
    }
}

/// Returns under which origin a request was sent.
fn origin(site: &Site, parts: &Parts) -> Option<String> {
    let named = parts.headers.get(HOST).map(HeaderValue::to_str);
    let host = match (named, parts.uri.authority()) {
        (Some(host), _) => host.ok()?,
        (None, Some(authority)) => authority.as_str(),
        (None, None) => return None,
    };
    let over = site.headers.scheme(&parts.headers, &parts.extensions);
    let scheme = match over {
        Scheme::Https if !site.plain_http => "https",
        _ => "http",
    };
    is_host(host).then(|| format!("{scheme}://{host}"))
}

/// Says whether a text may be the host of an origin, with its port.
pub(super) fn is_host(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// What stands before the wizard's own part of the path, wherever it is nested.
fn base(parts: &Parts) -> String {
    let whole = match parts.extensions.get::<OriginalUri>() {
        Some(original) => original.0.path(),
        None => parts.uri.path(),
    };
    let own = parts.uri.path().trim_end_matches('/');
    let base = whole.trim_end_matches('/');
    base.strip_suffix(own).unwrap_or(base).to_owned()
}
