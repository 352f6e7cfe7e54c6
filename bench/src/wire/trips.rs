//! How often a site goes to its servers for one request: a wire between them that counts.
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    Result,
    wire::{
        engine::Running,
        side::{Side, Visit},
        site::Site,
        visitors::{begin, get},
    },
};

/// How many requests are sent, one after another.
const REQUESTS: u32 = 400;
/// And before, so that connections are open, and whatever is prepared or copied is.
const BEFORE: u32 = 50;

/// Counts the trips of each kind of visit.
///
/// # Errors
/// When a site does not start, or an answer is not 200.
pub fn count(side: Side, engine: &Running) -> Result<[f64; 3]> {
    let count = Arc::new(AtomicU64::new(0));
    let mut detours = Vec::new();
    for address in engine.addresses() {
        let detour = detour(address.clone(), count.clone())?;
        detours.push((address, detour));
    }
    let by_detour = |url: String| {
        let detours = detours.iter();
        detours.fold(url, |url, (address, detour)| url.replace(address, detour))
    };
    let site = Site::open_by(side, engine, &by_detour)?;
    let cookies = begin(site.address(), 1)?;
    let mut trips = [0.0; 3];
    for (visit, trips) in Visit::ALL.into_iter().zip(&mut trips) {
        let visit = |requests: u32| -> Result<()> {
            for _ in 0..requests {
                let answer = get(site.address(), visit.path(), Some(&cookies[0]))?;
                if !answer.starts_with("HTTP/1.1 200") {
                    return Err(format!("{side:?}: {answer}").into());
                }
            }
            Ok(())
        };
        visit(BEFORE)?;
        let before = count.load(Ordering::Relaxed);
        visit(REQUESTS)?;
        let counted = count.load(Ordering::Relaxed) - before;
        *trips = counted as f64 / f64::from(REQUESTS);
    }
    Ok(trips)
}

/// Listens for a server, and counts what is sent to it: with one request at a time each piece is a question, or several together.
fn detour(server: String, count: Arc<AtomicU64>) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&server) else {
                continue;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let both = (client.try_clone(), server.try_clone());
            let (Ok(to_client), Ok(from_server)) = both else {
                continue;
            };
            let count = count.clone();
            thread::spawn(move || {
                carry(client, server, || {
                    count.fetch_add(1, Ordering::Relaxed);
                });
            });
            thread::spawn(move || carry(from_server, to_client, || {}));
        }
    });
    Ok(address)
}

fn carry(mut from: TcpStream, mut to: TcpStream, came: impl Fn()) {
    let mut buffer = vec![0; 65_536];
    while let Ok(bytes @ 1..) = from.read(&mut buffer) {
        came();
        if to.write_all(&buffer[..bytes]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
