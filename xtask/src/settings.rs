//! The guide's tables of settings, made from what the code says of each: the first paragraph above its function, and in that
//! the sentence that begins with `Default:`. Those of variables and URLs stand in the sources as tables.

mod told;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::step::{Ending, Outcome};

const PAGE: &str = "docs/settings.md";

/// How each table begins.
const HEAD: &str = "| setting | meaning | default |\n|---|---|---|\n";

/// The headings that have such a table, each with the files whose settings it lists and what their names begin with.
const TABLES: [(&str, &[(&str, &str)]); 4] = [
    (
        "## In the builder",
        &[
            ("config/builder.rs", ""),
            ("config/dialect.rs", ""),
            ("config/linger.rs", "linger."),
            ("session/policy.rs", "session."),
            ("session/noting.rs", "session."),
            ("session/signal.rs", "session."),
            ("messages/settings.rs", "messages."),
            ("csrf/settings.rs", "csrf."),
            ("headers/settings.rs", "headers."),
            ("store/in_cookie.rs", "in_cookie."),
        ],
    ),
    ("## Of forms", &[("form/limits.rs", "")]),
    (
        "## Of wizards",
        &[("web/wizard/mount.rs", ""), ("web/wizard/hooks.rs", "")],
    ),
    ("## Limits of a store", &[("store/options.rs", "")]),
];

/// Functions of the builder that only lead to others.
const GROUPS: [&str; 6] = [
    "session",
    "messages",
    "csrf",
    "headers",
    "linger",
    "change_django",
];

/// Where the guide says more about a setting.
const MORE: [(&str, &str); 20] = [
    (
        "allow_plain_http_on_localhost",
        "deploying.md#development-mode",
    ),
    ("csrf.mode", "csrf.md"),
    ("django", "django.md"),
    ("headers.clear_site_data", "headers.md#leaving"),
    ("headers.hsts", "headers.md#https"),
    ("linger.bytes", "uploads.md#too-large"),
    ("local", "#copies-in-the-process"),
    ("on_event", "watching.md#events"),
    (
        "session.most_sessions",
        "login.md#how-many-sessions-a-user-has",
    ),
    ("session.on_signal", "watching.md#signs-of-an-attack"),
    ("session.guesses", "watching.md#signs-of-an-attack"),
    ("session.remember", "login.md#remember-me"),
    ("storage", "wizards.md#where-drafts-are-kept"),
    ("store", "stores.md"),
    ("table", "wizards.md#where-drafts-are-kept"),
    ("waive", "deploy-check.md"),
    ("CLOAKROOM_CACHE", "#a-cache-before-the-store"),
    ("CLOAKROOM_DIALECT", "django.md"),
    ("cookie:", "stores.md#sessions-in-the-cookie"),
    ("memcached://host:port", "#sessions-in-memcached"),
];

/// Writes the tables anew.
pub(crate) fn write(_: &[String]) -> Outcome {
    let text = read(Path::new(PAGE))?;
    let made = renewed(&text, Path::new("."))?;
    println!("{PAGE}");
    fs::write(PAGE, made).map_err(|error| format!("{PAGE}: {error}"))?;
    Ok(Ending::Passed)
}

/// The page with its tables as the code below this folder makes them.
pub(crate) fn renewed(page: &str, root: &Path) -> Result<String, String> {
    let mut page = page.to_owned();
    for (heading, files) in TABLES {
        let mut table = HEAD.to_owned();
        for (file, prefix) in files {
            let text = read(&root.join("crates/cloakroom/src").join(file))?;
            table += &rows(&text, prefix).map_err(|problem| format!("{file}: {problem}"))?;
        }
        page = with_table(&page, heading, HEAD, &table)
            .ok_or_else(|| format!("{PAGE}: no table of settings under `{heading}`"))?;
    }
    told::renewed(page, root)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The page with another table in the place of the first below this heading that begins so.
fn with_table(page: &str, heading: &str, head: &str, table: &str) -> Option<String> {
    let below = page.find(&format!("\n{heading}\n"))?;
    let start = below + page[below..].find(head)?;
    let rest = &page[start..];
    let end = start + rest.find("\n\n").map_or(rest.len(), |end| end + 1);
    Some(format!("{}{table}{}", &page[..start], &page[end..]))
}

/// The rows of a file's settings, in its order.
fn rows(text: &str, prefix: &str) -> Result<String, String> {
    let settings = setters(text);
    let names: Vec<&str> = settings.iter().map(|it| &*it.name).collect();
    let mut rows = String::new();
    for setting in &settings {
        if GROUPS.contains(&&*setting.name) {
            continue;
        }
        let name = format!("{prefix}{}", setting.name);
        let said = shown(&setting.said, prefix, &names);
        let (meaning, default) =
            parted(&said).ok_or_else(|| format!("`{name}` does not say `Default: …`"))?;
        let more = more(&name);
        let feature = setting.feature.as_ref();
        let feature = feature.map_or_else(String::new, |feature| format!(" (feature `{feature}`)"));
        let _ = writeln!(rows, "| `{name}`{feature} | {meaning}{more} | {default} |");
    }
    Ok(rows)
}

/// A link to where the guide says more, if it does.
fn more(name: &str) -> String {
    let more = MORE.iter().find(|(setting, _)| *setting == name);
    more.map_or_else(String::new, |(_, page)| format!(" ([more]({page}))"))
}

/// A function that takes settings and gives them back.
struct Setter {
    name: String,
    /// The first paragraph of its documentation.
    said: String,
    /// The feature that it needs.
    feature: Option<String>,
}

/// The public functions of a source that take and give back the settings themselves.
fn setters(text: &str) -> Vec<Setter> {
    let joined = text.replace("(\n        ", "(");
    let parts: Vec<&str> = joined.split("    pub fn ").collect();
    let pairs = parts.iter().zip(parts.iter().skip(1));
    pairs
        .filter_map(|(above, part)| {
            let (name, rest) = part.split_once('(')?;
            let first = rest.split([',', ')']).next()?;
            let gives = rest.split_once('{')?.0;
            let turns = matches!(first, "mut self" | "self") && gives.contains("-> Self");
            turns.then(|| Setter {
                name: name.split('<').next().unwrap_or(name).to_owned(),
                said: said(above),
                feature: feature(above),
            })
        })
        .collect()
}

/// The lines right above a function: its documentation and its attributes.
fn above(text: &str) -> Vec<&str> {
    let lines = text.trim_end().lines().rev().map(str::trim_start);
    let mut lines: Vec<&str> = lines
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .collect();
    lines.reverse();
    lines
}

fn said(text: &str) -> String {
    let documented = above(text).into_iter();
    let lines = documented.filter_map(|line| line.strip_prefix("///"));
    let first = lines.map(str::trim).take_while(|line| !line.is_empty());
    first.collect::<Vec<_>>().join(" ")
}

fn feature(text: &str) -> Option<String> {
    let named = above(text)
        .into_iter()
        .find_map(|line| line.strip_prefix("#[cfg(feature = \"")?.split('"').next());
    named.map(str::to_owned)
}

/// What is said, without its default, and the default.
fn parted(said: &str) -> Option<(String, String)> {
    let (before, rest) = said.split_once("Default: ")?;
    // The next sentence begins in large letters, or with a value.
    let ends =
        |at: usize| rest[at + 2..].starts_with(|char: char| char.is_uppercase() || char == '`');
    let end = rest
        .match_indices(". ")
        .map(|(at, _)| at)
        .find(|at| ends(*at));
    let (default, after) = match end {
        Some(at) => (&rest[..at], &rest[at + 2..]),
        None => (rest.trim_end_matches('.'), ""),
    };
    let meaning = format!("{before}{after}");
    Some((meaning.trim_end().to_owned(), default.to_owned()))
}

/// A text of rustdoc in a cell of the guide: links to items are their names, and settings have the guide's.
fn shown(said: &str, prefix: &str, names: &[&str]) -> String {
    let mut text = unlinked(said).replace('|', "\\|");
    for name in names {
        for owner in ["Policy", "Settings", "Mount", "Options"] {
            text = text.replace(&format!("`{owner}::{name}`"), &format!("`{prefix}{name}`"));
        }
    }
    text
}

/// A text without its links to items; those that lead into the web stay.
fn unlinked(said: &str) -> String {
    let (mut text, mut rest) = (String::new(), said);
    while let Some((before, link)) = rest.split_once('[') {
        text += before;
        let Some((inner, after)) = link.split_once(']') else {
            return text + "[" + link;
        };
        rest = match after.strip_prefix('(').and_then(|it| it.split_once(')')) {
            Some((target, after)) if !target.starts_with("http") => {
                text += inner;
                after
            }
            None if inner.starts_with('`') => {
                text += inner;
                after
            }
            _ => {
                text.push('[');
                link
            }
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "impl Policy {\n    \
        /// Ends a session so long after [`Policy::idle`], as\n    /// [this](https://example.org/) says. Default: 1.5 days. A *busy* one | too.\n    \
        ///\n    /// More of it.\n    #[must_use]\n    pub fn idle(mut self, idle: Duration) -> Self {\n        self\n    }\n\n    \
        /// Not a setting.\n    pub fn told(&self) -> &Self {\n        self\n    }\n\n    \
        /// Keeps [files](crate::files). Default: none.\n    #[cfg(feature = \"uploads\")]\n    \
        pub fn files<F>(\n        mut self,\n        files: F,\n    ) -> Self {\n        self\n    }\n}\n";

    #[test]
    fn a_row_has_a_settings_first_paragraph_and_its_default() {
        assert_eq!(
            rows(SOURCE, "session.").unwrap(),
            "| `session.idle` | Ends a session so long after `session.idle`, as [this](https://example.org/) says. A *busy* one \\| too. | 1.5 days |\n\
             | `session.files` (feature `uploads`) | Keeps files. | none |\n"
        );
    }

    #[test]
    fn a_setting_without_a_default_is_named() {
        let silent = SOURCE.replace("Default: 1.5 days. ", "");
        let problem = rows(&silent, "session.").unwrap_err();
        assert_eq!(problem, "`session.idle` does not say `Default: …`");
    }

    #[test]
    fn only_the_table_below_its_heading_is_made_anew() {
        let page =
            format!("# S\n\n## A\n\n{HEAD}| a | | |\n\n## B\n\nText.\n\n{HEAD}| b | | |\n\nEnd.\n");
        let made = with_table(&page, "## B", HEAD, &format!("{HEAD}| c | | |\n")).unwrap();
        assert_eq!(made, page.replace("| b |", "| c |"));
        assert_eq!(with_table(&page, "## C", HEAD, ""), None);
    }
}
