//! The shop's folder: its database, and the secrets it made on its first start.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// An existing folder.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Opens the folder; when it isn't there yet it is made, for its owner alone.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns where the store keeps its database.
    pub(crate) fn database_url(&self) -> String {
        format!("sqlite://{}", for_url(&self.file("shop.db")))
    }

    /// Returns where visitors' files are kept, as a URL.
    pub(crate) fn uploads_url(&self) -> io::Result<String> {
        Ok(format!(
            "file://{}",
            for_url(&self.path.canonicalize()?.join("uploads"))
        ))
    }

    /// Returns where drafts are kept that outlive a session.
    pub(crate) fn drafts_url(&self) -> String {
        format!("sqlite://{}", for_url(&self.file("drafts.db")))
    }

    /// Returns the secret kept in this file, which only the file's owner can read; makes it on the first call.
    pub(crate) fn secret(&self, name: &str, make: impl FnOnce() -> String) -> io::Result<String> {
        let path = self.file(name);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let secret = make();
                let mut file =
                    private(OpenOptions::new().write(true).create_new(true)).open(path)?;
                file.write_all(secret.as_bytes())?;
                Ok(secret)
            }
            Ok(kept) if kept.trim_end().is_empty() => Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("{name} is empty; remove that file and a new one is made"),
            )),
            kept => kept.map(|secret| secret.trim_end().to_owned()),
        }
    }
}

/// Opens a file to write behind its end; one that isn't there is made for its owner alone.
pub(crate) fn private_to_append(path: &Path) -> io::Result<fs::File> {
    private(OpenOptions::new().append(true).create(true)).open(path)
}

/// Lets nobody but its owner read a file that is made.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Writes what has a meaning in a URL as its code.
fn for_url(path: &Path) -> String {
    let path = path.display().to_string();
    path.replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_strange_name_still_makes_a_url() {
        let data = DataFolder {
            path: PathBuf::from("what? 100%"),
        };
        assert_eq!(data.database_url(), "sqlite://what%3F 100%25/shop.db");
    }

    #[test]
    fn a_secret_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&folder.path().join("new")).unwrap();
        assert_eq!(
            data.secret("secret", || "first".to_owned()).unwrap(),
            "first"
        );
        assert_eq!(
            data.secret("secret", || "second".to_owned()).unwrap(),
            "first"
        );
    }

    #[test]
    fn an_empty_file_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        fs::write(data.file("demo-password"), "\n").unwrap();
        let refused = data.secret("demo-password", || "new".to_owned());
        assert!(refused.unwrap_err().to_string().contains("demo-password"));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_can_look_into_the_folder_or_read_a_secret() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let data = DataFolder::open(&path).unwrap();
        data.secret("secret", || "first".to_owned()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&data.file("secret"))), (0o700, 0o600));
    }
}
