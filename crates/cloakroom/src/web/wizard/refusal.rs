//! What can't be kept: answers that are too long for their place, and what can't be read at all. Neither costs what was
//! typed or kept before.
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;

use crate::form::{Problem, Refused, Schema, size};
use crate::web::forms::FormRejection;
use crate::web::wizard::PageKind;
use crate::web::wizard::desk::Desk;
use crate::web::wizard::making::{Making, blank};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::way::{Decided, Way};
use crate::wizard::flow::{Fate, Return};
use crate::wizard::{Draft, Filled, Posted, RunId, Shown, Wizard, Word};

/// Shows a step again whose answers are too long by so many bytes, with all that was typed. Nothing was stored.
///
/// # Errors
/// Gives the answer to give when the visitor's state can't be reached.
pub(super) async fn too_long<W: Wizard>(
    making: &Making<'_, W>,
    posted: &Posted,
    mut filled: Box<dyn Filled<W>>,
    by: usize,
    back_to: Return,
) -> Result<Response, Response> {
    let schema = making.desk.plan.stages()[making.place].spec().schema();
    let status = refuse(&mut *filled, schema, by);
    let mut page = making.page(filled.shown(), back_to).await?;
    // As the page was that was sent, so that what another tab has changed is still told.
    page.revision = posted.revision.unwrap_or(page.revision);
    page.aside = posted.aside;
    making.desk.count("errors", page.step);
    Ok(making.desk.answer(status, &page))
}

/// Shows a step again whose answers could not be kept, as their place can't be reached, with all that was typed. A browser
/// can't send a file again by itself, so that is told at its field.
///
/// # Errors
/// Gives `answer` when it is about something else, or the one to give when the visitor's state can't be reached either.
pub(super) async fn not_kept<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    mut way: Way<W>,
    before: Option<Draft>,
    answer: Response,
) -> Result<Response, Response> {
    if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
        return Err(answer);
    }
    if desk.keeping.is_of_session() {
        // Else the layer would try once more, and answer in our place.
        visitor.session().await?.drop_changes();
    }
    let revision = way.posted.revision;
    let files = way.posted.received.take_files();
    let mut draft = before.unwrap_or_else(|| way.begin());
    let Decided {
        survey, receipt, ..
    } = way.decide(&mut draft);
    let (place, safe) = (way.posted.place, &way.safe);
    // What was typed is in this copy, if it could be put there.
    let mut filled = match receipt.again {
        Some(again) if receipt.fate == Fate::Conflict => again,
        _ => survey.form(desk.plan, Some(&draft), place, false, safe),
    };
    let prefix = format!("{}-", way.name());
    for field in files
        .iter()
        .filter_map(|(name, _)| name.strip_prefix(&prefix))
    {
        filled.refuse(Some(field), Problem::new("not_stored"));
    }
    let making = Making {
        desk,
        visitor,
        run: safe.run(),
        draft: Some(&draft),
        survey: &survey,
        place,
        safe,
    };
    let mut page = making.page(filled.shown(), way.back_to).await?;
    page.revision = revision.unwrap_or_default();
    page.aside = way.posted.aside;
    page.seen = way.posted.seen;
    page.notice = Some(page.say(Word::NotKept).into_owned());
    desk.count("errors", page.step);
    let mut shown = desk.answer(answer.status(), &page);
    if let Some(after) = answer.headers().get(RETRY_AFTER) {
        shown.headers_mut().insert(RETRY_AFTER, after.clone());
    }
    Ok(shown)
}

/// Says so at the longest answer, unless that is longer than its field takes anyway.
fn refuse<W: Wizard>(filled: &mut dyn Filled<W>, schema: &Schema, by: usize) -> StatusCode {
    let problems = filled.problems();
    if problems
        .iter()
        .any(|(_, problem)| problem.code() == "max_length")
    {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let answers = filled.answers();
    let texts = answers.iter().flat_map(|answers| {
        let fields = schema.fields().iter().map(|spec| spec.name());
        fields.map(|field| (field, answers.texts(field).concat()))
    });
    let longest = texts.max_by_key(|(_, text)| text.len());
    match longest {
        Some((field, text)) if matches!(filled.shown(), Shown::One(_)) && !text.is_empty() => {
            let problem = Problem::new("no_room").with("limit", room_for(&text, by));
            filled.refuse(Some(field), problem);
        }
        _ => filled.refuse(None, Problem::new("no_room_in_all").with("over", by)),
    }
    StatusCode::PAYLOAD_TOO_LARGE
}

/// Returns how many characters of a text there is room for, in a round number.
fn room_for(text: &str, by: usize) -> usize {
    let bytes = text.len();
    let characters = text.chars().count() * bytes.saturating_sub(by) / bytes;
    match characters {
        0..200 => characters,
        more => more - more % 100,
    }
}

/// Answers that what was sent could not be read, how much can be, and where it goes on from here.
///
/// # Errors
/// As [`too_long`].
pub(super) async fn not_taken<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    run: RunId,
    place: usize,
    refused: Refused,
) -> Result<Response, Response> {
    let limit;
    let word = match &refused {
        Refused::TooLarge { limit: bytes } => {
            limit = size(*bytes);
            Word::TooManyBytes { limit: &limit }
        }
        Refused::TooManyFields { limit } => Word::TooManyFields { limit: *limit },
        Refused::TooManyFiles { limit } => Word::TooManyFiles { limit: *limit },
        Refused::NotAForm | Refused::Malformed | Refused::CutOff => Word::Unreadable,
        _ => return Err(FormRejection::from(refused).into_response()),
    };
    let mut page = blank(desk, visitor, PageKind::NotTaken).await?;
    page.notice = Some(page.say(word).into_owned());
    page.link = Some(visitor.url(run, desk.plan.stages()[place].spec().name()));
    Ok(desk.answer(refused.status(), &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_for_a_text_is_told_in_characters() {
        for (text, by, room) in [
            ("x".repeat(20_000), 9_050, 10_900),
            ("é".repeat(10_000), 9_050, 5_400),
            ("x".repeat(300), 200, 100),
            ("x".repeat(300), 400, 0),
        ] {
            assert_eq!(room_for(&text, by), room, "{} - {by}", text.len());
        }
    }
}
