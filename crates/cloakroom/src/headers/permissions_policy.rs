//! `Permissions-Policy`: which of the browser's powers pages and what they embed may use (Permissions Policy, W3C).
use std::fmt::Write;

use http::{HeaderName, HeaderValue};

use crate::headers::problems::Problems;
use crate::headers::text::{is_key, is_origin, lasting};

pub(super) const NAME: HeaderName = HeaderName::from_static("permissions-policy");
const SETTING: &str = "headers.permissions_policy";

/// Who may use which power; what is not named stays as the browser has it.
///
/// ```
/// # use cloakroom::headers::PermissionsPolicy;
/// let policy = PermissionsPolicy::new()
///     .deny("camera")
///     .allow("fullscreen", ["self"])
///     .allow("geolocation", ["self", "https://maps.example"]);
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct PermissionsPolicy {
    features: Vec<(String, Vec<String>)>,
}

impl PermissionsPolicy {
    /// Begins with no power named.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets nobody use this power.
    pub fn deny(self, feature: impl Into<String>) -> Self {
        self.allow(feature, [""; 0])
    }

    /// Lets these use a power: `self` is this origin, `*` everybody, others are origins such as
    /// `https://maps.example`. What was said of it before is replaced.
    pub fn allow<S: Into<String>>(
        mut self,
        feature: impl Into<String>,
        to: impl IntoIterator<Item = S>,
    ) -> Self {
        let feature = feature.into();
        self.features.retain(|(named, _)| *named != feature);
        self.features
            .push((feature, to.into_iter().map(Into::into).collect()));
        self
    }

    /// Returns the powers that everybody may use whose pages are embedded.
    pub(crate) fn given_to_anybody(&self) -> impl Iterator<Item = &str> {
        let given = self.features.iter();
        given
            .filter(|(_, allowed)| allowed.iter().any(|who| who == "*"))
            .map(|(feature, _)| feature.as_str())
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for (feature, allowed) in &self.features {
            if !is_key(feature) {
                problems.add(SETTING, "names a feature that is no word in lower case");
            }
            let sound = |who: &String| who == "self" || who == "*" || is_origin(who);
            if !allowed.iter().all(sound) {
                problems.add(
                    SETTING,
                    format!(
                        "allows `{feature}` to something that is neither self, * nor an origin"
                    ),
                );
            }
        }
    }

    /// Writes the dictionary (RFC 9651 section 3.2). `None` when nothing is named.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        let mut text = String::new();
        for (feature, allowed) in &self.features {
            let separator = if text.is_empty() { "" } else { ", " };
            let _ = write!(text, "{separator}{feature}={}", list(allowed));
        }
        let value = lasting(&text)?;
        (!self.features.is_empty()).then_some(value)
    }
}

fn list(allowed: &[String]) -> String {
    if allowed.iter().any(|who| who == "*") {
        return "*".into();
    }
    let words = allowed.iter().map(|who| match who.as_str() {
        "self" => "self".to_owned(),
        origin => format!("\"{origin}\""),
    });
    format!("({})", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_a_dictionary_of_who_may_do_what() {
        let policy = PermissionsPolicy::new()
            .allow("camera", ["self"])
            .deny("camera")
            .allow("fullscreen", ["*"])
            .allow("geolocation", ["self", "https://maps.example"]);
        assert_eq!(
            policy.value().unwrap(),
            "camera=(), fullscreen=*, geolocation=(self \"https://maps.example\")"
        );
        assert_eq!(PermissionsPolicy::new().value(), None);
    }

    #[test]
    fn what_would_break_the_header_does_not_start() {
        for (feature, who) in [
            ("Camera", "self"),
            ("camera=(), x", "self"),
            ("camera", "maps.example"),
            ("camera", "https://a\" \"https://b"),
            ("camera", "none"),
        ] {
            let mut problems = Problems::default();
            let policy = PermissionsPolicy::new().allow(feature, [who]);
            policy.check(&mut problems);
            assert_eq!(problems.settings().len(), 1, "{feature} {who}");
        }
    }
}
