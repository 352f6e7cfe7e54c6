//! What whoever opens the shop can set, all of it in the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cloakroom::ConfigError;

use crate::django_users::DjangoUsers;

/// The shop's own settings; the library reads those that begin with `CLOAKROOM_`.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `SHOP_ADDR`: where the shop listens.
    pub(crate) address: SocketAddr,
    /// `SHOP_DATA`: the folder for the database and the secrets.
    pub(crate) data: PathBuf,
    /// `CLOAKROOM_STORE`: the URL of the store for sessions, which the library reads, too.
    pub(crate) store: Option<String>,
    /// `CLOAKROOM_UPLOADS`: the URL of the storage for files that visitors send.
    pub(crate) uploads: Option<String>,
    /// `CLOAKROOM_AUDIT_LOG`: the file to which each act of staff is added; by default one in the data folder.
    pub(crate) audit_log: Option<PathBuf>,
    /// `SHOP_DEMO_PASSWORD`: the password of all demo users, for scripts.
    pub(crate) demo_password: Option<String>,
    /// `SHOP_DJANGO_USERS`: the database with the users of the Django site beside the shop.
    pub(crate) django_users: Option<DjangoUsers>,
}

impl Settings {
    /// Reads the settings; what is wrong goes to the problems, and its default is taken so that reading can go on.
    pub(crate) fn read(
        variable: impl Fn(&str) -> Option<String>,
        problems: &mut ConfigError,
    ) -> Self {
        let address = variable("SHOP_ADDR").map(|text| text.parse());
        if let Some(Err(_)) = address {
            problems.add(
                "SHOP_ADDR",
                "needs an address and a port, such as 127.0.0.1:8000",
            );
        }
        let data = variable("SHOP_DATA").map(PathBuf::from);
        if data
            .as_ref()
            .is_some_and(|data| data.as_os_str().is_empty())
        {
            problems.add("SHOP_DATA", "needs the path of a folder");
        }
        let demo_password = variable("SHOP_DEMO_PASSWORD");
        if demo_password
            .as_ref()
            .is_some_and(|password| password.chars().count() < 8)
        {
            problems.add("SHOP_DEMO_PASSWORD", "needs at least 8 characters");
        }
        let users = variable("SHOP_DJANGO_USERS").filter(|url| !url.is_empty());
        let django_users = users.and_then(|url| {
            let users = DjangoUsers::at(&url);
            users
                .map_err(|what| problems.add("SHOP_DJANGO_USERS", what))
                .ok()
        });
        Self {
            django_users,
            address: address.and_then(Result::ok).unwrap_or(DEFAULT_ADDRESS),
            data: data.unwrap_or_else(default_data),
            store: variable("CLOAKROOM_STORE").filter(|url| !url.is_empty()),
            uploads: variable("CLOAKROOM_UPLOADS").filter(|url| !url.is_empty()),
            audit_log: variable("CLOAKROOM_AUDIT_LOG")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            demo_password,
        }
    }
}

const DEFAULT_ADDRESS: SocketAddr = SocketAddr::V4(std::net::SocketAddrV4::new(
    std::net::Ipv4Addr::LOCALHOST,
    8000,
));

/// Beside the shop's sources when started from the root of the repository, else in the current folder.
fn default_data() -> PathBuf {
    let beside_the_sources = Path::new("demo/shop");
    if beside_the_sources.is_dir() {
        beside_the_sources.join("data")
    } else {
        PathBuf::from("data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> (Settings, Vec<String>) {
        let mut problems = ConfigError::default();
        let variable = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::read(variable, &mut problems);
        let names = problems
            .problems()
            .iter()
            .map(|problem| problem.setting.clone());
        (settings, names.collect())
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let (settings, problems) = read(&[]);
        assert_eq!(settings.address.to_string(), "127.0.0.1:8000");
        assert_eq!(settings.demo_password, None);
        assert!(problems.is_empty());
    }

    #[test]
    fn every_wrong_setting_is_named_at_once() {
        let (_, problems) = read(&[
            ("SHOP_ADDR", "the high street"),
            ("SHOP_DATA", ""),
            ("SHOP_DEMO_PASSWORD", "short"),
        ]);
        assert_eq!(problems, ["SHOP_ADDR", "SHOP_DATA", "SHOP_DEMO_PASSWORD"]);
    }

    #[test]
    fn what_is_set_is_taken() {
        let (settings, problems) = read(&[
            ("SHOP_ADDR", "[::1]:80"),
            ("SHOP_DATA", "elsewhere"),
            ("SHOP_DEMO_PASSWORD", "wardrobe"),
        ]);
        assert_eq!(settings.address.to_string(), "[::1]:80");
        assert_eq!(settings.data, Path::new("elsewhere"));
        assert_eq!(settings.demo_password.as_deref(), Some("wardrobe"));
        assert!(problems.is_empty());
    }
}
