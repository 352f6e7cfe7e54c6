//! The stacks: the same little site on each way to remember a visitor.
mod axum_messages;
mod axum_session;
mod bare;
mod cloakroom;
mod jars;
mod tower_sessions;

use axum::Router;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::case::Case;

/// Where a visitor finds their session, in every stack.
pub mod path {
    /// Creates the session and answers with its cookie.
    pub const START: &str = "/start";
    /// Does what the case says; the only path that is measured, in most cases.
    pub const VISIT: &str = "/visit";
    /// Shows the message that the visit before has added.
    pub const SHOW: &str = "/show";
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
    /// axum_session, which keeps everything in memory.
    AxumSession,
    /// axum-messages in tower-sessions with its memory store.
    AxumMessages,
    /// cloakroom with its memory store.
    Cloakroom,
    /// The values themselves in encrypted cookies, by axum-extra's `PrivateCookieJar`.
    PrivateJar,
    /// The values themselves in signed cookies, by axum-extra's `SignedCookieJar`.
    SignedJar,
    /// cloakroom with its memory store, and messages in the session instead of in a cookie.
    CloakroomInSession,
    /// cloakroom with its session sealed in the cookie.
    CloakroomInCookie,
}

impl Stack {
    /// Every stack that has something over bare axum, in the order of the report.
    pub const ABOVE_BARE: [Self; 9] = [
        Self::Identity,
        Self::TowerSessions,
        Self::AxumSession,
        Self::AxumMessages,
        Self::Cloakroom,
        Self::CloakroomInSession,
        Self::PrivateJar,
        Self::SignedJar,
        Self::CloakroomInCookie,
    ];

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare axum",
            Self::Identity => "identity layer",
            Self::TowerSessions => "tower-sessions",
            Self::AxumSession => "axum_session",
            Self::AxumMessages => "tower-sessions + axum-messages",
            Self::Cloakroom => "cloakroom",
            Self::PrivateJar => "axum-extra, private cookies",
            Self::SignedJar => "axum-extra, signed cookies",
            Self::CloakroomInSession => "cloakroom, messages in the session",
            Self::CloakroomInCookie => "cloakroom, sealed in the cookie",
        }
    }

    /// Returns whether it is cloakroom, whatever its store.
    pub fn is_ours(self) -> bool {
        matches!(
            self,
            Self::Cloakroom | Self::CloakroomInSession | Self::CloakroomInCookie
        )
    }

    /// Returns whether the stack has sessions at all.
    pub fn remembers(self) -> bool {
        !matches!(self, Self::Bare | Self::Identity)
    }

    /// Returns whether the stack has what the case asks for.
    pub fn plays(self, case: Case) -> bool {
        match self {
            Self::Bare | Self::Identity => case == Case::Untouched,
            Self::TowerSessions | Self::AxumSession => case != Case::Message,
            Self::AxumMessages => matches!(case, Case::Untouched | Case::Message),
            Self::Cloakroom => true,
            Self::CloakroomInSession => case == Case::Message,
            Self::PrivateJar | Self::SignedJar | Self::CloakroomInCookie => {
                matches!(case, Case::Read | Case::Increment | Case::Append)
            }
        }
    }

    /// Returns the site whose visits do what the case says, ready to be driven.
    pub fn site(self, case: Case) -> Router {
        let site = match self {
            Self::Bare => bare::site(),
            Self::Identity => bare::under_an_identity_layer(),
            Self::TowerSessions => tower_sessions::site(case),
            Self::AxumSession => axum_session::site(case),
            Self::AxumMessages => axum_messages::site(case),
            Self::Cloakroom => cloakroom::site(case),
            Self::PrivateJar => jars::private(case),
            Self::SignedJar => jars::signed(case),
            Self::CloakroomInSession => cloakroom::site_with_messages_in_sessions(case),
            Self::CloakroomInCookie => cloakroom::site_in_cookies(case),
        };
        // As `axum::serve` does: otherwise axum 0.8 builds every layer anew for each request.
        site.with_state(())
    }
}
