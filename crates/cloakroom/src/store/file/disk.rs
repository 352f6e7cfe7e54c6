//! Files and folders that are their owner's alone, written whole or not at all.
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

/// For how long a lock that another process holds is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Makes a folder for its owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

/// Reads a file whole; neither a link is followed nor a pipe waited for.
pub(super) fn read(path: &Path) -> io::Result<Bytes> {
    let mut options = OpenOptions::new();
    options.read(true);
    let mut file = without_links(&mut options).open(path)?;
    let length = file.metadata()?;
    if !length.is_file() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length.len()).unwrap_or(0) + 1);
    file.read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// Writes a new file and sees it on the disk; what stood there before, even a link, is gone, and
/// nothing is left when it fails. The file's time is `modified`, if it is given.
pub(super) fn write(path: &Path, bytes: &[u8], modified: Option<SystemTime>) -> io::Result<File> {
    remove_if_there(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| {
        if let Some(modified) = modified {
            file.set_modified(modified)?;
        }
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(file),
        Err(error) => {
            let _ = fs::remove_file(path);
            Err(error)
        }
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Says whether anything has this name, even a link that leads nowhere.
pub(super) fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sees what was renamed or removed in a folder on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Opens the file that stands for a lock, and locks it. The system ends the lock with the process.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = without_links(&mut options).open(path)?;
    lock(&file)?;
    Ok(file)
}

/// Waits for a lock, at first by looking often: whoever holds it writes one file.
///
/// A thread that waits in the system itself could not be called back, and would keep a site from
/// stopping for as long as a stopped process holds the lock.
pub(super) fn lock(file: &File) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_micros(100);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if waited >= PATIENCE => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("locked for {} s", PATIENCE.as_secs()),
                ));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
        }
        waited += pause;
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}

#[cfg(unix)]
fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
}

#[cfg(not(unix))]
fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Says whether a file could be opened but is no plain one: a link, a folder, a pipe.
pub(super) fn is_odd(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ELOOP) {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::IsADirectory
    )
}
