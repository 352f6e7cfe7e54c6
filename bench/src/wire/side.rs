//! Who is compared on the wire.
use clap::ValueEnum;
use serde::Serialize;

/// One way to keep sessions, as a program of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// cloakroom under axum.
    Cloakroom,
    /// tower-sessions under axum, with the newest of its stores that build.
    TowerSessions,
    /// Django under gunicorn with two workers.
    Django,
}

impl Side {
    /// Every side, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Cloakroom, Self::TowerSessions, Self::Django];

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cloakroom => "cloakroom",
            Self::TowerSessions => "tower-sessions",
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
