//! Which wizards can be shared with formtools, as is found out before the first visitor comes.
use axum::Router;
use cloakroom::form::Form;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Storage, Wizard};

use crate::site::Site;
use crate::wizards::{Office, Registration, Wizards};

#[tokio::test]
async fn elsewhere_than_beside_django_a_shared_wizard_is_kept_as_ever() {
    let wizards = Wizards::with::<Registration>(|mount| {
        mount.storage(Storage::session().formtools("registration"))
    });
    let visit = wizards.begin().await;
    visit.up_to_confirm().await;
    assert_eq!(visit.confirm().await.location(), Some("/welcome"));
}

#[derive(Form, Debug)]
struct Sealed {
    #[field(sealed)]
    number: String,
}

#[derive(Wizard, Debug)]
#[expect(dead_code, reason = "it is only asked for")]
struct Payment {
    card: Sealed,
}

impl Finish<Office> for Payment {
    async fn done(self, _: Done<Office>) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

#[tokio::test]
async fn what_formtools_can_t_share_is_said_at_the_start() {
    let site = Site::of(Router::new());
    let drafts = || Storage::drafts(crate::site::memory());
    for (storage, says) in [
        (drafts(), "wizard.payment.formtools: shares"),
        (
            Storage::session(),
            "wizard.payment.card: has a field marked `sealed`",
        ),
    ] {
        let mount = Payment::mount().storage(storage.formtools("payment"));
        let error = mount.router(&site.cloakroom).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let mount = Registration::mount().storage(Storage::cookie().formtools("a b"));
    let error = mount.router(&site.cloakroom).unwrap_err().to_string();
    assert!(
        error.contains("wizard.registration.formtools: is no prefix"),
        "{error}"
    );
}
