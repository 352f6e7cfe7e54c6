//! Removing files that nobody waits for any more, and what dead processes left of others.
use std::path::{Path as FilePath, PathBuf};
use std::pin::Pin;

use futures_core::Stream;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::files::fault::{failed, is_absent};
use crate::files::name::Name;
use crate::files::place::{Cloud, Kind, Place};
use crate::files::writer::{PARTS, give_up};

const DOING: &str = "sweep its files";
/// A note holds an id; nothing that is longer is one.
const LONGEST_NOTE: u64 = 8 << 10;

/// What a sweep removed, or would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweptFiles {
    /// Files.
    pub files: u64,
    /// Uploads that were never completed.
    pub incomplete: u64,
    /// The bytes of both, as far as they are known.
    pub bytes: u64,
}

/// Whether a sweep removes, or only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweeping {
    /// It removes what it finds.
    Remove,
    /// It only counts.
    Count,
}

/// Sweeps what came in before `before`; files of other names are left alone.
pub(super) async fn sweep(
    place: &Place,
    before: Timestamp,
    sweeping: Sweeping,
) -> Result<SweptFiles, StoreError> {
    let mut swept = SweptFiles::default();
    let mut found = place.objects.list(Some(place.prefix()));
    while let Some(object) = next(&mut found).await {
        let object = object.map_err(|error| failed(DOING, &error))?;
        let Some(file) = object.location.filename() else {
            continue;
        };
        if let Some(name) = file.strip_suffix(PARTS) {
            if let Kind::Cloud(cloud) = &place.kind
                && is_due(name, before)
                && (sweeping == Sweeping::Count
                    || end_parts(&**cloud, place, name, &object).await?)
            {
                swept.incomplete += 1;
            }
        } else if is_due(file, before) && place.path(file) == object.location {
            if sweeping == Sweeping::Remove {
                remove(place, &object.location).await?;
            }
            swept.files += 1;
            swept.bytes += object.size;
        }
    }
    if let Kind::Folder(root) = &place.kind {
        sweep_begun(root.clone(), before, sweeping, &mut swept).await?;
    }
    Ok(swept)
}

/// Removes a file; that it is gone already is as good.
pub(super) async fn remove(place: &Place, path: &Path) -> Result<(), StoreError> {
    match place.objects.delete(path).await {
        Err(error) if !is_absent(&error) => Err(failed("remove a file", &error)),
        _ => Ok(()),
    }
}

fn is_due(name: &str, before: Timestamp) -> bool {
    Name::parse(name).is_some_and(|name| name.is_before(before))
}

async fn next<T>(found: &mut (impl Stream<Item = T> + Unpin)) -> Option<T> {
    std::future::poll_fn(|cx| Pin::new(&mut *found).poll_next(cx)).await
}

/// Gives up parts by the note about them; returns whether they are gone.
async fn end_parts(
    cloud: &dyn Cloud,
    place: &Place,
    name: &str,
    note: &ObjectMeta,
) -> Result<bool, StoreError> {
    let failed = |error| failed(DOING, &error);
    if note.size > LONGEST_NOTE {
        return Ok(false);
    }
    let content = match cloud.get(&note.location).await {
        Err(error) if is_absent(&error) => return Ok(false),
        note => note.map_err(failed)?.bytes().await.map_err(failed)?,
    };
    let id = String::from_utf8_lossy(&content).into_owned();
    Ok(give_up(cloud, &place.path(name), &note.location, &id).await)
}

/// Removes what was begun in a folder: such files have a number behind their name, and no list has them.
async fn sweep_begun(
    root: PathBuf,
    before: Timestamp,
    sweeping: Sweeping,
    swept: &mut SweptFiles,
) -> Result<(), StoreError> {
    let looked = tokio::task::spawn_blocking(move || begun(&root, before, sweeping));
    let failed = |error: std::io::Error| StoreError::new(super::NAME, DOING).because(error);
    let (count, bytes) = looked
        .await
        .map_err(|_| StoreError::new(super::NAME, DOING))?
        .map_err(failed)?;
    swept.incomplete += count;
    swept.bytes += bytes;
    Ok(())
}

fn begun(root: &FilePath, before: Timestamp, sweeping: Sweeping) -> std::io::Result<(u64, u64)> {
    let (mut count, mut bytes) = (0, 0);
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let file = entry.file_name();
        let is_begun = file
            .to_str()
            .and_then(|file| file.rsplit_once('#'))
            .is_some_and(|(name, number)| {
                is_due(name, before) && number.bytes().all(|byte| byte.is_ascii_digit())
            });
        if is_begun {
            count += 1;
            bytes += entry.metadata().map_or(0, |about| about.len());
            if sweeping == Sweeping::Remove {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok((count, bytes))
}
