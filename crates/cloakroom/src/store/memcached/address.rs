//! Which servers a URL names, and on which of them a session lies.
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::store::memcached::NAME;

const SCHEME: &str = "memcached://";
const PORT: u16 = 11_211;
/// The most servers one URL may name.
const MOST: usize = 64;

/// Reads `memcached://host:port,host:port` as a list of `host:port`.
pub(super) fn servers(url: &str) -> Result<Vec<String>, StoreError> {
    let wrong = |why: &'static str| {
        StoreError::new(NAME, "read its URL")
            .because(why)
            .remedy("use memcached://host:port, or memcached://host:port,host:port")
    };
    let list = url
        .strip_prefix(SCHEME)
        .ok_or_else(|| wrong("it does not begin with memcached://"))?;
    let list = list.strip_suffix('/').unwrap_or(list);
    if list.contains(['/', '@', '?', '#']) {
        return Err(wrong(
            "memcached knows no users, passwords, paths and parameters",
        ));
    }
    let servers: Option<Vec<_>> = list.split(',').map(server).collect();
    let servers = servers.ok_or_else(|| wrong("it names a server without a host or a port"))?;
    if servers.len() > MOST {
        return Err(wrong("it names more than 64 servers"));
    }
    let mut sorted = servers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < servers.len() {
        return Err(wrong("it names a server twice"));
    }
    Ok(servers)
}

/// Reads one `host:port`, `host` or `[ipv6]:port`.
fn server(text: &str) -> Option<String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            (format!("[{address}]"), port.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port)),
            None => (text.to_owned(), None),
        },
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_name) {
        return None;
    }
    let port = port.map_or(Some(PORT), |port| port.parse().ok())?;
    (port > 0).then(|| format!("{host}:{port}"))
}

/// Chooses a server for each rack, whatever the order of the list: the one whose name and the
/// rack's have the highest digest. When a server is added or taken out, only its racks move.
pub(super) fn spread(servers: &[String]) -> [usize; 256] {
    std::array::from_fn(|rack| {
        let weight = |server: &String| -> [u8; 32] {
            let digest = Sha256::new_with_prefix(server.as_bytes()).chain_update([rack as u8]);
            digest.finalize().into()
        };
        let heaviest = (0..servers.len()).max_by_key(|at| weight(&servers[*at]));
        heaviest.expect("a URL names at least one server")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_have_a_port_each() {
        for (url, expected) in [
            ("memcached://h", &["h:11211"][..]),
            ("memcached://h:1/", &["h:1"]),
            (
                "memcached://10.0.0.1:1,b-2.example:2,[::1]:3",
                &["10.0.0.1:1", "b-2.example:2", "[::1]:3"],
            ),
        ] {
            assert_eq!(servers(url).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn a_url_that_names_no_servers_is_refused_and_not_repeated() {
        for rest in [
            "",
            "hunter2:x",
            "hunter2:0",
            "hunter2:65536",
            ":1",
            "hunter2:1,",
            "hunter2,hunter2:11211",
            "u:hunter2@h",
            "h/hunter2",
            "h?hunter2",
            "[hunter2]:1",
            "hunter2 x:1",
            "hunter2\r\n:1",
        ] {
            let error = servers(&format!("memcached://{rest}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains("could not read its URL"), "{rest}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn racks_are_shared_out_alike_and_a_new_server_takes_only_its_own() {
        let names = |count: usize| (0..count).map(|at| format!("h{at}:1")).collect::<Vec<_>>();
        let three = spread(&names(3));
        for server in 0..3 {
            let share = three.iter().filter(|at| **at == server).count();
            assert!((50..130).contains(&share), "{server}: {share} of 256");
        }
        let four = spread(&names(4));
        for rack in 0..256 {
            assert!(four[rack] == three[rack] || four[rack] == 3, "rack {rack}");
        }
        let turned: Vec<_> = names(3).into_iter().rev().collect();
        assert_eq!(spread(&turned).map(|at| 2 - at), three);
    }
}
