//! What the shop keeps of its wizards: drafts, the files that visitors sent, and what they handed in.

use std::io;

use cloakroom::files::Files;
use cloakroom::store::{self, AnyStore};
use cloakroom::{ConfigError, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::DataFolder;
use crate::ledger::Ledger;
use crate::wizards::{Customer, Document, Opinion};

#[derive(Debug)]
pub(crate) struct Archive {
    /// Drafts that outlive a session.
    pub(crate) drafts: AnyStore,
    pub(crate) files: Files,
    pub(crate) customers: Ledger<Customer>,
    pub(crate) opinions: Ledger<Opinion>,
    pub(crate) documents: Ledger<Document>,
}

impl Archive {
    /// Opens everything in the shop's folder, but drafts beside the sessions in a server's `store`, so that several
    /// shops share them, and files where `uploads` says.
    pub(crate) async fn open(
        data: &DataFolder,
        store: Option<&str>,
        uploads: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let drafts = match store.and_then(beside) {
            Some(url) => store::connect(&url).await.map_err(|error| of_store(&error)),
            None => store::connect(&data.drafts_url()).await,
        };
        let files = match uploads {
            Some(url) => Files::open(url).await.map_err(|error| of_uploads(&error)),
            None => match data.uploads_url() {
                Ok(url) => Files::open(&url).await.map_err(|error| of_uploads(&error)),
                Err(error) => Err(of_data(&error)),
            },
        };
        match (drafts, files) {
            (Ok(drafts), Ok(files)) => Ok(Self {
                drafts,
                files,
                customers: ledger(data, "customers")?,
                opinions: ledger(data, "opinions")?,
                documents: ledger(data, "documents")?,
            }),
            (drafts, files) => {
                let mut problems = ConfigError::default();
                for error in [drafts.err(), files.err()].into_iter().flatten() {
                    problems.extend(error);
                }
                Err(problems)
            }
        }
    }

    /// Opens everything in memory.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> Self {
        Self {
            drafts: store::connect("memory:").await.unwrap(),
            files: Files::open("memory:").await.unwrap(),
            customers: Ledger::in_memory(),
            opinions: Ledger::in_memory(),
            documents: Ledger::in_memory(),
        }
    }
}

fn ledger<T>(data: &DataFolder, name: &str) -> Result<Ledger<T>, ConfigError>
where
    T: Clone + DeserializeOwned + Serialize,
{
    let path = data.file(&format!("{name}.jsonl"));
    Ledger::open(&path).map_err(|error| of_data(&error))
}

/// Returns the URL of a place for drafts beside the sessions in the same server; `None` when the store is none.
fn beside(store: &str) -> Option<String> {
    let place = match store.split_once("://")?.0 {
        "postgres" | "postgresql" | "mysql" | "mariadb" => "table=wizard_drafts",
        "redis" | "rediss" => "prefix=wizard-drafts",
        _ => return None,
    };
    let sign = if store.contains('?') { '&' } else { '?' };
    Some(format!("{store}{sign}{place}"))
}

fn of_store(error: &ConfigError) -> ConfigError {
    ConfigError::one(
        "CLOAKROOM_STORE",
        format!("drafts can't be kept there: {error}"),
    )
}

fn of_data(error: &io::Error) -> ConfigError {
    ConfigError::one("SHOP_DATA", format!("can't be used: {error}"))
}

fn of_uploads(error: &StoreError) -> ConfigError {
    ConfigError::one("CLOAKROOM_UPLOADS", format!("can't be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_stand_beside_the_sessions_of_a_server_and_else_in_the_shops_folder() {
        let rows = [
            (
                "postgres://shop@host/shop",
                Some("postgres://shop@host/shop?table=wizard_drafts"),
            ),
            (
                "mysql://host/shop?a=b",
                Some("mysql://host/shop?a=b&table=wizard_drafts"),
            ),
            (
                "redis://host/0",
                Some("redis://host/0?prefix=wizard-drafts"),
            ),
            ("sqlite://shop.db", None),
            ("memcached://host", None),
            ("cookie:", None),
        ];
        for (store, drafts) in rows {
            assert_eq!(beside(store).as_deref(), drafts, "{store}");
        }
    }
}
