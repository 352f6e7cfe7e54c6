//! Encryption on the way to a server, whose certificate must be one that this machine trusts.
use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::store::redis::trouble::{Trouble, Unopened};

/// What encrypts connections.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    /// Trusts the authorities of the machine; the environment variable `SSL_CERT_FILE` names others.
    pub(super) fn new() -> Result<Self, Trouble> {
        let mut roots = RootCertStore::empty();
        let certificates = rustls_native_certs::load_native_certs().certs;
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(Trouble::Nobody(
                "there are no certificates that this machine trusts; SSL_CERT_FILE may name a file of them",
            ));
        }
        // Named here, because the process may have several or none.
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Trouble::Unsent(Unopened::Tls(io::Error::other(error))))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(super) async fn over(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> Result<TlsStream<TcpStream>, Unopened> {
        let host = ServerName::try_from(host.to_owned())
            .map_err(|error| Unopened::Tls(io::Error::other(error)))?;
        self.0.connect(host, stream).await.map_err(|error| {
            let is_about_tls = error.get_ref().is_some_and(|why| why.is::<rustls::Error>());
            if is_about_tls {
                Unopened::Tls(error)
            } else {
                Unopened::Network(error)
            }
        })
    }
}
