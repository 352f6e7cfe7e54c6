//! The frame of all pages, and text made safe for HTML.
use std::fmt::{self, Write};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::dashboard::{Desk, Visit};
use crate::letters::{self, hides};

/// A text between tags; what can't be seen is shown by its number.
pub(super) struct Safe<'a>(pub(super) &'a str);

/// A text in quotes that comes back as it is: the value of a field, an address.
pub(super) struct Same<'a>(pub(super) &'a str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '\n' | '\t' => f.write_char(letter),
            letter if hides(letter) => write!(f, "{}", letter.escape_unicode()),
            letter => escaped(letter, f),
        })
    }
}

impl fmt::Display for Same<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            // There is no number for it in HTML.
            '\0' => Ok(()),
            letter if hides(letter) => write!(f, "&#{};", u32::from(letter)),
            letter => escaped(letter, f),
        })
    }
}

fn escaped(letter: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match letter {
        '&' => f.write_str("&amp;"),
        '<' => f.write_str("&lt;"),
        '>' => f.write_str("&gt;"),
        '"' => f.write_str("&quot;"),
        '\'' => f.write_str("&#39;"),
        letter => f.write_char(letter),
    }
}

/// Returns a user's id, no two of which look alike for what can't be seen.
pub(super) fn name(id: &str) -> String {
    Safe(&letters::plain(id)).to_string()
}

/// Makes a page of what stands in its middle.
pub(super) fn page(visit: &Visit, title: &str, here: &str, main: &str) -> Response {
    let nav = nav(visit, here);
    page_with(StatusCode::OK, visit, title, &nav, main)
}

/// Makes the last page that somebody sees whose own session was ended.
pub(super) fn farewell(visit: &Visit, text: &str) -> Response {
    let main = format!("<h1>{text}</h1>\n<p>You are signed out. Sign in again to go on.</p>\n");
    page_with(StatusCode::OK, visit, "Signed out", "", &main)
}

fn nav(visit: &Visit, here: &str) -> String {
    let base = Same(&visit.base);
    let links = [
        ("/", "Overview"),
        ("/sessions", "Sessions"),
        ("/audit", "Audit"),
    ];
    let link = |(path, name)| {
        let current = if path == here {
            " aria-current=\"page\""
        } else {
            ""
        };
        format!("<a href=\"{base}{path}\"{current}>{name}</a>")
    };
    links.map(link).concat()
}

fn page_with(status: StatusCode, visit: &Visit, title: &str, nav: &str, main: &str) -> Response {
    let (base, nonce) = (Same(&visit.base), &visit.nonce);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Cloakroom</title>\n\
         <link rel=\"icon\" href=\"{base}/icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"{base}/dashboard.css\" nonce=\"{nonce}\">\n\
         <script src=\"{base}/dashboard.js\" nonce=\"{nonce}\" defer></script>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header><b>Cloakroom</b><nav aria-label=\"Pages\">{nav}</nav><span class=\"soft\">{}</span></header>\n\
         <main id=\"main\" tabindex=\"-1\">\n{main}\n</main>\n</body>\n</html>\n",
        name(&visit.staff.name),
        title = Safe(title),
    );
    answer(status, html)
}

/// Makes an answer that nobody keeps.
pub(super) fn answer(status: StatusCode, html: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

/// Makes a page of one sentence of ours; who may see the dashboard gets it in its frame, by [`framed`].
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{text}</title>\n<h1>{text}</h1>\n</html>\n"
    );
    let mut answer = answer(status, html);
    answer.extensions_mut().insert(Said(text));
    answer
}

/// What a page of one sentence says.
#[derive(Clone, Copy)]
struct Said(&'static str);

/// Puts an answer that says what went wrong, ours or the router's, into the frame of all pages, with a way back. Who may not see
/// the dashboard learns of no page that it is there.
pub(super) async fn framed(
    State(desk): State<Arc<Desk>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let asked = parts.clone();
    let answer = next.run(Request::from_parts(asked, body)).await;
    let status = answer.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let visit = match Visit::from_request_parts(&mut parts, &desk).await {
        Ok(visit) => visit,
        Err(refusal) => return refusal,
    };
    let text = match (answer.extensions().get(), status) {
        (Some(Said(text)), _) => text,
        (None, StatusCode::METHOD_NOT_ALLOWED) => "This address is not asked in this way",
        (None, StatusCode::UNSUPPORTED_MEDIA_TYPE) => "What was sent is no form",
        (None, status) if status.is_client_error() => "What was sent can't be understood",
        (None, _) => "Something went wrong",
    };
    let main = format!(
        "<h1>{text}</h1>\n<p><a class=\"button\" href=\"{}/sessions\">To the sessions</a></p>\n",
        Same(&visit.base)
    );
    let mut framed = page_with(status, &visit, text, &nav(&visit, ""), &main);
    if let Some(allowed) = answer.headers().get(ALLOW) {
        framed.headers_mut().insert(ALLOW, allowed.clone());
    }
    framed
}

/// Says that the store can't be asked, or never lists its sessions.
pub(super) fn outage(desk: &Desk, error: &cloakroom::StoreError) -> Response {
    if !desk.cloakroom.store().is_inspectable() {
        let what = "This store can't list its sessions";
        return plain(StatusCode::SERVICE_UNAVAILABLE, what);
    }
    tracing::error!(%error, "the dashboard can't ask the store");
    let what = "The store can't be asked just now";
    plain(StatusCode::SERVICE_UNAVAILABLE, what)
}

/// One field of a form to search with: its name, its label, what stands in it, and what could.
pub(super) type Field<'a> = (&'static str, &'static str, &'a str, &'static str);

/// A form that searches the page at this path below the dashboard, with what is wrong about what was asked.
pub(super) fn search_form(
    visit: &Visit,
    path: &str,
    fields: &[Field<'_>],
    problem: Option<&str>,
) -> String {
    let mut form = problem.map_or_else(String::new, |it| {
        format!("<p class=\"alarm\" role=\"alert\">{it}</p>\n")
    });
    let base = Same(&visit.base);
    let _ = writeln!(form, "<form class=\"search\" action=\"{base}{path}\">");
    for (name, label, value, hint) in fields {
        let value = Same(value);
        let _ = writeln!(
            form,
            "<label>{label} <input name=\"{name}\" value=\"{value}\" placeholder=\"{hint}\" autocomplete=\"off\"></label>"
        );
    }
    form + "<button>Find</button></form>\n"
}

/// Makes a table of rows that are HTML already; on a phone each row is a card.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return format!("<h2>{caption}</h2>\n<p class=\"soft\">Nothing so far.</p>\n");
    }
    let names = head;
    let head: String = head
        .iter()
        .map(|cell| format!("<th scope=\"col\">{cell}</th>"))
        .collect();
    let row = |row: &Vec<String>| {
        let cell = |(name, cell): (&&str, &String)| format!("<td data-name=\"{name}\">{cell}</td>");
        let cells: String = names.iter().zip(row).map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<h2>{caption}</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    )
}
