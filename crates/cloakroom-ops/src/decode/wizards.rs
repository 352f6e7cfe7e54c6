//! The cookies that wizards give, by their names.

/// So much of a run's name stands in the names of its cookies.
const MARK: usize = 8;
/// No wizard's name is taken for one that is longer.
const LONGEST: usize = 40;

/// What a cookie of the wizards' is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own<'a> {
    /// A draft of this wizard, or how it ended: the first cookie, or the only one.
    Draft(&'a str),
    /// A further cookie of a long draft of this wizard, and its place.
    Rest(&'a str, u8),
    /// The link to a draft.
    Link,
    /// The secret by which the drafts of a browser are found.
    Owner,
}

impl Own<'_> {
    pub(super) fn means(self) -> String {
        match self {
            Self::Draft(wizard) => {
                format!("a draft of the wizard {wizard} that its visitor carries, or how it ended")
            }
            Self::Rest(wizard, place) => format!(
                "part {} of a long draft of the wizard {wizard}, which is opened with the first",
                place + 1
            ),
            Self::Link => "the link to a wizard's draft, for the page that shows it".into(),
            Self::Owner => "finds the drafts of this browser in the store of the wizards".into(),
        }
    }
}

/// Says what a cookie is for, if it is a wizard's.
pub(super) fn own<'a>(name: &'a str, value: &str) -> Option<Own<'a>> {
    let name = name.strip_prefix("__Host-").unwrap_or(name);
    if name == "wizard-owner" {
        return Some(Own::Owner);
    }
    if let Some(mark) = name.strip_prefix("wizards-link-") {
        return is_mark(mark).then_some(Own::Link);
    }
    let run = name.strip_prefix("wizard-")?;
    let first = wizard_of(run).map(Own::Draft);
    let rest = run
        .rsplit_once('-')
        .and_then(|(run, place)| match place.as_bytes() {
            [digit @ b'1'..=b'3'] => Some(Own::Rest(wizard_of(run)?, digit - b'0')),
            _ => None,
        });
    // The mark of a run may look like a number of a part; the first part alone says how many there are.
    match value.contains('.') {
        true => first.or(rest),
        false => rest.or(first),
    }
}

fn wizard_of(run: &str) -> Option<&str> {
    let at = run.len().checked_sub(MARK)?;
    let (wizard, mark) = (run.get(..at)?.strip_suffix('-')?, run.get(at..)?);
    let is_wizard = (1..=LONGEST).contains(&wizard.len()) && is_plain(wizard);
    (is_wizard && is_mark(mark)).then_some(wizard)
}

fn is_mark(mark: &str) -> bool {
    mark.len() == MARK && is_plain(mark)
}

fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wizards_cookies_are_known_by_their_names() {
        for (name, value, expected) in [
            ("wizard-owner", "x", Some(Own::Owner)),
            ("__Host-wizard-owner", "", Some(Own::Owner)),
            ("__Host-wizards-link-aBc_-123", "x", Some(Own::Link)),
            (
                "wizard-tell-us-aBc_-123",
                "1.x",
                Some(Own::Draft("tell-us")),
            ),
            ("wizard-feedback-aBcDeFg1", "", Some(Own::Draft("feedback"))),
            (
                "wizard-tell-us-aBc_-123-2",
                "x",
                Some(Own::Rest("tell-us", 2)),
            ),
            ("wizard-a-b-cdefgh-1", "x", Some(Own::Rest("a", 1))),
            ("wizard-a-b-cdefgh-1", "1.x", Some(Own::Draft("a-b"))),
            ("wizard-feedback", "x", None),
            ("wizards-link-short", "x", None),
            ("sessionid", "x", None),
        ] {
            assert_eq!(own(name, value), expected, "{name}");
        }
    }
}
