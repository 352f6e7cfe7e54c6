//! Where files go while a form is being read.
use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use multer::Field;

use crate::form::limits::Refused;
use crate::form::value::too_large;
use crate::form::{Problem, Spec, Upload};

/// The future of a file that is being taken in.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<Upload, NotKept>> + Send + 'a>>;

/// Takes files in while they arrive; a storage for uploads is one.
pub trait Sink: Send + Sync {
    /// Takes in a file, chunk by chunk, never whole in memory.
    ///
    /// Only files of declared fields come here, and none that are empty. When [`Arriving::chunk`] gives an error the file
    /// is to be forgotten, with what has been written of it, and the error passed on. When the future is
    /// dropped the client is gone, and the file is to be forgotten as well.
    fn keep<'a>(&'a self, file: Arriving<'a>) -> Keeping<'a>;
}

/// Why a file was not kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NotKept {
    /// Something is wrong with the file; the visitor is told at its field, and the rest of the form is read.
    Problem(Problem),
    /// The request can't be read any further.
    Refused(Refused),
}

impl From<Problem> for NotKept {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Refused> for NotKept {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// A file on its way.
pub struct Arriving<'a> {
    spec: &'static Spec,
    name: String,
    content_type: String,
    first: Option<Bytes>,
    size: u64,
    rest: &'a mut Field<'static>,
}

impl<'a> Arriving<'a> {
    /// Waits for the first bytes of a file; `None` when there are none.
    pub(super) async fn begin(
        spec: &'static Spec,
        part: &'a mut Field<'static>,
    ) -> Result<Option<Self>, Refused> {
        let first = part.chunk().await.map_err(refused)?;
        let name = part.file_name().unwrap_or_default().to_owned();
        let content_type = part.content_type().map(ToString::to_string);
        Ok(first.filter(|bytes| !bytes.is_empty()).map(|first| Self {
            spec,
            name,
            content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            first: Some(first),
            size: 0,
            rest: part,
        }))
    }

    /// Returns the field it was sent for, with its limits.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// Returns the name that the client gave it; it may hold a path, or anything.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the content type that the client gave it; it may be wrong.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Returns the bytes that come next without taking them, as far as they are there, to tell its type by.
    #[must_use]
    pub fn peek(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }

    /// Waits for the next bytes; `None` at the end.
    ///
    /// # Errors
    /// When the file grows past the limit of its field, or the request can't be read any further.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, NotKept> {
        let next = match self.first.take() {
            Some(first) => Some(first),
            None => self.rest.chunk().await.map_err(refused)?,
        };
        let Some(bytes) = next else {
            return Ok(None);
        };
        self.size += bytes.len() as u64;
        match self.spec.max_size {
            Some(limit) if self.size > limit => Err(too_large(self.spec).into()),
            _ => Ok(Some(bytes)),
        }
    }

    /// Returns how many bytes have come out of [`Arriving::chunk`].
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl fmt::Debug for Arriving<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arriving({}, {} bytes)", self.spec.name(), self.size)
    }
}

/// What it means for the request when its parts can't be read.
pub(super) fn refused(error: multer::Error) -> Refused {
    use multer::Error;
    match error {
        Error::StreamReadFailed(error) => told(&*error).unwrap_or(Refused::CutOff),
        Error::IncompleteFieldData { .. } | Error::IncompleteHeaders | Error::IncompleteStream => {
            Refused::CutOff
        }
        _ => Refused::Malformed,
    }
}

/// What the body itself said, before others wrapped it.
fn told(mut error: &(dyn std::error::Error + 'static)) -> Option<Refused> {
    loop {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused.clone());
        }
        error = error.source()?;
    }
}
