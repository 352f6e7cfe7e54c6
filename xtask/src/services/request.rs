//! What was asked of `cargo xtask services`.

use services::{KINDS, Kind};

/// How to call it.
const USAGE: &str = "cargo xtask services [--only postgres,redis,…] [--detach | -- COMMAND…], or: cargo xtask services stop";

/// Which servers, and what to do with them.
pub(crate) struct Request {
    pub(crate) kinds: Vec<&'static Kind>,
    pub(crate) then: Then,
}

/// What to do with running servers.
#[derive(Debug, PartialEq)]
pub(crate) enum Then {
    /// Wait until the input ends.
    Wait,
    /// Run a command with them.
    Run(Vec<String>),
    /// Leave them to a process in the background.
    Detach,
    /// Be that process.
    Keep,
    /// End that process.
    Stop,
}

impl Request {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// When one of them means nothing.
    pub(crate) fn read(arguments: &[String]) -> Result<Self, String> {
        let mut kinds: Vec<&'static Kind> = KINDS.iter().collect();
        let mut then = Then::Wait;
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => kinds = named(words.next().map_or("", String::as_str))?,
                "--detach" => then = Then::Detach,
                "--keep" => then = Then::Keep,
                "stop" => then = Then::Stop,
                "--" => then = command(words.by_ref())?,
                _ => return Err(format!("`{word}` means nothing here; {USAGE}")),
            }
        }
        Ok(Self { kinds, then })
    }
}

/// Takes all that is left as a command.
fn command<'a>(words: impl Iterator<Item = &'a String>) -> Result<Then, String> {
    let words: Vec<String> = words.cloned().collect();
    match words.is_empty() {
        true => Err(format!("no command follows `--`; {USAGE}")),
        false => Ok(Then::Run(words)),
    }
}

/// Reads `postgres,redis`.
fn named(names: &str) -> Result<Vec<&'static Kind>, String> {
    let kind = |name: &str| {
        let found = KINDS.iter().find(|kind| kind.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            format!("no server is called `{name}`: {}", known.join(", "))
        })
    };
    names.split(',').map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(Vec<&'static str>, Then), String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let Request { kinds, then } = Request::read(&words)?;
        Ok((kinds.iter().map(|kind| kind.name).collect(), then))
    }

    #[test]
    fn every_way_to_call_it_is_understood() {
        let all: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let run = |words: &[&str]| Then::Run(words.iter().map(|word| (*word).to_owned()).collect());
        let table = [
            ("", all.clone(), Then::Wait),
            ("--detach", all.clone(), Then::Detach),
            ("stop", all.clone(), Then::Stop),
            (
                "--only postgres,redis",
                vec!["postgres", "redis"],
                Then::Wait,
            ),
            (
                "--only redis -- a --only b",
                vec!["redis"],
                run(&["a", "--only", "b"]),
            ),
            ("-- env", all, run(&["env"])),
        ];
        for (line, kinds, then) in table {
            assert_eq!(read(line), Ok((kinds, then)), "{line}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (line, clause) in [
            ("--only oracle", "no server is called `oracle`"),
            ("--only", "no server is called ``"),
            ("--only redis --", "no command follows"),
            ("start", "`start` means nothing here"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.starts_with(clause), "{error}");
        }
    }
}
