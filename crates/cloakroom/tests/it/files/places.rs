//! The places where files are kept, each as the tests open it.
use std::fmt;
use std::path::Path;
use std::time::Duration;

use cloakroom::clock::Timestamp;
use cloakroom::files::{Files, Sweeping, SweptFiles};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// One place, empty.
pub(super) struct Place {
    name: &'static str,
    pub(super) files: Files,
    pub(super) folder: Option<TempDir>,
}

pub(super) async fn every_place() -> [Place; 3] {
    [memory().await, folder().await, s3().await]
}

pub(super) async fn folder() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/uploads", folder.path().display());
    Place {
        name: "a folder",
        files: Files::open(&url).await.unwrap(),
        folder: Some(folder),
    }
}

async fn memory() -> Place {
    Place {
        name: "memory",
        files: Files::open("memory:").await.unwrap(),
        folder: None,
    }
}

/// A bucket on a server of S3's protocol, on loopback.
async fn s3() -> Place {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let endpoint = serve(folder.path()).await;
    let settings = [
        ("aws_endpoint", endpoint.as_str()),
        ("aws_access_key_id", ID),
        ("aws_secret_access_key", SECRET),
        ("aws_region", "us-east-1"),
        ("aws_allow_http", "true"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let files = Files::open_with("s3://bucket/of/uploads", &settings).await;
    Place {
        name: "S3",
        files: files.unwrap(),
        folder: Some(folder),
    }
}

const ID: &str = "cloakroom";
const SECRET: &str = "not much of a secret";

async fn serve(root: &Path) -> String {
    let files = s3s_fs::FileSystem::new(root).unwrap();
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(ID, SECRET));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _hung_up = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    endpoint
}

impl Place {
    pub(super) async fn incomplete(&self) -> u64 {
        self.all().await.incomplete
    }

    /// Sees that nothing is left; what was given up may take a moment to go.
    pub(super) async fn sees_nothing(&self) {
        for _ in 0..500 {
            if self.all().await == SweptFiles::default() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{self}: left are {:?}", self.all().await);
    }

    async fn all(&self) -> SweptFiles {
        let end = Timestamp::from_secs(u64::from(u32::MAX));
        self.files.sweep(end, Sweeping::Count).await.unwrap()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
