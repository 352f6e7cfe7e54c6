//! The pages of a wizard as HTML, for sites that have none of their own: one heading, errors first, no script needed.
use std::fmt::Write;

use axum_core::response::Response;
use http::StatusCode;

use crate::form::Escaped;
use crate::web::page::{form_page_in, form_text};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::{Page, PageKind, Section};
use crate::wizard::{Shown, Word, Words};

/// Keeps a second press of a button from being sent; the server doesn't rely on it. What shows errors answers a form, and is
/// made a page like all others, so that *Back* leads to it without the browser asking whether to send the form again.
const SCRIPT: &str = "history.replaceState(null,'',location.href);addEventListener('submit',e=>{const f=e.target;if(f.dataset.sent)e.preventDefault();f.dataset.sent='1'});\
    addEventListener('pageshow',()=>document.querySelectorAll('form').forEach(f=>delete f.dataset.sent))";

/// Returns a whole page.
pub(super) fn whole(page: &Page) -> String {
    let title = page.title();
    let body = format!(
        "<main>{}</main>\n<script nonce=\"{}\">{SCRIPT}</script>",
        content(page),
        page.nonce
    );
    form_text(
        &page.say(Word::Language),
        &Escaped(&title).to_string(),
        &body,
    )
}

/// Returns what stands in the page's frame.
pub(super) fn content(page: &Page) -> String {
    let mut out = String::new();
    let heading = page.heading();
    let heading = Escaped(&heading);
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
            out.push_str(&review(page));
            out.push_str(&form(page, goes_on(page)));
        }
        PageKind::Conflict => out.push_str(&conflict(page)),
        PageKind::Saved => {
            if page.is_link {
                out.push_str(&paragraph(page, Word::SavedLink));
                let link = Escaped(page.link.as_deref().unwrap_or_default());
                let _ = writeln!(out, "<p class=\"link\"><code>{link}</code></p>");
            }
            out.push_str(&link(page, &page.url, Word::GoOn));
        }
        PageKind::Resume => {
            out.push_str(&paragraph(page, Word::ResumeHelp));
            let _ = writeln!(
                out,
                "<form {}>\n{}\n<p class=\"buttons\"><button name=\"resume\" value=\"1\">{}</button></p>\n</form>",
                form_attributes(page),
                page.csrf.input(),
                said(page, Word::ResumeHere)
            );
            out.push_str(&leads_on(page, Word::ResumeOwn));
        }
        PageKind::NotFound => {
            out.push_str(&paragraph(page, Word::NotFoundHelp));
            out.push_str(&leads_on(page, Word::StartHere));
        }
        PageKind::NotTaken => out.push_str(&leads_on(page, Word::BackToStep)),
        PageKind::Finished => {}
        PageKind::Running => {
            out.push_str(&paragraph(page, Word::RunningHelp));
            out.push_str(&leads_on(page, Word::SeeWhether));
        }
        PageKind::Broken if page.link.is_some() => {
            out.push_str(&paragraph(page, Word::BrokenForNow));
            out.push_str(&leads_on(page, Word::TryAgain));
        }
        PageKind::Broken => out.push_str(&paragraph(page, Word::BrokenHelp)),
    }
    out
}

fn progress(page: &Page) -> String {
    let said = page.say(Word::Progress {
        wizard: &page.wizard_title,
        number: page.steps.number(),
        // How many there are is only said when answers can't change it.
        count: page.has_all_steps.then(|| page.steps.count()),
    });
    Escaped(&said).to_string()
}

/// Returns words as HTML.
fn said(page: &Page, word: Word<'_>) -> String {
    Escaped(&page.say(word)).to_string()
}

fn paragraph(page: &Page, word: Word<'_>) -> String {
    format!("<p>{}</p>\n", said(page, word))
}

fn form(page: &Page, go_on: Word<'_>) -> String {
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
    // Forms that are repeated are sent alike.
    match page.shown.as_ref().and_then(|shown| shown.sheets().first()) {
        Some(sheet) => format!("action=\"{action}\" {}", sheet.form_attributes()),
        None => format!("action=\"{action}\" method=\"post\" novalidate"),
    }
}

pub(super) fn hidden(page: &Page) -> String {
    let mut out = page.csrf.input().to_string();
    let _ = write!(
        out,
        "<input type=\"hidden\" name=\"wizard-revision\" value=\"{}\">",
        page.revision
    );
    for (name, number) in [("wizard-aside", page.aside), ("wizard-seen", page.seen)] {
        if let Some(number) = number {
            let _ = write!(
                out,
                "<input type=\"hidden\" name=\"{name}\" value=\"{number}\">"
            );
        }
    }
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
    all_buttons(page, goes_on(page))
}

/// What the button says with which the visitor goes on.
fn goes_on(page: &Page) -> Word<'static> {
    match page.is_last {
        true => Word::Send,
        false => Word::Continue,
    }
}

/// The first is the one that Enter presses.
fn all_buttons(page: &Page, go_on: Word<'_>) -> String {
    let mut out = format!(
        "<p class=\"buttons\"><button name=\"continue\" value=\"1\">{}</button> ",
        said(page, go_on)
    );
    if page.steps.prev().is_some() {
        let back = said(page, Word::Back);
        let _ = write!(
            out,
            "<button name=\"back\" value=\"1\" formnovalidate>{back}</button> "
        );
    }
    let save = said(page, Word::Save);
    let _ = writeln!(
        out,
        "<button name=\"save\" value=\"1\" formnovalidate>{save}</button></p>"
    );
    out
}

fn review(page: &Page) -> String {
    let mut out = String::new();
    let change = said(page, Word::Change);
    for section in &page.review {
        let title = Escaped(&section.title);
        let _ = writeln!(out, "<h2>{title}</h2>");
        if section.names.is_empty() {
            out.push_str(&list(&section.lines));
        }
        for (name, sheet) in section.names.iter().zip(&section.sheets) {
            let _ = writeln!(out, "<h3>{}</h3>", Escaped(name));
            out.push_str(&list(&Section::lines_of(std::slice::from_ref(sheet))));
        }
        let _ = writeln!(
            out,
            "<p><a href=\"{}\">{change}<span class=\"visually-hidden\"> {title}</span></a></p>",
            Escaped(&section.url)
        );
    }
    out
}

/// Returns labels and answers.
fn list(lines: &[(String, String)]) -> String {
    let mut out = String::from("<dl>\n");
    for (label, text) in lines {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", Escaped(label), Escaped(text));
    }
    out.push_str("</dl>\n");
    out
}

fn conflict(page: &Page) -> String {
    let theirs = page.theirs.as_ref().map(Shown::sheets).unwrap_or_default();
    format!(
        "{}<h2>{}</h2>\n{}{}<h2>{}</h2>{}",
        paragraph(page, Word::ConflictHelp),
        said(page, Word::SavedNow),
        list(&Section::lines_of(theirs)),
        link(page, &page.url, Word::KeepSaved),
        said(page, Word::JustSent),
        form(page, Word::TakeSent)
    )
}

/// Returns a link, if the page leads on.
fn leads_on(page: &Page, word: Word<'_>) -> String {
    let to = page.link.as_deref();
    to.map_or_else(String::new, |to| link(page, to, word))
}

fn link(page: &Page, to: &str, word: Word<'_>) -> String {
    format!(
        "<p><a href=\"{}\">{}</a></p>\n",
        Escaped(to),
        said(page, word)
    )
}

/// Says that there is nothing here for this visitor, and nothing about whether there is for another.
pub(super) fn not_found(visitor: &Visitor, words: &Words) -> Response {
    let start = format!(
        "\n<p><a href=\"{}\">{}</a></p>",
        Escaped(visitor.start()),
        Escaped(&words.say(Word::StartHere))
    );
    let said = [Word::NotFound, Word::NotFoundHelp];
    let mut answer = notice(StatusCode::NOT_FOUND, words, said, &start);
    answer.extensions_mut().insert(Lost);
    answer
}

/// In an answer's extensions: there is nothing here for this visitor.
#[derive(Clone, Copy)]
pub(super) struct Lost;

/// Says that the browser can't keep so much.
pub(super) fn too_long(words: &Words) -> Response {
    let said = [Word::TooLong, Word::TooLongHelp];
    notice(StatusCode::PAYLOAD_TOO_LARGE, words, said, "")
}

fn notice(
    status: StatusCode,
    words: &Words,
    [heading, help]: [Word<'_>; 2],
    more: &str,
) -> Response {
    let (heading, help) = (words.say(heading), words.say(help));
    let (heading, help) = (Escaped(&heading), Escaped(&help));
    let body = format!("<h1>{heading}</h1>\n<p>{help}</p>{more}");
    let language = words.say(Word::Language);
    form_page_in(&language, status, &heading.to_string(), &body)
}
