//! What the command line says.
use std::net::SocketAddr;

const USAGE: &str =
    "usage: interop-proxy --listen ADDRESS --django ADDRESS --rust ADDRESS [PATH...]";

/// Where everybody is, and which paths have moved.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) django: SocketAddr,
    pub(crate) rust: SocketAddr,
    /// What Rust answers when nobody says otherwise.
    pub(crate) moved: Vec<String>,
}

impl Options {
    /// Reads the words after the program's name.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let [mut listen, mut django, mut rust] = [None; 3];
        let mut moved = Vec::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let slot = match word.as_str() {
                "--listen" => &mut listen,
                "--django" => &mut django,
                "--rust" => &mut rust,
                path if path.starts_with('/') => {
                    moved.push(word);
                    continue;
                }
                _ => return Err(USAGE.to_owned()),
            };
            *slot = Some(address(words.next())?);
        }
        match (listen, django, rust) {
            (Some(listen), Some(django), Some(rust)) => Ok(Self {
                listen,
                django,
                rust,
                moved,
            }),
            _ => Err(USAGE.to_owned()),
        }
    }
}

fn address(word: Option<String>) -> Result<SocketAddr, String> {
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| format!("an address looks like 127.0.0.1:8000; {USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        Options::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn three_addresses_are_needed_and_paths_may_follow() {
        let options =
            read("--listen 127.0.0.1:0 --django 127.0.0.1:1 --rust 127.0.0.1:2 /cart /api");
        let options = options.unwrap();
        assert_eq!(options.rust.port(), 2);
        assert_eq!(options.moved, ["/cart", "/api"]);
        for wrong in [
            "",
            "--listen 127.0.0.1:0 --django 127.0.0.1:1",
            "--listen here --django 127.0.0.1:1 --rust 127.0.0.1:2",
            "--listen 127.0.0.1:0 --django 127.0.0.1:1 --rust 127.0.0.1:2 cart",
            "--listen",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
