//! Where files are kept: a local folder, a bucket in a cloud, or in tests the memory.
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::StoreError;
use crate::files::NAME;
use crate::files::fault::failed;

const OPENING: &str = "open its storage";
/// How long something is tried again that a cloud did not do, while a visitor waits; by itself `object_store` would try for
/// three minutes.
#[cfg(feature = "s3")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Settings of a cloud by name, which stand before those in the environment.
pub(super) type Settings = [(String, String)];

/// A cloud's storage, with the steps of a long upload each by itself.
pub(super) trait Cloud: ObjectStore + MultipartStore {}

impl<T: ObjectStore + MultipartStore> Cloud for T {}

/// Where files are kept.
pub(super) struct Place {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// What stands before each name.
    prefix: Path,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// A file that is not complete waits in the same folder, under its name with `#1` or the like behind.
    Folder(PathBuf),
    /// Parts that are not complete wait in the cloud until they are given up by their id.
    Cloud(Arc<dyn Cloud>),
}

impl Place {
    /// Opens what a URL names; a folder is made when only its last part is missing.
    #[cfg_attr(not(feature = "s3"), expect(unused_variables))]
    pub(super) fn open(url: &str, settings: &Settings) -> Result<Self, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("file") => Self::folder(url),
            Some("memory") => Ok(Self::cloud(InMemory::new(), Path::default())),
            #[cfg(feature = "s3")]
            Some("s3") => Self::s3(url, settings),
            #[cfg(not(feature = "s3"))]
            Some("s3") => Err(unusable(
                "s3:// needs the feature `s3` of the crate `cloakroom`",
            )),
            _ => Err(unusable("its URL has none of the known schemes")),
        }
    }

    /// Returns the path of a name.
    pub(super) fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    /// Returns the path of a path.
    pub(super) fn path_of(&self, path: &Path) -> Path {
        self.prefix.parts().chain(path.parts()).collect()
    }

    pub(super) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Says whether something can be written here and read again.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let probe = self.path("probe");
        let failed = |error| failed("write into its storage", &error);
        let probed = async {
            self.objects.put(&probe, "probe".into()).await?;
            self.objects.delete(&probe).await
        };
        probed.await.map_err(failed)
    }

    fn folder(url: &str) -> Result<Self, StoreError> {
        let url = url::Url::parse(url).map_err(|_| unusable("its URL can't be read"))?;
        let root = url
            .to_file_path()
            .map_err(|()| unusable("its URL names no absolute folder"))?;
        make(&root).map_err(|error| {
            StoreError::new(NAME, OPENING)
                .because(error)
                .remedy("name a folder that this user may write into; its parent has to be there")
        })?;
        // Links in the path would make the folder and the paths in it disagree.
        let root = root.canonicalize().unwrap_or(root);
        let local =
            LocalFileSystem::new_with_prefix(&root).map_err(|error| failed(OPENING, &error))?;
        Ok(Self {
            objects: Arc::new(local),
            prefix: Path::default(),
            kind: Kind::Folder(root),
        })
    }

    #[cfg(feature = "s3")]
    fn s3(url: &str, settings: &Settings) -> Result<Self, StoreError> {
        use object_store::RetryConfig;
        use object_store::aws::AmazonS3Builder;

        let parsed = url::Url::parse(url).map_err(|_| unusable("its URL can't be read"))?;
        let prefix = Path::from_url_path(parsed.path())
            .map_err(|_| unusable("the path in its URL can't be used"))?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Whoever was faster chose as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut builder = AmazonS3Builder::from_env();
        for (name, value) in settings {
            let key = name
                .parse()
                .map_err(|_| unusable("one of its settings has an unknown name"))?;
            builder = builder.with_config(key, value);
        }
        let retry = RetryConfig {
            max_retries: 3,
            retry_timeout: PATIENCE,
            ..RetryConfig::default()
        };
        let bucket = builder.with_url(url).with_retry(retry).build();
        let bucket = bucket.map_err(|error| failed(OPENING, &error))?;
        Ok(Self::cloud(bucket, prefix))
    }

    fn cloud(cloud: impl Cloud, prefix: Path) -> Self {
        let cloud = Arc::new(cloud);
        Self {
            objects: cloud.clone(),
            prefix,
            kind: Kind::Cloud(cloud),
        }
    }
}

/// Makes the folder for its owner alone, but not the one around it, which may be missing because a disk is.
fn make(root: &std::path::Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(root) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && root.is_dir() => Ok(()),
        made => made,
    }
}

fn unusable(why: &'static str) -> StoreError {
    StoreError::new(NAME, OPENING)
        .because(why)
        .remedy("use file:///absolute/folder, s3://bucket/prefix or memory:")
}
