//! Where sessions are kept during a run: the same store, opened once for each node.
use std::env;
use std::time::Duration;

use cloakroom::store::{self, AnyStore};
use tempfile::TempDir;

use crate::Result;
use crate::arguments::Arguments;

/// The servers that may be there, and the variable with their URL.
const SERVERS: [(&str, &str); 6] = [
    ("postgres", "CLOAKROOM_TEST_POSTGRES"),
    ("mysql", "CLOAKROOM_TEST_MYSQL"),
    ("redis", "CLOAKROOM_TEST_REDIS"),
    ("sentinel", "CLOAKROOM_TEST_SENTINEL"),
    ("cluster", "CLOAKROOM_TEST_CLUSTER"),
    ("memcached", "CLOAKROOM_TEST_MEMCACHED"),
];

/// Databases behind caches, by the variables with their URLs.
const CACHED: [(&str, &str); 2] = [
    ("CLOAKROOM_TEST_POSTGRES", "CLOAKROOM_TEST_REDIS"),
    ("CLOAKROOM_TEST_POSTGRES", "CLOAKROOM_TEST_MEMCACHED"),
];

/// Servers with copies in each node.
const LOCAL: [(&str, &str); 3] = [
    ("postgres with local copies", "CLOAKROOM_TEST_POSTGRES"),
    ("redis with local copies", "CLOAKROOM_TEST_REDIS"),
    ("sentinel with local copies", "CLOAKROOM_TEST_SENTINEL"),
];

/// A store, opened for each node.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) nodes: Vec<AnyStore>,
    /// By how much answers may be out of date.
    pub(crate) lag: Duration,
    /// Where its files lie, if it has any.
    _folder: Option<TempDir>,
}

impl Place {
    /// Opens each of the URLs; they lead to one store.
    pub(crate) async fn open(name: &str, urls: &[String]) -> Result<Self> {
        let mut nodes: Vec<AnyStore> = Vec::with_capacity(urls.len());
        for url in urls {
            let node = match nodes.first() {
                // What is in this process's memory is one store only if it is opened once.
                Some(first) if url.ends_with("memory:") => first.clone(),
                _ => store::connect(url).await?,
            };
            nodes.push(node);
        }
        let has_copies = urls.iter().any(|url| url.contains("local="));
        Ok(Self {
            name: name.to_owned(),
            nodes,
            lag: match has_copies {
                true => store::STALE_AT_MOST,
                false => Duration::ZERO,
            },
            _folder: None,
        })
    }

    /// Puts a cache before the store, for each node by itself.
    async fn behind(mut self, cache: &str) -> Result<Self> {
        for node in &mut self.nodes {
            *node = store::cached(node.clone(), store::connect_cache(cache).await?);
        }
        let kind = cache.split(':').next().unwrap_or_default();
        self.name = format!("{} behind {kind}", self.name);
        Ok(self)
    }

    async fn in_folder(name: &str, path: &str, nodes: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = format!("{name}://{}/{path}", folder.path().display());
        let place = Self::open(name, &vec![url; nodes]).await?;
        Ok(Self {
            _folder: Some(folder),
            ..place
        })
    }
}

/// Asks for copies in each node.
pub(crate) fn with_copies(url: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}local=8")
}

/// Opens the store of this URL.
pub(crate) async fn given(arguments: &Arguments, url: &str) -> Result<Place> {
    let name = url.split(':').next().unwrap_or_default();
    if name == "cookie" {
        return Err(
            "--store: cookie: keeps nothing on a server; its last write wins, as documented".into(),
        );
    }
    let urls = vec![url.to_owned(); arguments.nodes.into()];
    let place = Place::open(name, &urls).await?;
    match &arguments.cache {
        Some(cache) => place.behind(cache).await,
        None => Ok(place),
    }
}

/// Opens every store that is there: those that need no server, and those whose variable is set.
pub(crate) async fn all(arguments: &Arguments) -> Result<Vec<Place>> {
    let nodes = arguments.nodes.into();
    let mut places = vec![
        given(arguments, "memory:").await?,
        Place::in_folder("sqlite", "sessions.db", nodes).await?,
        Place::in_folder("file", "sessions", nodes).await?,
    ];
    for (name, variable) in SERVERS {
        if let Ok(url) = env::var(variable) {
            places.push(Place::open(name, &vec![url; nodes]).await?);
        }
    }
    for (name, variable) in LOCAL {
        if let Ok(url) = env::var(variable) {
            places.push(Place::open(name, &vec![with_copies(&url); nodes]).await?);
        }
    }
    for (db, cache) in CACHED {
        if let (Ok(db), Ok(cache)) = (env::var(db), env::var(cache)) {
            let place = Place::open("postgres", &vec![db; nodes]).await?;
            places.push(place.behind(&cache).await?);
        }
    }
    Ok(places)
}
