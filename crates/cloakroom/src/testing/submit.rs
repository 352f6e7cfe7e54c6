//! Filling in the form that a page shows, and pressing one of its buttons.
use axum_core::body::Body;
use http::Method;

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
    /// Fills in the form of a page, presses the button of this name (`name=value` where several have it) and follows where
    /// that leads, as a visitor does.
    ///
    /// What is sent are these fields, the button, and the form's hidden inputs, its CSRF token among them; what the page
    /// shows as filled in is not. It goes to the form's `action`, or else to the page's own path. Of several forms the one
    /// with the button is taken, else the first.
    ///
    /// ```no_run
    /// # async fn f(browser: cloakroom::testing::Browser) {
    /// let page = browser.visit("/register").await;
    /// let page = browser.submit(&page, &[("info-name", "Ada")], "continue").await;
    /// assert!(page.path.ends_with("/address"), "{}", page.text);
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the page shows no form.
    pub async fn submit(&self, page: &Page, fields: &[(&str, &str)], button: &str) -> Page {
        let form = Form::on(page, button);
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form.hidden);
        body.extend_pairs(fields);
        let sent = self.post_raw(&form.action, body.finish()).await;
        self.follow(sent).await
    }

    /// The same with files, as `multipart/form-data`.
    ///
    /// # Panics
    /// When the page shows no form.
    pub async fn submit_files(
        &self,
        page: &Page,
        fields: &[(&str, &str)],
        files: &[(&str, File)],
        button: &str,
    ) -> Page {
        let form = Form::on(page, button);
        let hidden = form.hidden.iter();
        let hidden = hidden.map(|(name, value)| (name.as_str(), value.as_str()));
        let mut body = Vec::new();
        for (name, value) in hidden.chain(fields.iter().copied()) {
            part(&mut body, name, "", value.as_bytes());
        }
        for (name, file) in files {
            let more = format!(
                "; filename=\"{}\"\r\nContent-Type: {}",
                quoted(&file.name),
                file.content_type
            );
            part(&mut body, name, &more, &file.bytes);
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let sent = self
            .send(Method::POST, &form.action, Body::from(body), Some(&kind))
            .await;
        self.follow(sent).await
    }
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

/// A form of a page, with the button pressed.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Form {
    fn on(page: &Page, button: &str) -> Self {
        let (name, value) = match button.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (button, None),
        };
        let all: Vec<&str> = page.text.split("<form").skip(1).collect();
        let ends = |form: &&str| form.find("</form").unwrap_or(form.len());
        let all: Vec<&str> = all.iter().map(|form| &form[..ends(form)]).collect();
        let form = all.iter().find(|form| pressed(form, name, value).is_some());
        let form = form.or(all.first()).copied();
        let form = form.unwrap_or_else(|| {
            panic!("{} {} shows no form: {}", page.path, page.status, page.text)
        });
        let inputs = tags(form, "input").filter(|tag| is_hidden(tag));
        let mut hidden: Vec<_> = inputs
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect();
        let value = value.map(ToOwned::to_owned);
        let value = value.or_else(|| attribute(pressed(form, name, None)?, "value"));
        hidden.push((name.to_owned(), value.unwrap_or_default()));
        let action = attribute(form.split('>').next().unwrap_or_default(), "action");
        Self {
            action: action
                .filter(|to| !to.is_empty())
                .unwrap_or_else(|| page.path.clone()),
            hidden,
        }
    }
}

/// Returns what stands in the tag of the button.
fn pressed<'a>(form: &'a str, name: &str, value: Option<&str>) -> Option<&'a str> {
    tags(form, "button").find(|tag| is(tag, name, value))
}

/// Returns what stands in the tags of this name.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split('<').filter_map(move |piece| {
        let rest = piece.strip_prefix(name)?;
        let rest = rest.split('>').next()?;
        let is_it = rest.starts_with(|after: char| after.is_ascii_whitespace());
        is_it.then_some(rest)
    })
}

fn is(button: &str, name: &str, value: Option<&str>) -> bool {
    attribute(button, "name").as_deref() == Some(name)
        && value.is_none_or(|value| attribute(button, "value").as_deref() == Some(value))
}

fn is_hidden(input: &str) -> bool {
    attribute(input, "type").as_deref() == Some("hidden")
}

/// Returns the value of an attribute that is written in double quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let value = value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&#34;", "\"");
    Some(value.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn page(text: &str) -> Page {
        Page {
            path: "/here?a=1".into(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            text: text.into(),
        }
    }

    #[test]
    fn the_form_with_the_button_is_sent_with_its_hidden_inputs() {
        let page = page(
            "<form action=\"/search\"><input type=\"hidden\" name=\"q\" value=\"\"></form>\
             <form method=\"post\"><input type=\"hidden\" name=\"a\" value=\"&lt;1&gt; &amp;lt;\">\
             <input type=\"text\" name=\"b\" value=\"2\">\
             <button name=\"go\" value=\"7\">Go</button><button name=\"to\" value=\"x\">X</button></form>",
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let form = Form::on(&page, "go");
        assert_eq!(form.action, "/here?a=1");
        assert_eq!(form.hidden, [pair("a", "<1> &lt;"), pair("go", "7")]);
        let form = Form::on(&page, "to=x");
        assert_eq!(form.hidden[1], pair("to", "x"));
        let form = Form::on(&page, "unknown");
        assert_eq!(form.action, "/search");
        assert_eq!(form.hidden, [pair("q", ""), pair("unknown", "")]);
    }
}
