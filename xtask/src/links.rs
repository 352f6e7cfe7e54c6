//! The links of the Markdown files: each that stays in the repository leads to a file, and its anchor to a heading;
//! each into the library's documentation leads to an item of it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::files;

/// Follows every link of every Markdown file.
///
/// # Errors
///
/// When one is dead; says which, with file and line.
pub(crate) fn check() -> Result<(), String> {
    let pages: Vec<PathBuf> = files::under(Path::new("."))
        .into_iter()
        .filter(|path| is_page(path))
        .collect();
    let mut dead = Vec::new();
    for page in &pages {
        let text =
            fs::read_to_string(page).map_err(|error| format!("{}: {error}", page.display()))?;
        for (line, target) in links(&text) {
            if let Err(reason) = follow(page, target) {
                dead.push(format!("{}:{line}: {target}: {reason}", page.display()));
            }
        }
    }
    println!(
        "links of {} Markdown files followed, {} dead",
        pages.len(),
        dead.len()
    );
    if dead.is_empty() {
        Ok(())
    } else {
        Err(format!("dead links\n  {}\n", dead.join("\n  ")))
    }
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// The targets of `[text](target)` with their line numbers, code blocks left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for rest in line.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push((number, target.split_whitespace().next().unwrap_or_default()));
            }
        }
    }
    found
}

/// The numbered lines outside fenced code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// Where the library's documentation will be read, and where `cargo doc` puts it.
const PUBLISHED: &str = "https://docs.rs/";
const BUILT: &str = "target/doc";

/// Follows a link into the documentation of one of our crates to what `cargo doc` built.
fn follow_item(target: &str) -> Result<(), &'static str> {
    let Some((krate, path)) = target.split_once("/latest/") else {
        return Ok(());
    };
    if !Path::new("crates").join(krate).is_dir() {
        return Ok(());
    }
    let (path, anchor) = path
        .split_once('#')
        .map_or((path, None), |(path, anchor)| (path, Some(anchor)));
    let file = match path.is_empty() || path.ends_with('/') {
        true => Path::new(BUILT).join(path).join("index.html"),
        false => Path::new(BUILT).join(path),
    };
    let html = fs::read_to_string(file).map_err(|_| "no such item; `cargo doc` makes them")?;
    match anchor {
        Some(anchor) if !html.contains(&format!("id=\"{anchor}\"")) => Err("no such part"),
        _ => Ok(()),
    }
}

fn follow(page: &Path, target: &str) -> Result<(), &'static str> {
    if let Some(item) = target.strip_prefix(PUBLISHED) {
        return follow_item(item);
    }
    if ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
    {
        return Ok(());
    }
    let (path, anchor) = target
        .split_once('#')
        .map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() {
        page.to_owned()
    } else {
        page.with_file_name(path)
    };
    if leaves_the_repository(&file) {
        return Err("leads out of the repository");
    }
    if !file.exists() {
        return Err("no such file");
    }
    match anchor {
        Some(anchor) if is_page(&file) && !headings(&file).any(|heading| heading == anchor) => {
            Err("no such heading")
        }
        _ => Ok(()),
    }
}

fn leaves_the_repository(path: &Path) -> bool {
    let mut depth = 0;
    path.components().any(|component| {
        match component {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            _ => {}
        }
        depth < 0
    })
}

fn headings(page: &Path) -> impl Iterator<Item = String> {
    let text = fs::read_to_string(page).unwrap_or_default();
    let found: Vec<String> = prose(&text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| anchor(line))
        .collect();
    found.into_iter()
}

/// The anchor that a heading gets: its letters and digits in lower case, blanks as hyphens.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    title
        .replace(' ', "-")
        .chars()
        .filter(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_with_their_lines_but_not_in_code() {
        let text = "See [a](a.md) and [b](b.md#x \"title\").\n```\n[no](no.md)\n```\n[c](#c)";
        assert_eq!(links(text), [(1, "a.md"), (1, "b.md#x"), (5, "#c")]);
    }

    #[test]
    fn a_heading_gets_the_anchor_that_readers_link_to() {
        assert_eq!(anchor("## One request, one path"), "one-request-one-path");
        assert_eq!(anchor("# `cargo xtask` & co."), "cargo-xtask--co");
    }

    #[test]
    fn a_link_out_of_the_repository_is_dead() {
        assert!(leaves_the_repository(Path::new(
            "./docs/../../other/README.md"
        )));
        assert!(!leaves_the_repository(Path::new("./docs/../README.md")));
    }
}
