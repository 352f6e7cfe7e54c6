//! `/documents/new`: handing in a file. Its drafts are records of their own, so that a link leads back to them.

use std::sync::Arc;

use cloakroom::Key;
use cloakroom::form::{Form, Problem, Upload};
use cloakroom::wizard::{Broken, Done, Ending, Finish, Finished, Wizard};
use serde::{Deserialize, Serialize};

use crate::shop::Shop;
use crate::texts::Texts;
use crate::view::language_of;

/// Where the session keeps which documents a guest has handed in.
pub(crate) const DOCUMENTS: Key<Vec<String>> = Key::new("documents");

/// How many of them; who signs in has no limit.
const MOST: usize = 50;

#[derive(Form, Debug)]
pub(crate) struct Info {
    #[field(max_length = 120)]
    title: String,
}

#[derive(Form, Debug)]
pub(crate) struct File {
    #[field(
        max_size = "10 MiB",
        accept = [
            "application/pdf",
            "image/*",
            "text/plain",
            "application/msword",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ]
    )]
    document: Upload,
}

#[derive(Form, Debug)]
pub(crate) struct Review;

#[derive(Wizard, Debug)]
#[wizard(name = "documents")]
pub(crate) struct NewDocument {
    info: Info,
    upload: File,
    #[step(name = "review", review)]
    _review: Review,
}

/// A document that somebody has handed in, under the name of its run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Document {
    pub(crate) title: String,
    /// What the visitor's machine called the file.
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: u64,
    /// Who was signed in.
    pub(crate) user: Option<String>,
}

impl Document {
    /// Returns where the file of a run is kept.
    pub(crate) fn path(run: &str) -> String {
        format!("documents/{run}")
    }
}

impl Finish<Arc<Shop>> for NewDocument {
    async fn done(self, visit: Done<Arc<Shop>>) -> Ending {
        let texts = Texts::of(language_of(&visit.session)?);
        let (run, file) = (visit.run.as_str(), self.upload.document);
        let document = Document {
            title: self.info.title,
            name: file.name().to_owned(),
            content_type: file.content_type().to_owned(),
            bytes: file.size(),
            user: visit.session.user_id(),
        };
        let told = texts.handed_in.replacen("{name}", &document.title, 1);
        let archive = &visit.state.archive;
        let kept = archive.files.keep(file.id(), &Document::path(run)).await;
        kept.map_err(|error| {
            if error.is_absent() {
                return Broken::wrong("upload", "document", Problem::new("gone"));
            }
            tracing::error!(%error, "a document could not be kept; its visitor may try again");
            Broken::try_again(texts.not_handed_in)
        })?;
        archive.documents.enter(run, document)?;
        let run = run.to_owned();
        visit.session.update(&DOCUMENTS, move |runs| {
            runs.push(run.clone());
            let too_many = runs.len().saturating_sub(MOST);
            runs.drain(..too_many);
        })?;
        Ok(Finished::confirmation(told))
    }
}
