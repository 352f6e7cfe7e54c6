//! A repeated step that takes files: each form keeps its own, and a form that goes takes its file along.
use axum::http::StatusCode;
use cloakroom::form::{Form, Upload};
use cloakroom::testing::Page;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Wizard};

use super::uploads::{Archive, OTHER_PDF, PDF, send_all};
use super::{Office, Visit};

#[derive(Form, Debug)]
struct Title {
    title: String,
}

#[derive(Form, Debug)]
struct Scan {
    #[field(accept = ["application/pdf"], max_size = "1 MiB")]
    document: Upload,
    note: String,
    #[field(sealed)]
    code: Option<String>,
}

#[derive(Form, Debug)]
struct Review;

#[derive(Wizard, Debug)]
struct Several {
    info: Title,
    #[step(min = 1, max = 3)]
    scans: Vec<Scan>,
    #[step(review)]
    #[expect(dead_code, reason = "it is only asked for")]
    review: Review,
}

impl Finish<Office> for Several {
    async fn done(self, visit: Done<Office>) -> Ending {
        let files = visit.files.expect("there is a storage");
        let mut said = vec![self.info.title];
        for (place, scan) in self.scans.iter().enumerate() {
            let path = format!("scans/{place}.pdf");
            files.keep(scan.document.id(), &path).await?;
            let code = scan.code.as_deref().unwrap_or("-");
            said.push(format!("{} {} {code}", scan.document.name(), scan.note));
        }
        visit.state.take(said.join(", ")).await?;
        Ok(Finished::redirect("/documents"))
    }
}

/// The same with as many forms as a step may have.
#[derive(Wizard, Debug)]
#[expect(dead_code, reason = "it is only set up")]
struct Many {
    scans: Vec<Scan>,
}

impl Finish<Office> for Many {
    async fn done(self, _visit: Done<Office>) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

async fn at_scans(archive: &Archive) -> Visit {
    let visit = archive.wizards.begin().await;
    visit.send("info", &[("title", "papers")]).await;
    visit
}

/// Sends two forms with their files, the second without its note.
async fn send_two(visit: &Visit) -> Page {
    let shown = visit.get("scans").await;
    let kind = "enctype=\"multipart/form-data\"";
    assert!(shown.text.contains(kind), "{}", shown.text);
    let fields = [
        ("scans-row", "1"),
        ("scans-0-note", "first"),
        ("scans-0-code", "1234"),
        ("scans-1-note", ""),
    ];
    let files: [(&str, &str, &[u8]); 2] = [
        ("scans-0-document", "a.pdf", PDF),
        ("scans-1-document", "b.pdf", OTHER_PDF),
    ];
    let page = send_all(visit, &shown, &fields, &files).await;
    assert_eq!(
        page.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        page.text
    );
    page
}

const NO_FILES: [(&str, &str, &[u8]); 2] =
    [("scans-0-document", "", b""), ("scans-1-document", "", b"")];

const BOTH: [(&str, &str); 2] = [("scans-0-note", "first"), ("scans-1-note", "second")];

#[tokio::test]
async fn each_forms_file_is_kept_through_an_error_and_back_and_handed_on_at_the_end() {
    let archive = Archive::open_with::<Several>().await;
    let visit = at_scans(&archive).await;
    let page = send_two(&visit).await;
    assert!(page.text.contains("a.pdf") && page.text.contains("b.pdf"));
    assert_eq!(archive.waiting().await, 2);
    let fields = [BOTH[0], ("scans-1-note", ""), ("back", "1")];
    let back = send_all(&visit, &page, &fields, &NO_FILES).await;
    assert_eq!(visit.step_of(&back), "info");
    let shown = visit.get("scans").await;
    assert!(shown.text.contains("a.pdf") && shown.text.contains("b.pdf"));
    let page = send_all(&visit, &shown, &BOTH, &NO_FILES).await;
    assert_eq!(visit.step_of(&page), "review");
    let review = visit.get("review").await;
    assert!(review.text.contains("a.pdf") && review.text.contains("b.pdf"));
    assert_eq!(archive.waiting().await, 2);
    let page = visit.send("review", &[]).await;
    assert_eq!(page.location(), Some("/documents"));
    let done = ["papers, a.pdf first 1234, b.pdf second -"];
    assert_eq!(archive.wizards.office.done(), done);
    assert_eq!(archive.waiting().await, 0);
    for (path, content) in [("scans/0.pdf", PDF), ("scans/1.pdf", OTHER_PDF)] {
        let kept = archive.files.read(path).await.unwrap();
        assert_eq!(kept.all(100).await.unwrap(), content, "{path}");
    }
}

#[tokio::test]
async fn a_form_that_is_removed_takes_its_file_along_and_the_other_keeps_its_own() {
    let archive = Archive::open_with::<Several>().await;
    let visit = at_scans(&archive).await;
    let page = send_two(&visit).await;
    let fields = [
        ("scans-0-note", "first"),
        ("scans-1-note", "second"),
        ("scans-remove", "0"),
    ];
    let page = send_all(&visit, &page, &fields, &NO_FILES).await;
    assert_eq!(visit.step_of(&page), "scans");
    let shown = visit.get("scans").await;
    assert!(!shown.text.contains("a.pdf") && shown.text.contains("b.pdf"));
    assert_eq!(archive.waiting().await, 1);
    let fields = [("scans-0-note", "second")];
    let page = send_all(&visit, &shown, &fields, &NO_FILES[..1]).await;
    assert_eq!(visit.step_of(&page), "review");
    visit.send("review", &[]).await;
    let done = ["papers, b.pdf second -"];
    assert_eq!(archive.wizards.office.done(), done);
    let kept = archive.files.read("scans/0.pdf").await.unwrap();
    assert_eq!(kept.all(100).await.unwrap(), OTHER_PDF);
}

#[tokio::test]
async fn what_is_replaced_sent_again_or_sent_with_a_form_that_goes_is_removed() {
    let archive = Archive::open_with::<Several>().await;
    let visit = at_scans(&archive).await;
    let page = send_two(&visit).await;
    let replaced = [("scans-1-document", "c.pdf", PDF)];
    for _ in 0..2 {
        let sent = send_all(&visit, &page, &BOTH, &replaced).await;
        assert_eq!(visit.step_of(&sent), "review");
        assert_eq!(archive.waiting().await, 2);
    }
    let shown = visit.get("scans").await;
    assert!(shown.text.contains("c.pdf") && !shown.text.contains("b.pdf"));
    // A third form, chosen for and removed at once.
    let fields = [BOTH[0], BOTH[1], ("scans-row", "2"), ("scans-remove", "2")];
    let third = [("scans-2-document", "d.pdf", OTHER_PDF)];
    let page = send_all(&visit, &shown, &fields, &third).await;
    assert_eq!(visit.step_of(&page), "scans");
    assert_eq!(archive.waiting().await, 2);
}

#[tokio::test]
async fn a_wrong_file_is_told_at_its_form_whatever_button_was_pressed() {
    let archive = Archive::open_with::<Several>().await;
    let visit = at_scans(&archive).await;
    let page = send_two(&visit).await;
    for button in ["continue", "scans-add"] {
        let fields = [BOTH[0], BOTH[1], (button, "1")];
        let wrong = [("scans-1-document", "right.pdf", &b"MZ\x90\0 a program"[..])];
        let shown = visit.get("scans").await;
        let page = send_all(&visit, &shown, &fields, &wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{button}");
        assert!(page.text.contains("must be of the type"), "{button}");
        assert!(page.text.contains("href=\"#scans-1-document\""), "{button}");
        assert!(
            page.text.contains("b.pdf"),
            "{button}: the one before stays"
        );
        assert_eq!(archive.waiting().await, 2, "{button}");
    }
    assert!(page.text.contains("b.pdf"));
}

#[tokio::test]
async fn a_repeated_step_without_a_count_takes_files_as_well() {
    let archive = Archive::open_with::<Many>().await;
    let visit = archive.wizards.begin().await;
    let shown = visit.get("scans").await;
    let fields = [("scans-0-note", "x")];
    let file = [("scans-0-document", "a.pdf", PDF)];
    let page = send_all(&visit, &shown, &fields, &file).await;
    assert_eq!(page.location(), Some("/"), "{}", page.text);
}
