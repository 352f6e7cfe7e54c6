//! Where the server is: a URL or the application's own settings, completed by what sessions need.
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, Error, Notification};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;
use crate::store::Options;
use crate::store::named::Named;
use crate::store::postgres::link::Driver;
use crate::store::postgres::{NAME, tls};

/// A server, or several of which one is the primary.
pub(super) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    /// What the tables are called.
    pub(super) named: Named,
    /// How long connecting may take, whichever host answers.
    pub(super) limit: Duration,
}

impl Address {
    /// Reads a URL.
    pub(super) fn of_url(url: &str, options: &Options) -> Result<Self, StoreError> {
        let (url, authority) = understood(url);
        // What the parser complains about may be a part of the password, so it is not repeated.
        let config = url.parse::<Config>().ok().filter(|_| url.contains("://"));
        let config = config.ok_or_else(|| {
            StoreError::new(NAME, "read its URL")
                .because("it is no URL of PostgreSQL, or has a setting that is not known")
                .remedy("write postgres://user:password@host/database?sslmode=require, and what is special in user and password percent-encoded")
        })?;
        Self::of(config, authority, options)
    }

    /// Takes the application's own settings.
    pub(super) fn of_config(config: Config, options: &Options) -> Result<Self, StoreError> {
        Self::of(config, None, options)
    }

    fn of(
        mut config: Config,
        authority: Option<PathBuf>,
        options: &Options,
    ) -> Result<Self, StoreError> {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.connect_timeout);
        }
        if config.get_application_name().is_none() {
            config.application_name("cloakroom");
        }
        // Who names an authority does not want to go without it.
        if authority.is_some() {
            config.ssl_mode(SslMode::Require);
        }
        // A standby would say that a session is there after its visitor has logged out.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
        let each = *config
            .get_connect_timeout()
            .unwrap_or(&options.connect_timeout);
        Ok(Self {
            named: Named::new(NAME, options.table.as_deref())?,
            tls: tls::of_mode(config.get_ssl_mode(), authority.as_deref())?,
            limit: each * u32::try_from(hosts.max(1)).unwrap_or(1),
            config,
        })
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<(Client, Driver), Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        Ok((client, Driver::start(connection)))
    }

    /// Opens a connection that hands on what the server tells unasked.
    pub(super) async fn connect_to_hear(
        &self,
        heard: UnboundedSender<Notification>,
    ) -> Result<(Client, Driver), Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        Ok((client, Driver::start_hearing(connection, heard)))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

/// Turns what libpq knows and the driver does not into what the driver knows, and takes out the file of
/// the certificate authority.
fn understood(url: &str) -> (String, Option<PathBuf>) {
    let Some((address, query)) = url.split_once('?') else {
        return (url.into(), None);
    };
    let mut authority = None;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", _)) => {
                let mut read = form_urlencoded::parse(pair.as_bytes());
                authority = read.next().map(|(_, path)| PathBuf::from(&*path));
            }
            Some(("sslmode", "verify-full" | "verify-ca")) => kept.push("sslmode=require"),
            Some(("sslmode", "allow")) => kept.push("sslmode=prefer"),
            _ => kept.push(pair),
        }
    }
    (format!("{address}?{}", kept.join("&")), authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libpq_knows_is_understood() {
        let cases = [
            // URL -> URL for the driver, authority
            ("postgres://h/d", "postgres://h/d", None),
            (
                "postgres://h/d?sslmode=verify-full&connect_timeout=3",
                "postgres://h/d?sslmode=require&connect_timeout=3",
                None,
            ),
            (
                "postgres://h/d?sslrootcert=/etc/my%20ca.pem&sslmode=require",
                "postgres://h/d?sslmode=require",
                Some("/etc/my ca.pem"),
            ),
        ];
        for (url, driver, authority) in cases {
            let (read, file) = understood(url);
            assert_eq!(read, driver);
            assert_eq!(file, authority.map(PathBuf::from), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused_and_never_repeated() {
        for url in [
            "postgres:hunter2",
            "postgres://u:p@h:hunter2/d",
            "postgres://u:p@h/d?hunter2=1",
            "postgres://u:p@h/d?sslmode=hunter2",
        ] {
            let error = Address::of_url(url, &Options::default()).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
