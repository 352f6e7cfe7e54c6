//! Saving in the middle of a request, for what must be known to be saved before anything else is done.
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};

use crate::config::Site;
use crate::error::StoreError;
use crate::keys::Purpose;
use crate::session::{
    Amendment, Body, Held, Known, Name, Origin, Owed, Record, Session, StoreKey, Stored, Token,
};
use crate::store::{Created, Saving};
use crate::web::carry_out::{outage, refusal, refuse_write};
use crate::web::load;
use crate::web::rejection::unavailable;
use crate::web::visit::Asked;

/// What the browser is to be told of a session that was saved in the middle of a request.
pub(super) struct Given {
    pub(super) token: Token,
    /// For how long it outlives the browser.
    pub(super) age: Option<Duration>,
    /// Whether the session began with that.
    pub(super) is_new: bool,
}

/// What a session that begins in the middle of a request is known by, before the browser has its cookie.
pub(super) struct Claim([u8; 64]);

impl Claim {
    /// Makes the claim of a visitor on what comes of one matter: of secrets that only their browser has.
    pub(super) fn on(site: &Site, matter: &str, secrets: &[u8]) -> Self {
        Self(site.keys().derive(Purpose::Ticket, matter, secrets))
    }

    fn ticket(&self, site: &Site) -> (Token, StoreKey) {
        site.rules.policy.tickets.made_of(&self.0)
    }
}

/// Saves the values that were changed so far, merged with what others save at the same time, and goes on with the
/// session as it is then.
///
/// A session that begins with that gets the token that belongs to `claim`, so that the same browser finds it again when it
/// never saw this answer. What `always` names is saved even when all else waits for the end of the request: as it does where
/// the visitor carries the session, and where somebody signs in.
///
/// # Errors
/// Gives the answer to give when that can't be done.
pub(super) async fn save_now(
    asked: &Asked,
    session: &Session,
    claim: Option<&Claim>,
    always: Option<&Name>,
) -> Result<(), Response> {
    let site = &asked.site;
    if site.store.in_cookie().is_some() {
        return Ok(());
    }
    let Some(Owed { origin, amendment }) = session.owed_now(site.clock.now(), always) else {
        return Ok(());
    };
    let known = match origin {
        Origin::Known(known) => save(asked, known, amendment).await?,
        Origin::Nobody | Origin::DeadCookie => begin(asked, claim, amendment).await?,
        // A login has just replaced the token of this write; it may be tried again.
        Origin::Replaced(_) => return Err(unavailable()),
        Origin::Unreadable => return Err(refuse_write()),
    };
    session.go_on_with(known);
    Ok(())
}

/// Gives a visitor who came with no session the one that began when they made this claim before, if it is still a guest's.
///
/// # Errors
/// Gives the answer to give when the store can't be used.
pub(super) async fn find_again(
    asked: &Asked,
    session: &Session,
    claim: &Claim,
) -> Result<(), Response> {
    if asked.site.store.in_cookie().is_some() || !session.is_nobodys() {
        return Ok(());
    }
    if let Some(known) = claimed(asked, claim).await? {
        session.go_on_with(known);
    }
    Ok(())
}

async fn save(asked: &Asked, known: Known, amendment: Amendment) -> Result<Known, Response> {
    let site = &asked.site;
    let (pushes, now) = (amendment.pushes(), amendment.now());
    let turns = &site.turns;
    let saved = turns.save(&site.store, &site.rules, &known, amendment);
    let known = match saved.await {
        Saving::Done(record, version) => Known {
            record,
            version,
            ..known
        },
        Saving::DoneElsewhere => moved(asked, &known).await?,
        Saving::Gone => return Err(unavailable()),
        other => return Err(refusal(other)),
    };
    if pushes
        && let Held::Token(token) = &known.held
        && site.rules.policy.cookie_age(&known.record, now).is_some()
    {
        give(asked, token, &known.record, false);
    }
    Ok(known)
}

async fn begin(
    asked: &Asked,
    claim: Option<&Claim>,
    amendment: Amendment,
) -> Result<Known, Response> {
    let site = &asked.site;
    let record = amendment
        .first(&site.rules.policy)
        .map_err(IntoResponse::into_response)?;
    if let Some(claim) = claim {
        let (token, key) = claim.ticket(site);
        if let Some(known) = create(asked, token, key, &record).await? {
            return Ok(known);
        }
        if let Some(known) = claimed(asked, claim).await? {
            return save(asked, known, amendment).await;
        }
    }
    let (token, key) = site.rules.policy.tickets.draw();
    let created = create(asked, token, key, &record).await?;
    created.ok_or_else(|| outage(&StoreError::new(site.store.name(), "find a free key")))
}

/// Creates a session; `None` when there is one under its key.
async fn create(
    asked: &Asked,
    token: Token,
    key: StoreKey,
    record: &Record,
) -> Result<Option<Known>, Response> {
    let created = asked.site.store.create(&key, record).await;
    let Created::New(version) = created.map_err(|error| outage(&error))? else {
        return Ok(None);
    };
    give(asked, &token, record, true);
    Ok(Some(Known {
        key,
        version,
        record: record.clone(),
        held: Held::Token(token),
    }))
}

/// Looks for the session that began when this claim was made before. One in which somebody has signed in is nobody's to claim.
async fn claimed(asked: &Asked, claim: &Claim) -> Result<Option<Known>, Response> {
    let (site, now) = (&asked.site, asked.site.clock.now());
    let (token, key) = claim.ticket(site);
    let found = site.store.load(&key, now).await;
    let Some(Stored {
        body: Body::Record(record),
        version,
    }) = found.map_err(|error| outage(&error))?
    else {
        return Ok(None);
    };
    if record.user().is_some() || site.rules.policy.is_over(&record, now) {
        return Ok(None);
    }
    give(asked, &token, &record, true);
    Ok(Some(Known {
        key,
        version,
        record,
        held: Held::Token(token),
    }))
}

/// Notes what the browser is to be told.
fn give(asked: &Asked, token: &Token, record: &Record, is_new: bool) {
    let site = &asked.site;
    let age = site.rules.policy.cookie_age(record, site.clock.now());
    let token = token.clone();
    let _ = asked.given.set(Given { token, age, is_new });
}

async fn moved(asked: &Asked, known: &Known) -> Result<Known, Response> {
    match load::again(&asked.site, known.key).await {
        Ok(Some(known)) => Ok(known),
        Ok(None) => Err(unavailable()),
        Err(error) => Err(outage(&error)),
    }
}
