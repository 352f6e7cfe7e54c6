//! Opening the shop: every setting is looked at before the first visitor comes.

use std::env;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use cloakroom::{Builder, Cloakroom, ConfigError, KeyRing, StoreError};
use cloakroom_ops::audit::AuditLog;
use tokio::net::TcpListener;

use crate::archive::Archive;
use crate::data::DataFolder;
use crate::headers;
use crate::settings::Settings;
use crate::shop::Shop;
use crate::users::Users;

/// Where acts of staff are noted.
const AUDIT_LOG: &str = "CLOAKROOM_AUDIT_LOG";

/// How long a password is that the shop makes up.
const PASSWORD_LENGTH: usize = 16;

/// A shop that is ready for its first visitor.
pub(crate) struct Opened {
    pub(crate) shop: Arc<Shop>,
    pub(crate) pages: Router,
    pub(crate) listener: TcpListener,
}

/// Sets everything up and says where the shop is, or lists every setting that is wrong.
pub(crate) async fn open() -> Result<Opened, ConfigError> {
    let mut problems = ConfigError::default();
    let settings = settings(&mut problems).await;
    let mut wrong = |setting: &str, what: &str, error: io::Error| {
        problems.add(setting, format!("{what}: {error}"));
    };
    let listener = listen(settings.address)
        .await
        .map_err(|error| wrong("SHOP_ADDR", "can't be listened on", error));
    let data = DataFolder::open(&settings.data)
        .and_then(|data| Ok((users(&data, &settings)?, data)))
        .map_err(|error| wrong("SHOP_DATA", "can't be used", error));
    let builder = remember(data.as_ref().ok().map(|(_, data)| data))
        .await
        .map_err(|error| problems.extend(error));
    let archive = match &data {
        Ok((_, data)) => {
            // A store that can't be had has been named already.
            let store = settings.store.as_deref().filter(|_| builder.is_ok());
            Archive::open(data, store, settings.uploads.as_deref())
                .await
                .map_err(|error| problems.extend(error))
        }
        Err(()) => Err(()),
    };
    let audit = match &data {
        Ok((_, data)) => audit(data, &settings).map_err(|what| problems.add(AUDIT_LOG, what)),
        Err(()) => Err(()),
    };
    match (listener, data, builder, archive, audit) {
        (Ok((listener, address)), Ok((users, _)), Ok(builder), Ok(archive), Ok(audit))
            if problems.problems().is_empty() =>
        {
            let users = users.of_django(settings.django_users.clone());
            let cloakroom = site(address, builder, &settings).build()?;
            let shop = Arc::new(Shop::new(cloakroom, users, archive).noting_in(audit));
            // Before anything is counted. Only one shop is opened in a process.
            let _ = metrics::set_global_recorder(shop.figures.clone());
            let pages = shop.router()?;
            // A start that nobody reads is still a start.
            let _ = welcome(address, &settings, &shop.users);
            Ok(Opened {
                shop,
                pages,
                listener,
            })
        }
        _ => Err(problems),
    }
}

/// Sets up what the shop remembers its visitors with, for looking at the settings: it listens nowhere.
pub(crate) async fn set_up() -> Result<Cloakroom, ConfigError> {
    let mut problems = ConfigError::default();
    let settings = settings(&mut problems).await;
    let data = if settings.data.is_dir() {
        DataFolder::open(&settings.data).ok()
    } else {
        None
    };
    match remember(data.as_ref()).await {
        Ok(builder) if problems.problems().is_empty() => {
            let site = site(settings.address, builder, &settings);
            site.sweep_every(None).build()
        }
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

/// Reads the shop's own settings, and looks whether the Django site's users can be asked for.
async fn settings(problems: &mut ConfigError) -> Settings {
    let settings = Settings::read(variable, problems);
    if let Some(users) = &settings.django_users
        && let Err(what) = users.check().await
    {
        problems.add("SHOP_DJANGO_USERS", what);
    }
    settings
}

/// Opens the log of what staff does.
fn audit(data: &DataFolder, settings: &Settings) -> Result<AuditLog, String> {
    let usual = || data.file("audit.jsonl");
    let path = settings.audit_log.clone().unwrap_or_else(usual);
    let log = AuditLog::open(AUDIT_LOG, path);
    log.map_err(|error| format!("can't be used: {error}"))
}

async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Reads the library's settings; what is not set is kept in the data folder, when that can be used.
async fn remember(data: Option<&DataFolder>) -> Result<Builder, ConfigError> {
    let environment = Cloakroom::from_env();
    let environment = match data {
        Some(data) => environment
            .secret_or(|| secret(data))
            .store_or(data.database_url()),
        None => environment
            .secret_or(|| io::Result::Ok(KeyRing::generate_secret()))
            .store_or("memory:"),
    };
    environment.connect().await
}

fn secret(data: &DataFolder) -> io::Result<String> {
    let secret = data.secret("secret", KeyRing::generate_secret)?;
    let file = data.file("secret");
    tracing::info!(
        "CLOAKROOM_SECRET is not set; the shop uses a random one, kept in {}",
        file.display()
    );
    Ok(secret)
}

fn users(data: &DataFolder, settings: &Settings) -> io::Result<Users> {
    Users::new(|name| match &settings.demo_password {
        Some(password) => Ok(password.clone()),
        None => data.secret(&format!("{name}-password"), password),
    })
}

fn password() -> String {
    let mut password = KeyRing::generate_secret();
    password.truncate(PASSWORD_LENGTH);
    password
}

/// Sets up all that the shop asks of the library, for opening and for the check of its settings alike.
fn site(address: SocketAddr, builder: Builder, settings: &Settings) -> Builder {
    let builder = beside_django(on(address, builder), settings);
    Shop::protected(builder).headers(headers::set)
}

/// Without TLS browsers refuse cookies that ask for it, so on this machine alone the shop does without.
fn on(address: SocketAddr, builder: Builder) -> Builder {
    if address.ip().is_loopback() {
        builder.allow_plain_http_on_localhost(address)
    } else {
        builder
    }
}

/// Holds whoever is signed in against the password in the Django site's table, if there is one.
fn beside_django(builder: Builder, settings: &Settings) -> Builder {
    let Some(users) = settings.django_users.clone() else {
        return builder;
    };
    builder.change_django(|django| {
        django.passwords(move |id| {
            let users = users.clone();
            async move {
                let password = users.password_of(id).await;
                password.map_err(|error| StoreError::new("django", "find a user").because(error))
            }
        })
    })
}

fn welcome(address: SocketAddr, settings: &Settings, users: &Users) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Peg & Ticket is open: http://{address}")?;
    writeln!(out, "Sign in as")?;
    for (name, password) in users.all() {
        let shown = settings
            .demo_password
            .as_ref()
            .map_or(password, |_| "what SHOP_DEMO_PASSWORD says");
        writeln!(out, "  {name} / {shown}")?;
    }
    if address.ip().is_loopback() {
        writeln!(
            out,
            "For development only: on this address cookies go without `Secure` and `__Host-`, and demo users can sign in."
        )
    } else {
        writeln!(
            out,
            "Cookies are sent with `Secure` and `__Host-`: put a server with TLS in front."
        )
    }
}

/// Reads a variable; what is not Unicode stays there with a mark, so that it counts as wrong and not as absent.
fn variable(name: &str) -> Option<String> {
    Some(env::var_os(name)?.to_string_lossy().into_owned())
}
