//! Ports on the loopback that nobody uses.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Where ports are taken from.
///
/// They lie below the range from which systems give ports to outgoing connections, so that nobody gets a server's port by
/// chance while it restarts; and so does each port plus [`BUS`].
const FIRST: u16 = 12_000;
const COUNT: u16 = 10_000;

/// A node of a Redis cluster talks to the others on its port plus this.
const BUS: u16 = 10_000;

/// Returns a port that is free now, and another one at each call.
///
/// Somebody else may still be faster: a server that finds it taken is started on another.
pub(crate) fn free() -> Option<u16> {
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    // Where to begin differs from process to process, so that two of them rarely meet.
    let next = NEXT.get_or_init(|| AtomicU16::new(RandomState::new().hash_one("port") as u16));
    (0..COUNT)
        .map(|_| FIRST + next.fetch_add(1, Ordering::Relaxed) % COUNT)
        .find(|port| is_free(*port) && is_free(port + BUS))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_offered_once_and_from_the_range() {
        let ports: Vec<u16> = (0..20).filter_map(|_| free()).collect();
        let distinct: std::collections::BTreeSet<&u16> = ports.iter().collect();
        assert_eq!(distinct.len(), 20);
        assert!(
            ports
                .iter()
                .all(|port| (FIRST..FIRST + COUNT).contains(port))
        );
    }

    #[test]
    fn a_port_in_use_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}
