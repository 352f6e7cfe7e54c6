//! The drafts that had to go from a browser's cookies, or its session, for newer ones, so that whoever comes back to one is told why it is gone.
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};

use crate::cookie::{CookieSpec, SetCookie, values};
use crate::web::wizard::keep::cookie::{MARK, own_cookie};
use crate::web::wizard::keep::{Keeping, Place};
use crate::web::wizard::visitor::Visitor;
use crate::wizard::RunId;

/// How many a browser remembers of one wizard.
const MOST: usize = 8;
/// For how long.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

impl Keeping {
    /// Lets the browser remember that a draft had to go. The cookie has the beginnings of runs' names, which those of drafts
    /// have in theirs; who changes it changes a sentence.
    pub(super) fn note_displaced(&self, visitor: &Visitor, mark: &str) -> Result<(), Response> {
        let mut marks = self.displaced(visitor);
        marks.retain(|one| one != mark);
        marks.push(mark.to_owned());
        let too_many = marks.len().saturating_sub(MOST);
        marks.drain(..too_many);
        let cookie = SetCookie::new(&self.displaced_cookie(), &marks.join("."));
        let cookie = cookie.map_err(IntoResponse::into_response)?;
        visitor.visit.cookies(&visitor.cookies).jar().put(cookie);
        Ok(())
    }

    /// Says whether the draft of a run had to go for a newer one.
    pub(in crate::web::wizard) fn was_displaced(&self, visitor: &Visitor, run: RunId) -> bool {
        let mark = &run.as_str()[..MARK];
        let has_few = matches!(self.place, Place::Cookie | Place::Session);
        has_few && self.displaced(visitor).iter().any(|one| one == mark)
    }

    fn displaced(&self, visitor: &Visitor) -> Vec<String> {
        let spec = self.displaced_cookie();
        let value = values(&visitor.cookies, spec.name()).next();
        let text = value.and_then(|value| std::str::from_utf8(value).ok());
        let marks = text.unwrap_or_default().split('.');
        let is_mark = |mark: &&str| mark.len() == MARK && mark.bytes().all(is_of_mark);
        marks
            .filter(is_mark)
            .take(MOST)
            .map(str::to_owned)
            .collect()
    }

    fn displaced_cookie(&self) -> CookieSpec {
        let name = format!("wizards-displaced-{}", self.wizard);
        own_cookie(&self.site, &name).max_age(REMEMBERED)
    }
}

fn is_of_mark(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
