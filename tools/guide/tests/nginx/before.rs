//! A private nginx before a site, and curl as its visitor.
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::site::{self, HOST};

const PAGE: &str = include_str!("../../../../docs/deploying.md");

/// How long nginx may take until it listens; a busy machine is slow.
const START: Duration = Duration::from_secs(20);

/// Whether what the block has as comments is wanted.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Large {
    Yes,
    No,
}

/// A running nginx; it is killed and its folder removed when this is dropped.
pub(crate) struct Before {
    process: Child,
    folder: TempDir,
    /// Where it listens for HTTPS, and for plain HTTP.
    ports: [u16; 2],
}

impl Drop for Before {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Before {
    /// Starts a site and an nginx before it.
    pub(crate) fn start(large: Large) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let ports = free_ports()?;
        make_certificate(folder.path());
        let settings = settings(folder.path(), ports, site::open(), large);
        fs::write(folder.path().join("nginx.conf"), settings)?;
        let log = File::create(folder.path().join("log"))?;
        let process = Command::new("nginx")
            .args(["-e", "stderr", "-c"])
            .arg(folder.path().join("nginx.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut nginx = Self {
            process,
            folder,
            ports,
        };
        nginx.wait_until_it_listens()?;
        Ok(nginx)
    }

    fn wait_until_it_listens(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + START;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports[0])).is_err() {
            if self.process.try_wait()?.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.path().join("log"))?;
                return Err(io::Error::other(format!("nginx does not listen: {log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// How browsers call what they see.
    pub(crate) fn origin(&self) -> String {
        format!("https://{HOST}:{}", self.ports[0])
    }

    pub(crate) fn get(&self, path: &str, headers: &[&str]) -> io::Result<Answer> {
        self.ask(&format!("{}{path}", self.origin()), headers, None)
    }

    pub(crate) fn get_plain(&self, path: &str, headers: &[&str]) -> io::Result<Answer> {
        let url = format!("http://{HOST}:{}{path}", self.ports[1]);
        self.ask(&url, headers, None)
    }

    pub(crate) fn post(&self, path: &str, body: &[u8], headers: &[&str]) -> io::Result<Answer> {
        self.ask(&format!("{}{path}", self.origin()), headers, Some(body))
    }

    fn ask(&self, url: &str, headers: &[&str], body: Option<&[u8]>) -> io::Result<Answer> {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--include",
            "--http1.1",
            "--max-time",
            "30",
        ])
        .args(["--header", "Expect:", "--noproxy", "*"])
        .arg("--cacert")
        .arg(self.folder.path().join("site.crt"));
        for port in self.ports {
            curl.args(["--resolve", &format!("{HOST}:{port}:127.0.0.1")]);
        }
        // Headers of cookies are longer than a word of a command may be.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        writeln!(file, "{}", headers.join("\n"))?;
        curl.arg("--header")
            .arg(format!("@{}", file.path().display()));
        let sent = self.folder.path().join("sent");
        if let Some(body) = body {
            fs::write(&sent, body)?;
            curl.arg("--data-binary")
                .arg(format!("@{}", sent.display()));
        }
        let output = curl.arg(url).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "curl: {said}");
        Ok(Answer::read(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// The block of the page, for these ports and this site, with what it needs around it.
fn settings(folder: &Path, ports: [u16; 2], site: SocketAddr, large: Large) -> String {
    let block = PAGE
        .split("```nginx\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the page has a block for nginx");
    let folder = folder.display().to_string();
    let mut block = block.to_owned();
    for (on_the_page, here) in [
        ("listen 80;", format!("listen 127.0.0.1:{};", ports[1])),
        (
            "listen 443 ssl;",
            format!("listen 127.0.0.1:{} ssl;", ports[0]),
        ),
        (
            "/etc/ssl/shop.example/fullchain.pem",
            format!("{folder}/site.crt"),
        ),
        (
            "/etc/ssl/shop.example/privkey.pem",
            format!("{folder}/site.key"),
        ),
        ("http://127.0.0.1:8000", format!("http://{site}")),
    ] {
        assert_eq!(block.matches(on_the_page).count(), 1, "{on_the_page}");
        block = block.replace(on_the_page, &here);
    }
    if large == Large::Yes {
        block = block.lines().map(wanted).collect();
    }
    let elsewhere: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {folder}/{what};\n"))
        .concat();
    format!(
        "daemon off; master_process off; pid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{elsewhere}{block}}}\n"
    )
}

/// A line of the block without the mark that makes it a comment, if it is a setting.
fn wanted(line: &str) -> String {
    let setting = line.trim_start().strip_prefix("# ");
    let setting = setting.filter(|it| it.split('#').next().is_some_and(|it| it.contains(';')));
    let is_prose = |it: &str| it.starts_with(char::is_uppercase);
    match setting.filter(|it| !is_prose(it)) {
        Some(setting) => format!("{setting}\n"),
        None => format!("{line}\n"),
    }
}

fn free_ports() -> io::Result<[u16; 2]> {
    let both = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let [https, http] = both;
    Ok([https?.local_addr()?.port(), http?.local_addr()?.port()])
}

fn make_certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args("req -x509 -newkey rsa:2048 -nodes -keyout site.key -out site.crt -days 2".split(' '))
        .args(["-subj", &format!("/CN={HOST}")])
        .args(["-addext", &format!("subjectAltName=DNS:{HOST}")])
        .current_dir(folder)
        .output()
        .expect("openssl starts");
    assert!(made.status.success(), "{made:?}");
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default();
        let status = first.split(' ').nth(1).and_then(|it| it.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        };
        Self {
            status: status.unwrap_or_default(),
            headers: lines.filter_map(header).collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// What a browser sends back.
    pub(crate) fn cookies(&self) -> String {
        let pairs = self
            .headers("set-cookie")
            .filter_map(|it| it.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The token in the page's form.
    pub(crate) fn token(&self) -> &str {
        let value = self.body.split("value=\"").nth(1);
        value
            .and_then(|it| it.split('"').next())
            .unwrap_or_default()
    }
}
