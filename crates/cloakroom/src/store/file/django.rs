//! Session files of Django's `file` backend.
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;

use crate::clock::Timestamp;
use crate::django::session::FILE_MODE;
use crate::error::StoreError;
use crate::store::django::{Codec, Ends, Kept, Moved, Old, Put, Shelf, Shelved};
use crate::store::file::fault::failed;
use crate::store::file::{AT_ONCE, NAME, disk, gave_up, url};
use crate::store::{AnyStore, Swept};

/// What Django puts behind a file's name while it is written.
const UNFINISHED: &str = "_out_";
/// Whoever writes holds this file's lock. Django sweeps names that begin with the cookie's.
const LOCK: &str = ".cloakroom-lock";
/// After which time an unfinished file is nobody's any more.
const ABANDONED: Duration = Duration::from_secs(3_600);

/// Opens the folder of Django's session files.
pub(in crate::store) async fn open(
    url: &str,
    cookie: &str,
    age: u64,
    codec: Codec,
) -> Result<AnyStore, StoreError> {
    let files = Files {
        folder: Arc::new(Folder {
            path: url::folder(url)?,
            prefix: cookie.to_owned(),
            age,
        }),
        places: Arc::new(Semaphore::new(AT_ONCE)),
        writing: Arc::default(),
    };
    Shelf::check(&files).await?;
    Ok(Shelved::new(files, codec, None).into())
}

/// The files of sessions.
struct Files {
    folder: Arc<Folder>,
    places: Arc<Semaphore>,
    /// One write at a time in this process, so that one thread at most waits for another process.
    writing: Arc<Mutex<()>>,
}

/// Where they are.
struct Folder {
    path: PathBuf,
    prefix: String,
    age: u64,
}

impl Files {
    async fn look<T: Send + 'static>(
        &self,
        doing: &'static str,
        look: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = self.folder.clone();
        let place = self.places.clone().acquire_owned().await;
        let looked = spawn_blocking(move || {
            let _place = place;
            look(&folder)
        });
        match looked.await {
            Ok(looked) => looked.map_err(|error| failed(doing, error)),
            Err(stopped) => Err(gave_up(doing, stopped)),
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        write: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.writing.clone().lock_owned().await;
        let written = self.look(doing, move |folder| {
            let _turn = turn;
            let _lock = disk::lock_file(&folder.path.join(LOCK))?;
            write(folder)
        });
        written.await
    }
}

impl Folder {
    /// Keys have Django's letters only, so that none leads out of the folder.
    fn file(&self, key: &str) -> PathBuf {
        self.path.join(format!("{}{key}", self.prefix))
    }

    fn read(&self, key: &str) -> io::Result<Option<(Bytes, Timestamp)>> {
        let file = self.file(key);
        let read = fs::read(&file).and_then(|bytes| Ok((bytes, fs::metadata(&file)?.modified()?)));
        match read {
            // Django makes an empty file first, and fills it in a moment.
            Ok((bytes, _)) if bytes.is_empty() => Ok(None),
            Ok((bytes, saved)) => Ok(Some((bytes.into(), saved.into()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_still(&self, key: &str, old: &Bytes) -> io::Result<bool> {
        Ok(self.read(key)?.is_some_and(|(there, _)| there == *old))
    }

    /// Writes a file beside the one that it is to become.
    fn prepare(&self, key: &str, put: &Put) -> io::Result<PathBuf> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        let number = u64::from_ne_bytes(random);
        let path = self
            .path
            .join(format!("{}{key}{UNFINISHED}{number:016x}", self.prefix));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE_MODE);
        let mut file = options.open(&path)?;
        let written = file.write_all(&put.payload).and_then(|()| {
            file.set_modified(UNIX_EPOCH + Duration::from_secs(put.now.as_secs()))?;
            file.sync_all()
        });
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(error)
            }
        }
    }

    /// Puts a file where none is; what Django has only begun counts as none.
    fn create(&self, key: &str, put: &Put) -> io::Result<bool> {
        let prepared = self.prepare(key, put)?;
        let linked = fs::hard_link(&prepared, self.file(key));
        fs::remove_file(&prepared)?;
        match linked {
            Ok(()) => self.sync().map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, key: &str, old: &Bytes, put: &Put) -> io::Result<bool> {
        if !self.is_still(key, old)? {
            return Ok(false);
        }
        fs::rename(self.prepare(key, put)?, self.file(key))?;
        self.sync().map(|()| true)
    }

    fn rename(&self, from: &str, old: &Bytes, to: &str, put: &Put) -> io::Result<Moved> {
        if !self.is_still(from, old)? {
            return Ok(Moved::Changed);
        }
        if !self.create(to, put)? {
            return Ok(Moved::Taken);
        }
        self.delete(from)?;
        Ok(Moved::Done(0))
    }

    fn delete(&self, key: &str) -> io::Result<bool> {
        match fs::remove_file(self.file(key)) {
            Ok(()) => self.sync().map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// Removes files of sessions that nobody saved for as long as one lives, and what was never finished.
    fn sweep(&self, now: Timestamp, limit: usize) -> io::Result<u64> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if removed == limit as u64 {
                break;
            }
            let name = entry.file_name();
            let lives = name.to_str().and_then(|name| self.lives_for(name));
            let Some(lives) = lives else {
                continue;
            };
            let saved: SystemTime = entry.metadata()?.modified()?;
            if Timestamp::from(saved).plus(lives) < now && fs::remove_file(entry.path()).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Returns how long a file lives; `None` for another's, even one whose name begins alike.
    fn lives_for(&self, name: &str) -> Option<Duration> {
        let key = name.strip_prefix(&self.prefix)?;
        let is_key = |key: &str| {
            let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            key.len() == 32 && key.bytes().all(letters)
        };
        match key.split_once(UNFINISHED) {
            Some((key, _)) => is_key(key).then_some(ABANDONED),
            None => is_key(key).then_some(Duration::from_secs(self.age)),
        }
    }
}

impl Shelf for Files {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn get(&self, key: &str, _now: Timestamp) -> Result<Option<Kept>, StoreError> {
        let key = key.to_owned();
        let found = self.look("load a session", move |folder| folder.read(&key));
        Ok(found.await?.map(|(payload, saved)| Kept {
            old: Old { payload, mark: 0 },
            ends: Ends::SavedAt(saved),
        }))
    }

    fn has_marks(&self) -> bool {
        false
    }

    async fn create(&self, key: &str, put: &Put) -> Result<Option<u64>, StoreError> {
        let (key, put) = (key.to_owned(), put.clone());
        let created = self.write("create a session", move |folder| folder.create(&key, &put));
        Ok(created.await?.then_some(0))
    }

    async fn replace(&self, key: &str, old: &Old, put: &Put) -> Result<Option<u64>, StoreError> {
        let (key, old, put) = (key.to_owned(), old.payload.clone(), put.clone());
        let replaced = self.write("save a session", move |folder| {
            folder.replace(&key, &old, &put)
        });
        Ok(replaced.await?.then_some(0))
    }

    async fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> Result<Moved, StoreError> {
        let (from, old) = (from.to_owned(), old.payload.clone());
        let (to, put) = (to.to_owned(), put.clone());
        let moved = self.write("renew a session", move |folder| {
            folder.rename(&from, &old, &to, &put)
        });
        moved.await
    }

    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.write("end a session", move |folder| folder.delete(&key))
            .await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let swept = self.write("sweep expired sessions", move |folder| {
            folder.sweep(now, limit)
        });
        Ok(Swept {
            removed: swept.await?,
            oldest_left: None,
        })
    }

    /// As Django: the folder has to be there.
    async fn check(&self) -> Result<(), StoreError> {
        let looked = self.look("use its folder", |folder| is_folder(&folder.path));
        looked.await
    }

    async fn close(&self) {}
}

fn is_folder(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_dir() {
        true => Ok(()),
        false => Err(ErrorKind::NotADirectory.into()),
    }
}
