//! Writing one file part by part, so that never more than a part is in memory.
use std::sync::Arc;

use bytes::Bytes;
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{MultipartId, MultipartUpload, ObjectStoreExt, PutPayload};

use crate::error::StoreError;
use crate::files::fault::failed;
use crate::files::place::{Cloud, Kind, Place};

/// The least that clouds take as a part, but for the last.
const PART_IN_CLOUD: usize = 5 << 20;
const PART_IN_FOLDER: usize = 256 << 10;
const DOING: &str = "take in a file";

/// What stands behind the name of a file whose parts are not complete; its content is their id.
pub(super) const PARTS: &str = ".parts";

/// A file that is being written. When it is dropped before its end, nothing of it stays.
pub(super) enum Writer {
    Folder(Box<dyn MultipartUpload>),
    Cloud(Parts),
}

/// The parts that have been sent to a cloud.
pub(super) struct Parts {
    cloud: Arc<dyn Cloud>,
    path: Path,
    note: Path,
    /// `None` once the parts are a file, or given up.
    id: Option<MultipartId>,
    sent: Vec<PartId>,
}

impl Writer {
    /// Returns how many bytes a part should have here.
    pub(super) fn part(place: &Place) -> usize {
        match place.kind {
            Kind::Folder(_) => PART_IN_FOLDER,
            Kind::Cloud(_) => PART_IN_CLOUD,
        }
    }

    /// Writes a file that is short enough to be written at once.
    pub(super) async fn write_all(
        place: &Place,
        name: &str,
        content: Vec<Bytes>,
    ) -> Result<(), StoreError> {
        let content: PutPayload = content.into_iter().collect();
        let put = place.objects.put(&place.path(name), content).await;
        put.map(drop).map_err(|error| failed(DOING, &error))
    }

    pub(super) async fn begin(place: &Place, name: &str) -> Result<Self, StoreError> {
        let path = place.path(name);
        match &place.kind {
            Kind::Folder(_) => place
                .objects
                .put_multipart(&path)
                .await
                .map(Self::Folder)
                .map_err(|error| failed(DOING, &error)),
            Kind::Cloud(cloud) => {
                let note = place.path(&format!("{name}{PARTS}"));
                Parts::begin(cloud.clone(), path, note)
                    .await
                    .map(Self::Cloud)
            }
        }
    }

    pub(super) async fn write(&mut self, part: Vec<Bytes>) -> Result<(), StoreError> {
        let part: PutPayload = part.into_iter().collect();
        let written = match self {
            Self::Folder(file) => file.put_part(part).await,
            Self::Cloud(parts) => parts.write(part).await,
        };
        written.map_err(|error| failed(DOING, &error))
    }

    /// Makes the parts a file; it was not there before and is whole after.
    pub(super) async fn complete(self) -> Result<(), StoreError> {
        let completed = match self {
            Self::Folder(mut file) => file.complete().await.map(drop),
            Self::Cloud(parts) => parts.complete().await,
        };
        completed.map_err(|error| failed(DOING, &error))
    }
}

impl Parts {
    /// Notes down the id before the first part is sent, so that a sweep finds what a dead process left.
    async fn begin(cloud: Arc<dyn Cloud>, path: Path, note: Path) -> Result<Self, StoreError> {
        let failed = |error| failed(DOING, &error);
        let id = cloud.create_multipart(&path).await.map_err(failed)?;
        let mut parts = Self {
            cloud,
            path,
            note,
            id: None,
            sent: Vec::new(),
        };
        let content = PutPayload::from(id.clone());
        parts.id = Some(id);
        let noted = parts.cloud.put(&parts.note, content).await;
        noted.map(|_| parts).map_err(failed)
    }

    async fn write(&mut self, part: PutPayload) -> object_store::Result<()> {
        let Some(id) = &self.id else {
            return Ok(());
        };
        let index = self.sent.len();
        let sent = self.cloud.put_part(&self.path, id, index, part).await?;
        self.sent.push(sent);
        Ok(())
    }

    async fn complete(mut self) -> object_store::Result<()> {
        if let Some(id) = &self.id {
            let sent = std::mem::take(&mut self.sent);
            self.cloud.complete_multipart(&self.path, id, sent).await?;
            self.id = None;
        }
        // The file is there; a note that stays is for the sweep.
        if let Err(error) = self.cloud.delete(&self.note).await {
            let error = failed("remove a note", &error);
            tracing::warn!(%error, "the note about a complete upload stays until it is swept");
        }
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (cloud, path, note) = (self.cloud.clone(), self.path.clone(), self.note.clone());
        runtime.spawn(async move { give_up(&*cloud, &path, &note, &id).await });
    }
}

/// Removes parts that will never be complete, and then the note about them.
pub(super) async fn give_up(cloud: &dyn Cloud, path: &Path, note: &Path, id: &MultipartId) -> bool {
    let given_up = match cloud.abort_multipart(path, id).await {
        // They are a file by now, or were given up before.
        Ok(()) | Err(object_store::Error::NotFound { .. }) => cloud.delete(note).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &given_up {
        let error = failed("give an upload up", error);
        tracing::warn!(%error, "parts of an upload stay until they are swept");
    }
    given_up.is_ok()
}
