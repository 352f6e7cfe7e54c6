//! How long sessions live and how they behave: the rules that hold for the whole site.
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::ConfigError;
use crate::session::{Limit, Noting, OnClash, Overflow, Reactions, Record, Tickets};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long one session lives, where it differs from the rule of the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// As the site's [`Policy`] says.
    #[default]
    Default,
    /// As the policy says on the server; the cookie goes when the browser closes.
    WithBrowser,
    /// As the policy says for visitors who asked to be remembered ([`Policy::remember`]); the cookie
    /// outlives the browser.
    Remembered,
    /// This long after the last request that pushed the deadline; the cookie outlives the browser.
    ///
    /// A longer time than the policy's absolute deadline lifts that deadline to the same length.
    After(Duration),
    /// At this very time, whatever happens until then; the cookie outlives the browser.
    At(Timestamp),
}

/// The rules for all sessions of a site.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
    pub(crate) remember: Option<Remember>,
    pub(crate) most_sessions: Option<Limit>,
    pub(crate) end_with_browser: bool,
    pub(crate) push_on_every_request: bool,
    pub(crate) grace: Duration,
    pub(crate) max_bytes: usize,
    pub(crate) save_within: Duration,
    pub(crate) keep_changes_on_server_error: bool,
    pub(crate) on_clash: OnClash,
    pub(crate) cookie_name: String,
    pub(crate) noting: Noting,
    pub(crate) note_visits: Option<Duration>,
    pub(crate) keep_clients: Duration,
    pub(crate) reactions: Reactions,
    pub(crate) tickets: Tickets,
}

/// The deadlines of a visitor who asked to be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remember {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            idle: 14 * DAY,
            absolute: 90 * DAY,
            remember: Some(Remember {
                idle: 30 * DAY,
                absolute: 90 * DAY,
            }),
            most_sessions: None,
            end_with_browser: true,
            push_on_every_request: false,
            grace: Duration::from_secs(10),
            max_bytes: 1 << 20,
            save_within: Duration::from_secs(2),
            keep_changes_on_server_error: false,
            on_clash: OnClash::LastWins,
            cookie_name: "sessionid".into(),
            noting: Noting::default(),
            note_visits: Some(Duration::from_secs(60 * 60)),
            keep_clients: 90 * DAY,
            reactions: Reactions::default(),
            tickets: Tickets::Secret,
        }
    }
}

impl Policy {
    /// Ends a session this long after the last request that pushed its deadline. Default: 14 days.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Ends a session this long after it began or its user signed in. Default: 90 days.
    #[must_use]
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.absolute = absolute;
        self
    }

    /// Gives visitors who ask to be remembered these deadlines, of rest and in all, and a cookie that outlives the browser. Where
    /// [`Policy::idle`] or [`Policy::absolute`] is longer, that holds. Default: 30 and 90 days.
    ///
    /// Being remembered is not
    /// having proved who one is: before what is dangerous ask for [`Session::fresh_within`].
    ///
    /// [`Session::fresh_within`]: crate::Session::fresh_within
    #[must_use]
    pub fn remember(mut self, idle: Duration, absolute: Duration) -> Self {
        self.remember = Some(Remember { idle, absolute });
        self
    }

    /// Remembers nobody, of sessions that were remembered before, too: a login that asks for it is as any other. Default: no.
    #[must_use]
    pub fn remember_nobody(mut self) -> Self {
        self.remember = None;
        self
    }

    /// Limits how many sessions one user has at the same time, and says whether one more is refused (409) or ends the oldest. Default: no limit.
    ///
    /// It needs a store that finds sessions by user; with another one the site does not start. A
    /// login first makes room, or is refused, and is looked at again once it is saved, so that logins
    /// through several nodes at the same moment don't exceed the limit either. At that moment they
    /// may end, or refuse, one another.
    #[must_use]
    pub fn most_sessions(mut self, most: usize, overflow: Overflow) -> Self {
        self.most_sessions = Some(Limit { most, overflow });
        self
    }

    /// Says whether the cookie goes when the browser closes. Default: yes (NIST SP 800-63B section 5.1).
    #[must_use]
    pub fn end_with_browser(mut self, end: bool) -> Self {
        self.end_with_browser = end;
        self
    }

    /// Pushes the deadline with every request that uses the session, and not only once a tenth of the time has passed; a cookie with
    /// a deadline of its own goes out each time, too. Default: no, since each push is a save.
    #[must_use]
    pub fn push_on_every_request(mut self, every: bool) -> Self {
        self.push_on_every_request = every;
        self
    }

    /// Lets requests that are under way with the old token find a renewed session for this long; after a login only writes that had begun
    /// before it do, later ones are asked to try again (503). Default: 10 seconds. What comes later is traced as a sign of theft.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Limits the bytes of all names and values of one session. Default: 1 MiB.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Gives up saving after this long when other processes keep saving first (503). Default: 2 seconds.
    #[must_use]
    pub fn save_within(mut self, limit: Duration) -> Self {
        self.save_within = limit;
        self
    }

    /// Saves what a handler changed although it answered with a server error. Default: no. A logout counts anyway.
    #[must_use]
    pub fn keep_changes_on_server_error(mut self, keep: bool) -> Self {
        self.keep_changes_on_server_error = keep;
        self
    }

    /// Says what happens when two requests change one value in ways that can't be merged: the last one wins, or it is answered 409.
    /// Default: the last one wins, counted and traced.
    #[must_use]
    pub fn on_clash(mut self, on_clash: OnClash) -> Self {
        self.on_clash = on_clash;
        self
    }

    /// Names the cookie. Default: `sessionid`, which goes out as `__Host-sessionid` over HTTPS.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Lists what is wrong with these rules.
    pub(crate) fn check(&self, problems: &mut ConfigError) {
        let remember = self.remember.map(|remember| ("remember", remember.idle));
        let always = [("idle", self.idle), ("absolute", self.absolute)];
        for (name, duration) in always.into_iter().chain(remember) {
            if duration.as_secs() == 0 {
                problems.add(
                    format!("session.{name}"),
                    "is below one second; sessions would be over at once",
                );
            }
        }
        if self.remember.is_some_and(|it| it.idle > it.absolute) {
            problems.add(
                "session.remember",
                "has a longer time of rest than in all, so it would never take effect",
            );
        }
        if self.most_sessions.is_some_and(|limit| limit.most == 0) {
            problems.add("session.most_sessions", "is zero, so nobody could sign in");
        }
        if self.idle > self.absolute {
            problems.add(
                "session.idle",
                "is longer than session.absolute, so it would never take effect",
            );
        }
        self.check_noting(problems);
        if self.max_bytes == 0 {
            problems.add("session.max_bytes", "is zero, so nothing could be kept");
        }
        if self.grace > self.idle {
            problems.add(
                "session.grace",
                "is longer than session.idle; give seconds, not days",
            );
        }
    }

    /// Returns when a session that began at `created` is over if its deadline is pushed now.
    pub(crate) fn deadline(&self, created: Timestamp, expiry: Expiry, now: Timestamp) -> Timestamp {
        match expiry {
            Expiry::Default | Expiry::WithBrowser => {
                now.plus(self.idle).min(created.plus(self.absolute))
            }
            Expiry::Remembered => {
                let (idle, absolute) = self.remembered();
                now.plus(idle).min(created.plus(absolute))
            }
            Expiry::After(idle) => now.plus(idle).min(created.plus(self.absolute.max(idle))),
            Expiry::At(time) => time,
        }
    }

    /// Returns the deadlines of who asked to be remembered; they are never shorter than another's.
    fn remembered(&self) -> (Duration, Duration) {
        match self.remember {
            Some(it) => (self.idle.max(it.idle), self.absolute.max(it.absolute)),
            None => (self.idle, self.absolute),
        }
    }

    /// Says whether the session's deadline should be pushed forward now.
    pub(crate) fn is_push_due(&self, record: &Record, now: Timestamp) -> bool {
        if self.only_saves_push() {
            return self.push_on_every_request;
        }
        let end = self.end(record);
        let later = self.deadline(record.contents.created, record.contents.expiry, now) > end;
        let lifetime = end.since(record.contents.pushed);
        later && (self.push_on_every_request || now.since(record.contents.pushed) * 10 >= lifetime)
    }

    /// Says whether the session is over by these rules, whatever deadline it was saved with.
    pub(crate) fn is_over(&self, record: &Record, now: Timestamp) -> bool {
        now >= self.end(record)
    }

    /// Returns the deadline that the session was saved with, or today's when that is earlier.
    fn end(&self, record: &Record) -> Timestamp {
        let today = self.deadline(
            record.contents.created,
            record.contents.expiry,
            record.contents.pushed,
        );
        record.contents.expires.min(today)
    }

    /// Returns how long the cookie should outlive the browser, or `None` when it goes with it.
    pub(crate) fn cookie_age(&self, record: &Record, now: Timestamp) -> Option<Duration> {
        self.cookie_outlives_browser(record.contents.expiry)
            .then(|| record.contents.expires.since(now))
    }

    pub(crate) fn cookie_outlives_browser(&self, expiry: Expiry) -> bool {
        match expiry {
            Expiry::Default => !self.end_with_browser,
            Expiry::WithBrowser => false,
            Expiry::Remembered => self.remember.is_some() || !self.end_with_browser,
            Expiry::After(_) | Expiry::At(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn policy() -> Policy {
        Policy::default()
            .idle(Duration::from_secs(10 * HOUR))
            .absolute(Duration::from_secs(24 * HOUR))
    }

    #[test]
    fn deadlines_follow_idle_and_absolute_together() {
        let rows = [
            (Expiry::Default, 0, 10 * HOUR),
            (Expiry::WithBrowser, 5 * HOUR, 15 * HOUR),
            (Expiry::Default, 20 * HOUR, 24 * HOUR),
            (Expiry::After(Duration::from_secs(60)), 100, 160),
            (Expiry::After(Duration::from_secs(30 * HOUR)), 0, 30 * HOUR),
            (Expiry::At(at(77)), 50, 77),
        ];
        for (expiry, now, deadline) in rows {
            let got = policy().deadline(at(0), expiry, at(now));
            assert_eq!(got, at(deadline), "{expiry:?} at {now}");
        }
    }

    #[test]
    fn who_is_remembered_has_deadlines_of_his_own_that_are_never_shorter() {
        let hours = |hours| Duration::from_secs(hours * HOUR);
        let rows = [
            // remembered for, at the hour, deadline at the hour, whether the cookie lasts
            (Some((100, 300)), 0, 100, true),
            (Some((100, 300)), 250, 300, true),
            (Some((1, 2)), 0, 10, true),
            (Some((1, 300)), 200, 210, true),
            (None, 0, 10, false),
            (None, 20, 24, false),
        ];
        for (remembered, now, deadline, lasts) in rows {
            let policy = match remembered {
                Some((idle, absolute)) => policy().remember(hours(idle), hours(absolute)),
                None => policy().remember_nobody(),
            };
            let got = policy.deadline(at(0), Expiry::Remembered, at(now * HOUR));
            assert_eq!(got, at(deadline * HOUR), "{remembered:?} at {now}");
            assert_eq!(policy.cookie_outlives_browser(Expiry::Remembered), lasts);
        }
        let lasting = policy().remember_nobody().end_with_browser(false);
        assert!(lasting.cookie_outlives_browser(Expiry::Remembered));
    }

    #[test]
    fn a_deadline_is_pushed_once_a_tenth_has_passed_and_never_past_the_absolute_one() {
        let record = |pushed: u64| {
            let mut record = Record::new(at(0), at(0));
            record.contents_mut().pushed = at(pushed);
            record.contents_mut().expires = policy().deadline(at(0), Expiry::Default, at(pushed));
            record
        };
        let rows = [
            (0, 0, false),
            (0, HOUR - 1, false),
            (0, HOUR, true),
            (13 * HOUR, 14 * HOUR, true),
            (15 * HOUR, 23 * HOUR, false),
        ];
        for (pushed, now, due) in rows {
            let got = policy().is_push_due(&record(pushed), at(now));
            assert_eq!(got, due, "pushed at {pushed}, now {now}");
        }
        let every = policy().push_on_every_request(true);
        assert!(every.is_push_due(&record(0), at(1)));
        assert!(!every.is_push_due(&record(0), at(0)));
    }

    #[test]
    fn all_wrong_rules_are_reported_at_once() {
        let mut problems = ConfigError::default();
        Policy::default()
            .idle(200 * DAY)
            .absolute(Duration::ZERO)
            .max_bytes(0)
            .grace(300 * DAY)
            .remember(2 * DAY, DAY)
            .most_sessions(0, Overflow::EndOldest)
            .check(&mut problems);
        let settings: Vec<_> = problems.problems().iter().map(|p| &p.setting[..]).collect();
        assert_eq!(
            settings,
            [
                "session.absolute",
                "session.remember",
                "session.most_sessions",
                "session.idle",
                "session.max_bytes",
                "session.grace"
            ]
        );
    }
}
