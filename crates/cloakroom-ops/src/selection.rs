//! Which sessions are meant: all, a user's, those that began long ago.
use std::fmt;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::StoreKey;
use cloakroom::store::{AnyStore, Listed};

use crate::letters::quoted;
use crate::pages::{PAGE, Pages};
use crate::when::When;

/// Some of a store's sessions; the default is all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only this user's.
    pub user: Option<String>,
    /// Only those that began, or whose user signed in, at this time or before.
    pub begun_until: Option<Timestamp>,
    /// Only those whose users signed in on a device with this label.
    pub device: Option<String>,
}

/// The selected sessions that are still to come, in the order of their keys.
#[derive(Debug)]
pub struct Selected<'a> {
    source: Source<'a>,
    begun_until: Option<Timestamp>,
    device: Option<String>,
}

#[derive(Debug)]
enum Source<'a> {
    All(Pages<'a>),
    OfUser(std::vec::IntoIter<Listed>),
}

impl fmt::Display for Selection {
    /// Says which are meant, for the audit log; names between quotes, so that none looks like another condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let names = [("user", &self.user), ("device", &self.device)];
        for (what, name) in names {
            parts.extend(name.as_ref().map(|name| format!("{what} {}", quoted(name))));
        }
        let begun = self.begun_until;
        parts.extend(begun.map(|at| format!("begun until {}", When(at).rfc3339())));
        match parts.is_empty() {
            true => f.write_str("all"),
            false => f.write_str(&parts.join(", ")),
        }
    }
}

impl Selection {
    /// Begins to go through the sessions after this key that are live at `now`; without a key, through all. Those of a user are asked
    /// for at once, all others a page at a time.
    ///
    /// # Errors
    /// When the store can't be asked or can't list sessions.
    pub async fn after<'a>(
        &self,
        store: &'a AnyStore,
        after: Option<StoreKey>,
        now: Timestamp,
    ) -> Result<Selected<'a>, StoreError> {
        let source = match &self.user {
            None => Source::All(Pages::after(store, after, now)),
            Some(user) => {
                let mut theirs = store.of_user(user, now).await?;
                theirs.retain(|listed| after.is_none_or(|after| listed.key > after));
                theirs.sort_by_key(|listed| listed.key);
                Source::OfUser(theirs.into_iter())
            }
        };
        Ok(Selected {
            source,
            begun_until: self.begun_until,
            device: self.device.clone(),
        })
    }

    /// Says whether a session is among them, but for its user, by whom the store is asked.
    #[must_use]
    pub fn has(&self, listed: &Listed) -> bool {
        let device = listed.particulars.as_ref().and_then(|noted| noted.device());
        self.begun_until.is_none_or(|until| listed.created <= until)
            && (self.device.is_none() || self.device.as_deref() == device)
    }

    /// Counts them, by going through them.
    ///
    /// # Errors
    /// When the store can't be asked or can't list sessions.
    pub async fn count(&self, store: &AnyStore, now: Timestamp) -> Result<u64, StoreError> {
        self.count_seeing(store, now, |_| {}).await
    }

    /// Counts them, and shows each to `see`.
    ///
    /// # Errors
    /// As [`Selection::count`].
    pub async fn count_seeing(
        &self,
        store: &AnyStore,
        now: Timestamp,
        see: impl FnMut(&Listed) + Send,
    ) -> Result<u64, StoreError> {
        let mut selected = self.after(store, None, now).await?;
        let (mut count, mut see) = (0, see);
        while let Some(page) = selected.next().await? {
            count += page.len() as u64;
            page.iter().for_each(&mut see);
        }
        Ok(count)
    }
}

impl Selected<'_> {
    /// Asks for at most this many at a time, when nothing is filtered out.
    #[must_use]
    pub fn of(mut self, size: usize) -> Self {
        if let (Source::All(pages), None, None) = (&mut self.source, self.begun_until, &self.device)
        {
            pages.size(size);
        }
        self
    }

    /// Returns the next of them, perhaps none of a page; `None` at the end.
    ///
    /// # Errors
    /// When the store can't be asked or can't list sessions.
    pub async fn next(&mut self) -> Result<Option<Vec<Listed>>, StoreError> {
        let page = match &mut self.source {
            Source::All(pages) => pages.next().await?,
            Source::OfUser(rest) if rest.len() == 0 => None,
            Source::OfUser(rest) => Some(rest.take(PAGE).collect::<Vec<_>>()),
        };
        let Some(mut page) = page else {
            return Ok(None);
        };
        if let Some(until) = self.begun_until {
            page.retain(|listed| listed.created <= until);
        }
        if let Some(device) = &self.device {
            let on = |listed: &Listed| listed.particulars.as_ref()?.device().map(ToOwned::to_owned);
            page.retain(|listed| on(listed).as_ref() == Some(device));
        }
        Ok(Some(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_users_name_looks_like_another_condition_or_hides_a_blank() {
        let told = |user: &str, device: Option<&str>| {
            let selection = Selection {
                user: Some(user.into()),
                begun_until: None,
                device: device.map(Into::into),
            };
            selection.to_string()
        };
        assert_eq!(told("a", Some("x")), "user \"a\", device \"x\"");
        assert_eq!(told("a, device x", None), "user \"a, device x\"");
        assert_eq!(told(" demo", None), "user \"\\u{20}demo\"");
        assert_eq!(Selection::default().to_string(), "all");
    }
}
