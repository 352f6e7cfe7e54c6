//! What goes over the wire: how many messages, how large, and what happens when an answer is not waited for.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cloakroom::session::Body;
use libtest_mimic::Trial;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::{NOW, created, database, found, key, opened, out_of_reach, record, saved, shared};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "mysql: one message to load, one to save, one to create, and none besides, for a user's sessions too",
            counted,
        ),
        faults.trial(
            "mysql: a session larger than the server takes is refused before it is sent",
            too_large,
        ),
        faults.trial(
            "mysql: an answer that comes five seconds late is not waited for",
            slow,
        ),
        faults.trial(
            "mysql: a request that was given up leaves no half-read answer to the next",
            given_up,
        ),
        faults.trial(
            "mysql: a save whose answer was cut off fails, and is not sent again",
            cut_off,
        ),
    ]
}

async fn counted() {
    let commands = Arc::new(AtomicUsize::new(0));
    let address = count(shared().address(), commands.clone()).await;
    let url = database("counted").replace(&shared().address(), &address);
    let store = opened(&url).await;
    let mut versions = Vec::new();
    for (round, user) in [None, None, Some("ada"), Some("ada")]
        .into_iter()
        .enumerate()
    {
        let record = |json| match user {
            Some(user) => record(json).with_user(user),
            None => record(json),
        };
        let mut counts = Vec::new();
        let key = key();
        let version = created(&store, &key, &record("1")).await;
        counts.push(commands.swap(0, Ordering::SeqCst));
        assert!(found(&store, &key).await.is_some());
        counts.push(commands.swap(0, Ordering::SeqCst));
        versions.push(saved(&store, &key, &version, &record("2")).await);
        counts.push(commands.swap(0, Ordering::SeqCst));
        // In the first round the connection learns the three statements.
        if round > 0 {
            assert_eq!(counts, [1, 1, 1], "to create, to load, to save");
        }
    }
}

/// Stands before the server and counts the commands that pass: the packets with the number 0
/// (dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html).
async fn count(server: String, commands: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it listens").to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.expect("the server runs");
            let (mut asks, mut hears) = client.into_split();
            let (mut answers, mut is_asked) = server.into_split();
            let commands = commands.clone();
            tokio::spawn(async move { tokio::io::copy(&mut answers, &mut hears).await });
            tokio::spawn(async move {
                let mut head = [0; 4];
                while asks.read_exact(&mut head).await.is_ok() {
                    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
                    let mut rest = vec![0; length as usize];
                    asks.read_exact(&mut rest).await?;
                    commands.fetch_add(usize::from(head[3] == 0), Ordering::SeqCst);
                    is_asked.write_all(&[&head[..], &rest].concat()).await?;
                }
                std::io::Result::Ok(())
            });
        }
    });
    address
}

async fn too_large() {
    let store = opened(&database("too_large")).await;
    let (key, large) = (
        key(),
        record(format!("\"{}\"", crate::random_text(2 << 20))),
    );
    let version = created(&store, &key, &record("1")).await;
    let errors = [
        store.create(&super::key(), &large).await.map(drop),
        store.save(&key, &version, &large).await.map(drop),
    ];
    for error in errors {
        let error = error.expect_err("it is too large");
        assert!(!error.is_out_of_reach());
        let error = error.to_string();
        assert!(
            error.contains("the server's max_allowed_packet is 2097152"),
            "{error}"
        );
    }
    saved(&store, &key, &version, &record("2")).await;
}

async fn slow() {
    let proxy = Proxy::before(shared().address()).await;
    let url = database("slow").replace(&shared().address(), &proxy.address.to_string());
    let store = opened(&url).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    proxy.set(Wire::Slow(Duration::from_secs(5)));
    let late = timeout(Duration::from_secs(3), store.load(&key, NOW)).await;
    out_of_reach(late.expect("nobody waits for five seconds"));
    proxy.set(Wire::Good);
    let there = super::served_again(&store, &key).await;
    assert_eq!(there, Some(Body::Record(record("1"))));
}

async fn given_up() {
    let proxy = Proxy::before(shared().address()).await;
    let url = database("given_up").replace(&shared().address(), &proxy.address.to_string());
    let store = opened(&url).await;
    let keys = [key(), key()];
    for (key, value) in keys.iter().zip(["1", "2"]) {
        created(&store, key, &record(value)).await;
    }
    for round in 0..40 {
        proxy.set(Wire::Slow(Duration::from_millis(3)));
        let patience = Duration::from_micros(500 * (round % 20));
        let _ = timeout(patience, store.load(&keys[0], NOW)).await;
        proxy.set(Wire::Good);
        let other = found(&store, &keys[1]).await;
        assert_eq!(other, Some(Body::Record(record("2"))));
    }
}

async fn cut_off() {
    let proxy = Proxy::before(shared().address()).await;
    let url = database("cut_off").replace(&shared().address(), &proxy.address.to_string());
    let store = opened(&url).await;
    let key = key();
    let version = created(&store, &key, &record("0")).await;
    // The connection learns the statement, so that the next message is the save itself.
    let version = saved(&store, &key, &version, &record("1")).await;
    proxy.set(Wire::Breaks);
    out_of_reach(store.save(&key, &version, &record("2")).await);
    proxy.set(Wire::Good);
    // The server had done it; done again it would have found another version.
    let there = super::served_again(&store, &key).await;
    assert_eq!(there, Some(Body::Record(record("2"))));
}
