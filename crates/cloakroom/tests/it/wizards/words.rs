//! Wizards in another language: every word of their pages and of their forms.
use cloakroom::form::{Part, Wanted};
use cloakroom::store::AnyStore;
use cloakroom::testing::Page;
use cloakroom::wizard::{Mount, Storage, Word};

use super::{Mishap, Office, Registration, Visit, Wizards};
use crate::site::memory;

/// Says each word in a language that nobody speaks.
fn strange(word: Word<'_>) -> Option<String> {
    Some(match word {
        Word::Language => "tlh".into(),
        Word::WizardTitle(_) => "<qel>".into(),
        Word::StepTitle { step, .. } => format!("<mIw> {step}"),
        Word::Progress { wizard, number, .. } => format!("{wizard} {number}"),
        other => format!("qo {}", other.english().len()),
    })
}

fn strange_forms(wanted: &Wanted<'_>) -> Option<String> {
    Some(match wanted.part {
        Part::Label => format!("pong {}", wanted.field?),
        Part::Error(code) => format!("Qagh {code}"),
        Part::TitlePrefix => "Qagh: ".into(),
        Part::Summary => "Qaghmey".into(),
        _ => return None,
    })
}

fn strangely(mount: Mount<Registration, Office>) -> Mount<Registration, Office> {
    mount.words(strange).texts(strange_forms)
}

/// Sees that nothing is said in English but what the forms have no word for.
fn is_strange(page: &Page) {
    const ENGLISH: [&str; 20] = [
        "lang=\"en\"",
        "About you",
        "Registration",
        "Continue",
        ">Back",
        "Save and",
        "Change",
        "changed",
        "What is saved",
        "Keep what",
        "Take what",
        "are saved",
        "Go on",
        ">Done",
        "being sent",
        "See whether",
        "tell whether",
        "Something failed",
        "find these",
        "Start here",
    ];
    for english in ENGLISH {
        assert!(!page.text.contains(english), "{english}: {}", page.text);
    }
    assert!(page.text.contains("<html lang=\"tlh\">"), "{}", page.text);
}

#[tokio::test]
async fn every_word_of_the_pages_can_be_in_another_language() {
    let drafts: AnyStore = memory();
    let storage = Storage::drafts(drafts);
    let wizards = Wizards::with::<Registration>(|mount| strangely(mount).storage(storage));
    let visit = wizards.begin().await;
    let page = visit.get("info").await;
    is_strange(&page);
    for shown in [
        "<title>&lt;mIw&gt; info – &lt;qel&gt;</title>",
        "<h1>&lt;mIw&gt; info</h1>",
        "&lt;qel&gt; 1</p>",
        "pong email",
    ] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    let wrong = visit.send("info", &[("name", "")]).await;
    is_strange(&wrong);
    for shown in ["<title>Qagh: ", "Qaghmey", "Qagh required"] {
        assert!(wrong.text.contains(shown), "{shown}: {}", wrong.text);
    }
    visit.info("person").await;
    let stale = visit.get("address").await;
    visit.press("address", "save", &[("street", "x")]).await;
    is_strange(&visit.get("address?saved").await);
    let mine = [("street", "y"), ("city", "Rome")];
    is_strange(&visit.press_on(&stale, "address", "continue", &mine).await);
    visit.address().await;
    is_strange(&visit.get("confirm").await);
    let stranger = Visit {
        browser: wizards.browser().another(),
        run: visit.run.clone(),
    };
    is_strange(&stranger.get("info").await);
    wizards.office.next_time(Mishap::Fail);
    is_strange(&visit.confirm().await);
}

#[tokio::test]
async fn who_is_told_that_there_is_nothing_is_told_in_the_look_of_the_site() {
    let storage = Storage::drafts(memory());
    let wizards = Wizards::with::<Registration>(|mount| {
        strangely(mount).storage(storage).page(|page| {
            let (kind, link) = (page.kind().as_str(), page.link().unwrap_or_default());
            Ok::<_, std::fmt::Error>(format!("{kind}|{link}|{}", page.html()))
        })
    });
    let visit = wizards.begin().await;
    visit.info("person").await;
    let stranger = Visit {
        browser: wizards.browser().another(),
        run: visit.run.clone(),
    };
    for at in [format!("{}/info", visit.run), "/register/resume/no".into()] {
        let page = stranger.browser.get(&at).await;
        assert_eq!(page.status, 404, "{at}");
        let (kind, rest) = page.text.split_once('|').expect("the site's page");
        assert_eq!(kind, "not_found", "{at}");
        assert!(rest.starts_with("/register|<h1>"), "{at}: {rest}");
    }
}

#[tokio::test]
async fn a_page_of_ones_own_and_steps_in_templates_speak_the_same_language() {
    let wizards = Wizards::with::<Registration>(|mount| {
        strangely(mount).page(|page| {
            let titles: Vec<_> = page.steps().all().iter().map(|step| &*step.title).collect();
            let said = page.say(Word::Back);
            Ok::<_, std::fmt::Error>(format!("{said}|{}|{}", page.heading(), titles.join(",")))
        })
    });
    let visit = wizards.begin().await;
    let page = visit.get("info").await.text;
    assert_eq!(
        page,
        "qo 4|<mIw> info|<mIw> info,<mIw> address,<mIw> confirm"
    );
}
