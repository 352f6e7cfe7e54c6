//! `shop check --deploy`: what the standards ask for, and what the shop's settings make of it.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use cloakroom::audit::Audit;

use crate::{WRONG_SETTINGS, opening};

const USAGE: &str = "usage: shop [check --deploy [--json | --sarif]]";

/// How the check is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Sarif,
}

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Open,
    Check(Format),
}

/// Reads the words after the program's name.
pub(crate) fn read(words: &[String]) -> Result<Wish, &'static str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(Wish::Open),
        ["check", "--deploy"] => Ok(Wish::Check(Format::Text)),
        ["check", "--deploy", "--json"] => Ok(Wish::Check(Format::Json)),
        ["check", "--deploy", "--sarif"] => Ok(Wish::Check(Format::Sarif)),
        _ => Err(USAGE),
    }
}

/// Checks the settings with which the shop would open; ends with 1 when something is broken that the
/// standards demand.
pub(crate) async fn run(format: Format) -> ExitCode {
    let site = match opening::set_up().await {
        Ok(site) => site,
        Err(problems) => {
            eprintln!("The shop can't open.\n{problems}");
            return ExitCode::from(WRONG_SETTINGS);
        }
    };
    let audit = site.audit();
    site.close().await;
    match print(&audit, format) {
        Ok(()) if audit.is_well() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn print(audit: &Audit, format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Json => writeln!(out, "{}", audit.to_json()),
        Format::Sarif => writeln!(out, "{}", audit.to_sarif()),
        Format::Text if out.is_terminal() => write!(out, "{}", audit.coloured()),
        Format::Text => write!(out, "{audit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_opens_the_shop_or_checks_it() {
        let rows = [
            ("", Ok(Wish::Open)),
            ("check --deploy", Ok(Wish::Check(Format::Text))),
            ("check --deploy --json", Ok(Wish::Check(Format::Json))),
            ("check --deploy --sarif", Ok(Wish::Check(Format::Sarif))),
            ("check", Err(USAGE)),
            ("open", Err(USAGE)),
        ];
        for (line, expected) in rows {
            let words: Vec<_> = line.split_whitespace().map(ToOwned::to_owned).collect();
            assert_eq!(read(&words), expected, "{line}");
        }
    }
}
