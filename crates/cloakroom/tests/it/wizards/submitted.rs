//! A wizard is tested as a visitor fills it in, with nothing but the pages.
use cloakroom::testing::File;

use super::uploads::{Archive, NOTE, PDF};
use super::{Registration, Wizards};

#[tokio::test]
async fn a_visitor_fills_in_page_by_page_and_lands_behind_the_last() {
    let wizards = Wizards::with::<Registration>(|mount| mount);
    let browser = wizards.browser();
    let page = browser.visit("/register").await;
    assert!(page.path.ends_with("/info"), "{}", page.path);
    let info = [
        ("info-name", "Ada"),
        ("info-email", "ada@example.com"),
        ("info-kind", "person"),
    ];
    let wrong = browser.submit(&page, &info[..1], "continue").await;
    assert_eq!(wrong.status, 422);
    let page = browser.submit(&wrong, &info, "continue").await;
    assert!(page.path.ends_with("/address"), "{}", page.path);
    let address = [("address-street", "1 Main St"), ("address-city", "London")];
    let page = browser.submit(&page, &address, "continue").await;
    let back = browser.submit(&page, &[], "back").await;
    assert!(back.path.ends_with("/address"), "{}", back.path);
    let page = browser.submit(&back, &[], "continue").await;
    assert!(page.path.ends_with("/confirm"), "{}", page.text);
    let done = browser
        .submit(&page, &[("confirm-accept", "on")], "continue")
        .await;
    assert_eq!(done.path, "/welcome");
    assert_eq!(wizards.office.done(), ["Ada London"]);
}

#[tokio::test]
async fn files_are_sent_as_browsers_send_them() {
    let archive = Archive::open().await;
    let browser = archive.wizards.browser();
    let page = browser.visit("/register").await;
    let page = browser
        .submit(&page, &[("info-title", "Plan")], "continue")
        .await;
    let file = File::new("plan b.pdf", "application/pdf", PDF);
    let files = [("upload-document", file)];
    let page = browser
        .submit_files(&page, &[NOTE], &files, "continue")
        .await;
    assert!(page.path.ends_with("/review"), "{}", page.text);
    let page = browser.submit(&page, &[], "continue").await;
    assert_eq!(page.path, "/documents");
    assert_eq!(archive.wizards.office.done(), ["plan b.pdf"]);
}
