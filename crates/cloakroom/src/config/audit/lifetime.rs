//! Requirements on sessions: how long they live, and how they end.
use std::time::Duration;

use crate::config::Site;
use crate::config::audit::rule::{Look, Rule, may, must, need, should, span};
use crate::config::audit::session::{Kept, kept};
use crate::cookie::MAX_AGE;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(super) const RULES: &[Rule] = &[
    must(
        "S15",
        "Sessions end after a rest and after a longest time, and the server decides when",
        "ASVS 7.3.1, 7.3.2; OWASP Session Management; NIST 800-63B-4 5.2",
    )
    .needs(&[
        need(
            "session.idle",
            // A longer one than session.absolute does not start.
            |site| Look::Keeps(format!("after a rest of {}", span(site.rules.policy.idle))),
            "",
        ),
        need(
            "session.absolute",
            |site| {
                let absolute = site.rules.policy.absolute;
                Look::when(
                    absolute <= MAX_AGE,
                    format!("after {} whatever happens", span(absolute)),
                )
            },
            "make it at most 400 days, as long as browsers keep a cookie",
        ),
    ])
    .shown_by("a_session_in_use_lives_on_until_its_absolute_deadline"),
    should(
        "S16",
        "Who has signed in signs in again after 30 days at the latest",
        "NIST 800-63B-4 2.1.3 (AAL1; AAL2: 24 hours and 1 hour of rest)",
    )
    .needs(&[
        need(
            "session.absolute",
            |site| {
                let absolute = site.rules.policy.absolute;
                Look::when(
                    absolute <= 30 * DAY,
                    format!("a sign-in lasts for {}", span(absolute)),
                )
            },
            "make it at most 30 days; for AAL2 24 hours, with session.idle of 1 hour (`Policy::nist`)",
        ),
        need(
            "session.remember",
            |site| match site.rules.policy.remember {
                None => Look::Keeps("nobody is remembered".into()),
                Some(remember) => Look::when(
                    remember.absolute <= 30 * DAY,
                    format!("who is remembered stays for {}", span(remember.absolute)),
                ),
            },
            "make its second time at most 30 days, or remember nobody",
        ),
    ]),
    may(
        "S17",
        "Deadlines are in OWASP's range: 30 minutes of rest, 8 hours in all",
        "OWASP Session Management; ASVS 7.1.1",
    )
    .needs(&[
        need(
            "session.idle",
            |site| {
                let idle = site.rules.policy.idle;
                Look::when(idle <= 30 * MINUTE, format!("a rest of {}", span(idle)))
            },
            "make it at most 30 minutes, 5 where much is at stake; else write down why not",
        ),
        need(
            "session.absolute",
            |site| {
                let absolute = site.rules.policy.absolute;
                Look::when(absolute <= 8 * HOUR, format!("{} in all", span(absolute)))
            },
            "make it at most 8 hours; else write down why not",
        ),
    ]),
    should(
        "S18",
        "After a renewal the old token serves requests under way only, and is a sign of theft later",
        "OWASP Session Management (renewal timeout)",
    )
    .needs(&[
        need(
            "session.grace",
            |site| {
                let grace = site.rules.policy.grace;
                Look::when(
                    grace <= MINUTE,
                    format!("the old token serves for {}", span(grace)),
                )
            },
            "make it seconds: at most 1 minute",
        ),
        need(
            "store",
            |site| match kept(site) {
                Kept::OnTheServer => Look::Keeps(
                    "its later use is counted and traced; renew at times of your own with `Session::renew`".into(),
                ),
                Kept::InTheCookie { .. } => Look::Breaks(
                    "the session is in the visitor's cookie, so nobody notices the use of an old one".into(),
                ),
            },
            "keep sessions in a store",
        ),
    ])
    .shown_by("after_that_the_old_token_is_worth_nothing_and_its_use_is_a_sign_of_theft"),
    should(
        "S19",
        "A session goes when the browser closes, unless its user wants it to stay",
        "NIST 800-63B-4 5.1",
    )
    .needs(&[need(
        "session.end_with_browser",
        |site| {
            if site.rules.policy.end_with_browser {
                Look::Keeps("the cookie has no age; `Session::set_expiry` is for who asks to be remembered".into())
            } else {
                Look::Breaks("the cookie of every session stays when the browser closes".into())
            }
        },
        "leave it on, and call `Session::set_expiry` for who asks to be remembered",
    )])
    .shown_by("a_session_that_goes_with_the_browser_goes_with_the_browser"),
    may(
        "S20",
        "Users are warned before a session ends, and can go on",
        "NIST 800-63B-4 5.2; WCAG 2.2.1",
    )
    .yours("tell users when their session ends, with a button that loads a page which uses the session"),
    must(
        "S21",
        "A logout takes effect on the server at once",
        "ASVS 7.4.1",
    )
    .needs(&[need(
        "store",
        |site| match kept(site) {
            Kept::OnTheServer => Look::Keeps("the session is gone from the store, and no request under way brings it back".into()),
            Kept::InTheCookie { epochs: true } => Look::Keeps(
                "sessions from before their user's epoch are refused: raise it at each logout".into(),
            ),
            Kept::InTheCookie { epochs: false } => Look::Breaks(
                "the session is in the visitor's cookie, so a copy opens until its deadline".into(),
            ),
        },
        "give `in_cookie.refuse_before`, or keep sessions in a store",
    )])
    .shown_by("a_replayed_cookie_is_worth_nothing_after_the_logout"),
    must(
        "S22",
        "All sessions of an account end when it is disabled or deleted",
        "ASVS 7.4.2, 7.4.3",
    )
    .needs(&[need(
        "store",
        |site| users_sessions(site, "end them when you disable or delete an account, and offer it after a new password"),
        CAN_FIND,
    )]),
    must(
        "S23",
        "Operators can end anybody's sessions, and users see and end their own",
        "ASVS 7.4.5, 7.5.2",
    )
    .needs(&[need(
        "store",
        |site| users_sessions(site, "operators have `cloakroom revoke`; give users a page of their sessions"),
        CAN_FIND,
    )]),
    should(
        "S24",
        "What is sensitive asks for the password again when the sign-in is not fresh",
        "ASVS 7.5.1, 7.5.3; OWASP Session Management",
    )
    .yours("ask again before a change of email, phone or second factor unless `Session::fresh_within` says that it is, and call `Session::reauthenticated` when it was right"),
    should(
        "S25",
        "How many sessions a user may have is decided, and what happens then",
        "ASVS 7.1.2; OWASP Session Management (simultaneous logons)",
    )
    .needs(&[need(
        "session.most_sessions",
        |site| match site.rules.policy.most_sessions {
            Some(limit) => Look::Keeps(format!("a user has at most {} sessions", limit.most)),
            None => Look::Yours(
                "nothing limits a user's sessions: set `Policy::most_sessions`, or write down why not".into(),
            ),
        },
        "",
    )]),
    should(
        "S26",
        "A logout takes the cookies back just as they were set, and nothing of it is cached",
        "OWASP Session Management; RFC 6265bis 3.1; ASVS 14.3.1, 14.3.2",
    )
    .built(
        "one description sets and deletes a cookie; an answer that sets one is `no-store`",
        "deleting_uses_the_attributes_that_set_it",
    ),
    may(
        "S27",
        "`Clear-Site-Data` is sent over HTTPS, with quoted words and without `cache`",
        "MDN; W3C Clear Site Data",
    )
    .needs(&[need(
        "headers.clear_site_data",
        |site| {
            if site.header_settings.clear_site_data.is_some() {
                Look::Keeps("a logout clears what the browser keeps for the site".into())
            } else {
                Look::Breaks("a logout leaves with the browser what scripts stored there".into())
            }
        },
        "leave the default, or say with `headers::ClearSiteData` what may go",
    )])
    .shown_by("a_logout_clears_cookies_and_storage"),
];

const CAN_FIND: &str = "keep sessions in a store that finds them by user: SQLite, PostgreSQL, MySQL, Redis, files or memory; or give `in_cookie.refuse_before`";

/// Says whether one user's sessions can be found, and what is then left to the application.
fn users_sessions(site: &Site, left: &str) -> Look {
    match kept(site) {
        Kept::InTheCookie { epochs: true } => {
            Look::Yours(format!("a user's epoch ends them; {left}"))
        }
        Kept::OnTheServer if site.store.is_inspectable() => {
            Look::Yours(format!("the store finds a user's sessions; {left}"))
        }
        _ => Look::Breaks(format!(
            "the {} store can't find a user's sessions",
            site.store.name()
        )),
    }
}
