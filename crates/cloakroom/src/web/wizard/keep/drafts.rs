//! Drafts as records of their own, in any store that sessions can be kept in: they outlive sessions and devices.
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use axum_core::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::cookie::{CookieSpec, SetCookie, values};
use crate::error::{Error, StoreError};
use crate::session::{Body, Entries, Name, Raw, Record, StoreKey, Stored, Version};
use crate::store::{AnyStore, Created, Saved};
use crate::web::rejection::unavailable;
use crate::web::wizard::html::not_found;
use crate::web::wizard::keep::access::{
    Access, Holder, Link, SECRET, digest, draw, of_guest, of_user,
};
use crate::web::wizard::keep::cookie::own_cookie;
use crate::web::wizard::keep::{Change, Found, Keeping};
use crate::web::wizard::visitor::Visitor;
use crate::wizard::{Draft, RunId, State};

const DRAFT: Name = Name::from_static(crate::wizard::DRAFT);
const ACCESS: Name = Name::from_static("access");
/// How often a draft is tried to be saved while other processes save it first.
const TRIES: usize = 12;
/// How many devices may share one draft.
const MOST_DEVICES: usize = 8;
/// How many of a visitor's drafts are looked at to find the newest.
const MOST_LOOKED_AT: usize = 20;
/// How long a finished run is remembered, so that its confirmation page can be loaded again.
const AFTERWARDS: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// The store of drafts.
pub(in crate::web::wizard) struct Drafts {
    pub(in crate::web::wizard) store: AnyStore,
}

/// A draft as this request last saw it in the store, so that it is loaded once, and the cookie that it gives its visitor.
#[derive(Default)]
pub(in crate::web::wizard) struct Seen {
    draft: Mutex<Option<(RunId, Option<Kept>)>>,
    given: OnceLock<String>,
    /// Who was signed in when the request came; whom `done` signs in is somebody else's draft as before, since its answer,
    /// and the login with it, may be lost.
    user: OnceLock<Option<String>>,
}

impl Seen {
    fn note(&self, run: RunId, kept: Option<Kept>) {
        *self.lock() = Some((run, kept));
    }

    /// Returns what was seen of a run, once.
    fn take(&self, run: RunId) -> Option<Option<Kept>> {
        let (seen, kept) = self.lock().take()?;
        (seen == run).then_some(kept)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(RunId, Option<Kept>)>> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A draft as it stands in the store.
#[derive(Clone)]
struct Kept {
    draft: Draft,
    access: Access,
    version: Version,
}

impl Drafts {
    pub(super) async fn load(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        run: RunId,
    ) -> Result<Found, Response> {
        let holder = self.holder(keeping, visitor).await?;
        let kept = self.find(keeping, run).await.map_err(outage)?;
        if kept.is_none() && holder.is_unknown() {
            // With the page, so that who sends it twice is the same both times.
            give_cookie(keeping, visitor)?;
        }
        visitor.seen.note(run, kept.clone());
        Ok(match kept {
            None => Found::Nothing,
            Some(kept) if kept.access.admits(&holder) => Found::Draft(Box::new(kept.draft)),
            Some(_) => Found::Foreign,
        })
    }

    pub(super) async fn amend(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        run: RunId,
        change: &Change,
        link: Option<&Link>,
    ) -> Result<(), Response> {
        let mut holder = self.holder(keeping, visitor).await?;
        if holder.is_unknown() {
            holder.owner = Some(give_cookie(keeping, visitor)?);
        }
        let mut seen = visitor.seen.take(run);
        for _ in 0..TRIES {
            let kept = match seen.take() {
                Some(kept) => kept,
                None => self.find(keeping, run).await.map_err(outage)?,
            };
            let (before, mut access, version) = match kept {
                Some(kept) if !kept.access.admits(&holder) => {
                    return Err(not_found(visitor, &keeping.words));
                }
                Some(kept) => (Some(kept.draft), kept.access, Some(kept.version)),
                None => (None, Access::default(), None),
            };
            let Some(draft) = change(before) else {
                return Ok(());
            };
            access.take_over(&holder);
            if let Some(link) = link {
                access.link = Some(link.clone());
            }
            let saved = self.put(keeping, &draft, &access, version).await;
            if let Some(version) = saved.map_err(outage)? {
                let kept = Kept {
                    draft,
                    access,
                    version,
                };
                visitor.seen.note(run, Some(kept));
                return Ok(());
            }
        }
        Err(unavailable())
    }

    pub(super) async fn all(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
    ) -> Result<Vec<Draft>, Response> {
        let holder = self.holder(keeping, visitor).await?;
        let labels = [
            holder.user.as_deref().map(of_user),
            holder.owner.as_deref().map(of_guest),
        ];
        let now = keeping.now();
        let mut found = Vec::new();
        for label in labels.into_iter().flatten() {
            let mut listed = self.store.of_user(&label, now).await.map_err(outage)?;
            listed.sort_by_key(|one| std::cmp::Reverse(one.expires));
            for one in listed.into_iter().take(MOST_LOOKED_AT) {
                let stored = self.store.load(&one.key, now).await.map_err(outage)?;
                let kept = stored.and_then(read);
                let own = kept.filter(|kept| {
                    kept.draft.wizard() == keeping.wizard && kept.access.admits(&holder)
                });
                found.extend(own.map(|kept| kept.draft));
            }
        }
        Ok(found)
    }

    /// Says to which run a link leads, and whether it is this visitor's already.
    ///
    /// # Errors
    /// As [`Drafts::resume`].
    pub(in crate::web::wizard) async fn look(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        token: &str,
    ) -> Result<(RunId, bool), Response> {
        let holder = self.holder(keeping, visitor).await?;
        let kept = self.behind(keeping, visitor, token, &holder).await?;
        Ok((kept.draft.run(), kept.access.admits(&holder)))
    }

    /// Finds what is behind a link; once that has ended there is nothing left to go on with, but for those who had it.
    async fn behind(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        token: &str,
        holder: &Holder,
    ) -> Result<Kept, Response> {
        let nothing = || not_found(visitor, &keeping.words);
        let (run, secret) = token.split_once('.').ok_or_else(nothing)?;
        let run = RunId::parse(run).ok_or_else(nothing)?;
        let kept = self.find(keeping, run).await.map_err(outage)?;
        let is_open = |kept: &Kept| {
            let link = kept.access.link.as_ref();
            let has_ended = matches!(kept.draft.state(), State::Finished { .. });
            link.is_some_and(|link| link.opens(secret, keeping.now()))
                && (!has_ended || kept.access.admits(holder))
        };
        kept.filter(is_open).ok_or_else(nothing)
    }

    /// Lets this device have the run that a link leads to.
    ///
    /// # Errors
    /// Gives the answer to give when the link is none, is over, or was replaced.
    pub(in crate::web::wizard) async fn resume(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        token: &str,
    ) -> Result<RunId, Response> {
        let holder = self.holder(keeping, visitor).await?;
        for _ in 0..TRIES {
            let mut kept = self.behind(keeping, visitor, token, &holder).await?;
            let run = kept.draft.run();
            if kept.access.admits(&holder) {
                return Ok(run);
            }
            let owner = match &holder.owner {
                Some(owner) => owner.clone(),
                None => give_cookie(keeping, visitor)?,
            };
            let owners = &mut kept.access.owners;
            owners.push(owner);
            if owners.len() > MOST_DEVICES {
                owners.remove(1);
            }
            let version = Some(kept.version);
            let saved = self.put(keeping, &kept.draft, &kept.access, version).await;
            if saved.map_err(outage)?.is_some() {
                return Ok(run);
            }
        }
        Err(unavailable())
    }

    async fn find(&self, keeping: &Keeping, run: RunId) -> Result<Option<Kept>, StoreError> {
        let stored = self.store.load(&key(keeping, run), keeping.now()).await?;
        let kept = stored.and_then(read);
        Ok(kept.filter(|kept| kept.draft.run() == run && kept.draft.wizard() == keeping.wizard))
    }

    /// Saves a draft, unless somebody else has saved it in between.
    async fn put(
        &self,
        keeping: &Keeping,
        draft: &Draft,
        access: &Access,
        version: Option<Version>,
    ) -> Result<Option<Version>, StoreError> {
        let record = record(keeping, draft, access);
        let key = key(keeping, draft.run());
        let Some(version) = version else {
            return Ok(match self.store.create(&key, &record).await? {
                Created::New(version) => Some(version),
                Created::Taken => None,
            });
        };
        Ok(match self.store.save(&key, &version, &record).await? {
            Saved::Saved(version) => Some(version),
            Saved::Conflict(_) | Saved::Gone => None,
        })
    }

    async fn holder(&self, keeping: &Keeping, visitor: &Visitor) -> Result<Holder, Response> {
        let session = visitor.session().await?;
        let spec = cookie(keeping);
        let given = || visitor.seen.given.get().cloned();
        let sent = values(&visitor.cookies, spec.name()).find_map(|value| {
            let value = std::str::from_utf8(value).ok()?;
            (value.len() == SECRET).then(|| digest(value))
        });
        Ok(Holder {
            owner: sent.or_else(given),
            user: visitor.seen.user.get_or_init(|| session.user_id()).clone(),
        })
    }
}

fn read(stored: Stored) -> Option<Kept> {
    let Body::Record(record) = stored.body else {
        return None;
    };
    let entries = record.entries();
    let draft = entries
        .get(DRAFT.as_bytes())?
        .decode(DRAFT.as_bytes())
        .ok()?;
    let access = entries
        .get(ACCESS.as_bytes())?
        .decode(ACCESS.as_bytes())
        .ok()?;
    Some(Kept {
        draft,
        access,
        version: stored.version,
    })
}

fn record(keeping: &Keeping, draft: &Draft, access: &Access) -> Record {
    let now = keeping.now();
    let expires = match draft.state() {
        State::Finished { .. } => now.plus(AFTERWARDS),
        _ => keeping.deadline(draft),
    };
    let json = |value: serde_json::Result<Vec<u8>>| Raw::from_json(value.unwrap_or_default());
    let entries: Entries = [
        (DRAFT, json(serde_json::to_vec(draft))),
        (ACCESS, json(serde_json::to_vec(access))),
    ]
    .into_iter()
    .collect();
    let record = Record::new(draft.begun(), expires).with_entries(entries);
    match access.label() {
        Some(label) => record.with_user(label),
        None => record,
    }
}

/// The key under which a run stands: a digest, as stores never see what stands in a URL.
fn key(keeping: &Keeping, run: RunId) -> StoreKey {
    let mut digest = Sha256::new();
    for part in ["cloakroom draft", keeping.wizard, run.as_str()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    StoreKey::from_bytes(digest.finalize().into())
}

fn cookie(keeping: &Keeping) -> CookieSpec {
    own_cookie(&keeping.site, "wizard-owner").max_age(keeping.lifetime * 2)
}

/// Gives the visitor a cookie by which their drafts are found; returns its digest.
fn give_cookie(keeping: &Keeping, visitor: &Visitor) -> Result<String, Response> {
    let secret = draw();
    let cookie = SetCookie::new(&cookie(keeping), &secret).map_err(IntoResponse::into_response)?;
    let cookies = visitor.visit.cookies(&visitor.cookies);
    cookies.jar().put(cookie);
    let owner = visitor.seen.given.get_or_init(|| digest(&secret));
    Ok(owner.clone())
}

fn outage(error: StoreError) -> Response {
    Error::Store(error).into_response()
}
