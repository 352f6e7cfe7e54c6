//! Wizards in the session, whose steps are taken in on either side.
use cloakroom::django::Value;
use cloakroom::wizard::Storage;
use http::StatusCode;

use super::{BEGUN, Both, texts};
use crate::dialect::THEIRS;
use crate::wizards::hidden_inputs;

#[tokio::test]
async fn a_wizard_begun_in_django_ends_here_and_leaves_the_rest_of_the_session_alone() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    let (_, info) = both.open("/register/info").await;
    assert!(info.text.contains("value=\"Zoë\""), "{}", info.text);
    assert_eq!(both.side.session(), BEGUN);
    both.address().await;
    let state = both.state();
    let newsletter = r#"{"newsletter-weekly":["on"]}"#;
    assert_eq!(texts(&state, "newsletter"), newsletter);
    assert!(
        both.side
            .session()
            .contains(r#""extra_data":{"campaign":NaN}"#)
    );
    assert_eq!(state.get("step").and_then(Value::as_str), Some("confirm"));
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    assert_eq!(both.office.done(), ["Zoë London"]);
    let session = both.side.session();
    assert!(session.starts_with(r#"{"cart":[1],"wizard_registration":{"step":null,"step_data":{},"step_files":{},"extra_data":{}"#), "{session}");
    assert!(session.contains(r#""wizard_other":{"step":null}"#));
}

#[tokio::test]
async fn a_wizard_begun_here_stands_in_the_session_as_formtools_keeps_it() {
    let both = Both::keeping(Storage::session()).await;
    let fields = [
        ("name", "Zoë"),
        ("email", "zoe@example.com"),
        ("kind", "business"),
    ];
    both.go_on("info", &fields).await;
    let session = both.side.session();
    let state = r#""wizard_registration":{"step":"address","step_data":{"info":{"registration-current_step":["info"],"info-email":["zoe@example.com"],"info-kind":["business"],"info-name":["Zo\u00eb"]}},"step_files":{"info":{}},"extra_data":{},"#;
    assert!(session.contains(state), "{session}");
    // Formtools takes in the next two steps.
    let filled = session.replace(
        r#"},"step_files""#,
        r#","address":{"registration-current_step":["address"],"address-street":["1 Main St"],"address-city":["London"]},"company":{"company-name":["Hangers"],"company-vat":["DK1"]}},"step_files""#,
    );
    let key = both.side.browser.cookie("sessionid").expect("a session");
    both.side.write(&key, &filled);
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    assert_eq!(both.office.done(), ["Zoë London Hangers"]);
}

#[tokio::test]
async fn what_django_took_in_wrong_or_not_at_all_is_asked_for_before_the_end() {
    let both = Both::keeping(Storage::session()).await;
    let by_hand = r#"{"wizard_registration":{"step":"confirm","step_data":{"info":{"info-name":["Zoe"],"info-email":["no address"],"info-kind":["person"]},"confirm":{"confirm-accept":["on"]}},"step_files":{},"extra_data":{}}}"#;
    both.side.begin(by_hand);
    let (at, page) = both.open("/register").await;
    assert!(at.ends_with("/info"), "{at}");
    assert!(page.text.contains("no address"));
    let fields = [
        ("name", "Zoe"),
        ("email", "zoe@example.com"),
        ("kind", "person"),
    ];
    both.go_on("info", &fields).await;
    both.address().await;
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    assert_eq!(both.office.done(), ["Zoe London"]);
}

#[tokio::test]
async fn a_page_older_than_what_django_took_in_overwrites_nothing() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    let stale = both.open("/register/info").await;
    both.side.write(THEIRS, &BEGUN.replace("zoe@", "z@"));
    let fields = [
        ("name", "Zoe"),
        ("email", "other@example.com"),
        ("kind", "person"),
    ];
    let page = both.send(&stale, &fields).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(texts(&both.state(), "info").contains("z@example.com"));
}

#[tokio::test]
async fn a_form_of_djangos_page_is_taken_in_at_its_own_address() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    let (_, page) = both.open("/register/address").await;
    let token = hidden_inputs(&page.text)
        .into_iter()
        .find(|(name, _)| name == "csrfmiddlewaretoken");
    let token = token.expect("a token").1;
    let fields = [
        ("csrfmiddlewaretoken", &*token),
        ("registration-current_step", "address"),
        ("address-street", "1 Main St"),
        ("address-city", "London"),
    ];
    let sent = both.side.browser.post("/register/address", &fields).await;
    assert!(sent.location().expect("it went on").ends_with("/confirm"));
    let back = [
        ("csrfmiddlewaretoken", &*token),
        ("wizard_goto_step", "info"),
    ];
    let sent = both.side.browser.post("/register/confirm", &back).await;
    assert!(sent.location().expect("it went back").ends_with("/info"));
    let done = both.side.browser.get("/register/done").await;
    assert_eq!(done.location(), Some("/register"));
    assert_eq!(both.office.tries(), 0);
}
