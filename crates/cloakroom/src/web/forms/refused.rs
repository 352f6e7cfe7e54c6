//! What a visitor is told when a request can't be read as a form.
use std::fmt;

use axum_core::response::{IntoResponse, Response};

use crate::form::Refused;
use crate::web::page::page;
use crate::web::rejection::unavailable;

/// Why a request gave no form. Answered with 400, 413 or 415; with 503 when the storage for files fails, and with 500
/// when there is none.
#[derive(Clone, Debug)]
pub struct FormRejection(pub Refused);

impl From<Refused> for FormRejection {
    fn from(refused: Refused) -> Self {
        Self(refused)
    }
}

impl fmt::Display for FormRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for FormRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl IntoResponse for FormRejection {
    fn into_response(self) -> Response {
        let (title, text) = match &self.0 {
            Refused::Storage(error) => {
                tracing::error!(%error, "a file could not be taken in");
                return unavailable();
            }
            Refused::NoStorage { .. } => {
                tracing::error!("{self}");
                (
                    "Something went wrong",
                    "The mistake is ours and has been noted. Please try again.".to_owned(),
                )
            }
            Refused::TooLarge { .. }
            | Refused::TooManyFields { .. }
            | Refused::TooManyFiles { .. } => (
                "That form is too large",
                format!("It was not taken in: {self}. Please go back and send less."),
            ),
            _ => (
                "That form can't be read",
                format!("It was not taken in: {self}. Please go back and send it again."),
            ),
        };
        page(self.0.status(), title, &text)
    }
}
