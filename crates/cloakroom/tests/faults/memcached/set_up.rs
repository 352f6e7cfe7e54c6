//! Servers that can't be used, limits that they have, and what others put there.
use cloakroom::session::StoreKey;
use cloakroom::store::{AnyStore, Created, Saved};
use libtest_mimic::Trial;
use services::Memcached;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{
    NOW, blocking, counted, created, found, key, name, of_json, opened, record, refused, saved,
    started, told,
};
use crate::Faults;
use crate::kept::filled;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "memcached: a server that is down at the start is an error that says what to do",
            down_at_the_start,
        ),
        faults.trial(
            "memcached: what is no memcached is an error that says so",
            no_memcached,
        ),
        faults.trial(
            "memcached: a server that compares no versions is refused",
            without_versions,
        ),
        faults.trial(
            "memcached: a value of the server's limit is kept and a larger one is refused before it is sent",
            item_limit,
        ),
        faults.trial(
            "memcached: a full server that may take nothing away refuses clearly and loses nothing",
            full,
        ),
        faults.trial(
            "memcached: what does not decode is left where it is",
            undecodable,
        ),
        faults.trial(
            "memcached: loading, creating and saving are one trip each",
            round_trips,
        ),
        #[cfg(feature = "django")]
        faults.trial(
            "memcached: loading, creating and saving a Django session are one trip each, too",
            round_trips_of_django,
        ),
    ]
}

async fn down_at_the_start() {
    let server = started();
    server.kill();
    let error = refused(&server.url()).await.to_string();
    assert!(error.starts_with("store: "), "{error}");
    assert!(error.contains("start memcached"), "{error}");
    assert!(!error.contains(&server.port().to_string()), "{error}");
}

async fn no_memcached() {
    let old = "memcached 1.6 or newer";
    for (says, error_says) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", old),
        ("-ERR unknown command 'mn'\r\n", old),
        ("ERROR\r\n", old),
        ("MN\r\nMN\r\nMN\r\n", ""),
        ("\0\u{1}\0\0", "no connection within 500 ms"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let mut servers = JoinSet::new();
        servers.spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut question = [0; 64];
                while let Ok(1..) = client.read(&mut question).await {
                    let _ = client.write_all(says.as_bytes()).await;
                }
            }
        });
        let error = refused(&format!("memcached://{address}")).await.to_string();
        let begins = "store: the memcached store could not be used";
        assert!(error.starts_with(begins), "{error}");
        assert!(error.contains(error_says), "{says}: {error}");
    }
}

async fn without_versions() {
    let server = blocking(|| Memcached::builder().argument("-C").start());
    let error = refused(&server.url()).await.to_string();
    assert!(error.contains("start memcached without -C"), "{error}");
}

async fn item_limit() {
    let server = started();
    let store = opened(&server.url()).await;
    let fits = |bytes: usize| of_json(format!("\"{}\"", crate::random_text(bytes)));
    let frame = fits(0).to_bytes().len();
    // As the store says it: 64 bytes and the name are the server's.
    let limit = (1 << 20) - 64 - name(&key()).len();
    let largest = fits(limit - frame - 4);
    assert!(limit - largest.to_bytes().len() < 4);
    let there = key();
    assert!(matches!(
        store.create(&there, &largest).await,
        Ok(Created::New(_))
    ));
    assert_eq!(found(&store, &there).await.unwrap(), Some(largest));

    let small = key();
    let version = created(&store, &small, 1).await;
    let asked = counted(&server, "cmd_set ").await;
    let larger = fits(limit);
    for error in [
        store.create(&key(), &larger).await.unwrap_err(),
        store.save(&small, &version, &larger).await.unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("the server takes at most"),
            "{error}"
        );
        assert!(!error.is_out_of_reach());
    }
    assert_eq!(
        counted(&server, "cmd_set ").await,
        asked,
        "nothing was sent"
    );
    assert_eq!(found(&store, &small).await.unwrap(), Some(record(1)));
}

async fn full() {
    let server = blocking(|| {
        let builder = Memcached::builder()
            .item_size("512k")
            .memory(1)
            .argument("-M");
        builder.start()
    });
    let store = opened(&server.url()).await;
    let first = key();
    let version = created(&store, &first, 1).await;
    let large = of_json(format!("\"{}\"", crate::random_text(300_000)));
    let (kept, error) = filled(&store, &large, 1_000).await;
    assert!(
        error.to_string().contains("give memcached more memory"),
        "{error}"
    );
    assert!(!error.is_out_of_reach(), "{error}");
    assert_eq!(found(&store, &first).await.unwrap(), Some(record(1)));
    for key in &kept {
        assert_eq!(found(&store, key).await.unwrap(), Some(large.clone()));
    }
    assert!(store.delete(&first).await.unwrap().is_some());
    assert_eq!(
        store.save(&first, &version, &record(2)).await.unwrap(),
        Saved::Gone
    );
}

async fn undecodable() {
    let server = started();
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    let set = format!("set {} 0 0 7\r\nhunter2\r\n", name(&key));
    assert_eq!(told(&server, &set, "\r\n").await, "STORED\r\n");
    assert_eq!(store.load(&key, NOW).await.unwrap(), None);
    assert_eq!(
        store.create(&key, &record(2)).await.unwrap(),
        Created::Taken
    );
    assert_eq!(
        store.save(&key, &version, &record(2)).await.unwrap(),
        Saved::Gone
    );
    let get = format!("get {}\r\n", name(&key));
    assert!(
        told(&server, &get, "END\r\n").await.contains("hunter2"),
        "it is still there"
    );
}

async fn round_trips() {
    let server = started();
    let store = opened(&server.url()).await;
    round_trips_of(&server, &store, key()).await;
}

#[cfg(feature = "django")]
async fn round_trips_of_django() {
    use cloakroom::{django::Settings, store::django};
    let server = started();
    let settings = Settings::new("a SECRET_KEY of the tests, long enough for it")
        .set("SESSION_ENGINE", "django.contrib.sessions.backends.cache");
    let store = django::connect(&server.url(), &settings).await;
    let store = store.expect("the store opens");
    round_trips_of(&server, &store, StoreKey::from_bytes([b'a'; 32])).await;
}

async fn round_trips_of(server: &Memcached, store: &AnyStore, key: StoreKey) {
    let all = async || {
        (
            counted(server, "cmd_get ").await,
            counted(server, "cmd_set ").await,
        )
    };
    let mut counts = all().await;
    let mut grown_by = async |gets: u64, sets: u64| {
        let now = all().await;
        assert_eq!(now, (counts.0 + gets, counts.1 + sets));
        counts = now;
    };
    let version = created(store, &key, 1).await;
    grown_by(0, 1).await;
    found(store, &key).await.unwrap();
    grown_by(1, 0).await;
    saved(store, &key, &version, 2).await;
    grown_by(0, 1).await;
}
