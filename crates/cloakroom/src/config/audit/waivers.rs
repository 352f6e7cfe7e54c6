//! Requirements that an application leaves broken on purpose, each with its reason.
use crate::config::audit::FAMILIES;
use crate::error::ConfigError;

/// Ids with reasons.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct Waivers(Vec<(String, String)>);

impl Waivers {
    pub(in crate::config) fn add(&mut self, id: String, reason: String) {
        self.0.push((id, reason));
    }

    pub(in crate::config) fn check(&self, problems: &mut ConfigError) {
        for (index, (id, reason)) in self.0.iter().enumerate() {
            let setting = || format!("waive({id:?})");
            if !FAMILIES.iter().copied().flatten().any(|rule| rule.id == id) {
                problems.add(setting(), "no requirement has this id");
            }
            if reason.trim().is_empty() {
                problems.add(setting(), "needs a reason, for whoever reads the audit");
            }
            if self.0[..index].iter().any(|(earlier, _)| earlier == id) {
                problems.add(setting(), "is waived twice; give one reason");
            }
        }
    }

    /// Returns the reason for which a requirement is waived.
    pub(super) fn of(&self, id: &str) -> Option<&str> {
        let mut waivers = self.0.iter();
        let found = waivers.find(|(waived, _)| waived == id)?;
        Some(found.1.trim())
    }
}
