//! The wizards, from their first page to what becomes of the answers.

use axum::http::StatusCode;
use cloakroom::testing::{Browser, Page};

use super::browser;

/// A browser in the middle of a run.
pub(super) struct Visit {
    pub(super) browser: Browser,
    pub(super) run: String,
    pub(super) page: Page,
}

impl Visit {
    pub(super) async fn begin(browser: &Browser, wizard: &str) -> Self {
        let start = browser.get(wizard).await;
        assert_eq!(start.status, StatusCode::SEE_OTHER, "{}", start.text);
        let first = start.location().unwrap().to_owned();
        let (run, _) = first.rsplit_once('/').unwrap();
        Self {
            browser: browser.clone(),
            run: run.to_owned(),
            page: browser.get(&first).await,
        }
    }

    /// Fills in a step and presses a button; goes where that leads.
    pub(super) async fn press(
        &mut self,
        button: (&str, &str),
        step: &str,
        fields: &[(&str, &str)],
    ) -> StatusCode {
        let mut all = hidden(&self.page.text);
        all.push((button.0.to_owned(), button.1.to_owned()));
        let typed = fields
            .iter()
            .map(|(name, value)| (format!("{step}-{name}"), (*value).to_owned()));
        all.extend(typed);
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = self
            .browser
            .post(&format!("{}/{step}", self.run), &all)
            .await;
        self.follow(answer).await
    }

    pub(super) async fn go_on(&mut self, step: &str, fields: &[(&str, &str)]) -> StatusCode {
        self.press(("continue", "1"), step, fields).await
    }

    pub(super) async fn follow(&mut self, answer: Page) -> StatusCode {
        let status = answer.status;
        self.page = match answer.location() {
            Some(to) => self.browser.get(to).await,
            None => answer,
        };
        status
    }

    pub(super) fn heading(&self) -> &str {
        let (_, after) = self
            .page
            .text
            .split_once("<h1>")
            .expect("a page has a heading");
        after.split_once("</h1>").expect("it ends").0
    }
}

/// Returns the hidden inputs of the wizard's form.
pub(super) fn hidden(html: &str) -> Vec<(String, String)> {
    let form = html.split("id=\"wizard\"").nth(1).unwrap_or_default();
    let inputs = form.split("<input type=\"hidden\" ").skip(1);
    let attribute = |input: &str, name: &str| {
        let after = input
            .split(&format!("{name}=\""))
            .nth(1)
            .unwrap_or_default();
        after.split('"').next().unwrap_or_default().to_owned()
    };
    inputs
        .map(|input| (attribute(input, "name"), attribute(input, "value")))
        .collect()
}

const INFO: [(&str, &str); 3] = [
    ("first_name", "Ada"),
    ("last_name", "Lovelace"),
    ("email", "ada@example.com"),
];
const ADDRESS: [(&str, &str); 4] = [
    ("street", "1 High Street"),
    ("city", "London"),
    ("postcode", "N1"),
    ("country", "UK"),
];

async fn about(visit: &mut Visit, kind: &str) -> StatusCode {
    let mut fields = INFO.to_vec();
    fields.push(("kind", kind));
    visit.go_on("info", &fields).await
}

#[tokio::test]
async fn a_business_registers_in_four_steps_and_a_person_in_three() {
    for (kind, steps) in [
        (
            "person",
            &["About you", "Your address", "Check your answers"][..],
        ),
        (
            "business",
            &[
                "About you",
                "Your address",
                "Your business",
                "Check your answers",
            ],
        ),
    ] {
        let browser = browser().await;
        let mut visit = Visit::begin(&browser, "/register").await;
        let mut seen = vec![visit.heading().to_owned()];
        assert_eq!(about(&mut visit, kind).await, StatusCode::SEE_OTHER);
        seen.push(visit.heading().to_owned());
        visit.go_on("address", &ADDRESS).await;
        seen.push(visit.heading().to_owned());
        if kind == "business" {
            visit
                .go_on("company", &[("name", "Engines Ltd"), ("vat", "GB123")])
                .await;
            seen.push(visit.heading().to_owned());
            assert!(visit.page.text.contains("<dd>Engines Ltd</dd>"));
        }
        assert_eq!(seen, steps);
        assert!(visit.page.text.contains("<dt>First name</dt><dd>Ada</dd>"));
        visit.go_on("confirm", &[("accept", "true")]).await;
        assert_eq!(visit.heading(), "Thank you");
        let told = "Welcome, Ada. You are our customer number 1.";
        assert!(visit.page.text.contains(told), "{}", visit.page.text);
        let again = browser.get(&format!("{}/finished", visit.run)).await;
        assert!(again.text.contains(told));
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field_in_the_visitors_language() {
    let browser = browser().await;
    for (language, said) in [
        ("en", "Enter an email address like name@example.com"),
        (
            "de",
            "Geben Sie eine E-Mail-Adresse wie name@example.com ein",
        ),
    ] {
        browser
            .post("/preferences", &[("language", language)])
            .await;
        browser.get("/").await;
        let mut visit = Visit::begin(&browser, "/register?new").await;
        let status = visit
            .go_on("info", &[("first_name", "Ada"), ("email", "nobody")])
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = &visit.page.text;
        assert!(
            page.contains(&format!("<a href=\"#info-email\">{said}</a>")),
            "{page}"
        );
        assert!(page.contains("value=\"Ada\"") && page.contains("value=\"nobody\""));
        assert!(page.contains(&format!("<html lang=\"{language}\"")));
    }
}

#[tokio::test]
async fn every_word_of_every_step_is_there_in_each_language() {
    for (language, foreign) in [("hi", "पहला नाम"), ("ko", "이름"), ("de", "Vorname")]
    {
        let browser = browser().await;
        browser
            .post("/preferences", &[("language", language)])
            .await;
        browser.get("/").await;
        let mut visit = Visit::begin(&browser, "/register").await;
        assert!(visit.page.text.contains(foreign));
        about(&mut visit, "business").await;
        visit.go_on("address", &ADDRESS).await;
        visit
            .go_on("company", &[("name", "Engines"), ("vat", "GB1")])
            .await;
        let shown = visit.page.text.split("<main").nth(1).unwrap();
        for english in [
            "First name",
            "Country",
            "Change",
            "Continue",
            "Back",
            "Step",
            "Not provided",
        ] {
            assert!(
                !shown.contains(&format!(">{english}")),
                "{language}: {english}"
            );
        }
    }
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_wizards_address_leads_to_it() {
    let browser = browser().await;
    for path in ["/register", "/feedback", "/documents/new"] {
        let page = browser.get(&format!("{path}/")).await;
        assert_eq!(page.location(), Some(path));
    }
}

#[tokio::test]
async fn feedback_waits_in_a_cookie_that_keeps_none_of_it_at_the_end() {
    let browser = browser().await;
    let mut visit = Visit::begin(&browser, "/feedback").await;
    let length = || {
        let mut names = browser.cookie_names().into_iter();
        let name = names.find(|name| name.starts_with("wizard-feedback"));
        name.and_then(|name| browser.cookie(&name))
            .map_or(0, |value| value.len())
    };
    visit.go_on("rating", &[("stars", "5")]).await;
    assert!(length() > 0);
    assert_eq!(browser.cookie("sessionid"), None);
    let long = "More hangers ".repeat(70);
    let fields = [("text", &*long), ("stars", "5")];
    visit.press(("save", "1"), "comments", &fields).await;
    assert!(length() > 1000);
    let back = browser.get(&format!("{}/comments", visit.run)).await;
    visit.page = back;
    assert_eq!(
        visit.go_on("comments", &[("text", "")]).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    visit.go_on("comments", &[("text", &long)]).await;
    assert!(
        visit
            .page
            .text
            .contains("Your opinion is number 1 in our book.")
    );
    // What is left says how it ended, for an hour.
    assert!((1..600).contains(&length()), "{}", length());
    for stars in ["0", "6", ""] {
        let mut visit = Visit::begin(&browser, "/feedback?new").await;
        assert_eq!(
            visit.go_on("rating", &[("stars", stars)]).await,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn a_stale_tab_sees_both_versions_and_overwrites_nothing() {
    let browser = browser().await;
    let mut visit = Visit::begin(&browser, "/register").await;
    let stale = visit.page.clone();
    about(&mut visit, "person").await;
    visit.page = stale;
    let other = [("first_name", "Grace"), ("last_name", "Hopper")];
    assert_eq!(visit.go_on("info", &other).await, StatusCode::CONFLICT);
    let page = &visit.page.text;
    assert_eq!(visit.heading(), "This page was changed elsewhere");
    assert!(
        page.contains("<dd>Ada</dd>") && page.contains("value=\"Grace\""),
        "{page}"
    );
    assert!(page.contains("Peg &amp; Ticket"), "it is the shop's page");
}

#[tokio::test]
async fn a_text_that_is_much_too_long_is_told_in_the_shops_style_and_leads_back_to_its_step() {
    let browser = browser().await;
    let mut feedback = Visit::begin(&browser, "/feedback").await;
    feedback.go_on("rating", &[("stars", "5")]).await;
    let text = "x".repeat(3 << 20);
    let status = feedback.go_on("comments", &[("text", &text)]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let text = &feedback.page.text;
    let back = format!("href=\"{}/comments\">Back to the form</a>", feedback.run);
    for shown in ["Peg &amp; Ticket", "too large", &back] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
}
