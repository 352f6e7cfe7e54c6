//! A wizard whose answers another program keeps as well: what both have to agree on, and how they are read and written.
use std::time::Duration;

use crate::clock::Timestamp;
use crate::wizard::{Draft, RunId, StepSpec};

/// One wizard as both programs know it.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "django"),
    expect(dead_code, reason = "only Django shares wizards")
)]
pub(crate) struct Common {
    pub(crate) wizard: &'static str,
    pub(crate) version: u32,
    /// What the other program calls it.
    pub(crate) prefix: String,
    pub(crate) steps: Vec<&'static StepSpec>,
}

#[cfg(feature = "django")]
impl Common {
    /// Returns the description of a step, if this side has one of that name.
    pub(crate) fn step(&self, name: &str) -> Option<&'static StepSpec> {
        let mut steps = self.steps.iter().copied();
        steps.find(|spec| spec.name() == name)
    }
}

/// How another program keeps what was typed into a wizard: one text for each visitor.
pub(crate) trait Shares: Send + Sync {
    /// Returns the name of the value in the session, and of the cookie.
    fn key(&self, of: &Common) -> String;

    /// Returns what is under way, or what became of the run that is asked for; `None` when nothing is under way.
    ///
    /// There is one at a time, so a run that is not known leads to the one that is under way.
    fn find(&self, of: &Common, kept: &str, asked: Option<RunId>, now: Timestamp) -> Option<Draft>;

    /// Returns what is kept with this draft put into it, or unchanged without one. An open draft takes the place of
    /// the answers; one that is no longer open takes its answers away from the other program.
    fn put(&self, of: &Common, kept: Option<&str>, draft: Option<&Draft>) -> String;

    /// Returns what a cookie's value holds that was signed at most `age` ago; `None` when nobody with our keys signed it.
    fn read_cookie(&self, key: &str, value: &[u8], age: Duration, now: Timestamp)
    -> Option<String>;

    /// Returns the header that sets the cookie.
    fn write_cookie(&self, key: &str, kept: &str, age: Duration, now: Timestamp) -> String;
}
