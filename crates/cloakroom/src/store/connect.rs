//! Opening a store by its URL, as operators write it in a setting.
use crate::error::ConfigError;
use crate::store::{AnyStore, MemoryStore};

/// Opens the store that a URL names and makes sure that it can be used.
///
/// | URL | store |
/// |---|---|
/// | `memory:` | this process's memory |
/// | `sqlite://path/to/file.db`, `sqlite:///absolute/file.db`, `sqlite::memory:` | SQLite (feature `sqlite`); the file and its tables are made if need be; in the path, write spaces and `%`, `?`, `#` percent-encoded |
///
/// # Errors
/// When the scheme is unknown or its feature is off, or the store can't be reached; the URL itself,
/// which may hold a password, is not repeated.
pub async fn connect(url: &str) -> Result<AnyStore, ConfigError> {
    match url.split(':').next().unwrap_or_default() {
        "memory" if url == "memory:" => Ok(AnyStore::inspectable(MemoryStore::new())),
        "sqlite" => sqlite(url).await,
        _ => Err(ConfigError::one(
            "store",
            "does not begin with a known scheme; use sqlite:// or memory:",
        )),
    }
}

#[cfg(feature = "sqlite")]
async fn sqlite(url: &str) -> Result<AnyStore, ConfigError> {
    if ["sqlite:", "sqlite://"].contains(&url) {
        return Err(ConfigError::one(
            "store",
            "names no file; use sqlite://path/to/file.db, or sqlite::memory:",
        ));
    }
    let store = crate::store::SqliteStore::connect(url).await;
    store
        .map(AnyStore::inspectable)
        .map_err(|error| ConfigError::one("store", error.to_string()))
}

#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "with the feature it is async")]
async fn sqlite(_url: &str) -> Result<AnyStore, ConfigError> {
    Err(ConfigError::one(
        "store",
        "sqlite:// needs the crate's feature `sqlite`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_url_that_names_no_store_is_refused_and_never_repeated() {
        for url in [
            "",
            "hunter2",
            "hunter2://x",
            "memory:hunter2",
            "sqlite:",
            "sqlite://",
        ] {
            let error = connect(url).await.unwrap_err().to_string();
            assert!(error.starts_with("store: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(connect("memory:").await.is_ok());
    }
}
