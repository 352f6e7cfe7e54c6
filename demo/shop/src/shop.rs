//! What all visitors share.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use cloakroom::csrf::Mode;
use cloakroom::{Builder, Cloakroom, ConfigError};
use cloakroom_ops::audit::AuditLog;
use cloakroom_ops::figures::Figures;

use crate::archive::Archive;
use crate::posts::Noticeboard;
use crate::trouble::Style;
use crate::users::Users;
use crate::{pages, trouble, wizards};

#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) users: Users,
    pub(crate) noticeboard: Noticeboard,
    pub(crate) archive: Archive,
    /// What the process measures, for the dashboard and for Prometheus.
    pub(crate) figures: Figures,
    /// What staff does, if it is to outlast the process.
    pub(crate) audit: Option<AuditLog>,
}

impl Shop {
    pub(crate) fn new(cloakroom: Cloakroom, users: Users, archive: Archive) -> Self {
        Self {
            cloakroom,
            users,
            noticeboard: Noticeboard::default(),
            archive,
            figures: Figures::new(),
            audit: None,
        }
    }

    /// Notes in this file what staff does.
    pub(crate) fn noting_in(mut self, log: AuditLog) -> Self {
        self.audit = Some(log);
        self
    }

    /// Asks every form for its token, whatever the browser says of where it comes from.
    pub(crate) fn protected(builder: Builder) -> Builder {
        builder.csrf(|c| c.mode(Mode::TokenAlways).on_refusal(trouble::for_scripts))
    }

    /// Returns every page, behind the one layer.
    ///
    /// # Errors
    /// When the wizards are not set up as they have to be.
    pub(crate) fn router(self: &Arc<Self>) -> Result<Router, ConfigError> {
        let layer = self.cloakroom.layer();
        let in_development = self.cloakroom.allows_plain_http();
        let csrf_js = self.cloakroom.csrf_js();
        let inside = pages::router()
            .merge(wizards::router(self)?)
            .route("/static/csrf.js", get(csrf_js))
            .with_state(self.clone())
            .nest("/ops/", pages::ops::router(self))
            .layer(layer);
        let style = Style {
            in_development,
            inside: inside.clone(),
        };
        Ok(inside.layer(from_fn_with_state(style, trouble::in_style)))
    }

    /// Closes what is kept, once the last visitor is gone.
    pub(crate) async fn close(&self) {
        self.cloakroom.close().await;
        self.archive.drafts.close().await;
    }
}
