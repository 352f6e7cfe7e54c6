//! Email addresses.
use std::str::FromStr;

use crate::form::value::text::{as_text, check};
use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem};

/// The longest address that mail can be sent to (RFC 3696, erratum 1690, allows 254 characters).
const LONGEST: usize = 254;

/// An email address, as browsers accept it in `<input type="email">` (HTML standard, "valid e-mail address"),
/// with a dot in its domain.
///
/// That it has the right form does not mean that somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Returns the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what follows the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }
}

impl FromStr for Email {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        is_address(text)
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| Problem::new("invalid"))
    }
}

as_text!(Email);

impl Value for Email {
    const KIND: Kind = Kind::new(Input::Email);

    fn empty() -> Option<Self> {
        None
    }

    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        let text = typed.text().trim();
        check(typed, text)?;
        text.parse()
    }

    fn write(&self, slot: &mut Slot) {
        slot.text(self.as_str());
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    text.len() <= LONGEST
        && !local.is_empty()
        && local.bytes().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_form_that_browsers_ask_for_and_a_dot_in_its_domain() {
        let long = format!("{}@example.com", "a".repeat(243));
        for (text, is_one) in [
            ("ada@example.com", true),
            ("ada.l+tag@mail.example.co.uk", true),
            ("o'hara@example.com", true),
            ("ada@xn--mnchen-3ya.example", true),
            ("ada", false),
            ("@example.com", false),
            ("ada@", false),
            ("ada@example", false),
            ("ada@example..com", false),
            ("ada@-example.com", false),
            ("ada lovelace@example.com", false),
            ("ada@@example.com", false),
            ("ada@example.com\r\nBcc: all@example.com", false),
            ("<ada@example.com>", false),
            (&long, false),
        ] {
            assert_eq!(is_address(text), is_one, "{text}");
        }
    }
}
