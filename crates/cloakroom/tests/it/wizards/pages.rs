//! How a wizard's pages look, and how a site makes its own.
use axum::Router;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use cloakroom::form::{Form, Part, Wanted};
use cloakroom::testing::Browser;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Page, PageKind, Shown, Wizard};
use cloakroom::{Cloakroom, OwnPage};
use minijinja::{Environment, Value, context};

use super::{Office, Registration, Wizards};
use crate::site::{keys, memory};

#[tokio::test]
async fn a_page_has_one_heading_its_progress_and_the_buttons() {
    let wizards = Wizards::new();
    let visit = wizards.begin().await;
    let page = visit.get("info").await.text;
    assert_eq!(page.matches("<h1>").count(), 1);
    for shown in [
        "<title>About you – Registration</title>",
        "<h1>About you</h1>",
        "step 1",
        "name=\"continue\"",
        "name=\"save\"",
        "formnovalidate",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("name=\"back\""), "{page}");
    visit.info("person").await;
    assert!(visit.get("address").await.text.contains("name=\"back\""));
    let nonce = page
        .split("nonce=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_eq!(nonce.len(), 22);
}

#[tokio::test]
async fn a_site_makes_its_own_pages_of_all_parts() {
    const TEMPLATE: &str = "{{ page.kind }}|{{ page.step }}|{{ page.steps.step1 }}/{{ page.steps.count }}|\
        {% for step in page.steps.all %}{{ step.name }}={{ step.status }};{% endfor %}|{{ page.steps.prev.name }}|{{ page.steps.next.name }}|\
        {% for field in page.form %}{{ field.name }},{% endfor %}|{{ page.hidden }}|{{ page.wizard.title }}|{{ user }}";
    let wizards = Wizards::with::<Registration>(|mount| {
        mount.page(|page| {
            let user = page.session().and_then(|session| session.user_id());
            assert!(page.messages().is_some());
            let environment = Environment::new();
            environment.render_str(TEMPLATE, context! { page => Value::from(page), user })
        })
    });
    let visit = wizards.begin().await;
    visit.info("business").await;
    wizards.browser().get("/login/ada").await;
    let page = visit.get("address").await.text;
    let parts: Vec<&str> = page.split('|').collect();
    assert_eq!(parts[..3], ["step", "address", "2/4"]);
    assert_eq!(
        parts[3],
        "info=completed;address=in progress;company=cannot start yet;confirm=cannot start yet;"
    );
    assert_eq!(
        parts[4..7],
        ["info", "company", "address-street,address-city,"]
    );
    assert!(parts[7].contains("wizard-revision"), "{page}");
    assert_eq!(parts[8..], ["Registration", "ada"]);
}

#[tokio::test]
async fn a_site_may_bring_only_its_frame() {
    let wizards = Wizards::with::<Registration>(|mount| {
        mount.page(|page| {
            let is_step = page.kind() == PageKind::Step;
            Ok::<_, std::fmt::Error>(format!("<body class={is_step}>{}</body>", page.html()))
        })
    });
    let visit = wizards.begin().await;
    assert!(
        visit
            .get("info")
            .await
            .text
            .starts_with("<body class=true>")
    );
    assert_eq!(visit.step_of(&visit.info("person").await), "address");
}

#[tokio::test]
async fn a_page_that_can_not_be_made_loses_nothing() {
    let wizards = Wizards::with::<Registration>(|mount| {
        mount.page(|page| match page.step() {
            "info" => Ok(page.html()),
            _ => Err("no such template"),
        })
    });
    let visit = wizards.begin().await;
    visit.info("person").await;
    let page = visit.get("address").await;
    assert_eq!(page.status.as_u16(), 500);
    assert!(!page.text.contains("no such template"));
    assert!(visit.get("info").await.text.contains("value=\"Ada\""));
}

#[tokio::test]
async fn a_site_can_tell_the_plain_pages_of_the_library_from_its_own() {
    async fn told(response: Response) -> Response {
        let is_plain = response.extensions().get::<OwnPage>().is_some();
        ([("x-plain", is_plain.to_string())], response).into_response()
    }
    for (makes_pages, expected) in [(false, "true"), (true, "false")] {
        let site = Cloakroom::builder(keys()).store(memory()).build().unwrap();
        let mount = Registration::mount();
        let mount = match makes_pages {
            true => mount.page(|page| Ok::<_, std::fmt::Error>(page.html())),
            false => mount,
        };
        let wizard = mount.router(&site).unwrap();
        let app = Router::new().nest("/register", wizard);
        let app = app.with_state(Office::default()).layer(site.layer());
        let browser = Browser::of(app.layer(map_response(told)));
        let page = browser.visit("/register").await;
        assert_eq!(page.headers["x-plain"], expected);
        let nothing = browser.get("/register/resume/nothing").await;
        assert_eq!(nothing.headers["x-plain"], expected);
    }
}

#[tokio::test]
async fn a_site_says_each_page_in_the_visitors_words() {
    fn loud(wanted: &Wanted<'_>) -> Option<String> {
        let is_label = wanted.part == Part::Label;
        is_label.then(|| wanted.field.unwrap_or_default().to_uppercase())
    }
    fn in_loud(page: &Page) -> Result<String, std::fmt::Error> {
        let sections = page.review().iter().flat_map(|section| &section.sheets);
        let mut shown: Vec<_> = sections.cloned().collect();
        if let Some(Shown::One(sheet)) = page.shown() {
            shown.push(sheet.clone());
        }
        let said = shown.into_iter().map(|sheet| sheet.texts(loud));
        let said = said.flat_map(|sheet| {
            let lines = sheet
                .review()
                .map(|(label, text)| format!("{label}={text};"));
            lines.collect::<Vec<_>>()
        });
        Ok(format!("{}|{}", said.collect::<String>(), page.hidden()))
    }
    let wizards = Wizards::with::<Registration>(|mount| mount.page(in_loud));
    let visit = wizards.begin().await;
    visit.info("person").await;
    let fields = [("street", "1 High Street"), ("city", "London")];
    visit.send("address", &fields).await;
    let page = visit.get("confirm").await.text;
    assert!(page.starts_with("NAME=Ada;"), "{page}");
    assert!(page.contains("CITY=London;ACCEPT=No;"), "{page}");
}

#[derive(Form, Debug)]
struct Guest {
    name: String,
}

#[derive(Wizard, Debug)]
struct Party {
    #[step(min = 1, max = 3)]
    guests: Vec<Guest>,
    host: Guest,
    #[step(review)]
    #[expect(dead_code, reason = "it is only asked for")]
    check: Nothing,
}

#[derive(Form, Debug)]
struct Nothing;

impl Finish<Office> for Party {
    async fn done(self, visit: Done<Office>) -> Ending {
        let guests: Vec<String> = self.guests.into_iter().map(|guest| guest.name).collect();
        visit
            .state
            .take(format!("{} by {}", guests.join("+"), self.host.name))
            .await?;
        Ok(Finished::redirect("/"))
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_repeated_step_says_in_which_of_its_forms() {
    let wizards = Wizards::with::<Party>(|mount| mount);
    let visit = wizards.begin().await;
    visit
        .press("guests", "guests-add", &[("0-name", "Ada")])
        .await;
    let fields = [("0-name", "Ada"), ("1-name", "B\0b")];
    let page = visit.send("guests", &fields).await;
    assert!(
        page.text
            .contains("<a href=\"#guests-1-name\">Guest 2: Name has characters"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn forms_of_a_repeated_step_are_added_and_removed_without_a_script() {
    let wizards = Wizards::with::<Party>(|mount| mount);
    let visit = wizards.begin().await;
    let page = visit
        .press("guests", "guests-add", &[("0-name", "Ada")])
        .await;
    assert_eq!(visit.step_of(&page), "guests");
    let shown = visit.get("guests").await.text;
    assert!(
        shown.contains("guests-1-name") && shown.contains("value=\"Ada\""),
        "{shown}"
    );
    visit
        .press(
            "guests",
            "guests-add",
            &[("0-name", "Ada"), ("1-name", "Bob")],
        )
        .await;
    let fields = [("0-name", "Ada"), ("1-name", "Bob"), ("2-name", "Grace")];
    visit.press("guests", "guests-remove=1", &fields).await;
    let shown = visit.get("guests").await.text;
    assert!(
        !shown.contains("Bob") && shown.contains("value=\"Grace\""),
        "{shown}"
    );
    let page = visit
        .send("guests", &[("0-name", "Ada"), ("1-name", "Grace")])
        .await;
    assert_eq!(visit.step_of(&page), "host");
    visit.send("host", &[("name", "Eve")]).await;
    let review = visit.get("check").await.text;
    for shown in ["<h3>Guest 1</h3>", "<h3>Guest 2</h3>"] {
        assert_eq!(review.matches(shown).count(), 1, "{shown}: {review}");
    }
    assert!(!review.contains("<h3>Guest 3"), "{review}");
    visit.send("check", &[]).await;
    assert_eq!(wizards.office.done(), ["Ada+Grace by Eve"]);
}
