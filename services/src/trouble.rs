//! Why there is no server.

use std::{error, fmt};

/// What is in the way of a server.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A program is not installed.
    Missing {
        /// Its name.
        what: &'static str,
        /// The Debian package it comes in.
        package: &'static str,
    },
    /// A server did not do what it was asked.
    Failed {
        /// What the server is called here.
        server: String,
        /// What went wrong, as a clause.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
}

impl Trouble {
    pub(crate) fn failed(server: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Failed {
            server: server.into(),
            reason: reason.into(),
            log: String::new(),
        }
    }

    /// The same trouble, with the last lines of this text.
    pub(crate) fn with_log(self, text: &str) -> Self {
        match self {
            Self::Failed { server, reason, .. } => Self::Failed {
                server,
                reason,
                log: last_lines(text),
            },
            missing @ Self::Missing { .. } => missing,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, package } => {
                write!(
                    f,
                    "{what} is not installed (on Debian: apt-get install {package})"
                )
            }
            Self::Failed {
                server,
                reason,
                log,
            } if log.is_empty() => write!(f, "{server}: {reason}"),
            Self::Failed {
                server,
                reason,
                log,
            } => write!(f, "{server}: {reason}; the last it said:\n{log}"),
        }
    }
}

impl error::Error for Trouble {}

/// As much of a log as helps.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let trouble = Trouble::Missing {
            what: "memcached",
            package: "memcached",
        };
        let text = "memcached is not installed (on Debian: apt-get install memcached)";
        assert_eq!(trouble.to_string(), text);
    }

    #[test]
    fn of_a_long_log_the_end_is_told() {
        let log: Vec<String> = (1..=40).map(|line| line.to_string()).collect();
        let text = Trouble::failed("redis", "did not start")
            .with_log(&log.join("\n"))
            .to_string();
        assert!(text.starts_with("redis: did not start; the last it said:\n16\n"));
        assert!(text.ends_with("\n40"));
    }
}
