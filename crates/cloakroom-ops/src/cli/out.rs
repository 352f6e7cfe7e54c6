//! What is printed: for people aligned and a little coloured, for programs JSON.
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use cloakroom_ops::letters::hides;
use serde::Serialize;

use crate::cli::failure::Failure;

/// The standard output.
pub(crate) struct Out {
    json: bool,
    colour: bool,
    stdout: BufWriter<Stdout>,
}

/// A colour of the terminal's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Green,
    Red,
    Yellow,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json,
            colour: io::stdout().is_terminal() && !no_colour,
            stdout: BufWriter::new(io::stdout()),
        }
    }

    /// Says whether a program reads this.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Says whether a person reads this on a terminal that has colours.
    pub(crate) fn has_colour(&self) -> bool {
        self.colour
    }

    /// Prints what is no line of its own.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        write!(self.stdout, "{text}").map_err(Failure::Output)
    }

    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.stdout, "{line}").map_err(Failure::Output)
    }

    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string(value).map_err(|error| Failure::Output(error.into()))?;
        self.line(&escaped(&json))
    }

    /// Says something to the operator that is no part of the output.
    #[expect(
        clippy::unused_self,
        reason = "it belongs to the output, whatever is its channel"
    )]
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    pub(crate) fn coloured(&self, text: &str, colour: Colour) -> String {
        let code = match colour {
            Colour::Red => 31,
            Colour::Green => 32,
            Colour::Yellow => 33,
        };
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(Failure::Output)
    }
}

/// Returns a text from a session so that it can do nothing to the terminal: what steers it, or turns
/// the direction of writing, is escaped.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same for JSON, which stays the same value.
fn escaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '\n' | '\r' | '\t') {
            // Between values only: within a text they are escaped already.
            shown.push(' ');
        } else if hides(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_does_nothing_to_the_terminal_and_stays_what_it_is() {
        let value = serde_json::json!({ "device": "a\u{9b}31m\u{202e}b\n\u{e9}" });
        let shown = escaped(&value.to_string());
        assert_eq!(shown, "{\"device\":\"a\\u009b31m\\u202eb\\n\u{e9}\"}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }

    #[test]
    fn a_users_name_can_not_steer_the_terminal() {
        assert_eq!(
            harmless("ада\u{1b}[2J\n\u{202e}x"),
            "ада\\u{1b}[2J\\n\\u{202e}x"
        );
    }
}
