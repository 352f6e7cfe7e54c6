//! How runs end that formtools keeps in its cookie, which has no place for that.
use cloakroom::wizard::Storage;

use super::{BEGUN, Both, wizard_of};

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
