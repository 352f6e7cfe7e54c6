//! What all visitors share.

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response_with_state;
use axum::routing::get;
use cloakroom::csrf::Mode;
use cloakroom::{Builder, Cloakroom};

use crate::pages;
use crate::posts::Noticeboard;
use crate::trouble;
use crate::users::Users;

#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) users: Users,
    pub(crate) noticeboard: Noticeboard,
}

impl Shop {
    pub(crate) fn new(cloakroom: Cloakroom, users: Users) -> Self {
        Self {
            cloakroom,
            users,
            noticeboard: Noticeboard::default(),
        }
    }

    /// Asks every form for its token, whatever the browser says of where it comes from.
    pub(crate) fn protected(builder: Builder) -> Builder {
        builder.csrf(|c| c.mode(Mode::TokenAlways).on_refusal(trouble::for_scripts))
    }

    /// Returns every page, behind the one layer.
    pub(crate) fn router(self) -> Router {
        let layer = self.cloakroom.layer();
        let in_development = self.cloakroom.allows_plain_http();
        let csrf_js = self.cloakroom.csrf_js();
        pages::router()
            .route("/static/csrf.js", get(csrf_js))
            .with_state(Arc::new(self))
            .layer(layer)
            .layer(map_response_with_state(in_development, trouble::in_style))
    }
}
