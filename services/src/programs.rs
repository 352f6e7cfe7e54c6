//! The programs that are needed, and where systems keep them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::trouble::Trouble;

/// A program by its names, the usual one first, and the Debian package that brings it.
pub(crate) struct Program {
    names: &'static [&'static str],
    package: &'static str,
}

pub(crate) const POSTGRES: Program = Program {
    names: &["postgres"],
    package: "postgresql",
};
pub(crate) const INITDB: Program = Program {
    names: &["initdb"],
    package: "postgresql",
};
pub(crate) const PSQL: Program = Program {
    names: &["psql"],
    package: "postgresql-client",
};
pub(crate) const MARIADBD: Program = Program {
    names: &["mariadbd"],
    package: "mariadb-server",
};
pub(crate) const MARIADB_INSTALL_DB: Program = Program {
    names: &["mariadb-install-db"],
    package: "mariadb-server",
};
pub(crate) const MARIADB: Program = Program {
    names: &["mariadb"],
    package: "mariadb-client",
};
pub(crate) const REDIS_SERVER: Program = Program {
    names: &["redis-server", "valkey-server"],
    package: "redis-server",
};
pub(crate) const REDIS_CLI: Program = Program {
    names: &["redis-cli", "valkey-cli"],
    package: "redis-tools",
};
pub(crate) const MEMCACHED: Program = Program {
    names: &["memcached"],
    package: "memcached",
};

impl Program {
    /// Returns the program that lies beside another one, else wherever it lies.
    ///
    /// # Errors
    ///
    /// `Missing` when it lies nowhere.
    pub(crate) fn find_beside(&self, other: &Path) -> Result<PathBuf, Trouble> {
        let beside = other.with_file_name(self.names[0]);
        match beside.is_file() {
            true => Ok(beside),
            false => self.find(),
        }
    }

    /// Returns where the program lies.
    ///
    /// # Errors
    ///
    /// `Missing` when it lies nowhere.
    pub(crate) fn find(&self) -> Result<PathBuf, Trouble> {
        let folders = folders();
        self.names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|path| path.is_file())
            .ok_or(Trouble::Missing {
                what: self.names[0],
                package: self.package,
            })
    }
}

/// The folders of `PATH`, and those that Debian leaves out of it for some or all users.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.extend(postgres_versions());
    folders
}

/// `/usr/lib/postgresql/*/bin`, newest first.
fn postgres_versions() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_under_any_of_its_names() {
        let shell = Program {
            names: &["no-such-program", "sh"],
            package: "dash",
        };
        assert!(shell.find().unwrap().ends_with("sh"));
    }

    #[test]
    fn a_program_that_lies_nowhere_is_missing() {
        let nothing = Program {
            names: &["no-such-program"],
            package: "none",
        };
        assert!(matches!(
            nothing.find(),
            Err(Trouble::Missing {
                what: "no-such-program",
                package: "none"
            })
        ));
    }
}
