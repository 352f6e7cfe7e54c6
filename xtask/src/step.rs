//! A step: one command, shown before it runs and timed when it has ended.

use std::env;
use std::ffi::OsStr;
use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

/// How a task ended that did not fail.
pub(crate) enum Ending {
    Passed,
    /// It could not run here, and that is no failure; says what is missing.
    Ignored(String),
}

/// What a task answers; the error is a clause for the last line.
pub(crate) type Outcome = Result<Ending, String>;

/// Returns a `cargo` command with these words.
pub(crate) fn cargo(words: &str) -> Command {
    let mut command = Command::new("cargo");
    command.args(words.split_whitespace());
    command
}

/// Shows the command, runs it with its output streaming through, and tells how long it took.
///
/// What is ours goes to the standard error: the standard output belongs to the commands.
///
/// # Errors
///
/// When it cannot be started or ends with another code than 0.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let line = shown(command);
    eprintln!("$ {line}");
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("`{line}` does not start: {error}"))?;
    eprintln!("  took {}", seconds(start.elapsed()));
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` ended with {status}"))
    }
}

/// Runs the command and returns what it printed.
///
/// # Errors
///
/// When it cannot be started or ends with another code than 0.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let line = shown(command);
    let output = command
        .output()
        .map_err(|error| format!("`{line}` does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` ended with {}", output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| format!("`{line}` printed something that is not text"))
}

/// Whether this is CI, where nothing may be left out.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Returns a duration as a person would say it.
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_secs() {
        minutes @ 60.. => format!("{} min {} s", minutes / 60, minutes % 60),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// The command as one could type it, with the variables it sets.
///
/// Those of the servers are left out: their URLs are long, hold passwords and lead nowhere afterwards.
fn shown(command: &Command) -> String {
    let mut line = String::new();
    let of_servers = |name: &OsStr| name.to_string_lossy().starts_with("CLOAKROOM_TEST_");
    for (name, value) in command.get_envs().filter(|(name, _)| !of_servers(name)) {
        let value = value.unwrap_or_default().to_string_lossy();
        let _ = write!(line, "{}={} ", name.display(), quoted(&value));
    }
    line += &command.get_program().to_string_lossy();
    for word in command.get_args() {
        let _ = write!(line, " {}", quoted(&word.to_string_lossy()));
    }
    line
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = cargo("doc --no-deps");
        command.env("RUSTDOCFLAGS", "-D warnings");
        command.env(
            "CLOAKROOM_TEST_POSTGRES",
            "postgres://user:password@127.0.0.1:1/db",
        );
        assert_eq!(
            shown(&command),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps"
        );
    }

    #[test]
    fn a_command_that_fails_is_named_in_the_error() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error, "`sh -c 'exit 3'` ended with exit status: 3");
    }

    #[test]
    fn a_minute_and_more_is_told_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(192)), "3 min 12 s");
    }
}
