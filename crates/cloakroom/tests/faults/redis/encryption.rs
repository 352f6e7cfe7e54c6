//! Whether a server is believed, by the certificate that it shows.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use cloakroom::session::{Entries, Name, Raw};
use cloakroom::store::{self, Created};
use libtest_mimic::Trial;
use services::Redis;
use tokio::net::TcpListener;

use super::{blocking, created, found, impatient, key, opened, record, saved};
use crate::server::{make_certificates, where_openssl_is_installed};
use crate::{Faults, random_text};

/// Tells this program to open the store of this URL. What is trusted stands in an environment variable,
/// so that has to be a process of its own.
const OPENS: &str = "CLOAKROOM_FAULTS_OPENS_REDIS";

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![where_openssl_is_installed(faults.trial(
        "redis: TLS asks for a certificate that is trusted, and carries sessions of any size",
        certificates,
    ))]
}

/// Does the other process's part, if this is that process.
pub(crate) fn opens_by_tls() -> bool {
    let Ok(url) = std::env::var(OPENS) else {
        return false;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let store = opened(&url).await;
        let (key, large) = (key(), key());
        let version = created(&store, &key, 1).await;
        let text = format!("\"{}\"", random_text(1 << 20));
        let entries: Entries = [(Name::from("text"), Raw::from_json(text))]
            .into_iter()
            .collect();
        let record_of_a_mebibyte = record(1).with_entries(entries);
        let created = store.create(&large, &record_of_a_mebibyte).await;
        assert!(matches!(created, Ok(Created::New(_))), "{created:?}");
        assert_eq!(found(&store, &large).await, Some(record_of_a_mebibyte));
        saved(&store, &key, &version, 2).await;
        assert_eq!(found(&store, &key).await, Some(record(2)));
        store.close().await;
    });
    true
}

async fn certificates() {
    let server = blocking(|| Redis::builder().password("hunter2").start());
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    make_certificates(folder.path());
    let address = encrypt(&server, folder.path()).await;
    let url = format!("rediss://:hunter2@{address}");

    let refused = store::connect_with(&url, &impatient()).await;
    let error = refused.expect_err("nobody trusts it").to_string();
    assert!(error.contains("SSL_CERT_FILE"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let plain = store::connect_with(&format!("redis://:hunter2@{address}"), &impatient()).await;
    let error = plain.expect_err("it speaks TLS only").to_string();
    assert!(
        error.contains("rediss:// is used only and always"),
        "{error}"
    );

    let program = std::env::current_exe().expect("this program has a name");
    let opened = tokio::task::block_in_place(|| {
        Command::new(program)
            .env(OPENS, &url)
            .env("SSL_CERT_FILE", folder.path().join("authority.pem"))
            .output()
    });
    let opened = opened.expect("this program starts");
    let said = String::from_utf8_lossy(&opened.stderr);
    assert!(opened.status.success(), "{said}");
}

/// Lets a server listen for TLS as well, and returns where.
async fn encrypt(server: &Redis, folder: &Path) -> String {
    for (file, mode) in [(".", 0o755), ("server.key", 0o644)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.join(file), permissions).expect("the file is ours");
    }
    let free = TcpListener::bind("127.0.0.1:0").await;
    let address = free.and_then(|port| port.local_addr());
    let address = address.expect("a port is free");
    let file = |name: &str| folder.join(name).display().to_string();
    let port = address.port().to_string();
    let [key, certificate, authority] = ["server.key", "server.crt", "authority.pem"].map(file);
    blocking(|| {
        server.ask(&[
            "config",
            "set",
            "tls-key-file",
            &key,
            "tls-cert-file",
            &certificate,
            "tls-ca-cert-file",
            &authority,
            "tls-auth-clients",
            "no",
            "tls-port",
            &port,
        ])
    });
    address.to_string()
}
