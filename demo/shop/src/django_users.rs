//! The users of a Django site that the shop stands beside: its table `auth_user`, read and never written.

mod password;
mod table;

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use password::is_right;
use table::{By, Table, Trouble};
use tokio::task::spawn_blocking;

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

/// Who may sign in.
#[derive(Clone, Debug)]
pub(crate) struct DjangoUsers {
    table: Table,
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
    /// Takes a URL such as `sqlite:///srv/users.db` or `postgres://shop@localhost/site`.
    pub(crate) fn at(url: &str) -> Result<Self, &'static str> {
        let table = Table::of(url);
        let table = table.ok_or("needs sqlite:// and a file, or the URL postgres:// or mysql:// of the database with the table auth_user")?;
        Ok(Self { table })
    }

    /// Looks whether the table is there.
    pub(crate) async fn check(&self) -> Result<(), String> {
        let looked = self.table.find(By::Id(0)).await;
        looked
            .map(|_| ())
            .map_err(|error| format!("names no database with Django's table auth_user: {error}"))
    }

    /// Returns the person to whom name and password belong.
    pub(crate) async fn recognise(&self, name: &str, password: &str) -> Option<DjangoUser> {
        let user = self.find(By::Name(name.to_owned())).await.ok()??;
        let (column, password) = (user.password.clone(), password.to_owned());
        let is_right = spawn_blocking(move || is_right(&password, &column));
        is_right.await.ok()?.then_some(user)
    }

    /// Returns what stands in the password's column of this user.
    pub(crate) async fn password_of(&self, id: String) -> Result<Option<String>, Trouble> {
        let Ok(id) = id.parse() else {
            return Ok(None);
        };
        Ok(self.find(By::Id(id)).await?.map(|user| user.password))
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

    async fn find(&self, by: By) -> Result<Option<DjangoUser>, Trouble> {
        let found = self.table.find(by).await;
        match &found {
            Ok(Some(user)) => remember(user),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the site's users could not be asked"),
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// By Django 5.2's `make_password("wardrobe", "salt")` with 1000 rounds.
    const COLUMN: &str = "pbkdf2_sha256$1000$salt$pJBYubW/qRzJ6lX0CqhcrAuNX9sAZimotVxNeIHluKg=";

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
        assert_eq!(users.check().await, Ok(()));
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
        for id in ["2", "nobody"] {
            assert_eq!(users.password_of(id.into()).await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn a_database_that_can_t_be_asked_is_told_at_the_start_without_its_password() {
        for url in [
            "sqlite:///nowhere",
            "postgres://shop:hunter2@127.0.0.1:1/site",
        ] {
            let told = DjangoUsers::at(url).unwrap().check().await.unwrap_err();
            assert!(told.starts_with("names no database"), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        for url in [
            "x",
            "sqlite://",
            "oracle://shop:hunter2@h",
            "postgres://h:port/site",
        ] {
            assert!(DjangoUsers::at(url).is_err(), "{url}");
        }
    }
}
