//! Drafts that the visitor carries: each sealed in a cookie of its own, over several when it is long.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::cookie::{
    Chunks, CookieSpec, MAX_BYTES, MOST_CHUNKS, SetCookie, bytes_in_chunks, chunk_of, pairs, split,
};
use crate::keys::Purpose;
use crate::web::wizard::keep::{Change, Found, Keeping, Unsaved};
use crate::web::wizard::visitor::Visitor;
use crate::wizard::{Draft, RunId, State};

/// How many runs of one wizard a browser carries; servers take 8 to 16 KiB of headers.
const MOST_RUNS: usize = 4;
/// So much of a run's name tells its cookie from others.
pub(super) const MARK: usize = 8;
/// How long a browser remembers that a run has ended, and how.
const AFTERWARDS: Duration = Duration::from_secs(60 * 60);
/// How long the cookie may be that says so, in bytes.
const MOST_OF_END: usize = 2048;
/// How many bytes are kept free for the names and signs around answers, when it is said how long one may be.
const SPARE: usize = 64;

/// What this request has done to the draft, which no cookie has yet.
#[derive(Default)]
pub(in crate::web::wizard) struct Carried(Mutex<Option<(Draft, usize)>>);

impl Keeping {
    pub(super) fn load_from_cookie(&self, visitor: &Visitor, run: RunId) -> Found {
        self.carried(visitor, run).into()
    }

    fn carried(&self, visitor: &Visitor, run: RunId) -> Option<Draft> {
        let changed = visitor.carried.lock().clone();
        if let Some((draft, _)) = changed
            && draft.run() == run
        {
            return Some(draft);
        }
        let spec = self.spec(&run.as_str()[..MARK]);
        self.read(visitor, &spec).filter(|draft| draft.run() == run)
    }

    pub(super) fn amend_in_cookie(
        &self,
        visitor: &Visitor,
        run: RunId,
        change: &Change,
    ) -> Result<(), Unsaved> {
        match change(self.carried(visitor, run)) {
            Some(draft) => self.put_in_cookie(visitor, draft),
            None => Ok(()),
        }
    }

    /// Lets the browser carry a draft, or how it ended.
    pub(super) fn put_in_cookie(&self, visitor: &Visitor, draft: Draft) -> Result<(), Unsaved> {
        let run = draft.run();
        let is_new = self.carried(visitor, run).is_none();
        let spec = self.spec(&run.as_str()[..MARK]);
        let (chunks, age) = match draft.state() {
            State::Finished { .. } => (self.seal_end(visitor, &spec, &draft), AFTERWARDS),
            _ => (self.seal(&spec, &draft)?, self.lifetime),
        };
        if is_new {
            self.drop_oldest_cookie(visitor)?;
        }
        let written_before = visitor
            .carried
            .lock()
            .as_ref()
            .map_or(0, |(_, count)| *count);
        self.write(visitor, &spec, (&chunks, age), written_before)?;
        *visitor.carried.lock() = Some((draft, chunks.len()));
        Ok(())
    }

    /// Returns how a run ended that the browser remembers.
    pub(super) fn ended_in_cookie(&self, visitor: &Visitor, run: RunId) -> Option<Draft> {
        let ended = |draft: &Draft| matches!(draft.state(), State::Finished { .. });
        self.carried(visitor, run).filter(ended)
    }

    pub(super) fn all_in_cookies(&self, visitor: &Visitor) -> Vec<Draft> {
        let marks = self.marks(visitor).into_iter();
        marks
            .filter_map(|mark| self.read(visitor, &self.spec(&mark)))
            .collect()
    }

    /// Returns the marks of the runs whose cookies came.
    fn marks(&self, visitor: &Visitor) -> Vec<String> {
        let beginning = self.spec("");
        let mut marks = Vec::new();
        let cookies = visitor.cookies.values();
        for (name, _) in cookies.flat_map(|header| pairs(header.as_bytes())) {
            let mark = name.strip_prefix(beginning.name().as_bytes());
            if let Some(mark) = mark.filter(|mark| mark.len() == MARK) {
                let mark = String::from_utf8_lossy(mark).into_owned();
                if !marks.contains(&mark) {
                    marks.push(mark);
                }
            }
        }
        marks
    }

    fn read(&self, visitor: &Visitor, spec: &CookieSpec) -> Option<Draft> {
        let chunks = Chunks::read(&visitor.cookies, spec.name());
        let now = self.now();
        let keys = self.site.keys();
        chunks.joined().flatten().find_map(|value| {
            let opened = keys.open(Purpose::Wizard, spec.name(), &value, now);
            let opened = opened.inspect_err(|refused| {
                metrics::counter!("cloakroom_damaged_drafts_total").increment(1);
                tracing::info!(
                    reason = refused.reason(),
                    "a cookie with a draft did not open"
                );
            });
            let draft: Draft = serde_json::from_slice(&opened.ok()?.content).ok()?;
            (draft.wizard() == self.wizard).then_some(draft)
        })
    }

    fn seal(&self, spec: &CookieSpec, draft: &Draft) -> Result<Vec<String>, Unsaved> {
        let sealed = self.sealed(spec, draft, self.deadline(draft));
        let bytes = bytes_in_chunks(spec.name(), sealed.len());
        if bytes > MOST_CHUNKS * MAX_BYTES {
            tracing::warn!(
                wizard = self.wizard,
                bytes,
                "a draft does not fit into its cookies; keep this wizard's drafts in the session or a store"
            );
            // Sealed, four characters stand for three bytes.
            let by = (bytes - MOST_CHUNKS * MAX_BYTES) * 3 / 4 + SPARE;
            return Err(Unsaved::TooLong { by });
        }
        Ok(split(spec.name(), &sealed))
    }

    /// Seals how a run ended, so that every process that has the keys gives the same answer again. What is too long to be
    /// carried is left out: a confirmation without its text, at last no cookie at all.
    fn seal_end(&self, visitor: &Visitor, spec: &CookieSpec, draft: &Draft) -> Vec<String> {
        let silent = || {
            let mut silent = draft.clone();
            silent.set_state(State::Finished {
                to: visitor.url(draft.run(), "finished"),
                said: Some(String::new()),
            });
            silent
        };
        let has_text = matches!(draft.state(), State::Finished { said: Some(_), .. });
        let tries = [Some(draft.clone()), has_text.then(silent)];
        for draft in tries.iter().flatten() {
            let sealed = self.sealed(spec, draft, self.now().plus(AFTERWARDS));
            if sealed.len() <= MOST_OF_END {
                return split(spec.name(), &sealed);
            }
        }
        tracing::warn!(
            wizard = self.wizard,
            "where a visitor was sent at the end does not fit into a cookie, so it is only remembered by this process"
        );
        Vec::new()
    }

    fn sealed(&self, spec: &CookieSpec, draft: &Draft, until: Timestamp) -> String {
        let content = serde_json::to_vec(draft).unwrap_or_default();
        let keys = self.site.keys();
        keys.seal(Purpose::Wizard, spec.name(), &content, self.now(), until)
    }

    fn write(
        &self,
        visitor: &Visitor,
        spec: &CookieSpec,
        (chunks, age): (&[String], Duration),
        written_before: usize,
    ) -> Result<(), Response> {
        let cookies = visitor.visit.cookies(&visitor.cookies);
        let mut jar = cookies.jar();
        let mut put = |cookie: crate::Result<SetCookie>| {
            cookie
                .map(|cookie| jar.put(cookie))
                .map_err(IntoResponse::into_response)
        };
        for (index, value) in chunks.iter().enumerate() {
            let chunk = chunk_of(spec, index).into_owned().max_age(age);
            put(SetCookie::new(&chunk, value))?;
        }
        let brought = Chunks::read(&visitor.cookies, spec.name()).brought();
        let left: Vec<usize> = brought
            .from(chunks.len())
            .chain(chunks.len()..written_before)
            .collect();
        for index in left {
            put(SetCookie::delete(&chunk_of(spec, index)))?;
        }
        Ok(())
    }

    fn drop_oldest_cookie(&self, visitor: &Visitor) -> Result<(), Response> {
        let marks = self.marks(visitor);
        if marks.len() < MOST_RUNS {
            return Ok(());
        }
        // What does not open any more goes first, then what has ended, and last what its visitor has saved.
        let worth = |mark: &String| {
            let draft = self.read(visitor, &self.spec(mark))?;
            let is_open = *draft.state() == State::Open;
            Some((is_open, is_open && draft.is_saved(), draft.order()))
        };
        let worths = marks.into_iter().map(|mark| (worth(&mark), mark));
        let Some((worth, mark)) = worths.min() else {
            return Ok(());
        };
        if matches!(worth, Some((true, ..))) {
            self.note_displaced(visitor, &mark)?;
        }
        self.write(visitor, &self.spec(&mark), (&[], AFTERWARDS), 0)
    }

    fn spec(&self, mark: &str) -> CookieSpec {
        own_cookie(&self.site, &format!("wizard-{}-{mark}", self.wizard))
    }
}

/// Describes a cookie of the library's own.
pub(super) fn own_cookie(site: &crate::config::Site, name: &str) -> CookieSpec {
    match site.plain_http {
        true => CookieSpec::new(name.to_owned()).secure(false),
        false => CookieSpec::new(format!("__Host-{name}")),
    }
}

impl Carried {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Draft, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
