//! The three wizards: what they ask, where their drafts are kept, and what becomes of the answers.

mod documents;
mod feedback;
mod page;
mod register;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get};
use cloakroom::ConfigError;
use cloakroom::wizard::{Finish, Storage};

use crate::shop::Shop;

pub(crate) use documents::{DOCUMENTS, Document};
pub(crate) use feedback::Opinion;
pub(crate) use register::Customer;

/// Leads on from an address that somebody has typed with a slash at its end; axum nests pages without.
fn without_slash(to: &'static str) -> MethodRouter<Arc<Shop>> {
    get(async move || Redirect::permanent(to))
}

/// Returns the pages of all wizards, each with its drafts where they are best kept.
pub(crate) fn router(shop: &Shop) -> Result<Router<Arc<Shop>>, ConfigError> {
    let (cloakroom, archive) = (&shop.cloakroom, &shop.archive);
    let register = register::Register::mount()
        .storage(Storage::session().formtools("register"))
        .words(words::of_notices)
        .page(page::render);
    let feedback = feedback::Feedback::mount()
        .storage(Storage::cookie().formtools("feedback"))
        .words(words::of_notices)
        .page(page::render);
    let documents = documents::NewDocument::mount()
        .storage(Storage::drafts(archive.drafts.clone()))
        .files(archive.files.clone())
        .words(words::of_notices)
        .page(page::render);
    Ok(Router::new()
        .nest("/register", register.router(cloakroom)?)
        .nest("/feedback", feedback.router(cloakroom)?)
        .nest("/documents/new", documents.router(cloakroom)?)
        .route("/register/", without_slash("/register"))
        .route("/feedback/", without_slash("/feedback"))
        .route("/documents/new/", without_slash("/documents/new")))
}
