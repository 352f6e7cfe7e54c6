//! The stacks: the same little site on each way to remember a visitor.
mod bare;
mod cloakroom;
mod tower_sessions;

use axum::Router;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::case::Case;

/// Where a visitor finds their session, in every stack.
pub mod path {
    /// Creates the session and answers with its cookie.
    pub const START: &str = "/start";
    /// Does what the case says; the only path that is measured.
    pub const VISIT: &str = "/visit";
    /// Answers with what the session holds, as JSON.
    pub const CONTENTS: &str = "/contents";
}

/// One way to remember a visitor.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Stack {
    /// axum alone: what every other stack is compared with.
    Bare,
    /// axum under a layer that does nothing: what any layer costs.
    Identity,
    /// tower-sessions with its memory store.
    TowerSessions,
    /// cloakroom with its memory store.
    Cloakroom,
}

impl Stack {
    /// Every stack that has something over bare axum, in the order of the report.
    pub const ABOVE_BARE: [Self; 3] = [Self::Identity, Self::TowerSessions, Self::Cloakroom];

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare axum",
            Self::Identity => "identity layer",
            Self::TowerSessions => "tower-sessions",
            Self::Cloakroom => "cloakroom",
        }
    }

    /// Returns whether the stack has sessions at all.
    pub fn remembers(self) -> bool {
        !matches!(self, Self::Bare | Self::Identity)
    }

    /// Returns the site whose visits do what the case says, ready to be driven.
    pub fn site(self, case: Case) -> Router {
        let site = match self {
            Self::Bare => bare::site(),
            Self::Identity => bare::under_an_identity_layer(),
            Self::TowerSessions => tower_sessions::site(case),
            Self::Cloakroom => cloakroom::site(case),
        };
        // As `axum::serve` does: otherwise axum 0.8 builds every layer anew for each request.
        site.with_state(())
    }
}
