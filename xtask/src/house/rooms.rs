//! The rooms of the library and who may use whom: imports only go left.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::source::{Source, UsedPath};

/// The rooms from left to right; those of one row are siblings.
const ROWS: &[&[&str]] = &[
    FOUNDATION,
    &["cookie"],
    &["session"],
    &["store"],
    &["messages", "csrf", "headers", "form"],
    &["files"],
    &["wizard"],
    &["django"],
    &["config"],
    &["web"],
    &["testing"],
];

/// The only siblings that may use one another.
const FOUNDATION: &[&str] = &["clock", "error", "keys"];

/// The crates that only `web` and what stands right of it may name.
const WEB_CRATES: &[&str] = &[
    "axum",
    "axum_core",
    "axum_extra",
    "tower",
    "tower_http",
    "tower_layer",
    "tower_service",
];

/// The types whose `now` is the wall clock.
const CLOCKS: &[&str] = &[
    "SystemTime",
    "Instant",
    "Utc",
    "Local",
    "Timestamp",
    "Zoned",
];

/// A line and the rule it breaks.
type Finding = (usize, String);

/// The rooms, and which of them the names at the crate's root come from.
pub(crate) struct House {
    exports: BTreeMap<String, String>,
}

impl House {
    /// Reads the root's `use` lines, so that `crate::Session` counts as `crate::session::Session`.
    pub(crate) fn new(library: &Source) -> Self {
        let exports = library
            .paths_after(&["use"])
            .into_iter()
            .filter_map(|path| {
                let room = path
                    .segments
                    .iter()
                    .find(|segment| !matches!(segment.as_str(), "crate" | "self"))?;
                row(room).map(|_| (path.name, room.clone()))
            });
        Self {
            exports: exports.collect(),
        }
    }

    /// What the source does that its room may not, each with file and line.
    pub(crate) fn problems(&self, path: &Path, source: &Source) -> Vec<String> {
        let Some(place) = Place::of(path) else {
            return Vec::new();
        };
        let Some(row_here) = row(&place.room) else {
            return vec![format!(
                "{}: `{}` is no room yet, give it its place in xtask/src/house/rooms.rs",
                path.display(),
                place.room
            )];
        };
        let mut found = self.imports(&place, source);
        if row_here < row("web").expect("web is a room") {
            found.extend(web_crates(&place, source));
            found.extend(wall_clock(&place, source));
        }
        if place.room == "store" {
            let rule = "a store never sees a `Token`";
            found.extend(wherever(source, &["Token"], rule));
        }
        found.sort();
        found
            .into_iter()
            .map(|(line, rule)| format!("{}:{line}: {rule}", path.display()))
            .collect()
    }

    fn imports(&self, place: &Place, source: &Source) -> Vec<Finding> {
        let mut paths = source.paths_after(&["crate", "::"]);
        paths.extend(source.paths_after(&place.way_to_the_root()));
        let handed_on = match place.depth {
            1 => source.paths_after(&["pub", "use", "crate", "::"]),
            _ => Vec::new(),
        };
        let is_handed_on = |path: &UsedPath| {
            let mut all = handed_on.iter();
            all.any(|one| (one.line, &one.segments) == (path.line, &path.segments))
        };
        // A room's root shows its visitors what `web` makes of it; nothing inside uses that.
        paths.retain(|path| {
            path.segments.first().is_none_or(|first| first != "web") || !is_handed_on(path)
        });
        let wrong = |path: &UsedPath| {
            let first = path.segments.first()?;
            let used = if row(first).is_some() {
                first
            } else {
                self.exports.get(first)?
            };
            (!may_use(&place.room, used))
                .then(|| (path.line, format!("{} may not use {used}", place.room)))
        };
        paths.iter().filter_map(wrong).collect()
    }
}

/// Where a file stands in the library.
struct Place {
    room: String,
    /// How many modules it is away from the root.
    depth: usize,
}

impl Place {
    /// `None` for the root itself, for tests, and for what is no source of the library.
    fn of(path: &Path) -> Option<Self> {
        let words: Vec<&str> = path
            .components()
            .filter_map(|part| match part {
                Component::Normal(word) => word.to_str(),
                _ => None,
            })
            .collect();
        let src = words.iter().position(|word| *word == "src")?;
        let inside = &words[src + 1..];
        let room = inside.first()?.trim_end_matches(".rs");
        if room == "lib"
            || inside
                .iter()
                .any(|word| word.trim_end_matches(".rs") == "tests")
        {
            return None;
        }
        let depth = inside.len() - usize::from(inside.ends_with(&["mod.rs"]));
        Some(Self {
            room: room.to_owned(),
            depth,
        })
    }

    /// `super::` as often as it takes to reach the root.
    fn way_to_the_root(&self) -> Vec<&'static str> {
        ["super", "::"].repeat(self.depth)
    }
}

fn row(room: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&room))
}

/// Whether a file of one room may name another room.
fn may_use(user: &str, used: &str) -> bool {
    match (user, used) {
        _ if user == used => true,
        ("headers", _) => false,
        ("wizard", "messages" | "csrf" | "headers") => false,
        ("django", "headers") => true,
        (_, "headers") => row(user) >= row("config"),
        (_, "django") => matches!(user, "store" | "config"),
        _ => row(used) < row(user) || (FOUNDATION.contains(&user) && FOUNDATION.contains(&used)),
    }
}

fn web_crates(place: &Place, source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in WEB_CRATES {
        let rule = format!("{} may not name {name}, only web may", place.room);
        found.extend(wherever(source, &[name], &rule));
    }
    found
}

fn wall_clock(place: &Place, source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for clock in CLOCKS.iter().filter(|_| place.room != "clock") {
        let rule = format!("{} may not read {clock}::now, only clock may", place.room);
        found.extend(wherever(source, &[clock, "::", "now"], &rule));
    }
    if has_tokio_timers(source) {
        found.retain(|(_, rule)| !rule.contains("Instant::now"));
    }
    found
}

/// Whether `Instant` is tokio's here: a timer to wait by, which a test can pause, and no wall clock.
fn has_tokio_timers(source: &Source) -> bool {
    let mut paths = source.paths_after(&["use"]).into_iter();
    paths.any(|path| path.segments == ["tokio", "time", "Instant"])
}

/// The lines that say these words, with the rule they break.
fn wherever(source: &Source, words: &[&str], rule: &str) -> Vec<Finding> {
    let lines = source.lines_with(words).into_iter();
    lines.map(|line| (line, rule.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "pub mod keys; mod session; pub use session::{Session, Key as SessionKey}; pub use web::Cloakroom;";

    fn problems(file: &str, text: &str) -> Vec<String> {
        let path = format!("src/{file}");
        House::new(&Source::new(LIBRARY)).problems(Path::new(&path), &Source::new(text))
    }

    /// Each line: a file, what it says, and what the house says to that.
    const CAUGHT: &[(&str, &str, &str)] = &[
        (
            "session.rs",
            "\nuse crate::web::Layer;",
            "src/session.rs:2: session may not use web",
        ),
        (
            "cookie/jar.rs",
            "use crate::{keys::KeyRing,\nstore};",
            "src/cookie/jar.rs:2: cookie may not use store",
        ),
        (
            "store/sql.rs",
            "fn f() { crate::config::x() }",
            "src/store/sql.rs:1: store may not use config",
        ),
        (
            "messages/queue.rs",
            "use crate::csrf;",
            "src/messages/queue.rs:1: messages may not use csrf",
        ),
        (
            "form.rs",
            "use crate::wizard::Step;",
            "src/form.rs:1: form may not use wizard",
        ),
        (
            "wizard.rs",
            "use crate::messages::Level;",
            "src/wizard.rs:1: wizard may not use messages",
        ),
        (
            "wizard.rs",
            "use crate::web::Finish;",
            "src/wizard.rs:1: wizard may not use web",
        ),
        (
            "wizard/flow.rs",
            "pub use crate::web::Finish;",
            "src/wizard/flow.rs:1: wizard may not use web",
        ),
        (
            "headers/hsts.rs",
            "use crate::error::Error;",
            "src/headers/hsts.rs:1: headers may not use error",
        ),
        (
            "session.rs",
            "use crate::django;",
            "src/session.rs:1: session may not use django",
        ),
        (
            "keys/ring.rs",
            "use crate::Session;",
            "src/keys/ring.rs:1: keys may not use session",
        ),
        (
            "keys/ring.rs",
            "use crate::SessionKey;",
            "src/keys/ring.rs:1: keys may not use session",
        ),
        (
            "cookie/jar.rs",
            "use super::super::store::Store;",
            "src/cookie/jar.rs:1: cookie may not use store",
        ),
        (
            "cookie.rs",
            "use super::store::Store;",
            "src/cookie.rs:1: cookie may not use store",
        ),
        (
            "config.rs",
            "use axum::Router;",
            "src/config.rs:1: config may not name axum, only web may",
        ),
        (
            "session.rs",
            "fn f() { std::time::SystemTime::now() }",
            "src/session.rs:1: session may not read SystemTime::now, only clock may",
        ),
        (
            "store/memory.rs",
            "fn f(token: &Token) {}",
            "src/store/memory.rs:1: a store never sees a `Token`",
        ),
        (
            "attic.rs",
            "",
            "src/attic.rs: `attic` is no room yet, give it its place in xtask/src/house/rooms.rs",
        ),
    ];

    #[test]
    fn what_is_not_allowed_is_caught_with_file_line_and_rule() {
        for (file, text, problem) in CAUGHT {
            assert_eq!(problems(file, text), [*problem], "{text}");
        }
    }

    /// Each line: a file and something it may well say.
    const FINE: &[(&str, &str)] = &[
        ("lib.rs", "use crate::web::Layer;"),
        (
            "session.rs",
            "use crate::{cookie::Jar, error::Error, session::plan};",
        ),
        ("error.rs", "use crate::clock::Clock;"),
        ("wizard/flow.rs", "use crate::form::Field;"),
        ("wizard.rs", "pub use crate::web::{Finish, Page};"),
        (
            "store/sql.rs",
            "use crate::django::Payload; use super::memory::Bound;",
        ),
        (
            "web/layer.rs",
            "use axum_core::body::Body; use crate::headers::Hsts; fn f() { std::time::Instant::now(); }",
        ),
        ("clock.rs", "fn f() { std::time::SystemTime::now() }"),
        (
            "store/turns.rs",
            "use tokio::time::{Instant, sleep}; fn f() { Instant::now() }",
        ),
        (
            "session.rs",
            "/// Works with axum and [`crate::web`].\nfn f() { \"crate::web::x tower\" }",
        ),
        (
            "session.rs",
            "#[cfg(test)]\nmod tests { use crate::testing::Browser; use axum::Router; }",
        ),
        ("session/tests.rs", "use crate::testing::Browser;"),
    ];

    #[test]
    fn what_is_allowed_is_not_complained_of() {
        for (file, text) in FINE {
            assert_eq!(problems(file, text), [""; 0], "{text}");
        }
    }
}
