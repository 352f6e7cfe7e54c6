//! Reading what was sent from a step: its fields, its files, its buttons.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum_core::body::Body;
use http::request::Parts;

use crate::form::{
    Arriving, Keeping, NoFiles, NotKept, Problem, Received, Refused, Sink, Upload, receive,
};
use crate::web::wizard::desk::Desk;
use crate::wizard::flow::{Press, Return};
use crate::wizard::{Plan, Posted, Wizard};

/// Reads a request; files go to the storage as they arrive.
///
/// # Errors
/// Says why it can't be read; nothing of it stays.
pub(super) async fn read<W: Wizard>(
    desk: &Desk<W>,
    place: usize,
    parts: &Parts,
    body: Body,
) -> Result<Arrived, Refused> {
    let noting = Noting {
        desk,
        sink: sink(desk),
        kept: Mutex::default(),
        is_out: AtomicBool::new(false),
    };
    let stage = desk.plan.stages()[place];
    let find_file = |name: &str| stage.file_field(name);
    let received = receive(&parts.headers, body, &desk.limits, &noting, &find_file).await?;
    noting.kept().clear();
    Ok(Arrived {
        received,
        is_out: noting.is_out.load(Ordering::SeqCst),
    })
}

/// What was read of a request.
pub(super) struct Arrived {
    pub(super) received: Received,
    /// Whether the storage did not take its files.
    pub(super) is_out: bool,
}

/// Notes which files were taken in, and lets the form be read to its end although the storage takes none; when the
/// request can't be read to its end, or its client is gone, they go again.
struct Noting<'a, W: Wizard> {
    desk: &'a Desk<W>,
    sink: Box<dyn Sink>,
    kept: Mutex<Vec<Upload>>,
    is_out: AtomicBool,
}

impl<W: Wizard> Noting<'_, W> {
    fn kept(&self) -> MutexGuard<'_, Vec<Upload>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Wizard> Sink for Noting<'_, W> {
    fn keep<'a>(&'a self, file: Arriving<'a>) -> Keeping<'a> {
        Box::pin(async move {
            if self.is_out.load(Ordering::SeqCst) {
                // No second wait for what has just failed.
                return Err(Problem::new("not_stored").into());
            }
            match self.sink.keep(file).await {
                Ok(upload) => {
                    self.kept().push(upload.clone());
                    Ok(upload)
                }
                Err(NotKept::Refused(Refused::Storage(error))) => {
                    tracing::error!(%error, "a visitor's file could not be stored");
                    self.is_out.store(true, Ordering::SeqCst);
                    Err(Problem::new("not_stored").into())
                }
                Err(refused) => Err(refused),
            }
        })
    }
}

impl<W: Wizard> Drop for Noting<'_, W> {
    fn drop(&mut self) {
        let kept = std::mem::take(&mut *self.kept());
        self.desk.forget(kept);
    }
}

#[cfg(feature = "uploads")]
fn sink<W: Wizard>(desk: &Desk<W>) -> Box<dyn Sink> {
    match &desk.files {
        Some(files) => Box::new(files.sink(desk.site.clock.clone())),
        None => Box::new(NoFiles),
    }
}

#[cfg(not(feature = "uploads"))]
fn sink<W: Wizard>(_desk: &Desk<W>) -> Box<dyn Sink> {
    Box::new(NoFiles)
}

/// Makes of what was read what the step's page sent, and where its visitor wants to return to.
pub(super) fn posted<W: Wizard>(
    plan: &Plan<W>,
    place: usize,
    received: Received,
) -> (Posted, Return) {
    let number = |name: &str| received.text(name)?.parse().ok();
    let back_to = match received.text("wizard-return") {
        Some("end") => Return::End,
        Some(name) => match plan.review() {
            Some(review) if plan.place(name) == Some(review) => Return::Review(review),
            _ => Return::Nowhere,
        },
        None => Return::Nowhere,
    };
    let posted = Posted {
        place,
        revision: number("wizard-revision"),
        aside: number("wizard-aside"),
        seen: number("wizard-seen"),
        press: press(plan, &received),
        received,
    };
    (posted, back_to)
}

fn press<W: Wizard>(plan: &Plan<W>, received: &Received) -> Press {
    // The other name is that of formtools.
    if let Some(name) = received
        .text("goto")
        .or_else(|| received.text("wizard_goto_step"))
    {
        return Press::Goto(plan.place(name));
    }
    match () {
        () if received.has("back") => Press::Back,
        () if received.has("save") => Press::Save,
        () => Press::Continue,
    }
}
