//! What a visitor sent from one step, and what became of it in the draft.
use crate::form::{Answers, Context, Received, Schema, Upload};
use crate::wizard::flow::{Fate, Press, receive};
use crate::wizard::{Draft, Filled, Safe, Stage, Wizard};

/// What a visitor sent from one step.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The step's place.
    pub place: usize,
    /// What the request brought.
    pub received: Received,
    /// The revision that the page was made from; `None` when the page didn't say.
    pub revision: Option<u32>,
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
    /// The files that nobody refers to any more, to be removed once the draft is saved.
    pub gone: Vec<Upload>,
}

/// What was sent, before it is known how its step stands.
pub(super) struct Taken<W: Wizard> {
    pub(super) fate: Fate,
    pub(super) filled: Box<dyn Filled<W>>,
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
    let spec = stage.spec();
    let before = draft.answers(spec.name(), safe);
    let seen = before.as_deref().unwrap_or_default();
    let (filled, gone) = stage.receive(&posted.received, seen, context.clone());
    let answers = filled.answers();
    let is_same = before
        .as_deref()
        .map(|before| are_same(before, &answers, spec.schema()));
    let fate = receive(is_same, draft.revision(spec.name()), posted.revision);
    let new_files = || posted.received.files().map(|(_, file)| file.clone());
    let (filled, gone) = match fate {
        Fate::Stored => {
            draft.store(spec.name(), spec.schema(), answers, safe);
            (filled, gone)
        }
        // The files of the first submit are the draft's; those that came now are their copies.
        Fate::Same if new_files().next().is_some() => (
            stage.bind(before.unwrap_or_default(), context),
            new_files().collect(),
        ),
        Fate::Same => (filled, Vec::new()),
        Fate::Conflict => (filled, new_files().collect()),
    };
    if fate != Fate::Conflict {
        draft.touch(safe.now());
    }
    Taken { fate, filled, gone }
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

fn about(files: &[Upload]) -> impl Iterator<Item = (&str, u64, &str)> {
    files
        .iter()
        .map(|file| (file.name(), file.size(), file.content_type()))
}
