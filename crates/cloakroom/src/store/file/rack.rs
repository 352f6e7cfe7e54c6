//! One rack: a folder with the sessions whose keys begin with the same byte, under one lock.
//!
//! A file appears under its name by being renamed to it, whole and on the disk, so that a name leads to
//! the old record or to the new one whenever the process or the machine stops. These stand beside the sessions:
//!
//! - `lock`, empty, is locked by whoever writes. The system unlocks it when its holder dies.
//! - `new` is being written. Only who holds the lock writes it, so it needs no name of its own, and
//!   the next writer removes what a dead one left.
//! - `moved` and `move` are a session on its way to another key, see [`Locked::rename`].
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::clock::Timestamp;
use crate::session::{Body, StoreKey};
use crate::store::file::disk;
use crate::store::file::image::{Image, Unreadable};
use crate::store::file::{NAME, folder};
use crate::store::left_aside::left_aside;

#[derive(Debug)]
pub(super) struct Rack {
    folder: PathBuf,
}

/// What stands under a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// Something that is left aside.
    Unreadable,
    There(Image),
}

/// A rack that nobody else writes to.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    rack: &'a Rack,
    _lock: File,
}

impl Rack {
    pub(super) fn of(root: &Path, number: u8) -> Self {
        Self {
            folder: root.join(hex(&[number])),
        }
    }

    /// Waits until nobody else writes, in this process or another, and ends what a dead one began.
    pub(super) fn lock(&self) -> io::Result<Locked<'_>> {
        let lock = match disk::lock_file(&self.folder.join("lock")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make()?;
                disk::lock_file(&self.folder.join("lock"))?
            }
            locked => locked?,
        };
        let locked = Locked {
            rack: self,
            _lock: lock,
        };
        locked.finish_move()?;
        Ok(locked)
    }

    /// Reads what stands under a key.
    pub(super) fn read(&self, key: &StoreKey) -> io::Result<Found> {
        self.finish_move()?;
        self.read_as_is(key)
    }

    /// Returns the keys of the rack in their order, also that of a session whose move a dead process
    /// did not end.
    pub(super) fn keys(&self) -> io::Result<Vec<StoreKey>> {
        self.finish_move()?;
        let mut keys = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.see_not_lost()?;
                return Ok(keys);
            }
            entries => entries?,
        };
        for entry in entries {
            keys.extend(entry?.file_name().to_str().and_then(key_of));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// Returns the key of each file whose time, which is when it expires, has come, with that time.
    pub(super) fn expired(&self, now: Timestamp) -> io::Result<Vec<(Timestamp, StoreKey)>> {
        let mut expired = Vec::new();
        for key in self.keys()? {
            match fs::symlink_metadata(self.path(&key)) {
                Ok(file) => {
                    let end = Timestamp::from(file.modified()?);
                    if end <= now {
                        expired.push((end, key));
                    }
                }
                // It was ended meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        expired.sort_unstable();
        Ok(expired)
    }

    /// Ends a move that a dead process began; one that goes on is waited for.
    pub(super) fn finish_move(&self) -> io::Result<()> {
        if disk::is_there(&self.folder.join("move"))? {
            self.lock()?;
        }
        Ok(())
    }

    fn read_as_is(&self, key: &StoreKey) -> io::Result<Found> {
        let read = match disk::read(&self.path(key)) {
            Ok(bytes) => Image::from_bytes(&bytes).and_then(|image| {
                if image.key == *key {
                    Ok(image)
                } else {
                    Err(Unreadable)
                }
            }),
            Err(error) if disk::is_odd(&error) => Err(Unreadable),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.see_not_lost()?;
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(error),
        };
        Ok(match read {
            Ok(image) => Found::There(image),
            Err(error) => {
                left_aside(NAME, error);
                Found::Unreadable
            }
        })
    }

    /// Makes the rack's folder, in a store's folder only.
    fn make(&self) -> io::Result<()> {
        self.see_not_lost()?;
        match disk::make_folder(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => disk::sync_folder(self.root()),
        }
    }

    /// Says that the whole store is gone, as when its disk is no longer mounted, before anybody takes
    /// that for an absent session.
    fn see_not_lost(&self) -> io::Result<()> {
        folder::see_marker(self.root())
    }

    fn root(&self) -> &Path {
        self.folder.parent().expect("a rack stands in a folder")
    }

    fn path(&self, key: &StoreKey) -> PathBuf {
        self.folder.join(hex(key.as_bytes()))
    }
}

impl Locked<'_> {
    pub(super) fn read(&self, key: &StoreKey) -> io::Result<Found> {
        self.rack.read_as_is(key)
    }

    /// Says whether anything stands under the key, readable or not.
    pub(super) fn is_taken(&self, key: &StoreKey) -> io::Result<bool> {
        disk::is_there(&self.rack.path(key))
    }

    /// Puts an image under its key.
    pub(super) fn put(&self, image: &Image) -> io::Result<()> {
        let new = self.beside("new");
        write(&new, image)?;
        fs::rename(&new, self.rack.path(&image.key)).inspect_err(|_| {
            let _ = fs::remove_file(&new);
        })?;
        self.sync()
    }

    pub(super) fn remove(&self, key: &StoreKey) -> io::Result<()> {
        disk::remove_if_there(&self.rack.path(key))?;
        self.sync()
    }

    /// Removes what has expired; the time of a file that lives longer than it says is put right.
    pub(super) fn sweep(&self, key: &StoreKey, now: Timestamp) -> io::Result<bool> {
        let Found::There(image) = self.read(key)? else {
            return Ok(false);
        };
        let path = self.rack.path(key);
        if image.body.expires() <= now {
            // Not seen on the disk: what comes back after a power cut is swept again.
            fs::remove_file(path)?;
            return Ok(true);
        }
        if let Some(end) = end_of(&image.body) {
            File::open(path)?.set_modified(end)?;
        }
        Ok(false)
    }

    /// Puts the record under its key and the sign under the other one, both or neither.
    ///
    /// 1. The record is written to `moved` and the sign to `new`, both to the disk. Nothing has happened.
    /// 2. `new` is renamed to `move`. From now on both have happened: `move` is the sign and knows
    ///    its own key, and whoever finds it first ends what follows.
    /// 3. `moved` is renamed to the record's key, and that is seen on the disk.
    /// 4. `move` is renamed to the sign's key, which ends the move in the same instant.
    ///
    /// A process that dies before 2 leaves files that nobody reads and the next move removes; one
    /// that dies after it leaves `move`, which every reader and writer looks for first.
    pub(super) fn rename(&self, record: &Image, sign: &Image) -> io::Result<()> {
        let (moved, new) = (self.beside("moved"), self.beside("new"));
        let begun = write(&moved, record)
            .and_then(|()| write(&new, sign))
            .and_then(|()| fs::rename(&new, self.beside("move")));
        if let Err(error) = begun {
            let _ = fs::remove_file(&moved);
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        self.sync()?;
        self.finish_move()
    }

    /// Does steps 3 and 4 of a move.
    fn finish_move(&self) -> io::Result<()> {
        let sign = match disk::read(&self.beside("move")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            sign => Image::from_bytes(&sign?),
        };
        let Ok(Image {
            key,
            body: Body::Forward(forward),
            ..
        }) = sign
        else {
            left_aside(NAME, "the file `move` of a rack is no sign");
            return fs::rename(self.beside("move"), self.beside("move.unreadable"));
        };
        match fs::rename(self.beside("moved"), self.rack.path(&forward.to)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !self.is_taken(&forward.to)? {
                    // The machine stopped in 2, and of the two names only this one reached the disk.
                    return fs::remove_file(self.beside("move"));
                }
                // A process died between 3 and 4.
            }
            renamed => renamed?,
        }
        self.sync()?;
        fs::rename(self.beside("move"), self.rack.path(&key))?;
        self.sync()
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.rack.folder.join(name)
    }

    fn sync(&self) -> io::Result<()> {
        disk::sync_folder(&self.rack.folder)
    }
}

fn write(path: &Path, image: &Image) -> io::Result<()> {
    disk::write(path, &image.to_bytes(), end_of(&image.body)).map(|_| ())
}

/// Returns the time that a file gets, so that sweeping finds what expired without opening it; `None`
/// when it is later than the system's times reach.
fn end_of(body: &Body) -> Option<SystemTime> {
    let since_epoch = Duration::from_secs(body.expires().as_secs());
    SystemTime::UNIX_EPOCH.checked_add(since_epoch)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Reads a file's name; `None` for what is no session's.
fn key_of(name: &str) -> Option<StoreKey> {
    let mut key = [0; 32];
    for (byte, digits) in key.iter_mut().zip(name.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    let key = StoreKey::from_bytes(key);
    (hex(key.as_bytes()) == name).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_that_a_key_gives_leads_back_to_it() {
        let name = hex(&[0xa7; 32]);
        let key = StoreKey::from_bytes([0xa7; 32]);
        assert_eq!(key_of(&name), Some(key));
        let others = ["", "lock", "new", "move", "moved", "..", "../../etc/passwd"];
        for other in others {
            assert_eq!(key_of(other), None, "{other}");
        }
        assert_eq!(key_of(&name[1..]), None);
        assert_eq!(key_of(&format!("{name}0")), None);
        assert_eq!(key_of(&name.to_uppercase()), None);
        assert_eq!(key_of(&name.replace("a7", "+7")), None);
    }
}
