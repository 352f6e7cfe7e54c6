//! What trials on real servers have in common.
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use services::Trouble;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Does what blocks, such as telling a server to stop, without holding up the connections.
pub(crate) fn blocking<T>(work: impl FnOnce() -> Result<T, Trouble>) -> T {
    let done = tokio::task::block_in_place(work);
    done.unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// Takes all the connections that a server has left, each of which answers `ping` with `pong`.
pub(crate) async fn take_all(address: &str, ping: &str, pong: &str) -> Vec<TcpStream> {
    let mut taken = Vec::new();
    loop {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let mut answer = vec![0; pong.len()];
        // One that is hung up on may break already here.
        let _ = stream.write_all(ping.as_bytes()).await;
        let read = stream.read_exact(&mut answer).await;
        if read.is_err() || answer != pong.as_bytes() {
            return taken;
        }
        taken.push(stream);
        assert!(taken.len() < 1_000, "it has room without end");
    }
}

/// Ignores the trials of a server that is not installed, unless this is CI.
pub(crate) fn where_it_is_installed(trials: Vec<Trial>, looked: Result<(), Trouble>) -> Vec<Trial> {
    if looked.is_ok() || is_in_ci() {
        return trials;
    }
    let trials = trials.into_iter();
    trials.map(|trial| trial.with_ignored_flag(true)).collect()
}

/// Ignores a trial that needs certificates where they can't be made, unless this is CI.
pub(crate) fn where_openssl_is_installed(trial: Trial) -> Trial {
    let is_missing = Command::new("openssl").arg("version").output().is_err();
    trial.with_ignored_flag(is_missing && !is_in_ci())
}

/// Makes `authority.pem`, and `server.key` and `server.crt` of that authority for 127.0.0.1.
pub(crate) fn make_certificates(folder: &Path) {
    std::fs::write(
        folder.join("names"),
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("the folder takes files");
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server",
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -set_serial 1 -out server.crt -days 2 -extfile names",
    ] {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments.split(' ')).current_dir(folder);
        let made = openssl.output().expect("openssl runs");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
    }
}

pub(crate) fn is_in_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false")
}
