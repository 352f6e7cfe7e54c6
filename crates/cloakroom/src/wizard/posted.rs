//! What a visitor sent from one step, and what became of it in the draft.
use crate::form::{Answers, Context, Received, Schema, Secrecy, Upload};
use crate::wizard::flow::{Fate, Press, receive};
use crate::wizard::{Draft, Filled, Safe, Stage, StepDraft, Wizard};

/// What a visitor sent from one step.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The step's place.
    pub place: usize,
    /// What the request brought.
    pub received: Received,
    /// The revision that the page was made from; `None` when the page didn't say.
    pub revision: Option<u32>,
    /// The number of what was put aside for this page; `None` when it is no page that shows both versions.
    pub aside: Option<u32>,
    /// How often the other steps had changed when this page showed their answers; `None` when it didn't.
    pub seen: Option<u32>,
    /// The button.
    pub press: Press,
}

/// What became of it.
pub struct Receipt<W: Wizard> {
    /// Whether it was put into the draft.
    pub fate: Fate,
    /// Whether everything in it is right.
    pub is_valid: bool,
    /// Whether the visitor asked for a form more or less.
    pub is_change: bool,
    /// The form with it, checked, when it is not right or could not be stored.
    pub again: Option<Box<dyn Filled<W>>>,
    /// The number under which it was put aside, when it could not be stored and holds what no page can send again.
    pub aside: Option<u32>,
    /// The files that nobody refers to any more, to be removed once the draft is saved.
    pub gone: Vec<Upload>,
}

/// What was sent, before it is known how its step stands.
pub(super) struct Taken<W: Wizard> {
    pub(super) fate: Fate,
    pub(super) filled: Box<dyn Filled<W>>,
    pub(super) aside: Option<u32>,
    pub(super) gone: Vec<Upload>,
}

/// Puts what was sent into the draft, right or wrong, unless another page did so first.
pub(super) fn take_in<W: Wizard>(
    stage: &dyn Stage<W>,
    draft: &mut Draft,
    posted: &Posted,
    context: Context,
    safe: &Safe,
) -> Taken<W> {
    let (name, schema) = (stage.spec().name(), stage.spec().schema());
    let mut known = files_of(draft, name);
    known.extend(posted.received.files().map(|(_, file)| file.clone()));
    let kept = draft.answers(name, safe);
    let aside = posted.aside.map(|number| draft.aside(name, number, safe));
    let seen = aside.iter().flatten().chain(&kept).next();
    let seen = seen.map(Vec::as_slice).unwrap_or_default();
    let mut filled = stage.receive(&posted.received, seen, context.clone());
    let fate = match aside {
        // A third page has put something else there.
        Some(None) if kept.is_some() => Fate::Conflict,
        _ => fate(
            posted,
            draft.revision(name),
            kept.as_deref(),
            &*filled,
            schema,
        ),
    };
    let mut aside = None;
    match fate {
        Fate::Stored => draft.store(name, schema, filled.answers(), safe),
        // The files of the first submit are the draft's; those that came now are their copies.
        Fate::Same if brings_files(posted) && !filled.is_change() => {
            filled = stage.bind(kept.unwrap_or_default(), context);
        }
        Fate::Same => {}
        Fate::Conflict if holds_unsendable(schema) => {
            aside = Some(draft.put_aside(name, schema, filled.answers(), safe));
        }
        Fate::Conflict => {}
    }
    if fate != Fate::Conflict {
        draft.touch(safe.now());
    }
    let left = files_of(draft, name);
    known.retain(|file| left.iter().all(|left| left.id() != file.id()));
    Taken {
        fate,
        filled,
        aside,
        gone: known,
    }
}

/// Says what becomes of answers. Who chose a file on a page that shows how things stand has meant this one.
fn fate<W: Wizard>(
    posted: &Posted,
    revision: u32,
    kept: Option<&[Answers]>,
    filled: &dyn Filled<W>,
    schema: &Schema,
) -> Fate {
    let is_choice = brings_files(posted) && posted.revision == Some(revision);
    let is_same = |kept| !is_choice && are_same(kept, &filled.answers(), schema);
    receive(kept.map(is_same), revision, posted.revision)
}

fn brings_files(posted: &Posted) -> bool {
    posted.received.files().next().is_some()
}

fn files_of(draft: &Draft, step: &str) -> Vec<Upload> {
    let step = draft.step(step).into_iter();
    step.flat_map(StepDraft::files).cloned().collect()
}

/// Says whether a form has answers that browsers don't send again from a page that shows them.
fn holds_unsendable(schema: &Schema) -> bool {
    let mut fields = schema.fields().iter();
    fields.any(|spec| spec.is_file() || spec.secrecy() == Secrecy::Sealed)
}

/// Says whether a visitor would call these the same answers; a file that was sent again has another id.
fn are_same(before: &[Answers], now: &[Answers], schema: &Schema) -> bool {
    let alike = |(before, now): (&Answers, &Answers)| {
        let mut fields = schema.fields().iter().map(|spec| spec.name());
        fields.all(|name| {
            before.texts(name) == now.texts(name)
                && about(before.files(name)).eq(about(now.files(name)))
        })
    };
    before.len() == now.len() && before.iter().zip(now).all(alike)
}

/// What makes two files the same: names, sizes and contents.
fn about(files: &[Upload]) -> impl Iterator<Item = (&str, u64, &str, Option<&str>)> {
    files.iter().map(|file| {
        let (name, size) = (file.name(), file.size());
        (name, size, file.content_type(), file.digest())
    })
}
