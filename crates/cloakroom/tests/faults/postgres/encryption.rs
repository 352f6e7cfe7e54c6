//! Which servers are believed, by the certificate that they show.
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use cloakroom::store::Options;
use libtest_mimic::Trial;
use services::Postgres;

use super::{ask, blocking, opened, refused, shared};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    let trial = faults.trial(
        "postgres: encryption that is required asks for a certificate that is believed",
        certificates,
    );
    let has_openssl = Command::new("openssl").arg("version").output().is_ok();
    let in_ci = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
    vec![
        faults.trial(
            "postgres: encryption that is required is not done without",
            unencrypted,
        ),
        trial.with_ignored_flag(!has_openssl && !in_ci),
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

/// Makes an authority and a certificate of it for 127.0.0.1, where PostgreSQL looks for its own.
fn make_certificates(folder: &Path) {
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
    let owner = std::fs::metadata(folder).expect("the folder is there");
    for file in ["server.key", "server.crt"] {
        let file = folder.join(file);
        let only_its_owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, only_its_owner).expect("the file is ours");
        chown(&file, Some(owner.uid()), Some(owner.gid())).expect("the file is ours");
    }
}
