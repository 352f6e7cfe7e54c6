//! What the guide tells of defaults is what the code has.
use std::time::Duration;

use crate::config::Linger;
use crate::session::Policy;
use crate::store::Options;
use crate::{csrf, messages};

fn settings() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
    std::fs::read_to_string(page).expect("the guide has a page of settings")
}

/// Returns the last cell of the row that begins with this setting; parameters of URLs stand before what they set.
fn told<'a>(page: &'a str, setting: &str) -> &'a str {
    let begins = format!("| `{setting}`");
    let row = page.lines().rfind(|line| line.starts_with(&begins));
    let row = row.unwrap_or_else(|| panic!("{setting} has no row"));
    let cell = row.trim_end_matches('|').rsplit(" | ").next();
    cell.expect("a row has cells").trim()
}

fn span(time: Duration) -> String {
    let units = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let whole = |(unit, _): &&(u64, &str)| time.as_secs().is_multiple_of(*unit);
    let (unit, name) = units.iter().find(whole).expect("a second divides all");
    match time.as_secs() / unit {
        1 => format!("1 {name}"),
        number => format!("{number} {name}s"),
    }
}

fn bytes(bytes: usize) -> String {
    match bytes >> 20 {
        0 => number(bytes),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

fn number(number: usize) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

fn yes(on: bool) -> String {
    if on { "yes" } else { "no" }.into()
}

#[test]
fn defaults_are_those_that_the_guide_tells() {
    let page = settings();
    let (policy, said) = (Policy::default(), messages::Settings::default());
    let (csrf, options) = (csrf::Settings::default(), Options::default());
    let remember = policy.remember.expect("visitors may be remembered");
    let (idle, absolute) = (span(remember.idle), span(remember.absolute));
    let idle = idle.trim_end_matches(" days");
    let keep = format!("{} hours", said.keep.as_secs() / 3_600);
    let linger = Linger::default();
    let rows = [
        ("linger.bytes", format!("{} GiB", linger.bytes >> 30)),
        ("linger.within", span(linger.within)),
        ("linger.silence", span(linger.silence)),
        ("session.idle", span(policy.idle)),
        ("session.absolute", span(policy.absolute)),
        ("session.end_with_browser", yes(policy.end_with_browser)),
        (
            "session.push_on_every_request",
            yes(policy.push_on_every_request),
        ),
        ("session.remember", format!("{idle} and {absolute}")),
        ("session.grace", span(policy.grace)),
        ("session.max_bytes", bytes(policy.max_bytes)),
        ("session.save_within", span(policy.save_within)),
        (
            "session.keep_changes_on_server_error",
            yes(policy.keep_changes_on_server_error),
        ),
        ("session.cookie_name", format!("`{}`", policy.cookie_name)),
        ("messages.storage", format!("{:?}", said.storage)),
        ("messages.minimum", format!("({})", said.minimum.number())),
        ("messages.budget", number(said.budget)),
        ("messages.keep", keep),
        ("messages.cookie_name", format!("`{}`", said.cookie_name)),
        ("csrf.field", format!("`{}`", csrf.field)),
        ("csrf.max_form_bytes", bytes(csrf.max_form_bytes)),
        ("csrf.cookie_name", format!("`{}`", csrf.cookie_name)),
        ("csrf.mode", format!("{:?}", csrf.mode)),
        ("csrf.grace", span(csrf.grace)),
        ("csrf.format", format!("{:?}", csrf.format)),
        ("connect_timeout", span(options.connect_timeout)),
        ("response_timeout", span(options.response_timeout)),
        ("connections", number(options.connections)),
        ("at_once", number(options.at_once)),
        ("migrate", yes(options.migrate)),
        ("prefix", format!("`{}`", options.prefix)),
    ];
    for (setting, default) in rows {
        let told = told(&page, setting);
        assert!(
            told.contains(&default),
            "{setting}: {default:?}, told as {told:?}"
        );
    }
}
