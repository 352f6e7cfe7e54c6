//! Addresses on the web.
use std::str::FromStr;

use crate::form::value::text::{as_text, check};
use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem};

/// A web address, with `http` or `https` and a host (WHATWG URL standard), in the form in which browsers send it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url(String);

impl Url {
    /// Returns the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Url {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parsed = url::Url::parse(text).ok();
        parsed
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .map(|url| Self(url.into()))
            .ok_or_else(|| Problem::new("invalid"))
    }
}

as_text!(Url);

impl Value for Url {
    const KIND: Kind = Kind::new(Input::Url);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_web() {
        for (text, address) in [
            ("https://example.com", Some("https://example.com/")),
            ("HTTP://Example.com/a?b#c", Some("http://example.com/a?b#c")),
            (
                "https://münchen.example/ß",
                Some("https://xn--mnchen-3ya.example/%C3%9F"),
            ),
            ("example.com", None),
            ("javascript:alert(1)", None),
            ("data:text/html,hi", None),
            ("ftp://example.com/", None),
            ("https://", None),
        ] {
            assert_eq!(text.parse::<Url>().ok().as_deref(), address, "{text}");
        }
    }
}
