//! The pages of a wizard as HTML, for sites that have none of their own: one heading, errors first, no script needed.
use std::fmt::Write;

use axum_core::response::Response;
use http::StatusCode;

use crate::form::Escaped;
use crate::web::page::{form_page, form_text};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::{Page, PageKind, Section};
use crate::wizard::Shown;

/// Keeps a second press of a button from being sent; the server doesn't rely on it.
const SCRIPT: &str = "addEventListener('submit',e=>{const f=e.target;if(f.dataset.sent)e.preventDefault();f.dataset.sent='1'});\
    addEventListener('pageshow',()=>document.querySelectorAll('form').forEach(f=>delete f.dataset.sent))";

/// Returns a whole page.
pub(super) fn whole(page: &Page) -> String {
    let title = page.title();
    let body = format!(
        "<main>{}</main>\n<script nonce=\"{}\">{SCRIPT}</script>",
        content(page),
        page.nonce
    );
    form_text(&Escaped(&title).to_string(), &body)
}

/// Returns what stands in the page's frame.
pub(super) fn content(page: &Page) -> String {
    let mut out = String::new();
    let heading = Escaped(page.heading());
    if let Some(shown) = &page.shown {
        out.push_str(&shown.summary());
    }
    if page.kind == PageKind::Step {
        let _ = writeln!(out, "<p class=\"progress\">{}</p>", progress(page));
    }
    let _ = writeln!(out, "<h1>{heading}</h1>");
    if let Some(notice) = &page.notice {
        let _ = writeln!(out, "<p role=\"status\">{}</p>", Escaped(notice));
    }
    match page.kind {
        PageKind::Step => {
            out.push_str(&review(&page.review));
            out.push_str(&form(page, "Continue"));
        }
        PageKind::Conflict => out.push_str(&conflict(page)),
        PageKind::Saved => out.push_str(&saved(page)),
        PageKind::Finished => {}
        PageKind::Running => out.push_str(&running(page)),
        PageKind::Broken if page.link.is_some() => out.push_str(&broken_for_now(page)),
        PageKind::Broken => out.push_str(
            "<p>Something failed while your answers were being sent. They have not been sent again, so that nothing is \
             done twice. Please get in touch with us before you start anew.</p>",
        ),
    }
    out
}

fn progress(page: &Page) -> String {
    let (number, count) = (page.steps.number(), page.steps.count());
    let title = Escaped(page.wizard_title);
    // How many there are is only said when answers can't change it.
    match page.has_all_steps {
        true => format!("{title}: step {number} of {count}"),
        false => format!("{title}: step {number}"),
    }
}

fn form(page: &Page, go_on: &str) -> String {
    let Some(shown) = &page.shown else {
        return String::new();
    };
    format!(
        "<form {}>\n{}\n{}\n{}</form>\n",
        form_attributes(page),
        hidden(page),
        shown.html(),
        all_buttons(page, go_on)
    )
}

/// Returns the attributes for `<form>`. Where the visitor comes from a link to change something, the address they see is
/// kept out of the form's.
pub(super) fn form_attributes(page: &Page) -> String {
    let action = Escaped(&page.url);
    match &page.shown {
        Some(Shown::One(sheet)) => format!("action=\"{action}\" {}", sheet.form_attributes()),
        _ => format!("action=\"{action}\" method=\"post\" novalidate"),
    }
}

pub(super) fn hidden(page: &Page) -> String {
    let mut out = page.csrf.input().to_string();
    let _ = write!(
        out,
        "<input type=\"hidden\" name=\"wizard-revision\" value=\"{}\">",
        page.revision
    );
    if !page.back_to.is_empty() {
        let back_to = Escaped(page.back_to);
        let _ = write!(
            out,
            "<input type=\"hidden\" name=\"wizard-return\" value=\"{back_to}\">"
        );
    }
    out
}

pub(super) fn buttons(page: &Page) -> String {
    all_buttons(page, "Continue")
}

/// The first is the one that Enter presses.
fn all_buttons(page: &Page, go_on: &str) -> String {
    let mut out =
        format!("<p class=\"buttons\"><button name=\"continue\" value=\"1\">{go_on}</button> ");
    if page.steps.prev().is_some() {
        out.push_str("<button name=\"back\" value=\"1\" formnovalidate>Back</button> ");
    }
    out.push_str(
        "<button name=\"save\" value=\"1\" formnovalidate>Save and come back later</button></p>\n",
    );
    out
}

fn review(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        let title = Escaped(section.title);
        let _ = writeln!(out, "<h2>{title}</h2>\n<dl>");
        for (label, text) in &section.lines {
            let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", Escaped(label), Escaped(text));
        }
        let _ = writeln!(
            out,
            "</dl>\n<p><a href=\"{}\">Change<span class=\"visually-hidden\"> {title}</span></a></p>",
            Escaped(&section.url)
        );
    }
    out
}

fn conflict(page: &Page) -> String {
    let mut out = String::from(
        "<p>Somebody, perhaps you in another tab, has changed these answers since you opened this page. Nothing has \
         been overwritten.</p>\n<h2>What is saved now</h2>\n<dl>\n",
    );
    if let Some(theirs) = &page.theirs {
        for (label, text) in Section::lines_of(theirs.sheets()) {
            let _ = writeln!(
                out,
                "<dt>{}</dt><dd>{}</dd>",
                Escaped(&label),
                Escaped(&text)
            );
        }
    }
    let _ = writeln!(
        out,
        "</dl>\n<p><a href=\"{}\">Keep what is saved</a></p>\n<h2>What you have just sent</h2>",
        Escaped(&page.url)
    );
    out.push_str(&form(page, "Take what I have sent"));
    out
}

fn saved(page: &Page) -> String {
    let Some(link) = &page.link else {
        return String::new();
    };
    let link = Escaped(link);
    format!("<p><a href=\"{link}\">Go on with your answers</a></p>\n")
}

fn running(page: &Page) -> String {
    let Some(link) = &page.link else {
        return String::new();
    };
    let link = Escaped(link);
    format!(
        "<p>This takes a moment. You need not send them again.</p>\n<p><a href=\"{link}\">See whether it is done</a></p>\n"
    )
}

fn broken_for_now(page: &Page) -> String {
    let link = Escaped(page.link.as_deref().unwrap_or_default());
    format!(
        "<p>Something failed while your answers were being sent. They are kept.</p>\n<p><a href=\"{link}\">Try again</a></p>\n"
    )
}

/// Says that there is nothing here for this visitor, and nothing about whether there is for another.
pub(super) fn not_found(visitor: &Visitor) -> Response {
    let body = format!(
        "<h1>We can’t find these answers</h1>\n<p>They may have been kept for too long, or belong to somebody who has to sign in \
         first.</p>\n<p><a href=\"{}\">Start here</a></p>",
        Escaped(visitor.start())
    );
    form_page(StatusCode::NOT_FOUND, "We can’t find these answers", &body)
}
