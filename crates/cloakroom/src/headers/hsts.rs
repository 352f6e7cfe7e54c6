//! `Strict-Transport-Security`: browsers come over HTTPS only, also when a link says otherwise (RFC 6797).
use std::time::Duration;

use http::HeaderValue;

use crate::headers::problems::Problems;
use crate::headers::text::lasting;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// The shortest time that browsers' preload lists ask for (hstspreload.org), and ASVS 3.4.1.
const YEAR: Duration = Duration::from_secs(365 * DAY);

/// For how long browsers refuse plain HTTP.
///
/// It can't be taken back before that time is over, so begin with [`Ramp`].
///
/// ```
/// # use std::time::Duration;
/// # use cloakroom::headers::{Hsts, Ramp};
/// let first = Hsts::from(Ramp::FiveMinutes);
/// let at_last = Hsts::from(Ramp::TwoYears).include_subdomains().preload();
/// let plain = Hsts::from(Duration::from_secs(31_536_000));
/// # let _ = (first, at_last, plain);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Hsts {
    pub(crate) max_age: Duration,
    pub(crate) subdomains: bool,
    pub(crate) preload: bool,
    /// Whether what browsers' lists would refuse is sent all the same.
    pub(crate) unlisted: bool,
}

impl Hsts {
    /// Asks for HTTPS on this host, for this long after each visit; whole seconds.
    pub const fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            subdomains: false,
            preload: false,
            unlisted: false,
        }
    }

    /// The same, in seconds.
    pub const fn seconds(max_age: u64) -> Self {
        Self::new(Duration::from_secs(max_age))
    }

    /// Tells browsers to forget what an earlier header asked of them.
    pub const fn forget() -> Self {
        Self::seconds(0)
    }

    /// Asks the same for all hosts below this one, those that nobody remembers among them.
    pub const fn include_subdomains(mut self) -> Self {
        self.subdomains = true;
        self
    }

    /// Agrees to be built into browsers. Leaving their lists takes months.
    ///
    /// They ask for at least a year and all subdomains (hstspreload.org).
    pub const fn preload(mut self) -> Self {
        self.preload = true;
        self
    }

    /// Says `preload` also where browsers' lists, which nobody is put on by the word alone, would refuse the site.
    #[cfg(any(feature = "django", test))]
    pub(crate) const fn unlisted(mut self) -> Self {
        self.unlisted = true;
        self
    }

    pub(super) fn check(self, problems: &mut Problems) {
        let mut problem = |what: &str| problems.add("headers.hsts", what);
        if self.max_age.subsec_nanos() > 0 {
            problem("has a part of a second; the header counts whole ones");
        }
        let asks = self.preload && !self.unlisted;
        if asks && !self.subdomains {
            problem("asks for preload, which needs include_subdomains");
        }
        if asks && self.max_age < YEAR {
            problem("asks for preload, which needs at least a year (31536000 seconds)");
        }
    }

    pub(super) fn value(self) -> HeaderValue {
        let mut text = format!("max-age={}", self.max_age.as_secs());
        for (on, directive) in [
            (self.subdomains, "; includeSubDomains"),
            (self.preload, "; preload"),
        ] {
            if on {
                text.push_str(directive);
            }
        }
        lasting(&text).expect("it is plain ASCII")
    }
}

impl From<Duration> for Hsts {
    fn from(max_age: Duration) -> Self {
        Self::new(max_age)
    }
}

impl From<Ramp> for Hsts {
    fn from(step: Ramp) -> Self {
        Self::new(step.max_age())
    }
}

/// The steps to full strength, as hstspreload.org advises them.
///
/// Stay on a step for as long as its own time, and watch for pages, hosts and programs that still need plain
/// HTTP: whoever is locked out by a mistake is locked out for that time only. Then take [`Ramp::next`].
///
/// | step | stay for | before going on |
/// |---|---|---|
/// | [`Ramp::FiveMinutes`] | an hour or so | the site itself works, sign-in and files included |
/// | [`Ramp::OneWeek`] | a week | nothing is loaded over HTTP any more |
/// | [`Ramp::OneMonth`] | a month | add `include_subdomains` when every host below has a certificate |
/// | [`Ramp::OneYear`] | as long as you like | ASVS 3.4.1 is met |
/// | [`Ramp::TwoYears`] | for good | add `preload` if you want it, and submit the domain |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ramp {
    /// 300 seconds.
    FiveMinutes,
    /// 604,800 seconds.
    OneWeek,
    /// 30 days: 2,592,000 seconds.
    OneMonth,
    /// 365 days: 31,536,000 seconds.
    OneYear,
    /// 730 days: 63,072,000 seconds.
    TwoYears,
}

impl Ramp {
    /// Every step, in order.
    pub const STEPS: [Self; 5] = [
        Self::FiveMinutes,
        Self::OneWeek,
        Self::OneMonth,
        Self::OneYear,
        Self::TwoYears,
    ];

    /// Returns for how long browsers hold on to this step.
    #[must_use]
    pub const fn max_age(self) -> Duration {
        Duration::from_secs(match self {
            Self::FiveMinutes => 5 * MINUTE,
            Self::OneWeek => 7 * DAY,
            Self::OneMonth => 30 * DAY,
            Self::OneYear => 365 * DAY,
            Self::TwoYears => 2 * 365 * DAY,
        })
    }

    /// Returns the step after this one, or `None` at the top.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::STEPS.into_iter().find(|step| *step > self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(hsts: Hsts) -> usize {
        let mut problems = Problems::default();
        hsts.check(&mut problems);
        problems.settings().len()
    }

    #[test]
    fn the_header_says_what_was_asked() {
        for (hsts, text) in [
            (Hsts::seconds(3600), "max-age=3600"),
            (Hsts::forget(), "max-age=0"),
            (
                Hsts::from(Ramp::TwoYears).include_subdomains(),
                "max-age=63072000; includeSubDomains",
            ),
            (
                Hsts::from(Ramp::OneYear).preload().include_subdomains(),
                "max-age=31536000; includeSubDomains; preload",
            ),
        ] {
            assert_eq!(hsts.value(), text);
            assert_eq!(problems(hsts), 0, "{text}");
        }
    }

    #[test]
    fn what_preload_lists_refuse_and_parts_of_seconds_do_not_start() {
        for (hsts, count) in [
            (Hsts::from(Ramp::TwoYears).preload(), 1),
            (Hsts::from(Ramp::OneMonth).include_subdomains().preload(), 1),
            (Hsts::seconds(600).preload(), 2),
            (Hsts::new(Duration::from_millis(1500)), 1),
            (Hsts::seconds(600).preload().unlisted(), 0),
        ] {
            assert_eq!(problems(hsts), count, "{hsts:?}");
        }
    }

    #[test]
    fn the_ramp_climbs_to_its_top_and_ends_there() {
        let mut climbed = vec![Ramp::FiveMinutes];
        while let Some(next) = climbed.last().and_then(|step| step.next()) {
            assert!(next.max_age() > climbed[climbed.len() - 1].max_age());
            climbed.push(next);
        }
        assert_eq!(climbed, Ramp::STEPS);
    }
}
