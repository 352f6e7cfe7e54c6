//! Sessions in files: nothing to install, for one machine with a local disk.
mod disk;
#[cfg(feature = "django")]
pub(in crate::store) mod django;
mod fault;
mod folder;
mod image;
mod inspect;
mod rack;
mod sweep;
mod url;
mod walk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU8;

use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::file::fault::failed;
use crate::store::file::folder::Folder;
use crate::store::file::image::Image;
use crate::store::file::rack::{Found, Locked};
use crate::store::{AnyStore, Created, Options, Renamed, Saved, Store, Swept};

const NAME: &str = "file";
/// How many threads may work on files at once; the application's own work in tokio's threads for
/// blocking work, 512 by default, needs some too.
const AT_ONCE: usize = 64;

/// Keeps each session in a file of its own, in a folder that is its owner's alone.
///
/// What was said to be saved is on the disk: a save waits for it (`fsync` of the file and of its
/// folder), so it takes as long as the disk does. A process or machine that stops in the middle of
/// writing leaves the old record or the new one, never a part. Several processes on one machine may
/// share a folder; the disk must be a local one, as locks and renames on network shares promise less.
/// Made for Unix-like systems, on which a folder can be its owner's alone.
///
/// Files are spread over 256 folders with a lock each. Loading opens one file. Sweeping looks at the
/// time of every file, which is when it expires, and opens only those that did; listing, finding by
/// user and counting open every file.
#[derive(Clone, Debug)]
pub struct FileStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: Folder,
    places: Arc<Semaphore>,
    /// Within the process who writes to a rack waits here, so that one thread at most waits for
    /// another process.
    racks: Vec<Arc<Mutex<()>>>,
    /// Where the next batch of sweeping goes on.
    sweep_from: AtomicU8,
}

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
    let store = FileStore::open_folder(url::folder(url)?, options.migrate).await?;
    Ok(AnyStore::inspectable(store))
}

impl FileStore {
    /// Opens a folder, and makes it when it is not there.
    ///
    /// # Errors
    /// When the folder can't be made or written, others may write into it, it belongs to another
    /// user, or it holds files that are not the store's.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_folder(folder.as_ref().to_owned(), true).await
    }

    /// Opens a folder, which is made only where that is `allowed`.
    async fn open_folder(path: PathBuf, allowed: bool) -> Result<Self, StoreError> {
        let opened = spawn_blocking(move || Folder::open(&path, allowed)).await;
        let folder = opened.unwrap_or_else(|stopped| Err(gave_up("open its folder", stopped)))?;
        Ok(Self {
            shared: Arc::new(Shared {
                folder,
                places: Arc::new(Semaphore::new(AT_ONCE)),
                racks: (0..=u8::MAX).map(|_| Arc::default()).collect(),
                sweep_from: AtomicU8::new(0),
            }),
        })
    }

    /// Looks at files in a thread where that may take its time.
    async fn look<T: Send + 'static>(
        &self,
        doing: &'static str,
        look: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = self.shared.clone();
        let place = shared.places.clone().acquire_owned().await;
        let looked = spawn_blocking(move || {
            let _place = place;
            look(&shared.folder)
        });
        match looked.await {
            Ok(looked) => looked.map_err(|error| failed(doing, error)),
            Err(stopped) => Err(gave_up(doing, stopped)),
        }
    }

    /// Writes to a rack that nobody else writes to meanwhile. What was given up before it began is
    /// not done; what has begun is done to its end.
    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        rack: u8,
        write: impl FnOnce(&Locked<'_>) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.shared.racks[usize::from(rack)].clone();
        let turn = timeout(disk::PATIENCE, turn.lock_owned()).await;
        let turn = turn.map_err(|_| failed(doing, io::ErrorKind::TimedOut.into()))?;
        let asked = Arc::new(());
        let still_asked = Arc::downgrade(&asked);
        let written = self.look(doing, move |folder| {
            let _turn = turn;
            let rack = folder.rack(rack);
            let locked = rack.lock()?;
            if still_asked.strong_count() == 0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            write(&locked)
        });
        let written = written.await;
        drop(asked);
        written
    }
}

fn gave_up(doing: &'static str, stopped: tokio::task::JoinError) -> StoreError {
    StoreError::new(NAME, doing).because(stopped)
}

impl Store for FileStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let key = *key;
        let found = self.look("load a session", move |folder| {
            folder.rack(key.rack()).read(&key)
        });
        Ok(match found.await? {
            Found::There(image) if image.body.expires() > now => Some(stored(image)),
            _ => None,
        })
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let image = image(*key, 1, Body::Record(record.clone()));
        self.write("create a session", key.rack(), move |rack| {
            if rack.is_taken(&image.key)? {
                return Ok(Created::Taken);
            }
            rack.put(&image)?;
            Ok(Created::New(Version::Number(image.version)))
        })
        .await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let expected = expected(version)?;
        let image = image(*key, expected + 1, Body::Record(record.clone()));
        self.write("save a session", key.rack(), move |rack| {
            match rack.read(&image.key)? {
                Found::There(there) if there.version == expected => {}
                Found::There(there) => return Ok(Saved::Conflict(stored(there))),
                Found::Nothing | Found::Unreadable => return Ok(Saved::Gone),
            }
            rack.put(&image)?;
            Ok(Saved::Saved(Version::Number(image.version)))
        })
        .await
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        const DOING: &str = "renew a session";
        let expected = expected(version)?;
        if from.rack() != to.rack() {
            return Err(StoreError::new(NAME, DOING).because("the new key is of another rack"));
        }
        let record = image(*to, 1, Body::Record(record.clone()));
        let sign = image(*from, expected + 1, Body::Forward(*forward));
        self.write(DOING, from.rack(), move |rack| {
            match rack.read(&sign.key)? {
                Found::There(there) if there.version == expected => {}
                Found::There(there) => return Ok(Renamed::Conflict(stored(there))),
                Found::Nothing | Found::Unreadable => return Ok(Renamed::Gone),
            }
            if rack.is_taken(&record.key)? {
                return Ok(Renamed::Taken);
            }
            rack.rename(&record, &sign)?;
            Ok(Renamed::Moved(Version::Number(record.version)))
        })
        .await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let key = *key;
        self.write("end a session", key.rack(), move |rack| {
            let body = match rack.read(&key)? {
                Found::Nothing => return Ok(None),
                Found::Unreadable => None,
                Found::There(image) if matches!(image.body, Body::Forward(_)) => {
                    return Ok(Some(image.body));
                }
                Found::There(image) => Some(image.body),
            };
            rack.remove(&key)?;
            Ok(body)
        })
        .await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let shared = self.shared.clone();
        self.look("sweep expired sessions", move |folder| {
            sweep::sweep(folder, &shared.sweep_from, now, limit)
        })
        .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let checked = self.look("be checked", |folder| Ok(folder.check()));
        checked.await?
    }

    async fn close(&self) {}
}

fn image(key: StoreKey, version: u64, body: Body) -> Image {
    Image { key, version, body }
}

fn stored(image: Image) -> Stored {
    Stored {
        body: image.body,
        version: Version::Number(image.version),
    }
}

fn expected(version: &Version) -> Result<u64, StoreError> {
    match version {
        Version::Number(number) => Ok(*number),
        Version::Bytes(_) => Err(StoreError::new(NAME, "compare another store's version")),
    }
}
