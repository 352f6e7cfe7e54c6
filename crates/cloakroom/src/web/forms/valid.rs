//! A form that a handler gets only when everything in it is right.
use std::fmt;
use std::ops::Deref;

use axum_core::extract::{FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

use crate::csrf::CsrfToken;
use crate::form::{Bound, Context, Escaped, Fields, Sheet};
use crate::web::forms::{FormRejection, extension, read};
use crate::web::page::form_page;
use crate::web::visit::Visit;

/// A form in which everything is right.
///
/// When something is wrong, the handler isn't called: the visitor gets a plain page, 422, with the form as they filled it in and
/// with what is wrong, to be sent to the same address. For a page of your own take
/// [`Bound<T>`](crate::form::Bound).
///
/// ```
/// use cloakroom::{Valid, form::Form};
///
/// #[derive(Form)]
/// struct Note {
///     #[field(max_length = 120)]
///     title: String,
/// }
///
/// async fn pin(Valid(note): Valid<Note>) -> String {
///     note.title
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Valid<T>(pub T);

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Fields, S: Sync> FromRequest<S> for Valid<T> {
    type Rejection = InvalidForm;

    async fn from_request(request: Request, _state: &S) -> Result<Self, InvalidForm> {
        let context = extension::<Context>(request.extensions());
        let visit = request.extensions().get::<Visit>().cloned();
        let csrf = match visit {
            // Without its store the form is shown without a token; a valid one needs none.
            Some(visit) => visit.csrf(request.headers()).await.ok(),
            None => None,
        };
        let received = read(request, T::schema(), &context).await;
        let received = received.map_err(|refused| InvalidForm::Refused(refused.into()))?;
        match Bound::<T>::receive(&received, context).into_valid() {
            Ok(value) => Ok(Self(value)),
            Err(form) => Err(InvalidForm::Wrong {
                sheet: form.sheet().clone(),
                csrf,
            }),
        }
    }
}

/// Why [`Valid`] gave no form.
#[derive(Clone)]
#[non_exhaustive]
pub enum InvalidForm {
    /// The request could not be read as a form.
    Refused(FormRejection),
    /// Something is wrong with what was filled in. Answered with 422.
    Wrong {
        /// The form, to be shown again.
        sheet: Sheet,
        /// The token that goes with it, where the layer is there.
        csrf: Option<CsrfToken>,
    },
}

impl fmt::Display for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Wrong { sheet, .. } => {
                write!(
                    f,
                    "the form {} is not filled in right",
                    sheet.schema().name()
                )
            }
        }
    }
}

impl fmt::Debug for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Wrong { sheet, .. } => sheet.fmt(f),
        }
    }
}

impl std::error::Error for InvalidForm {}

impl IntoResponse for InvalidForm {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refused) => refused.into_response(),
            Self::Wrong { sheet, csrf } => {
                let token = csrf.map_or_else(String::new, |csrf| csrf.input().to_string());
                let prefix = sheet.title_prefix();
                let title = format!("{}Please check your answers", Escaped(&prefix));
                let body = format!(
                    "{}<h1>Please check your answers</h1>\n<form {}>\n{token}\n{sheet}<button>Continue</button>\n</form>",
                    sheet.summary(),
                    sheet.form_attributes(),
                );
                form_page(StatusCode::UNPROCESSABLE_ENTITY, &title, &body)
            }
        }
    }
}
