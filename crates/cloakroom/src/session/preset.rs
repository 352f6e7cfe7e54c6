//! Policies with the numbers of the standards that sites are measured by.
use std::time::Duration;

use crate::session::Policy;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A level of the OWASP Application Security Verification Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asvs {
    /// What every application should keep.
    L1,
    /// What most applications should keep: those with data that needs protection.
    L2,
    /// What the most critical applications should keep.
    L3,
}

/// An authentication assurance level of NIST SP 800-63B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nist {
    /// Some assurance: one factor.
    Aal1,
    /// High confidence: two factors.
    Aal2,
    /// Very high confidence: two factors, one of them a key that resists phishing.
    Aal3,
}

/// # Presets
///
/// | preset | idle | absolute | remembered | source |
/// |---|---|---|---|---|
/// | [`Policy::owasp_low`] | 30 minutes | 8 hours | nobody | OWASP Session Management Cheat Sheet, *Session Expiration*: 15 to 30 minutes of rest for low-risk applications; 4 to 8 hours where people work with it all day |
/// | [`Policy::owasp_high`] | 5 minutes | 4 hours | nobody | the same: 2 to 5 minutes for high-value applications |
/// | [`Policy::asvs`]`(L1)` | 30 days | 30 days | 30 days | ASVS 4.0.3, 3.3.2 |
/// | [`Policy::asvs`]`(L2)` | 30 minutes | 12 hours | nobody | ASVS 4.0.3, 3.3.2 |
/// | [`Policy::asvs`]`(L3)` | 15 minutes | 12 hours | nobody | ASVS 4.0.3, 3.3.2 |
/// | [`Policy::nist`]`(Aal1)` | 30 days | 30 days | 30 days | SP 800-63B-4, 2.1.3: at most 30 days in all; a limit of rest is not needed |
/// | [`Policy::nist`]`(Aal2)` | 1 hour | 24 hours | nobody | SP 800-63B-4, 2.2.3 |
/// | [`Policy::nist`]`(Aal3)` | 15 minutes | 12 hours | nobody | SP 800-63B-4, 2.3.3 |
///
/// With all of them the cookie goes when the browser closes, unless its visitor asked to be
/// remembered where that is allowed (SP 800-63B-4, 5.1). Everything else is as by default, and each
/// setting can still be changed: `.session(|_| Policy::asvs(Asvs::L2).idle(minutes(10)))`.
///
/// ASVS 5.0 gives no numbers of its own: 7.1.1 asks the site to write its own down, with a reason
/// where they are longer than NIST's. Those of 4.0.3 are at most as long as NIST's at every level.
impl Policy {
    /// Begins with what OWASP advises for applications of low risk: 30 minutes of rest, 8 hours in all.
    #[must_use]
    pub fn owasp_low() -> Self {
        preset(30 * MINUTE, 8 * HOUR)
    }

    /// Begins with what OWASP advises for applications of high value: 5 minutes of rest, 4 hours in all.
    #[must_use]
    pub fn owasp_high() -> Self {
        preset(5 * MINUTE, 4 * HOUR)
    }

    /// Begins with the deadlines of a level of the ASVS.
    #[must_use]
    pub fn asvs(level: Asvs) -> Self {
        match level {
            Asvs::L1 => remembering(30 * DAY),
            Asvs::L2 => preset(30 * MINUTE, 12 * HOUR),
            Asvs::L3 => preset(15 * MINUTE, 12 * HOUR),
        }
    }

    /// Begins with the deadlines of an assurance level of NIST.
    ///
    /// At AAL2 the standard lets a site take a single factor from a visitor who has rested for too
    /// long but still holds the session's secret. There is no such state here: whoever rested too
    /// long is signed out and proves all factors.
    #[must_use]
    pub fn nist(level: Nist) -> Self {
        match level {
            Nist::Aal1 => remembering(30 * DAY),
            Nist::Aal2 => preset(HOUR, 24 * HOUR),
            Nist::Aal3 => preset(15 * MINUTE, 12 * HOUR),
        }
    }
}

fn preset(idle: u64, absolute: u64) -> Policy {
    Policy::default()
        .idle(Duration::from_secs(idle))
        .absolute(Duration::from_secs(absolute))
        .remember_nobody()
        .end_with_browser(true)
}

fn remembering(absolute: u64) -> Policy {
    let absolute = Duration::from_secs(absolute);
    preset(absolute.as_secs(), absolute.as_secs()).remember(absolute, absolute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ConfigError;
    use crate::session::Expiry;

    #[test]
    fn every_preset_has_the_numbers_of_its_source_and_starts() {
        let rows = [
            // preset, idle, absolute, and for how long it remembers
            (Policy::owasp_low(), 1_800, 28_800, None),
            (Policy::owasp_high(), 300, 14_400, None),
            (
                Policy::asvs(Asvs::L1),
                2_592_000,
                2_592_000,
                Some(2_592_000),
            ),
            (Policy::asvs(Asvs::L2), 1_800, 43_200, None),
            (Policy::asvs(Asvs::L3), 900, 43_200, None),
            (
                Policy::nist(Nist::Aal1),
                2_592_000,
                2_592_000,
                Some(2_592_000),
            ),
            (Policy::nist(Nist::Aal2), 3_600, 86_400, None),
            (Policy::nist(Nist::Aal3), 900, 43_200, None),
        ];
        for (policy, idle, absolute, remembered) in rows {
            let got = (policy.idle.as_secs(), policy.absolute.as_secs());
            assert_eq!(got, (idle, absolute));
            let remember = policy.remember.map(|it| it.absolute.as_secs());
            assert_eq!(remember, remembered, "{policy:?}");
            assert!(!policy.cookie_outlives_browser(Expiry::Default));
            let mut problems = ConfigError::default();
            policy.check(&mut problems);
            assert!(problems.is_empty(), "{problems}");
        }
    }

    #[test]
    fn no_level_of_the_asvs_is_looser_than_nist_at_the_same_height() {
        for (asvs, nist) in [
            (Asvs::L1, Nist::Aal1),
            (Asvs::L2, Nist::Aal2),
            (Asvs::L3, Nist::Aal3),
        ] {
            let (asvs, nist) = (Policy::asvs(asvs), Policy::nist(nist));
            assert!(asvs.idle <= nist.idle && asvs.absolute <= nist.absolute);
        }
    }
}
