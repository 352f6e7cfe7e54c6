//! What a handler did to a session, key by key, so that it can be done again on a fresher record.
use std::convert::Infallible;

use crate::error::{Error, Result};
use crate::session::entries::size;
use crate::session::merge::merge;
use crate::session::{Entries, Name, Raw};

/// What happens when two requests change one value in ways that can't be merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnClash {
    /// The one that saves last wins; it is counted and traced.
    #[default]
    LastWins,
    /// The one that saves last is answered 409 and changes nothing.
    Refuse,
}

/// A handler's `update` of one value: it turns what is there into what shall be there.
pub(super) type Update = Box<dyn Fn(Option<&Raw>) -> Result<Raw> + Send + Sync>;

/// All that a handler changed.
#[derive(Default)]
pub(crate) struct Changes {
    slots: Vec<Slot>,
}

/// What happened to one value.
struct Slot {
    name: Name,
    on_clash: OnClash,
    /// What stood there when the request came.
    base: Option<Raw>,
    /// What was last set or, as `None` inside, removed.
    set: Option<Option<Raw>>,
    /// What was updated after that, as one.
    update: Option<Update>,
    /// What stands there now.
    now: Option<Raw>,
}

impl Changes {
    /// Returns what stands under the name now, if it was touched at all.
    pub(super) fn get(&self, name: &[u8]) -> Option<Option<&Raw>> {
        let slot = self
            .slots
            .iter()
            .find(|slot| slot.name.as_bytes() == name)?;
        Some(slot.now.as_ref())
    }

    pub(super) fn set(
        &mut self,
        name: Name,
        on_clash: OnClash,
        base: &Entries,
        value: Option<Raw>,
    ) {
        let slot = self.slot(name, on_clash, base);
        slot.now.clone_from(&value);
        slot.set = Some(value);
        slot.update = None;
    }

    pub(super) fn update(
        &mut self,
        name: Name,
        on_clash: OnClash,
        base: &Entries,
        value: Raw,
        update: Update,
    ) {
        let slot = self.slot(name, on_clash, base);
        slot.now = Some(value);
        slot.update = Some(match slot.update.take() {
            None => update,
            Some(first) => Box::new(move |there| update(Some(&first(there)?))),
        });
    }

    fn slot(&mut self, name: Name, on_clash: OnClash, base: &Entries) -> &mut Slot {
        let at = self.slots.iter().position(|slot| slot.name == name);
        let at = at.unwrap_or_else(|| {
            self.slots.push(Slot {
                base: base.get(name.as_bytes()).cloned(),
                name,
                on_clash,
                set: None,
                update: None,
                now: None,
            });
            self.slots.len() - 1
        });
        &mut self.slots[at]
    }

    /// Says whether anything is not as it was.
    pub(super) fn is_any(&self) -> bool {
        self.slots.iter().any(Slot::is_changed)
    }

    /// Says whether any value is there that was not, or is another.
    pub(super) fn put_any(&self) -> bool {
        let mut changed = self.slots.iter().filter(|slot| slot.is_changed());
        changed.any(|slot| slot.now.is_some())
    }

    /// Names the first value that was changed, for an error about all of them.
    pub(super) fn first_key(&self) -> String {
        let first = self.slots.iter().find(|slot| slot.is_changed());
        first.map_or_else(String::new, |slot| slot.name.as_str().into())
    }

    /// Takes out what was done to the value under this name.
    #[cfg(feature = "wizards")]
    pub(super) fn take(&mut self, name: &Name) -> Self {
        let taken = self.slots.extract_if(.., |slot| slot.name == *name);
        Self {
            slots: taken.collect(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Returns the values with the changes, for a handler that looks at all of them.
    pub(super) fn on_base(&self, base: &Entries) -> Entries {
        let mut entries = base.clone();
        let changed = self.slots.iter().filter(|slot| slot.is_changed());
        let now = changed.map(|slot| Ok((&slot.name, slot.now.clone())));
        let Ok(()) = entries.put_all::<Infallible>(now);
        entries
    }

    /// Returns the bytes of names and values that the handler changed.
    pub(super) fn bytes(&self) -> usize {
        let sizes = self.slots.iter().map(|slot| match &slot.now {
            Some(value) => size(&slot.name, value),
            None => 0,
        });
        sizes.sum()
    }

    /// Does the changes again on what is there now, and returns how many clashed.
    ///
    /// # Errors
    /// When an `update` can't read what is there now, or a clash is to be refused.
    pub(super) fn apply(&self, entries: &mut Entries, on_clash: OnClash) -> Result<usize> {
        let (there, mut clashes) = (entries.clone(), 0);
        let changed = self.slots.iter().filter(|slot| slot.is_changed());
        entries.put_all(changed.map(|slot| {
            let (value, clashed) = slot.again(there.get(slot.name.as_bytes()))?;
            if clashed > 0 {
                slot.clash(clashed, on_clash)?;
            }
            clashes += clashed;
            Ok::<_, Error>((&slot.name, value))
        }))?;
        Ok(clashes)
    }
}

impl Slot {
    fn is_changed(&self) -> bool {
        self.now != self.base
    }

    /// Refuses that others changed the value meanwhile, or traces it.
    fn clash(&self, clashed: usize, on_clash: OnClash) -> Result<()> {
        let key = self.name.as_str();
        if [self.on_clash, on_clash].contains(&OnClash::Refuse) {
            return Err(Error::Clash { key: key.into() });
        }
        tracing::warn!(%key, clashed, "two requests changed one session value; the last one won");
        Ok(())
    }

    fn again(&self, there: Option<&Raw>) -> Result<(Option<Raw>, usize)> {
        if there == self.base.as_ref() {
            return Ok((self.now.clone(), 0));
        }
        let (mut value, clashes) = match &self.set {
            Some(ours) => {
                let merged = merge(self.base.as_ref(), ours.as_ref(), there);
                (merged.value, merged.clashes)
            }
            None => (there.cloned(), 0),
        };
        if let Some(update) = &self.update {
            value = Some(update(value.as_ref())?);
        }
        Ok((value, clashes))
    }
}
