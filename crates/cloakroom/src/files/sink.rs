//! Where forms leave the files that they take: in the storage, held to the limits of their fields.
use crate::clock::Clock;
use crate::files::{Files, Limits, Refused};
use crate::form::{self, Arriving, Keeping, NotKept, Problem, Sink, Spec, Upload};

/// Takes in the files of a form; [`Files::sink`] makes one.
#[derive(Clone, Debug)]
pub struct FilesSink {
    files: Files,
    clock: Clock,
}

impl Files {
    /// Takes in the files of forms: streamed, held to the limits of their fields, their type told by their content.
    #[must_use]
    pub fn sink(&self, clock: Clock) -> FilesSink {
        FilesSink {
            files: self.clone(),
            clock,
        }
    }
}

impl Sink for FilesSink {
    fn keep<'a>(&'a self, file: Arriving<'a>) -> Keeping<'a> {
        Box::pin(self.take_in(file))
    }
}

impl FilesSink {
    async fn take_in(&self, mut file: Arriving<'_>) -> Result<Upload, NotKept> {
        let spec = file.spec();
        let name = file.name().to_owned();
        // The field's own limit is kept by whoever reads, the storage's where there is none.
        let mut intake = self.files.intake(limits(spec), self.clock.now());
        while let Some(bytes) = file.chunk().await? {
            intake
                .push(bytes)
                .await
                .map_err(|refused| not_kept(spec, refused))?;
        }
        let taken = intake.complete().await;
        let taken = taken.map_err(|refused| not_kept(spec, refused))?;
        let upload = Upload::new(taken.id, &name, &taken.content_type, taken.bytes);
        Ok(upload.with_digest(taken.digest))
    }
}

fn limits(spec: &Spec) -> Limits {
    let mut limits = Limits::default();
    if let Some(most) = spec.max_size() {
        limits = limits.max_bytes(most);
    }
    // An ending says nothing of the content; the form compares it with the name.
    let has_endings = spec.accept().iter().any(|one| one.starts_with('.'));
    let types = spec.accept().iter().filter(|_| !has_endings);
    types.fold(limits, |limits, one| limits.accept(*one))
}

fn not_kept(spec: &Spec, refused: Refused) -> NotKept {
    match refused {
        Refused::TooLarge { max_bytes } => {
            NotKept::Problem(Problem::new("max_size").with("limit", form::size(max_bytes)))
        }
        Refused::WrongType { .. } => NotKept::Problem(form::wrong_type(spec)),
        Refused::Empty => NotKept::Problem(Problem::new("empty")),
        Refused::Storage(error) => NotKept::Refused(form::Refused::Storage(error)),
    }
}
