//! Answers for which there is no room, and requests that can't be read: both are told on the step's own pages.
use axum::http::StatusCode;
use cloakroom::csrf::Mode;
use cloakroom::form::{Form, Limits};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Mount, Storage, Wizard, Word};

use super::{Office, Visit, Wizards, hidden_inputs};

#[derive(Form, Debug)]
struct Letter {
    subject: String,
    #[field(widget = textarea)]
    body: String,
    #[field(max_length = 100)]
    note: Option<String>,
}

#[derive(Wizard, Debug)]
struct Writing {
    letter: Letter,
    #[expect(dead_code, reason = "it is only asked for")]
    last: Letter,
}

impl Finish<Office> for Writing {
    async fn done(self, visit: Done<Office>) -> Ending {
        visit.state.take(self.letter.subject).await?;
        Ok(Finished::redirect("/welcome"))
    }
}

fn in_cookie(mount: Mount<Writing, Office>) -> Mount<Writing, Office> {
    mount.storage(Storage::cookie())
}

async fn letter(visit: &Visit, button: &str, subject: &str, body: &str, note: &str) -> super::Page {
    let fields = [("subject", subject), ("body", body), ("note", note)];
    visit.press("letter", button, &fields).await
}

#[tokio::test]
async fn what_a_cookie_has_no_room_for_is_told_at_the_longest_field_and_stays_on_the_page() {
    let wizards = Wizards::with(in_cookie);
    let visit = wizards.begin().await;
    letter(&visit, "continue", "Hello", "kept", "").await;
    let long = "y".repeat(20_000);
    for button in ["continue", "save", "goto=last"] {
        let page = letter(&visit, button, "Changed", &long, "short").await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{button}");
        for shown in [
            "href=\"#letter-body\"",
            "characters or fewer, as there is no room for more",
            "value=\"Changed\"",
            "value=\"short\"",
            &*long,
        ] {
            assert!(page.text.contains(shown), "{button}: {shown}");
        }
        // What was kept before is unharmed, and the page can be sent again.
        let kept = visit.get("letter").await;
        assert!(kept.text.contains("kept</textarea>"), "{}", kept.text);
        let (_, told) = page.text.split_once("Body must be ").expect("the limit");
        let limit: usize = told.split(' ').next().unwrap().parse().unwrap();
        assert!((10_000..13_000).contains(&limit), "{limit}");
        let fits = "z".repeat(limit);
        let fields = [("subject", "Changed"), ("body", &*fits), ("note", "")];
        let page = visit.press_on(&page, "letter", "continue", &fields).await;
        assert_eq!(visit.step_of(&page), "last", "{button}");
        letter(&visit, "continue", "Hello", "kept", "").await;
    }
}

#[tokio::test]
async fn a_text_over_its_own_limit_says_so_though_there_is_no_room_for_it() {
    let wizards = Wizards::with(in_cookie);
    let visit = wizards.begin().await;
    let long = "n".repeat(20_000);
    let page = letter(&visit, "continue", "Hello", "body", &long).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in ["Note must be 100 characters or fewer", &long, "Hello"] {
        assert!(page.text.contains(shown), "{shown}");
    }
    assert!(!page.text.contains("no room"), "{}", page.text);
}

#[tokio::test]
async fn a_session_that_has_no_room_left_says_so_at_the_field_too() {
    let settings = |settings: cloakroom::Builder| settings.session(|s| s.max_bytes(10_000));
    let wizards = Wizards::of::<Writing>(Office::default(), |mount| mount, settings);
    let visit = wizards.begin().await;
    letter(&visit, "continue", "Hello", "kept", "").await;
    let page = letter(&visit, "continue", "Hello", &"y".repeat(20_000), "").await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text.contains("href=\"#letter-body\""), "{}", page.text);
    let kept = visit.get("letter").await;
    assert!(kept.text.contains("kept</textarea>"), "{}", kept.text);
}

#[tokio::test]
async fn a_request_over_the_limits_names_them_and_leads_back_to_its_step() {
    for (limits, limit) in [
        (Limits::default().bytes(1 << 19), "At most 512 KiB can"),
        (Limits::default().text_bytes(1 << 20), "At most 1 MiB can"),
        (Limits::default().fields(3), "At most 3 fields can"),
    ] {
        let set = |mount: Mount<Writing, Office>| {
            let words = |word: Word<'_>| (word == Word::BackToStep).then(|| "Zurück".to_owned());
            mount.limits(limits).words(words)
        };
        let wizards = Wizards::with(set);
        let visit = wizards.begin().await;
        let page = letter(&visit, "continue", "Hello", &"y".repeat(3 << 19), "").await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{limit}");
        let back = format!("<a href=\"{}/letter\">Zurück</a>", visit.run);
        for shown in [limit, &back] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        assert!(hidden_inputs(&page.text).is_empty(), "{limit}");
    }
}

#[tokio::test]
async fn a_page_sent_with_too_much_leads_back_to_its_step_whatever_proves_it_to_be_ours() {
    for (mode, says, headline) in [
        // The browser proves it, and the wizard has its own limit.
        (Mode::Ladder, Some("same-origin"), "could not be taken in"),
        // The token does, and is not looked for any further.
        (Mode::Ladder, None, "form is too large"),
        (Mode::TokenAlways, Some("same-origin"), "form is too large"),
    ] {
        let settings = |settings: cloakroom::Builder| settings.csrf(|c| c.mode(mode));
        let wizards = Wizards::of::<Writing>(Office::default(), |mount| mount, settings);
        let mut browser = wizards.browser().clone();
        if let Some(says) = says {
            browser = browser.with_header("sec-fetch-site", says);
        }
        let visit = Visit::begin(&browser, "/register").await;
        letter(&visit, "continue", "Hello", "kept", "").await;
        let page = letter(&visit, "continue", "Hello", &"y".repeat(3 << 20), "").await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{headline}");
        let back = format!("{}/letter", visit.run);
        for shown in [headline, &format!("<a href=\"{back}\">")] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        let kept = browser.get(&back).await;
        assert!(kept.text.contains("kept</textarea>"), "{}", kept.text);
    }
}
