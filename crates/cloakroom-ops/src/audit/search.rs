//! Which acts of the audit log are looked for.
use cloakroom::clock::Timestamp;

use crate::audit::Entry;
use crate::when::When;
use crate::{letters, span};

/// How a moment looks; a beginning of it that ends before a mark stands for all moments that begin so.
const MOMENT: &str = "0000-00-00T00:00:00Z";

/// Some of the acts in a log; the default is all. All that is said has to be true of an act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Only acts of this name.
    pub act: Option<String>,
    /// Only acts of whoever is called so in the log.
    pub by: Option<String>,
    /// Only acts on this user's sessions. One that names a single session by its handle does not tell whose it was.
    pub user: Option<String>,
    /// Only acts at this time or later, as [`day_or_moment`] returns it.
    pub since: Option<String>,
    /// Only acts at this time or before; all of a day, if it is one.
    pub until: Option<String>,
}

impl Search {
    /// Says whether an act is looked for.
    #[must_use]
    pub fn has(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, told: &str| wanted.as_ref().is_none_or(|it| it == told);
        // All are written alike, so their letters are in the order of time.
        let since = |since: &String| entry.at >= *since;
        let begins = |length: usize| entry.at.get(..length).unwrap_or(&entry.at);
        let until = |until: &String| begins(until.len()) <= until.as_str();
        is(&self.act, &entry.act)
            && is(&self.by, &entry.by)
            && self.user.as_ref().is_none_or(|user| is_on(entry, user))
            && self.since.as_ref().is_none_or(since)
            && self.until.as_ref().is_none_or(until)
    }
}

/// Says whether the sessions of this user were meant, perhaps under more conditions.
fn is_on(entry: &Entry, user: &str) -> bool {
    let quoted = letters::quoted(user);
    let named = entry.target.strip_prefix("user ");
    let after = named.and_then(|rest| rest.strip_prefix(&quoted));
    after.is_some_and(|after| after.is_empty() || after.starts_with(", "))
}

/// Reads a day (`2026-11-21`), a moment in UTC (`2026-11-21T17:05`, `2026-11-21T17:05:59Z`) or how long ago it was (`2d`), as
/// [`Search::since`] and [`Search::until`] take it.
///
/// # Errors
/// Says what is expected when it is anything else.
pub fn day_or_moment(text: &str, now: Timestamp) -> Result<String, String> {
    const EXPECTED: &str = "expected a day such as 2026-11-21, a moment in UTC such as 2026-11-21T17:05, or how long ago, such as 2d";
    let lengths = [
        "0000-00-00",
        "0000-00-00T00:00",
        "0000-00-00T00:00:00",
        MOMENT,
    ];
    let alike = |(shape, letter): (char, char)| match shape {
        '0' => letter.is_ascii_digit(),
        mark => letter == mark,
    };
    let is_moment = lengths.iter().any(|shape| shape.len() == text.len())
        && MOMENT.chars().zip(text.chars()).all(alike);
    if is_moment {
        return Ok(text.to_owned());
    }
    let ago = span::parse(text).map_err(|_| EXPECTED)?;
    let then = now.as_secs().saturating_sub(ago.as_secs());
    Ok(When(Timestamp::from_secs(then)).rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_763_726_400; // 2025-11-21T12:00:00Z

    fn entry(by: &str, act: &str, target: &str) -> Entry {
        Entry::new(Timestamp::from_secs(NOON), "command", by, act, target)
    }

    #[test]
    fn an_act_is_found_by_who_did_it_to_whom_and_when() {
        let act = entry("op", "revoke", "user \"ada\", device \"Firefox\"");
        let set = |text: &str| Some(text.to_owned());
        let all = Search::default;
        let rows = [
            (all(), true),
            (
                Search {
                    act: set("revoke"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    act: set("revoking"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    by: set("op"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    by: set("ada"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    user: set("ada"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    user: set("ad"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    user: set("op"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    user: set("ada\", device \"Firefox"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    since: set("2025-11-21"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    since: set("2025-11-21T12:00:00Z"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    since: set("2025-11-21T12:00:01Z"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    until: set("2025-11-21"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    until: set("2025-11-21T12:00"),
                    ..all()
                },
                true,
            ),
            (
                Search {
                    until: set("2025-11-21T11:59"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    until: set("2025-11-20"),
                    ..all()
                },
                false,
            ),
            (
                Search {
                    act: set("revoke"),
                    by: set("ada"),
                    ..all()
                },
                false,
            ),
        ];
        for (search, expected) in rows {
            assert_eq!(search.has(&act), expected, "{search:?}");
        }
    }

    #[test]
    fn a_day_a_moment_and_how_long_ago_it_was_are_read() {
        let now = Timestamp::from_secs(NOON);
        for (text, expected) in [
            ("2025-11-21", Some("2025-11-21")),
            ("2025-11-21T17:05", Some("2025-11-21T17:05")),
            ("2025-11-21T17:05:59", Some("2025-11-21T17:05:59")),
            ("2025-11-21T17:05:59Z", Some("2025-11-21T17:05:59Z")),
            ("2d", Some("2025-11-19T12:00:00Z")),
            ("1h30m", Some("2025-11-21T10:30:00Z")),
            ("", None),
            ("2025-11", None),
            ("2025-11-21 17:05", None),
            ("2025-11-21T17:05+01", None),
            ("21.11.2025", None),
            ("yesterday", None),
        ] {
            assert_eq!(day_or_moment(text, now).ok().as_deref(), expected, "{text}");
        }
    }
}
