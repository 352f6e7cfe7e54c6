//! The store's folder: made for its owner alone, or taken only when it is safe and ours.
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::store::file::NAME;
use crate::store::file::disk;
use crate::store::file::fault::failed;
use crate::store::file::rack::Rack;

/// The file that says whose folder this is.
const MARKER: &str = "cloakroom-sessions";
const OURS: &str = "Sessions of Cloakroom's file store, version 1. The files here are of no use to anybody else.\n";
const ANY_VERSION: &str = "Sessions of Cloakroom's file store, version ";
/// A file that is made and removed to see whether that works.
const PROBE: &str = "new";
const DOING: &str = "open its folder";

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folder, where that is `allowed`, or takes the one that is there, and ends what dead
    /// processes began in it.
    pub(super) fn open(root: &Path, allowed: bool) -> Result<Self, StoreError> {
        if allowed {
            make(root)?;
        } else if !root.exists() {
            return Err(unmade("there is no such folder"));
        }
        let rights = fs::metadata(root).map_err(|error| failed(DOING, error))?;
        see_private(&rights)?;
        // Processes that start together take turns. The lock ends with the file.
        let lock = File::open(root).map_err(|error| failed(DOING, error))?;
        disk::lock(&lock).map_err(|error| failed(DOING, error))?;
        match fs::read_to_string(root.join(MARKER)) {
            Ok(marker) => see_ours(&marker)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => take(root, allowed)?,
            Err(error) => return Err(failed("read its folder's marker", error)),
        }
        see_writable(root, &rights)?;
        let folder = Self {
            root: root.to_owned(),
        };
        for rack in 0..=u8::MAX {
            let finished = folder.rack(rack).finish_move();
            finished.map_err(|error| failed("finish a move", error))?;
        }
        Ok(folder)
    }

    pub(super) fn rack(&self, number: u8) -> Rack {
        Rack::of(&self.root, number)
    }

    /// Says whether the folder is still there, private and ours.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let failed = |error| failed("find its folder", error);
        see_private(&fs::metadata(&self.root).map_err(failed)?)?;
        see_ours(&fs::read_to_string(self.root.join(MARKER)).map_err(failed)?)
    }
}

/// Fails when the folder is not a store's, for example because its disk is not mounted.
pub(super) fn see_marker(root: &Path) -> io::Result<()> {
    fs::symlink_metadata(root.join(MARKER)).map(|_| ())
}

/// Makes the folder, but not the one around it, which may be missing because a disk is.
fn make(root: &Path) -> Result<(), StoreError> {
    match disk::make_folder(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(StoreError::new(NAME, "make its folder")
                .because(error)
                .remedy("make the folder around it, or see that its disk is mounted"))
        }
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed("make its folder", error))
        }
        _ => Ok(()),
    }
}

fn see_private(rights: &Metadata) -> Result<(), StoreError> {
    let wrong = |why| StoreError::new(NAME, "use its folder").because(why);
    if !rights.is_dir() {
        return Err(wrong("it is no folder").remedy("name a folder of the store's own"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(rights) & 0o022 != 0 {
        return Err(wrong("others may write into it").remedy("chmod 0700 the folder"));
    }
    Ok(())
}

fn see_ours(marker: &str) -> Result<(), StoreError> {
    if marker == OURS {
        return Ok(());
    }
    Err(if marker.starts_with(ANY_VERSION) {
        StoreError::new(NAME, "use its folder")
            .because("another version of this crate made it")
            .remedy("run that version, or name another folder")
    } else {
        foreign()
    })
}

/// Takes an empty folder for the store, where that is `allowed`.
fn take(root: &Path, allowed: bool) -> Result<(), StoreError> {
    let failed = |error| failed("take its folder", error);
    for entry in fs::read_dir(root).map_err(failed)? {
        // A process may have died before it had written the marker.
        if entry.map_err(failed)?.file_name() != PROBE {
            return Err(foreign());
        }
    }
    if !allowed {
        return Err(unmade("it is empty: no store's folder yet"));
    }
    #[cfg(unix)]
    fs::set_permissions(root, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(failed)?;
    let new = root.join(PROBE);
    disk::write(&new, OURS.as_bytes(), None).map_err(failed)?;
    fs::rename(&new, root.join(MARKER)).map_err(failed)?;
    disk::sync_folder(root).map_err(failed)
}

/// Sees that files can be made, and that they belong to whom the folder belongs to.
fn see_writable(root: &Path, rights: &Metadata) -> Result<(), StoreError> {
    let failed = |error| failed("write into its folder", error);
    let probe = root.join(PROBE);
    let file = disk::write(&probe, &[0; 1_024], None).map_err(failed)?;
    let made = file.metadata().map_err(failed)?;
    disk::remove_if_there(&probe).map_err(failed)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&made) != std::os::unix::fs::MetadataExt::uid(rights) {
        return Err(StoreError::new(NAME, "use its folder")
            .because("it belongs to another user than the process runs as")
            .remedy("chown the folder, or run as its owner"));
    }
    #[cfg(not(unix))]
    let _ = (made, rights);
    Ok(())
}

/// The folder counts as tables that are still to be made, so that `cloakroom migrate` makes it.
fn unmade(found: &'static str) -> StoreError {
    StoreError::new(NAME, "use its folder")
        .because(found)
        .tables(0, 1)
        .remedy("run `cloakroom migrate` if it shall be made")
}

fn foreign() -> StoreError {
    StoreError::new(NAME, "use its folder")
        .because("it holds files that are not the store's")
        .remedy("name an empty folder, or one that is still to be made")
}
