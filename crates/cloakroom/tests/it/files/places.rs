//! The places where files are kept, each as the tests open it.
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Method, Request, Response, StatusCode};
use bytes::Bytes;
use cloakroom::clock::Timestamp;
use cloakroom::files::{Files, Sweeping, SweptFiles};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::Service;

/// One place, empty.
pub(crate) struct Place {
    name: &'static str,
    pub(crate) files: Files,
    pub(crate) folder: Option<TempDir>,
    /// Whether its server takes nothing more.
    pub(crate) is_full: Arc<AtomicBool>,
    /// Whether its server hangs up on everybody.
    pub(crate) is_down: Arc<AtomicBool>,
}

pub(crate) async fn every_place() -> [Place; 3] {
    [memory().await, folder().await, s3().await]
}

pub(crate) async fn folder() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/uploads", folder.path().display());
    Place {
        name: "a folder",
        files: Files::open(&url).await.unwrap(),
        folder: Some(folder),
        is_full: Arc::default(),
        is_down: Arc::default(),
    }
}

async fn memory() -> Place {
    Place {
        name: "memory",
        files: Files::open("memory:").await.unwrap(),
        folder: None,
        is_full: Arc::default(),
        is_down: Arc::default(),
    }
}

/// A bucket on a server of S3's protocol, on loopback.
pub(crate) async fn s3() -> Place {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let (is_full, is_down) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
    let endpoint = serve(folder.path(), &is_full, &is_down).await;
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
        is_full,
        is_down,
    }
}

const ID: &str = "cloakroom";
const SECRET: &str = "not much of a secret";

async fn serve(root: &Path, is_full: &Arc<AtomicBool>, is_down: &Arc<AtomicBool>) -> String {
    let (is_full, is_down) = (is_full.clone(), is_down.clone());
    let files = s3s_fs::FileSystem::new(root).unwrap();
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(ID, SECRET));
    let service = service.build();
    let service = TowerToHyperService::new(Bucket {
        service,
        is_full,
        is_down: is_down.clone(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            if is_down.load(Ordering::SeqCst) {
                continue;
            }
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _hung_up = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    endpoint
}

/// The server's bucket, which may have no more room.
#[derive(Clone)]
struct Bucket {
    service: S3Service,
    is_full: Arc<AtomicBool>,
    is_down: Arc<AtomicBool>,
}

impl<B> Service<Request<B>> for Bucket
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Response = <S3Service as Service<Request<B>>>::Response;
    type Error = <S3Service as Service<Request<B>>>::Error;
    type Future = <S3Service as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let puts = [Method::PUT, Method::POST].contains(request.method());
        let trouble = match () {
            // What is still connected.
            () if self.is_down.load(Ordering::SeqCst) => Some(StatusCode::SERVICE_UNAVAILABLE),
            () if puts && self.is_full.load(Ordering::SeqCst) => {
                Some(StatusCode::INSUFFICIENT_STORAGE)
            }
            () => None,
        };
        if let Some(trouble) = trouble {
            let mut answer = Response::new(s3s::Body::empty());
            *answer.status_mut() = trouble;
            return Box::pin(async { Ok(answer) });
        }
        Service::call(&mut self.service, request)
    }
}

impl Place {
    pub(crate) async fn incomplete(&self) -> u64 {
        self.all().await.incomplete
    }

    /// Sees that nothing is left; what was given up may take a moment to go.
    pub(crate) async fn sees_nothing(&self) {
        for _ in 0..500 {
            if self.all().await == SweptFiles::default() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{self}: left are {:?}", self.all().await);
    }

    pub(crate) async fn all(&self) -> SweptFiles {
        let end = Timestamp::from_secs(u64::from(u32::MAX));
        self.files.sweep(end, Sweeping::Count).await.unwrap()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
