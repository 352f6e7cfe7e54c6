//! A policy ready to be sent: as it stands where no nonce is asked for, and in pieces around one.
use http::HeaderValue;

use crate::headers::csp::source::Source;
use crate::headers::csp::{Csp, Directive};
use crate::headers::text::lasting;

/// Stands where the nonce goes while the text is put together.
const PLACE: char = '\0';

/// One policy's header values.
#[derive(Clone, Debug)]
pub(in crate::headers) struct Policy {
    bare: HeaderValue,
    /// For the library's own pages, whose style is in the page.
    own_page: HeaderValue,
    /// The text around each place of the nonce; one piece when it has none.
    pieces: Vec<String>,
}

impl Policy {
    /// Writes a policy that was checked. `None` when nothing of it is left on plain HTTP.
    pub(in crate::headers) fn of(csp: &Csp, plain_http: bool) -> Option<Self> {
        let csp = csp.for_transport(plain_http);
        let value = |csp: &Csp| lasting(&csp.text(Nonced::No));
        (!csp.directives.is_empty()).then_some(())?;
        Some(Self {
            bare: value(&csp)?,
            own_page: value(&csp.with_own_style())?,
            pieces: csp
                .text(Nonced::Yes)
                .split(PLACE)
                .map(ToOwned::to_owned)
                .collect(),
        })
    }

    /// Returns the header for an answer whose page asked for this nonce, or for none.
    pub(in crate::headers) fn value(&self, nonce: Option<&str>) -> HeaderValue {
        match nonce {
            Some(nonce) if self.pieces.len() > 1 => {
                let text = self.pieces.join(nonce);
                HeaderValue::try_from(text).expect("a nonce is plain ASCII, as the policy is")
            }
            _ => self.bare.clone(),
        }
    }

    /// Returns the header for a page of the library's own.
    pub(in crate::headers) fn for_own_page(&self) -> HeaderValue {
        self.own_page.clone()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nonced {
    Yes,
    No,
}

impl Csp {
    /// On plain HTTP nothing can be loaded over HTTPS in its place.
    fn for_transport(&self, plain_http: bool) -> Self {
        let mut csp = self.clone();
        if plain_http {
            csp.directives
                .retain(|directive| directive.name != "upgrade-insecure-requests");
        }
        csp
    }

    fn text(&self, nonced: Nonced) -> String {
        let directives = self.directives.iter();
        let texts: Vec<_> = directives.map(|directive| directive.text(nonced)).collect();
        texts.join("; ")
    }
}

impl Directive {
    fn text(&self, nonced: Nonced) -> String {
        let mut text = self.name.to_owned();
        for value in &self.values {
            match (value, nonced) {
                (Source::Nonce, Nonced::No) => {}
                (Source::Nonce, Nonced::Yes) => {
                    text.push_str(" 'nonce-");
                    text.push(PLACE);
                    text.push('\'');
                }
                (other, _) => {
                    text.push(' ');
                    text.push_str(other.as_str());
                }
            }
        }
        if nonced == Nonced::No && matches!(self.values[..], [Source::Nonce]) {
            text.push_str(" 'none'");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_stands_only_where_it_is_asked_for_and_in_its_places() {
        let csp = Csp::new()
            .default_src([Source::Own])
            .script_src([Source::Nonce])
            .style_src([Source::Own, Source::Nonce, "https://fonts.example".into()])
            .upgrade_insecure_requests();
        let policy = Policy::of(&csp, false).unwrap();
        assert_eq!(
            policy.value(None),
            "default-src 'self'; script-src 'none'; style-src 'self' https://fonts.example; \
             upgrade-insecure-requests"
        );
        assert_eq!(
            policy.value(Some("abc")),
            "default-src 'self'; script-src 'nonce-abc'; style-src 'self' 'nonce-abc' https://fonts.example; \
             upgrade-insecure-requests"
        );
        let in_development = Policy::of(&csp, true).unwrap().value(None);
        assert!(!in_development.to_str().unwrap().contains("upgrade"));
    }

    #[test]
    fn a_policy_without_a_place_for_a_nonce_is_the_same_with_one() {
        let policy = Policy::of(&Csp::new().default_src([Source::Own]), false).unwrap();
        assert_eq!(policy.value(Some("abc")), "default-src 'self'");
        let only = Csp::new().upgrade_insecure_requests();
        assert!(Policy::of(&only, true).is_none());
    }
}
