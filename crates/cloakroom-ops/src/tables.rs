//! The tables of stores in SQL databases, and bringing them up to date.
use cloakroom::TableVersions;

use crate::OpsError;
use crate::opening::{Tables, open, options};

/// How a store's tables stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This store has none.
    None(&'static str),
    /// They are those that this version needs.
    Right(&'static str),
    /// They are older than that, or not there yet.
    Old(&'static str, TableVersions),
}

/// Looks at the tables and changes nothing.
///
/// # Errors
/// When the store can't be opened, or a newer version made its tables.
pub async fn look(setting: &str, url: &str) -> Result<Standing, OpsError> {
    match open(setting, url, &options(Tables::AsTheyAre, None)).await {
        Ok(store) => {
            let name = store.name();
            store.close().await;
            Ok(match name {
                "sqlite" | "postgres" | "mysql" => Standing::Right(name),
                _ => Standing::None(name),
            })
        }
        Err(OpsError::Setting(error)) => match error.table_versions() {
            Some(versions) if versions.found < versions.needed => {
                Ok(Standing::Old(name(url), versions))
            }
            _ => Err(OpsError::Setting(error)),
        },
        Err(error) => Err(error),
    }
}

/// Brings the tables up to date, and returns how they stood before. Safe to run by several at once.
///
/// # Errors
/// When the store can't be opened or changed, or a newer version made its tables.
pub async fn migrate(setting: &str, url: &str) -> Result<Standing, OpsError> {
    let before = look(setting, url).await?;
    if let Standing::Old(..) = before {
        let store = open(setting, url, &options(Tables::Migrate, None)).await?;
        store.check().await?;
        store.close().await;
    }
    Ok(before)
}

/// Returns the name of the store with tables that a URL's scheme leads to.
fn name(url: &str) -> &'static str {
    match url.split(':').next() {
        Some("postgres" | "postgresql") => "postgres",
        Some("mysql" | "mariadb") => "mysql",
        _ => "sqlite",
    }
}
