//! The words of the wizards' forms: they stand with all others in the shop's texts, under names that say whose they are.

use cloakroom::form::{Part, Wanted};
use cloakroom::wizard::Word;

use crate::texts::Texts;

/// Names the text of what the library may note on a page; the page says it in its visitor's language.
pub(super) fn of_notices(word: Word<'_>) -> Option<String> {
    let name = match word {
        Word::Expired => "notice_expired",
        Word::Displaced => "notice_displaced",
        Word::NotKept => "notice_not_kept",
        Word::Unchecked => "notice_unchecked",
        Word::Changed => "notice_changed",
        Word::ResumeBeside => "resume_beside",
        Word::Unreadable => "unreadable",
        Word::Reference { reference } => return Some(format!("reference {reference}")),
        Word::TooManyBytes { limit } => return Some(format!("too_many_bytes {limit}")),
        Word::TooManyFields { limit } => return Some(format!("too_many_fields {limit}")),
        _ => return None,
    };
    Some(name.to_owned())
}

/// Says a notice in the visitor's language; one that is not ours, as what `done` says, is said as it is.
pub(super) fn notice(texts: &Texts, notice: &str) -> String {
    if let Some(limit) = notice.strip_prefix("too_many_bytes ") {
        return texts.too_many_bytes.replace("{limit}", limit);
    }
    if let Some(limit) = notice.strip_prefix("too_many_fields ") {
        return texts.too_many_fields.replace("{limit}", limit);
    }
    if let Some(reference) = notice.strip_prefix("reference ") {
        return texts.reference.replace("{reference}", reference);
    }
    texts.named(notice).unwrap_or(notice).to_owned()
}

/// Finds the words for one part of a form.
pub(super) fn find(texts: &Texts, wanted: &Wanted<'_>) -> Option<String> {
    let field = wanted.field.unwrap_or_default();
    let named = |name: String| texts.named(&name);
    let found = match wanted.part {
        Part::Label => named(format!("field_{field}")),
        Part::Help => named(format!("hint_{field}")),
        Part::Item(value) => named(format!("item_{field}_{value}")),
        Part::ItemHelp(value) => named(format!("help_{field}_{value}")),
        Part::Error("required") => named(format!("missing_{field}")),
        Part::Error(code) => {
            named(format!("error_{code}_{field}")).or_else(|| named(format!("error_{code}")))
        }
        Part::Summary => Some(texts.error_heading),
        Part::Yes => Some(texts.yes),
        Part::No => Some(texts.no),
        Part::NotProvided => Some(texts.not_provided),
        Part::Remove => Some(texts.remove),
        Part::ErrorPrefix => return Some(format!("{}:", texts.error)),
        Part::TitlePrefix => return Some(format!("{}: ", texts.error)),
        _ => None,
    };
    let filled = found?.replace("{label}", wanted.label);
    let limit = wanted.parameter("limit").unwrap_or_default();
    Some(filled.replace("{limit}", limit))
}
