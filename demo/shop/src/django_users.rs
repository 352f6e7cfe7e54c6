//! The users of a Django site that the shop stands beside: its table `auth_user`, read and never written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::task::spawn_blocking;

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most rounds that are worked through for one password; Django 5.2 asks for a million.
const MOST_ROUNDS: u32 = 5_000_000;

/// How many names are remembered; of the rest pages show the number.
const MOST_NAMES: usize = 10_000;

/// What users were last called, by their numbers. Whoever is signed in was looked up before a page is made.
static NAMES: RwLock<BTreeMap<String, String>> = RwLock::new(BTreeMap::new());

/// Returns what a user is called; without a Django site that is what the session says.
pub(crate) fn name_of(id: String) -> String {
    let names = NAMES.read().unwrap_or_else(PoisonError::into_inner);
    names.get(&id).cloned().unwrap_or(id)
}

fn remember(user: &DjangoUser) {
    let is_known = |names: &BTreeMap<_, _>| names.get(&user.id) == Some(&user.name);
    if is_known(&NAMES.read().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    if names.len() < MOST_NAMES || names.contains_key(&user.id) {
        names.insert(user.id.clone(), user.name.clone());
    }
}

/// Where the table is.
#[derive(Clone, Debug)]
pub(crate) struct DjangoUsers {
    file: PathBuf,
}

/// Somebody who may sign in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DjangoUser {
    pub(crate) id: String,
    pub(crate) name: String,
    /// What stands in the password's column.
    pub(crate) password: String,
}

impl DjangoUsers {
    /// Takes a URL such as `sqlite:///srv/users.db`.
    pub(crate) fn at(url: &str) -> Result<Self, &'static str> {
        let file = url
            .strip_prefix("sqlite://")
            .filter(|file| !file.is_empty());
        let file = file.ok_or("needs sqlite:// and the file with the table auth_user")?;
        let users = Self { file: file.into() };
        match users.find("SELECT id, username, password FROM auth_user LIMIT 0", []) {
            Ok(_) => Ok(users),
            Err(_) => Err("names no file with Django's table auth_user"),
        }
    }

    /// Returns the person to whom name and password belong.
    pub(crate) async fn recognise(&self, name: &str, password: &str) -> Option<DjangoUser> {
        let (users, name, password) = (self.clone(), name.to_owned(), password.to_owned());
        let found = spawn_blocking(move || {
            let user = users.find(
                "SELECT id, username, password FROM auth_user WHERE username = ? AND is_active",
                [&name],
            );
            user.ok()?
                .filter(|user| is_right(&password, &user.password))
        });
        found.await.ok()?
    }

    /// Returns what stands in the password's column of this user.
    pub(crate) async fn password_of(&self, id: String) -> rusqlite::Result<Option<String>> {
        let users = self.clone();
        let found = spawn_blocking(move || {
            users.find(
                "SELECT id, username, password FROM auth_user WHERE id = ? AND is_active",
                [&id],
            )
        });
        let found = found.await.unwrap_or(Err(rusqlite::Error::InvalidQuery))?;
        Ok(found.map(|user| user.password))
    }

    /// Says whether this is the password of this user.
    pub(crate) async fn proves(&self, id: &str, password: &str) -> bool {
        let column = self.password_of(id.to_owned()).await;
        let (Ok(Some(column)), password) = (column, password.to_owned()) else {
            return false;
        };
        let proved = spawn_blocking(move || is_right(&password, &column));
        proved.await.unwrap_or(false)
    }

    fn find(&self, sql: &str, values: impl Params) -> rusqlite::Result<Option<DjangoUser>> {
        let table = Connection::open_with_flags(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        table.busy_timeout(PATIENCE)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(DjangoUser {
                id: row.get::<_, i64>(0)?.to_string(),
                name: row.get(1)?,
                password: row.get(2)?,
            })
        };
        let found = table.query_row(sql, values, read).optional()?;
        found.iter().for_each(remember);
        Ok(found)
    }
}

/// Says whether a password is that of a column: `pbkdf2_sha256$rounds$salt$base64`.
fn is_right(password: &str, column: &str) -> bool {
    let parts: Vec<_> = column.split('$').collect();
    let ["pbkdf2_sha256", rounds, salt, digest] = parts[..] else {
        return false;
    };
    let (Ok(rounds @ 1..=MOST_ROUNDS), Ok(digest)) = (rounds.parse(), STANDARD.decode(digest))
    else {
        return false;
    };
    pbkdf2(password.as_bytes(), salt.as_bytes(), rounds)[..]
        .ct_eq(&digest)
        .into()
}

/// Derives the first, and here only, block of a key (RFC 8018 section 5.2).
fn pbkdf2(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let key = Hmac::<Sha256>::new_from_slice(password).expect("HMAC takes keys of any length");
    let mac = |text: &[u8]| -> [u8; 32] {
        key.clone()
            .chain_update(text)
            .finalize()
            .into_bytes()
            .into()
    };
    let mut round = mac(&[salt, &1_u32.to_be_bytes()].concat());
    let mut block = round;
    for _ in 1..rounds {
        round = mac(&round);
        for (byte, more) in block.iter_mut().zip(round) {
            *byte ^= more;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Django 5.2's `make_password("wardrobe", "salt")` with 1000 rounds.
    const COLUMN: &str = "pbkdf2_sha256$1000$salt$pJBYubW/qRzJ6lX0CqhcrAuNX9sAZimotVxNeIHluKg=";

    #[test]
    fn only_the_right_password_is_that_of_its_column() {
        assert!(is_right("wardrobe", COLUMN));
        for (password, column) in [
            ("Wardrobe", COLUMN),
            ("", COLUMN),
            ("wardrobe", "!unusable"),
            ("wardrobe", ""),
            ("wardrobe", "pbkdf2_sha256$4000000000$salt$AA=="),
            ("wardrobe", "pbkdf2_sha256$0$salt$AA=="),
            ("wardrobe", "argon2$argon2id$v=19$x"),
        ] {
            assert!(!is_right(password, column), "{column}");
        }
    }

    #[tokio::test]
    async fn users_are_found_by_name_and_number_as_long_as_they_are_active() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.db");
        let table = Connection::open(&file).unwrap();
        table
            .execute_batch(&format!(
                "CREATE TABLE auth_user (id integer, username text, password text, is_active bool);
                 INSERT INTO auth_user VALUES (1, 'demo', '{COLUMN}', 1), (2, 'gone', '{COLUMN}', 0)"
            ))
            .unwrap();
        let users = DjangoUsers::at(&format!("sqlite://{}", file.display())).unwrap();
        let demo = users.recognise("demo", "wardrobe").await.unwrap();
        assert_eq!((&demo.id[..], &demo.name[..]), ("1", "demo"));
        assert_eq!(
            (name_of("1".into()), name_of("staff".into())),
            ("demo".into(), "staff".into())
        );
        assert_eq!(users.recognise("demo", "other").await, None);
        assert_eq!(users.recognise("gone", "wardrobe").await, None);
        assert_eq!(
            users.password_of("1".into()).await.unwrap().as_deref(),
            Some(COLUMN)
        );
        assert_eq!(users.password_of("2".into()).await.unwrap(), None);
        assert!(DjangoUsers::at("sqlite:///nowhere").is_err() && DjangoUsers::at("x").is_err());
    }
}
