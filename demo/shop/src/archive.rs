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
    /// Opens everything in the shop's folder, but the files where `uploads` says, if it does.
    pub(crate) async fn open(
        data: &DataFolder,
        uploads: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let drafts = store::connect(&data.drafts_url()).await;
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

fn of_data(error: &io::Error) -> ConfigError {
    ConfigError::one("SHOP_DATA", format!("can't be used: {error}"))
}

fn of_uploads(error: &StoreError) -> ConfigError {
    ConfigError::one("CLOAKROOM_UPLOADS", format!("can't be used: {error}"))
}
