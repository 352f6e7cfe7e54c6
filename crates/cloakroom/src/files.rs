//! Files that visitors send: streamed into a folder or a bucket, looked into, kept, handed on, swept.
//!
//! [`Files`] is the storage. One file comes in through an [`Intake`], or through the field of a form ([`Files::sink`]); it
//! waits under a name of the library's own until the application keeps it elsewhere or a sweep removes it. [`Limits`] say how large it may be
//! and of which type; the type is told by the content.
mod content;
mod fault;
mod intake;
mod limits;
mod name;
mod office;
mod place;
mod reading;
#[cfg(feature = "forms")]
mod sink;
mod sweep;
mod writer;

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::files::fault::failed;
use crate::files::name::Name;
use crate::files::place::Place;

pub use intake::{Intake, Taken};
pub use limits::{Limits, Refused};
pub use reading::Reading;
#[cfg(feature = "forms")]
pub use sink::FilesSink;
pub use sweep::{Sweeping, SweptFiles};

/// What errors call it.
const NAME: &str = "upload";

/// The storage of files that visitors sent; a cheap handle.
///
/// What comes in waits under a name of the library's own until it is moved ([`Files::keep`]), removed, or
/// swept by age ([`Files::sweep`]). Files of other names in the same place are never touched.
///
/// ```
/// # use cloakroom::clock::Timestamp;
/// # use cloakroom::files::{Files, Limits};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let files = Files::open("memory:").await?;
/// let limits = Limits::default().max_bytes(1 << 20).accept("application/pdf");
/// let mut intake = files.intake(limits, Timestamp::from_secs(1_800_000_000));
/// intake.push("%PDF-1.7 and so on".into()).await?;
/// let taken = intake.complete().await?;
/// files.keep(&taken.id, "documents/7.pdf").await?;
/// assert_eq!(files.read("documents/7.pdf").await?.bytes_left(), 18);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Files {
    place: Arc<Place>,
}

impl Files {
    /// Opens what a URL names: `file:///absolute/folder`, with the feature `s3` also `s3://bucket/prefix`,
    /// and `memory:` for tests.
    ///
    /// For S3 the variables `AWS_ENDPOINT`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and the
    /// others that `object_store` knows are read.
    ///
    /// # Errors
    /// When the URL can't be used, or the place can't be written into.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, &[]).await
    }

    /// As [`Files::open`], with settings that stand before those in the environment, for example
    /// `("aws_endpoint", "https://minio.example")`.
    ///
    /// # Errors
    /// As [`Files::open`], and when a setting is not known.
    pub async fn open_with(url: &str, settings: &[(String, String)]) -> Result<Self, StoreError> {
        let place = Arc::new(Place::open(url, settings)?);
        place.check().await?;
        Ok(Self { place })
    }

    /// Begins to take in a file.
    #[must_use]
    pub fn intake(&self, limits: Limits, now: Timestamp) -> Intake {
        Intake::new(self.place.clone(), limits, now)
    }

    /// Returns the content of a file: one that waits, by its id, or one that was kept, by its path.
    ///
    /// # Errors
    /// When there is no such file ([`StoreError::is_absent`]), or the storage can't be read.
    pub async fn read(&self, path: &str) -> Result<Reading, StoreError> {
        const DOING: &str = "read a file";
        let path = self.path(path, DOING)?;
        match self.place.objects.get(&path).await {
            Ok(file) => Ok(Reading::new(file)),
            Err(error) => Err(self.missed(DOING, &error).await),
        }
    }

    /// Moves a file that waits to a path of the application's own, from where no sweep takes it.
    ///
    /// In a local folder that is a renaming; clouds copy it.
    ///
    /// # Errors
    /// When the file does not wait any more ([`StoreError::is_absent`]), when the path can't be used, or the storage fails.
    pub async fn keep(&self, id: &str, path: &str) -> Result<(), StoreError> {
        const DOING: &str = "keep a file";
        let wrong = |why| StoreError::new(NAME, DOING).because(why);
        let name = Name::parse(id).ok_or_else(|| wrong("its id is none of ours"))?;
        let path = self.path(path, DOING)?;
        if path
            .filename()
            .is_none_or(|file| Name::parse(file).is_some())
        {
            return Err(wrong("the path is for files that wait"));
        }
        let from = self.place.path(name.as_str());
        match self.place.objects.rename(&from, &path).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.missed(DOING, &error).await),
        }
    }

    /// Tells a file that is gone from a storage that is: only the one can be had again by choosing it once more.
    async fn missed(&self, doing: &'static str, fault: &object_store::Error) -> StoreError {
        let error = failed(doing, fault);
        match fault::is_absent(fault) && self.place.check().await.is_ok() {
            true => error.absent(),
            false => error,
        }
    }

    /// Removes a file: one that waits, by its id, or one that was kept, by its path. That it is gone
    /// already is no error.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn remove(&self, path: &str) -> Result<(), StoreError> {
        let path = self.path(path, "remove a file")?;
        sweep::remove(&self.place, &path).await
    }

    /// Removes files that came before `before` and still wait, and what is left of uploads that were never
    /// completed.
    ///
    /// Ages are known by the hour. Several processes may sweep at once.
    ///
    /// # Errors
    /// When the storage fails; what was removed until then is gone.
    pub async fn sweep(
        &self,
        before: Timestamp,
        sweeping: Sweeping,
    ) -> Result<SweptFiles, StoreError> {
        sweep::sweep(&self.place, before, sweeping).await
    }

    fn path(&self, path: &str, doing: &'static str) -> Result<Path, StoreError> {
        let wrong = || StoreError::new(NAME, doing).because("the path can't be used");
        let parsed = Path::parse(path).map_err(|_| wrong())?;
        if parsed.as_ref().is_empty() {
            return Err(wrong());
        }
        Ok(self.place.path_of(&parsed))
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files(..)")
    }
}
