//! Which servers are believed, by the certificate that they show.
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use cloakroom::store::Options;
use libtest_mimic::Trial;
use services::Postgres;

use super::{ask, blocking, opened, refused, shared};
use crate::Faults;
use crate::server::{make_certificates, where_openssl_is_installed};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    let certificates = faults.trial(
        "postgres: encryption that is required asks for a certificate that is believed",
        certificates,
    );
    vec![
        faults.trial(
            "postgres: encryption that is required is not done without",
            unencrypted,
        ),
        where_openssl_is_installed(certificates),
    ]
}

async fn unencrypted() {
    let believed = "sslrootcert=/etc/ssl/certs/ca-certificates.crt";
    for setting in ["sslmode=require", "sslmode=verify-full", believed] {
        let url = format!("{}?{setting}", shared().url());
        let said = refused(&url, &Options::new()).await;
        assert!(
            said.contains("TLS") || said.contains("certificates"),
            "{said}"
        );
    }
}

async fn certificates() {
    let server = blocking(Postgres::start);
    let folder = ask(&server, "SHOW data_directory");
    make_certificates(Path::new(&folder));
    give_to_the_server(Path::new(&folder));
    ask(&server, "ALTER SYSTEM SET ssl = on");
    blocking(|| server.restart());

    let authority = format!("sslrootcert={folder}/authority.pem");
    let by_name = server.url().replace("127.0.0.1", "localhost");
    let cases = [
        // URL, what is said when it is refused
        (format!("{}?sslmode=disable", server.url()), None),
        (server.url(), None),
        (
            format!("{}?sslmode=require", server.url()),
            Some("UnknownIssuer"),
        ),
        (format!("{}?{authority}", server.url()), None),
        (
            format!("{}?{authority}&sslmode=verify-full", server.url()),
            None,
        ),
        (format!("{by_name}?{authority}"), Some("not valid for name")),
        (
            format!("{}?sslrootcert={folder}/nowhere.pem", server.url()),
            Some("see to sslrootcert"),
        ),
    ];
    for (url, trouble) in cases {
        match trouble {
            None => opened(&url).await.close().await,
            Some(trouble) => {
                let said = refused(&url, &Options::new()).await;
                assert!(said.contains(trouble), "{said}");
            }
        }
    }
}

/// PostgreSQL reads no key that others can read.
fn give_to_the_server(folder: &Path) {
    let owner = std::fs::metadata(folder).expect("the folder is there");
    for file in ["server.key", "server.crt"] {
        let file = folder.join(file);
        let only_its_owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, only_its_owner).expect("the file is ours");
        chown(&file, Some(owner.uid()), Some(owner.gid())).expect("the file is ours");
    }
}
