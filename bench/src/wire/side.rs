//! Who is compared on the wire.
use clap::ValueEnum;
use serde::Serialize;

/// One way to keep sessions, as a program of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// cloakroom under axum, without the security headers, of which its peers send none.
    Cloakroom,
    /// The same with copies in its process.
    Local,
    /// Bare axum, with handlers that ask cloakroom's store by hand: what it costs at least.
    ByHand,
    /// tower-sessions under axum, with the newest of its stores that build.
    TowerSessions,
    /// actix-session under actix-web.
    Actix,
    /// Django under gunicorn with two workers.
    Django,
}

impl Side {
    /// Every side, in the order of the report.
    pub const ALL: [Self; 6] = [
        Self::Cloakroom,
        Self::Local,
        Self::ByHand,
        Self::TowerSessions,
        Self::Actix,
        Self::Django,
    ];

    /// Says whether it is cloakroom as one would use it.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Cloakroom | Self::Local)
    }

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cloakroom => "cloakroom",
            Self::Local => "cloakroom, local copies",
            Self::ByHand => "bare axum, by hand",
            Self::TowerSessions => "tower-sessions",
            Self::Actix => "actix-session",
            Self::Django => "Django",
        }
    }
}

/// What a visit does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visit {
    /// The handler asks for nothing, though the request carries a valid session cookie.
    Untouched,
    /// The handler reads a counter.
    Read,
    /// The handler reads a counter, adds one and keeps it.
    Write,
}

impl Visit {
    /// Every visit, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Untouched, Self::Read, Self::Write];

    /// Returns the path of the page.
    pub fn path(self) -> &'static str {
        match self {
            Self::Untouched => "/untouched",
            Self::Read => "/read",
            Self::Write => "/write",
        }
    }

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Read => "read",
            Self::Write => "read and write",
        }
    }
}
