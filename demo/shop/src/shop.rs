//! What all visitors share.

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use cloakroom::Cloakroom;

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

    /// Returns every page, behind the one layer.
    pub(crate) fn router(self) -> Router {
        let layer = self.cloakroom.layer();
        pages::router()
            .with_state(Arc::new(self))
            .layer(layer)
            .layer(map_response(trouble::in_style))
    }
}
