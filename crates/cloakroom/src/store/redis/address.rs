//! The URL of a Redis: which servers there are, in which arrangement, and how to log in.
use form_urlencoded::parse as query;

use crate::error::StoreError;
use crate::store::redis::NAME;

const SERVER_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// What a URL says.
pub(super) struct Place {
    pub(super) arrangement: Arrangement,
    pub(super) login: Login,
}

/// How the servers work together.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(super) enum Arrangement {
    /// One server, or whatever stands behind one address.
    Alone(Address),
    /// A primary and its replicas, watched by sentinels.
    Sentinel {
        sentinels: Vec<Address>,
        /// What the sentinels call the primary.
        primary: String,
        /// What the sentinels themselves ask for.
        password: Option<String>,
    },
    /// Several primaries that share the keys.
    Cluster(Vec<Address>),
}

/// Where one server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

/// How to log in, the same on every server.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: i64,
    pub(super) tls: bool,
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        read(url).map_err(|reason| {
            StoreError::new(NAME, "read its URL").because(reason).remedy(
                "use redis://user:password@host:6379/0, redis+sentinel://user:password@host:26379,host:26379/primary-name/0 or redis+cluster://user:password@host:6379,host:6379, \
                 and rediss for TLS; percent-encode whatever is special in a password",
            )
        })
    }
}

impl Address {
    /// Reads `host`, `host:port`, `[v6]:port`; also `v6:port`, as cluster nodes write it.
    pub(super) fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (text, default_port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty() && port != 0).then(|| Self {
            host: host.to_owned(),
            port,
        })
    }
}

fn read(url: &str) -> Result<Place, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("it names no host")?;
    if rest.contains('#') {
        return Err("it has a `#`");
    }
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut login = read_login(login)?;
    login.tls = scheme.starts_with("rediss");
    let path = path.trim_end_matches('/');
    let sentinel_password = read_parameters(parameters, scheme.ends_with("+sentinel"))?;
    let arrangement = match scheme.split_once('+') {
        Some((_, "sentinel")) => {
            let (primary, database) = path.split_once('/').unwrap_or((path, ""));
            if primary.is_empty() {
                return Err("it does not say what the sentinels call the primary");
            }
            login.database = read_database(database)?;
            Arrangement::Sentinel {
                sentinels: read_hosts(hosts, SENTINEL_PORT)?,
                primary: decoded(primary)?,
                password: sentinel_password,
            }
        }
        Some((_, "cluster")) => {
            if !matches!(path, "" | "0") {
                return Err("it names a database, and a cluster has only database 0");
            }
            Arrangement::Cluster(read_hosts(hosts, SERVER_PORT)?)
        }
        _ => {
            login.database = read_database(path)?;
            let mut hosts = read_hosts(hosts, SERVER_PORT)?;
            let only = hosts.pop().filter(|_| hosts.is_empty());
            Arrangement::Alone(only.ok_or("it names several hosts, but no arrangement of them")?)
        }
    };
    Ok(Place { arrangement, login })
}

fn read_login(text: &str) -> Result<Login, &'static str> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(decoded(password)?)),
        None => (text, None),
    };
    let user = decoded(user)?;
    Ok(Login {
        user: Some(user).filter(|user| !user.is_empty()),
        password: password.filter(|password| !password.is_empty()),
        ..Login::default()
    })
}

fn read_hosts(text: &str, default_port: u16) -> Result<Vec<Address>, &'static str> {
    text.split(',')
        .map(|host| Address::parse(host, default_port).ok_or("a host or a port can't be read"))
        .collect()
}

fn read_database(text: &str) -> Result<i64, &'static str> {
    match text {
        "" => Ok(0),
        number => number
            .parse()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or("the database is no number"),
    }
}

/// Returns the password of the sentinels.
fn read_parameters(text: &str, has_sentinels: bool) -> Result<Option<String>, &'static str> {
    let mut password = None;
    for (name, value) in query(text.as_bytes()) {
        match &*name {
            "sentinel_password" if has_sentinels => password = Some(value.into_owned()),
            _ => return Err("it has a parameter that is not known here"),
        }
    }
    Ok(password)
}

/// Undoes percent-encoding (RFC 3986 section 2.1).
fn decoded(text: &str) -> Result<String, &'static str> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit(), digit());
                let pair = high.zip(low).map(|(high, low)| high * 16 + low);
                pair.and_then(|byte| u8::try_from(byte).ok())
                    .ok_or("a `%` is not followed by two hexadecimal digits")?
            }
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| "it is not UTF-8 once decoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, port: u16) -> Address {
        let host = host.to_owned();
        Address { host, port }
    }

    #[test]
    fn a_url_says_who_serves_and_how_to_log_in() {
        let alone = |host, port| Arrangement::Alone(at(host, port));
        let sentinel = |password: Option<&str>| Arrangement::Sentinel {
            sentinels: vec![at("a", 1), at("b", 26379)],
            primary: "shop".into(),
            password: password.map(Into::into),
        };
        let cluster = || Arrangement::Cluster(vec![at("a", 1), at("::1", 6379)]);
        let rows = [
            // URL -> arrangement, user, password, database, TLS
            ("redis://h", alone("h", 6379), None, None, 0, false),
            ("redis://h:7/", alone("h", 7), None, None, 0, false),
            (
                "redis://:p%40@h:7/3",
                alone("h", 7),
                None,
                Some("p@"),
                3,
                false,
            ),
            (
                "rediss://u:p@[::1]:7",
                alone("::1", 7),
                Some("u"),
                Some("p"),
                0,
                true,
            ),
            (
                "redis+sentinel://u:p@a:1,b/shop/2?sentinel_password=s%26",
                sentinel(Some("s&")),
                Some("u"),
                Some("p"),
                2,
                false,
            ),
            (
                "rediss+sentinel://a:1,b/shop",
                sentinel(None),
                None,
                None,
                0,
                true,
            ),
            (
                "redis+cluster://:p@a:1,[::1]",
                cluster(),
                None,
                Some("p"),
                0,
                false,
            ),
        ];
        for (url, arrangement, user, password, database, tls) in rows {
            let place = Place::parse(url).unwrap();
            assert_eq!(place.arrangement, arrangement, "{url}");
            assert_eq!(place.login.user.as_deref(), user, "{url}");
            assert_eq!(place.login.password.as_deref(), password, "{url}");
            assert_eq!(place.login.database, database, "{url}");
            assert_eq!(place.login.tls, tls, "{url}");
        }
    }

    #[test]
    fn a_url_that_can_not_be_meant_so_is_refused_and_not_repeated() {
        for url in [
            "redis:hunter2",
            "redis://",
            "redis://:hunter2@",
            "redis://:hunter2@h:port",
            "redis://:hunter2@h:0",
            "redis://:hunter2@h:99999",
            "redis://:hunter2%2@h",
            "redis://:hunter2%ff@h",
            "redis://:hunter2@h/one",
            "redis://:hunter2@h/-1",
            "redis://:hunter2@h,g",
            "redis://:hunter2#@h",
            "redis://:x@h?hunter2=3",
            "redis://h?sentinel_password=hunter2",
            "redis+sentinel://:hunter2@h",
            "redis+sentinel://:hunter2@h//1",
            "redis+cluster://:hunter2@h/1",
        ] {
            let error = Place::parse(url).err().expect(url).to_string();
            assert!(!error.contains("hunter2"), "{url}: {error}");
        }
    }
}
