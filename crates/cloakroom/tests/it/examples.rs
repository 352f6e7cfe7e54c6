//! Every example runs as it stands, and shows its first page.
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program that serves: its first page, and what stands there.
const SITES: [(&str, &str, &str); 12] = [
    ("askama", "/", "<button>Keep it</button>"),
    ("counter", "/", "This is visit number 1."),
    ("django", "/cart", "0 in your cart"),
    ("flash", "/", "<button>Save</button>"),
    ("form", "/", "Email address"),
    ("headers", "/", "You are nobody"),
    ("login", "/", "Remember me"),
    ("nodes", "/", "Visit number 1, on the node"),
    ("tower", "/", "This is visit number 1."),
    ("upload", "/", "type=\"file\""),
    ("webhook", "/login", "Signed in."),
    ("wizard", "/register", "/register/"),
];

/// A program that ends by itself, and something that it says.
const COMMANDS: [(&str, &str); 2] = [
    (
        "custom_store",
        "kept: what_is_noted_of_a_login_is_kept_and_counted",
    ),
    ("keys", "A new cookie came."),
];

/// Where cargo puts examples, beside this very program.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this program lies somewhere");
    let folder = test.ancestors().nth(2).expect("cargo's folder");
    let program = folder.join("examples").join(name);
    assert!(
        program.is_file(),
        "build the examples too: cargo test --all-features"
    );
    program
}

fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command
        .env("ADDR", "127.0.0.1:0")
        .env("CLOAKROOM_STORE", "sqlite::memory:")
        .stdin(Stdio::null());
    command
}

/// A running site, which ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a site and returns the address that it says it listens on.
fn start(name: &str) -> (Running, String) {
    let child = command(name).stderr(Stdio::piped()).spawn();
    let mut running = Running(child.expect("it starts"));
    let said = running.0.stderr.take().expect("it is piped");
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    let address = lines.find_map(|line| Some(line.split_once("http://")?.1.to_owned()));
    let address = address.unwrap_or_else(|| panic!("{name} says no address"));
    let address = address.split('/').next().unwrap_or_default().to_owned();
    (running, address)
}

fn load(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("it takes the request");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("it answers in text");
    answer
}

#[test]
fn every_example_that_serves_shows_its_first_page() {
    for (name, path, expected) in SITES {
        let (_running, address) = start(name);
        let answer = load(&address, path);
        let well = answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 303");
        assert!(well && answer.contains(expected), "{name}: {answer}");
    }
}

#[test]
fn every_example_that_is_a_command_does_what_it_says() {
    for (name, expected) in COMMANDS {
        let ran = command(name).output().expect("it runs");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success() && said.contains(expected),
            "{name}: {said}"
        );
    }
}

#[test]
fn every_example_is_run_and_has_at_most_sixty_lines() {
    let sites = SITES.iter().map(|(name, _, _)| *name);
    let known: BTreeSet<&str> = sites
        .chain(COMMANDS.iter().map(|(name, _)| *name))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(folder).expect("there are examples") {
        let path = entry.expect("it is there").path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        assert!(
            known.contains(name.as_str()),
            "{name} is not run by this test"
        );
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let lines = text.lines().count();
        assert!(lines <= 60, "{name} has {lines} lines");
        assert!(
            text.contains(&format!("--example {name}`")),
            "{name} does not say how to run it"
        );
    }
}
