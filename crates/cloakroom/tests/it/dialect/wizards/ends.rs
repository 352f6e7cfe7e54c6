//! How runs end that formtools keeps as well: once, on whichever side.
use cloakroom::wizard::Storage;
use http::StatusCode;

use super::{BEGUN, Both, texts, wizard_of};
use crate::dialect::THEIRS;
use crate::wizards::{Mishap, Office};

/// What formtools finds of a wizard that nobody has begun.
const BLANK: &str = r#"{"step":null,"step_data":{},"step_files":{},"extra_data":{}"#;

#[tokio::test]
async fn while_done_runs_django_finds_nothing_that_it_could_end_and_of_many_submits_one_is_done() {
    let (office, gate) = Office::closed();
    let both = Both::with(Storage::session(), office).await;
    both.side.begin(BEGUN);
    both.address().await;
    let shown = both.open("/register").await;
    let first = both.send(&shown, &[("accept", "on")]);
    let look = async {
        while both.office.tries() == 0 {
            tokio::task::yield_now().await;
        }
        let state = wizard_of(&both.side.session());
        gate.add_permits(1);
        state
    };
    let (first, state) = tokio::join!(first, look);
    assert_eq!(first.location(), Some("/welcome"));
    assert!(state.starts_with(BLANK), "{state}");
    let again = both.send(&shown, &[("accept", "on")]).await;
    assert_eq!(again.location(), Some("/welcome"));
    assert_eq!(both.office.tries(), 1);
}

#[tokio::test]
async fn what_could_not_be_done_goes_on_on_either_side() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    both.address().await;
    let before = texts(&both.state(), "address");
    both.office.next_time(Mishap::TryAgain);
    assert_eq!(both.confirm().await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(texts(&both.state(), "address"), before);
    assert_eq!(
        texts(&both.state(), "newsletter"),
        r#"{"newsletter-weekly":["on"]}"#
    );
    assert!(
        both.side
            .session()
            .contains(r#""extra_data":{"campaign":NaN}"#)
    );
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
}

#[tokio::test]
async fn a_run_that_django_begins_afterwards_is_another_one() {
    let both = Both::keeping(Storage::session()).await;
    both.side.begin(BEGUN);
    both.address().await;
    let shown = both.open("/register").await;
    both.send(&shown, &[("accept", "on")]).await;
    let begun = wizard_of(BEGUN).replace("\"t\"", "\"u\"");
    let session = format!(r#"{{"wizard_registration":{begun}}}"#);
    both.side.write(THEIRS, &session);
    assert_eq!(
        both.open("/register").await.0.rsplit('/').next(),
        Some("address")
    );
    assert_eq!(
        both.send(&shown, &[("accept", "on")]).await.location(),
        Some("/welcome")
    );
    assert_eq!(both.side.session(), session);
    assert_eq!(both.office.tries(), 1);
}

#[tokio::test]
async fn how_a_run_in_formtools_cookie_ended_is_carried_beside_it() {
    let both = Both::keeping(Storage::cookie()).await;
    both.begin_in_cookie(&wizard_of(BEGUN));
    both.address().await;
    let shown = both.open("/register").await;
    assert_eq!(both.confirm().await.location(), Some("/welcome"));
    let browser = &both.side.browser;
    assert_eq!(browser.cookie("wizard_registration"), None);
    let ends = browser.cookie_names().into_iter();
    assert_eq!(
        ends.filter(|name| name.contains("wizard-registration-"))
            .count(),
        1
    );
    let again = both.send(&shown, &[("accept", "on")]).await;
    assert_eq!(again.location(), Some("/welcome"));
    assert_eq!(both.office.tries(), 1);
}
