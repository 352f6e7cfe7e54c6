//! The frame of all pages, and text made safe for HTML.
use std::fmt::{self, Write};

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::dashboard::Visit;

/// A text between tags or quotes.
pub(super) struct Safe<'a>(pub(super) &'a str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            // What turns the direction of writing could make one name look like another.
            '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(f, "{}", letter.escape_unicode())
            }
            letter => f.write_char(letter),
        })
    }
}

/// Makes a page of what stands in its middle.
pub(super) fn page(visit: &Visit, title: &str, here: &str, main: &str) -> Response {
    let (base, nonce) = (Safe(&visit.base), &visit.nonce);
    let links = [
        ("/", "Overview"),
        ("/sessions", "Sessions"),
        ("/audit", "Audit"),
    ];
    let links = links.map(|(path, name)| {
        let current = if path == here {
            " aria-current=\"page\""
        } else {
            ""
        };
        format!("<a href=\"{base}{path}\"{current}>{name}</a>")
    });
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Cloakroom</title>\n\
         <link rel=\"icon\" href=\"{base}/icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"{base}/dashboard.css\" nonce=\"{nonce}\">\n\
         <script src=\"{base}/dashboard.js\" nonce=\"{nonce}\" defer></script>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header><b>Cloakroom</b><nav aria-label=\"Pages\">{}</nav><span class=\"soft\">{}</span></header>\n\
         <main id=\"main\" tabindex=\"-1\">\n{main}\n</main>\n</body>\n</html>\n",
        links.concat(),
        Safe(&visit.staff.name),
        title = Safe(title),
    );
    answer(StatusCode::OK, html)
}

/// Makes an answer that nobody keeps.
pub(super) fn answer(status: StatusCode, html: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

/// Makes a page of one sentence of ours.
pub(super) fn plain(status: StatusCode, text: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{text}</title>\n<h1>{text}</h1>\n</html>\n"
    );
    answer(status, html)
}

/// Says that the store can't be asked.
pub(super) fn outage(error: &cloakroom::StoreError) -> Response {
    tracing::error!(%error, "the dashboard can't ask the store");
    plain(
        StatusCode::SERVICE_UNAVAILABLE,
        "The store can't be asked, or can't list its sessions",
    )
}

/// Returns a number with its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut apart = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// Returns a size in the unit that tells enough.
pub(super) fn bytes(bytes: u64) -> String {
    let scaled = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", scaled(1 << 10)),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", scaled(1 << 20)),
        _ => format!("{:.1} GiB", scaled(1 << 30)),
    }
}

/// Makes a table of rows that are HTML already.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return format!("<h2>{caption}</h2>\n<p class=\"soft\">Nothing so far.</p>\n");
    }
    let head: String = head
        .iter()
        .map(|cell| format!("<th scope=\"col\">{cell}</th>"))
        .collect();
    let row = |row: &Vec<String>| {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<h2>{caption}</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    )
}
