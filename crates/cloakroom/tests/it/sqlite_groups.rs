//! SQLite commits what waits together: few commits, and the right answer for each write.
use std::path::Path;
use std::pin::Pin;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Forward, Record, StoreKey, Version, Via};
use cloakroom::store::{Created, Renamed, Saved, SqliteStore, Store};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::site::settle;

const NOW: Timestamp = Timestamp::from_secs(4_000_000_000);
const LATER: Timestamp = Timestamp::from_secs(4_000_100_000);

/// A store, and another process's connection to its file.
struct Both {
    store: SqliteStore,
    other: Connection,
    folder: TempDir,
}

impl Both {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sessions.db");
        let store = SqliteStore::file(&file).await.unwrap();
        let other = Connection::open(&file).unwrap();
        Self {
            store,
            other,
            folder,
        }
    }

    /// Starts these writes while the other process holds the lock, so that all of them wait.
    async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        writes: impl IntoIterator<Item = F>,
    ) -> Vec<T> {
        self.other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let writes: Vec<JoinHandle<T>> = writes.into_iter().map(tokio::spawn).collect();
        settle().await;
        self.other.execute_batch("COMMIT").unwrap();
        let mut answers = Vec::new();
        for write in writes {
            answers.push(write.await.unwrap());
        }
        answers
    }

    /// Counts the transactions in the log.
    fn commits(&self) -> usize {
        commits(&self.folder.path().join("sessions.db-wal"))
    }

    async fn create(&self, number: u8) -> Version {
        let created = self.store.create(&key(number), &record("new")).await;
        let Ok(Created::New(version)) = created else {
            panic!("{created:?}");
        };
        version
    }

    fn save(
        &self,
        number: u8,
        version: &Version,
        user: &str,
    ) -> impl Future<Output = Result<Saved, StoreError>> + Send + 'static {
        let (store, version, record) = (self.store.clone(), version.clone(), record(user));
        async move { store.save(&key(number), &version, &record).await }
    }

    /// Returns the user of what stands there.
    async fn user(&self, number: u8) -> Option<String> {
        let stored = self.store.load(&key(number), NOW).await.unwrap()?;
        match stored.body {
            Body::Record(record) => record.user().map(ToOwned::to_owned),
            Body::Forward(_) => Some("a sign".into()),
        }
    }
}

/// Counts the frames of a log that end a transaction (sqlite.org/fileformat.html, section 4).
fn commits(log: &Path) -> usize {
    let log = std::fs::read(log).unwrap();
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let (page, salts) = (number(8) as usize, &log[16..24]);
    let frames = log[32..].chunks_exact(24 + page);
    frames
        .filter(|frame| &frame[8..16] == salts && frame[4..8] != [0; 4])
        .count()
}

fn key(number: u8) -> StoreKey {
    StoreKey::from_bytes([number; 32])
}

fn record(user: &str) -> Record {
    Record::new(NOW, LATER).with_user(user)
}

#[tokio::test]
async fn a_hundred_who_save_at_once_cost_one_commit_or_two() {
    let both = Both::open().await;
    let mut versions = Vec::new();
    for number in 0..100 {
        versions.push(both.create(number).await);
    }
    let before = both.commits();
    let saves = (0..100).map(|number| both.save(number, &versions[usize::from(number)], "saved"));
    let answers = both.at_once(saves).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Ok(Saved::Saved(_))))
    );
    let commits = both.commits() - before;
    assert!((1..=2).contains(&commits), "{commits} commits");
    assert_eq!(both.user(99).await.as_deref(), Some("saved"));
}

#[tokio::test]
async fn each_write_of_a_group_gets_its_own_answer_also_when_one_of_them_fails() {
    // What fails takes with it its own statement only, or, with ROLLBACK, all of the group.
    for takes in ["ABORT", "ROLLBACK"] {
        let both = Both::open().await;
        let trigger = format!(
            "CREATE TRIGGER no BEFORE UPDATE ON cloakroom_sessions WHEN new.user = 'refused' \
             BEGIN SELECT raise({takes}, 'not this one'); END"
        );
        both.other.execute_batch(&trigger).unwrap();
        let version = both.create(1).await;
        for number in [2, 3, 4, 6] {
            both.create(number).await;
        }
        let mut answers = both.at_once(both.mixed(&version)).await;
        let mut next = || answers.remove(0);
        assert_eq!(next().unwrap(), "Saved");
        let refused = next().unwrap_err().to_string();
        assert!(refused.contains("not this one"), "{takes}: {refused}");
        for expected in ["Conflict", "Gone", "Saved", "Taken"] {
            assert_eq!(next().unwrap(), expected, "{takes}");
        }
        for (number, user) in [
            (1, Some("first")),
            (2, Some("new")),
            (3, Some("new")),
            (4, Some("fourth")),
            (5, None),
            (6, Some("new")),
        ] {
            assert_eq!(
                both.user(number).await.as_deref(),
                user,
                "{takes}: {number}"
            );
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<&'static str, StoreError>> + Send>>;

impl Both {
    /// Writes of every kind, of which each ends in its own way.
    fn mixed(&self, version: &Version) -> Vec<Answer> {
        let stale = Version::Number(77);
        let saves = [
            self.save(1, version, "first"),
            self.save(2, version, "refused"),
            self.save(3, &stale, "third"),
            self.save(5, version, "nobody"),
            self.save(4, version, "fourth"),
        ];
        let saves = saves.map(|save| -> Answer {
            Box::pin(async {
                Ok(match save.await? {
                    Saved::Saved(_) => "Saved",
                    Saved::Conflict(_) => "Conflict",
                    Saved::Gone => "Gone",
                })
            })
        });
        let (store, version) = (self.store.clone(), version.clone());
        let rename: Answer = Box::pin(async move {
            let sign = Forward {
                to: key(1),
                until: LATER,
                via: Via::Anything,
                expires: LATER,
            };
            // It ends halfway: its sign stands before the other key is found to be taken.
            let renamed = store
                .rename(&key(6), &version, &key(1), &record("x"), &sign)
                .await;
            Ok(match renamed? {
                Renamed::Taken => "Taken",
                _ => "something else",
            })
        });
        saves.into_iter().chain([rename]).collect()
    }
}
