//! `/documents`: what a visitor has handed in, for that visitor alone.

use std::fmt::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use cloakroom::Session;
use minijinja::{Value, context};

use crate::shop::Shop;
use crate::trouble::Trouble;
use crate::view::View;
use crate::wizards::{DOCUMENTS, Document};

pub(super) async fn show(
    State(shop): State<Arc<Shop>>,
    view: View,
) -> Result<Html<String>, Trouble> {
    let owner = Owner::of(&view.session)?;
    let found = shop
        .archive
        .documents
        .list(|run, document| owner.has(run, document));
    let documents = found.into_iter().map(|(run, document)| {
        context! { run, title => document.title, name => document.name, bytes => document.bytes }
    });
    view.page(
        "documents.html",
        context! { documents => documents.collect::<Value>() },
    )
}

/// Hands the file out to be stored, never to be shown: it may be a page with a script of a stranger's.
pub(super) async fn file(
    State(shop): State<Arc<Shop>>,
    Path(run): Path<String>,
    view: View,
) -> Result<Response, Trouble> {
    let owner = Owner::of(&view.session)?;
    let found = shop.archive.documents.find(&run);
    let Some(document) = found.filter(|document| owner.has(&run, document)) else {
        return Ok(view.not_found()?.into_response());
    };
    let content = match shop.archive.files.read(&Document::path(&run)).await {
        Ok(content) => content,
        Err(error) => return Err(cloakroom::Error::from(error).into()),
    };
    let headers = [
        (CONTENT_TYPE, document.content_type),
        (CONTENT_LENGTH, content.bytes_left().to_string()),
        (CONTENT_DISPOSITION, attachment(&document.name)),
    ];
    Ok((headers, Body::new(content)).into_response())
}

/// Who looks at documents: by name when signed in, and by what this session has handed in.
struct Owner {
    user: Option<String>,
    runs: Vec<String>,
}

impl Owner {
    fn of(session: &Session) -> Result<Self, Trouble> {
        Ok(Self {
            user: session.user_id(),
            runs: session.get_or_default(&DOCUMENTS)?,
        })
    }

    fn has(&self, run: &str, document: &Document) -> bool {
        let is_users = document.user.is_some() && document.user == self.user;
        is_users || self.runs.iter().any(|own| own == run)
    }
}

/// Asks the browser to store it under this name, written as RFC 8187 says.
fn attachment(name: &str) -> String {
    let mut header = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        match byte {
            b'-' | b'.' | b'_' => header.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => header.push(char::from(byte)),
            _ => {
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_leave_its_header() {
        for (name, written) in [
            ("report.pdf", "report.pdf"),
            ("a b\".pdf", "a%20b%22.pdf"),
            ("\r\nüber", "%0D%0A%C3%BCber"),
        ] {
            assert_eq!(
                attachment(name),
                format!("attachment; filename*=UTF-8''{written}")
            );
        }
    }
}
