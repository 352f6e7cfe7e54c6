//! Tables that stand in the sources already: those of rustdoc, and what the command says of the variables it reads.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{more, read, unlinked, with_table};
use crate::files;

/// Tables in rustdoc that the guide shows: under which heading, from which file, and how each begins.
const COPIES: [(&str, &str, &str); 3] = [
    (
        "## In the environment",
        "config/environment.rs",
        "| name | meaning | when absent |\n|---|---|---|\n",
    ),
    (
        "### URLs of stores",
        "store/connect.rs",
        "| URL | store |\n|---|---|\n",
    ),
    (
        "### URLs of stores",
        "store/connect.rs",
        "| parameter | of | meaning |\n|---|---|---|\n",
    ),
];

/// Where the command's own variables are listed.
const OF_THE_COMMAND: (&str, &str) = (
    "### Of the command `cloakroom`",
    "| name | option | meaning |\n|---|---|---|\n",
);

/// The page with those tables as the sources below this folder have them.
pub(super) fn renewed(mut page: String, root: &Path) -> Result<String, String> {
    for (heading, file, head) in COPIES {
        let text = read(&root.join("crates/cloakroom/src").join(file))?;
        let table = copied(&text, head).ok_or_else(|| format!("{file}: no table `{head}`"))?;
        page = put(&page, heading, head, &table)?;
    }
    let (heading, head) = OF_THE_COMMAND;
    let rows = of_the_command(root, &page);
    put(&page, heading, head, &format!("{head}{rows}"))
}

fn put(page: &str, heading: &str, head: &str, table: &str) -> Result<String, String> {
    with_table(page, heading, head, table)
        .ok_or_else(|| format!("no table `{}` under `{heading}`", head.trim_end()))
}

/// A table of rustdoc as the guide shows it: links to items are their names, and rows say where the guide says more.
fn copied(text: &str, head: &str) -> Option<String> {
    let plain: String = text
        .lines()
        .map(|line| line.trim_start().strip_prefix("/// ").unwrap_or(""))
        .fold(String::new(), |text, line| text + line + "\n");
    let (_, rows) = plain.split_once(head)?;
    let mut table = head.to_owned();
    for row in rows.lines().take_while(|line| line.starts_with('|')) {
        let name = row.split('`').nth(1).unwrap_or_default();
        let row = unlinked(row);
        let _ = writeln!(
            table,
            "{}{} |",
            row.trim_end_matches([' ', '|']),
            more(name)
        );
    }
    Some(table)
}

/// A row for each variable that an option of the command stands for and the library itself does not read.
fn of_the_command(root: &Path, page: &str) -> String {
    let mut rows = String::new();
    for file in files::under(&root.join("crates/cloakroom-ops/src/cli")) {
        let text = fs::read_to_string(file).unwrap_or_default();
        for (variable, option, said) in variables(&text) {
            let row = format!("| `{variable}` |");
            if !page_of_the_library(page).contains(&row) && !rows.contains(&row) {
                let _ = writeln!(rows, "{row} `--{option}` | {said} |");
            }
        }
    }
    rows
}

/// What stands above the table of the command.
fn page_of_the_library(page: &str) -> &str {
    page.split(OF_THE_COMMAND.0).next().unwrap_or_default()
}

/// The variables that options stand for: each with its option, and the first paragraph that is said of that.
fn variables(text: &str) -> Vec<(String, String, String)> {
    let parts: Vec<&str> = text.split("env = \"").collect();
    let pairs = parts.iter().zip(parts.iter().skip(1));
    pairs
        .filter_map(|(above, part)| {
            let (variable, after) = part.split_once('"')?;
            let field = after.split_once(")]")?.1.trim_start();
            let field = field.trim_start_matches("pub(crate) ").split(':').next()?;
            let documented = above.rsplit_once("#[arg(")?.0.trim_end().lines().rev();
            let mut lines: Vec<&str> = documented
                .map_while(|line| line.trim_start().strip_prefix("///"))
                .map(str::trim)
                .collect();
            lines.reverse();
            let first = lines.split(|line| line.is_empty()).next()?.join(" ");
            Some((variable.to_owned(), field.replace('_', "-"), first))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_rustdoc_is_shown_without_its_links() {
        let head = "| URL | store |\n|---|---|\n";
        let text = "/// Opens.\n///\n/// | URL | store |\n/// |---|---|\n/// | `memory:` | this [`Memory`](crate::Memory) |\n///\n/// More.\npub fn open() {}\n";
        let shown = format!("{head}| `memory:` | this `Memory` |\n");
        assert_eq!(copied(text, head), Some(shown));
        assert_eq!(copied(text, "| other |\n"), None);
    }

    #[test]
    fn a_variable_has_its_option_and_what_is_said_of_it() {
        let text = "struct Move {\n    /// Not this\n    #[arg(long)]\n    pub(crate) all: bool,\n    /// The URL\n    /// of it\n    ///\n    /// More.\n    \
            #[arg(\n        long,\n        env = \"X_FROM\",\n        hide_env_values = true\n    )]\n    pub(crate) from_there: String,\n}\n";
        let found = [("X_FROM", "from-there", "The URL of it")];
        let found = found.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(variables(text), found);
    }
}
