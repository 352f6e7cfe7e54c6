//! Values of the library's own, under names that handlers can't use.
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
#[cfg(feature = "wizards")]
use crate::session::Raw;
use crate::session::{Name, OnClash, Session};

impl Session {
    /// Changes a value of the library's own.
    pub(crate) fn update_own<T, R, F>(&self, name: Name, change: F) -> Result<R>
    where
        T: Serialize + DeserializeOwned + Default,
        F: Fn(&mut T) -> R + Send + Sync + 'static,
    {
        self.update_any(name, OnClash::LastWins, change)
    }

    /// Returns a list of the library's own; one that can't be read counts as empty.
    pub(crate) fn own<T: DeserializeOwned + Default>(&self, name: &Name) -> T {
        let raw = self.bag().value(name.as_bytes()).cloned();
        raw.and_then(|raw| raw.decode(name.as_bytes()).ok())
            .unwrap_or_default()
    }

    /// Returns the same as it was loaded, whatever became of the session since.
    pub(crate) fn own_as_loaded<T: DeserializeOwned + Default>(&self, name: &Name) -> T {
        let raw = self.bag().loaded(name.as_bytes()).cloned();
        raw.and_then(|raw| raw.decode(name.as_bytes()).ok())
            .unwrap_or_default()
    }

    /// Returns the JSON of a value that is the library's and another program's.
    #[cfg(feature = "wizards")]
    pub(crate) fn shared(&self, name: &Name) -> Option<String> {
        let raw = self.bag().value(name.as_bytes()).cloned()?;
        Some(String::from_utf8_lossy(raw.as_bytes()).into_owned())
    }

    /// Changes the JSON of a value that is the library's and another program's; like [`Session::update`] again on what
    /// was saved meanwhile.
    #[cfg(feature = "wizards")]
    pub(crate) fn update_shared<F>(&self, name: Name, change: F) -> Result<()>
    where
        F: Fn(Option<&str>) -> String + Send + Sync + 'static,
    {
        let apply = move |there: Option<&Raw>| {
            let text = there.map(|raw| String::from_utf8_lossy(raw.as_bytes()));
            Raw::from_json(change(text.as_deref()))
        };
        let mut bag = self.open_bag()?;
        let before = bag.value(name.as_bytes());
        let after = apply(before);
        if before == Some(&after) {
            return Ok(());
        }
        bag.check_size(&name, &after, self.visit.rules.policy.max_bytes)?;
        let again = Box::new(move |there: Option<&Raw>| Ok(apply(there)));
        bag.update(name, OnClash::LastWins, after, again);
        Ok(())
    }

    /// Returns the names of the library's own values that begin so.
    #[cfg(feature = "wizards")]
    pub(crate) fn own_names(&self, beginning: &str) -> Vec<Name> {
        let entries = self.bag().values();
        let names = entries.iter().map(|(name, _)| name);
        names
            .filter(|name| name.as_bytes().starts_with(beginning.as_bytes()))
            .cloned()
            .collect()
    }

    /// Removes a value of the library's own.
    pub(crate) fn remove_own(&self, name: Name) -> Result<()> {
        self.open_bag()?.put(name, OnClash::LastWins, None);
        Ok(())
    }
}
