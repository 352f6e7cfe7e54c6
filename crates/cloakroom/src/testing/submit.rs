//! Filling in the form that a page shows, and pressing one of its buttons.
mod checks;
mod controls;
mod fieldsets;
mod form;
mod tags;

use axum_core::body::Body;
use http::Method;

use crate::testing::submit::form::Form;
use crate::testing::{Browser, Page};

const BOUNDARY: &str = "-------------------cloakroom-testing";

/// A file that a visitor chooses.
#[derive(Clone, Debug)]
pub struct File {
    name: String,
    content_type: String,
    bytes: Vec<u8>,
}

impl File {
    /// Makes a file of this name, as a browser would send it.
    pub fn new(
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            name: name.into(),
            content_type: content_type.into(),
            bytes: bytes.into(),
        }
    }
}

impl Browser {
    /// Fills in the form of a page, presses the button of this name (`name=value` where several have it, an empty text for
    /// one without a name) and follows where that leads, as a visitor does.
    ///
    /// What is sent is what the page shows as filled in, its hidden inputs and CSRF token among it, with these fields over it.
    /// A box is ticked by its value or by `on`, and cleared by an empty text; several values of one name are given one by one.
    /// It goes to the form's `action`, or else to the page's own path. Of several forms it is the one with the button.
    ///
    /// ```no_run
    /// # async fn f(browser: cloakroom::testing::Browser) {
    /// let page = browser.visit("/register").await;
    /// let page = browser.submit(&page, &[("info-name", "Ada")], "continue").await;
    /// assert!(page.path.ends_with("/address"), "{}", page.text);
    /// // What was typed is still there.
    /// let page = browser.submit(&page, &[], "back").await;
    /// let page = browser.submit(&page, &[], "continue").await;
    /// assert!(page.path.ends_with("/address"), "{}", page.text);
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the page shows no such button or no such field to be filled in, a list does not offer such a choice, or a text is longer
    /// than its `maxlength`: no visitor could send that. What only an attacker sends goes by [`Browser::post`].
    ///
    /// Where the form is left to the browser to check, without `novalidate`, also when a field is `required`, or has a `pattern` or
    /// `minlength`, and is not filled in like that: a browser would show that and send nothing. [`Browser::without_checks`] sends it.
    /// What the `type` of an input asks for, such as an e-mail address, is not looked at.
    pub async fn submit(&self, page: &Page, fields: &[(&str, &str)], button: &str) -> Page {
        self.submit_files(page, fields, &[], button).await
    }

    /// Opens another tab that sends forms as they are filled in, whatever `required`, `pattern`, `minlength` and `maxlength` say:
    /// what the site answers to that is its own check.
    ///
    /// ```no_run
    /// # async fn f(browser: cloakroom::testing::Browser) {
    /// let page = browser.visit("/note").await;
    /// let again = browser.without_checks().submit(&page, &[("title", "")], "").await;
    /// assert_eq!(again.status, 422);
    /// # }
    /// ```
    #[must_use]
    pub fn without_checks(&self) -> Self {
        let mut other = self.clone();
        other.checks = false;
        other
    }

    /// The same with files, each for an input that takes one.
    ///
    /// # Panics
    /// As [`Browser::submit`], and when the form has no input for a file or is not `multipart/form-data`.
    pub async fn submit_files(
        &self,
        page: &Page,
        fields: &[(&str, &str)],
        files: &[(&str, File)],
        button: &str,
    ) -> Page {
        let form = Form::on(page, button, self.checks);
        for (name, _) in files {
            form.must_take_file(name);
        }
        let chosen: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let texts = form.texts(fields, &chosen);
        if form.is_multipart {
            let body = multipart(&form, &texts, files);
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let sent = self
                .send(Method::POST, &form.action, Body::from(body), Some(&kind))
                .await;
            return self.follow(sent).await;
        }
        let mut text = form_urlencoded::Serializer::new(String::new());
        let text = text.extend_pairs(&texts).finish();
        if form.is_get {
            let path = form.action.split('?').next().unwrap_or_default();
            return self.visit(&format!("{path}?{text}")).await;
        }
        let sent = self.post_raw(&form.action, text).await;
        self.follow(sent).await
    }
}

fn multipart(form: &Form, texts: &[(String, String)], files: &[(&str, File)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in texts {
        part(&mut body, name, "", value.as_bytes());
    }
    // Where nothing is chosen, browsers send a file without name and content.
    let is_empty = |name: &&str| files.iter().all(|(chosen, _)| chosen != name);
    let nothing = File::new("", "application/octet-stream", "");
    let empty = form.files().filter(is_empty).map(|name| (name, &nothing));
    let chosen = files.iter().map(|(name, file)| (*name, file));
    for (name, file) in chosen.chain(empty) {
        let more = format!(
            "; filename=\"{}\"\r\nContent-Type: {}",
            quoted(&file.name),
            file.content_type
        );
        part(&mut body, name, &more, &file.bytes);
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Writes one part (RFC 7578).
fn part(body: &mut Vec<u8>, name: &str, more: &str, content: &[u8]) {
    let name = quoted(name);
    let head =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n");
}

/// Escapes a name as browsers do (HTML standard, "multipart/form-data encoding algorithm").
fn quoted(name: &str) -> String {
    name.replace('\n', "%0A")
        .replace('\r', "%0D")
        .replace('"', "%22")
}
