//! A wizard in two releases.
use std::sync::{Arc, Mutex};

use cloakroom::form::Form;
use cloakroom::wizard::{Done, Ending, Finish, Finished, Wizard};

#[derive(Form, Debug)]
pub(super) struct Info {
    name: String,
}

#[derive(Form, Debug)]
pub(super) struct Address {
    city: String,
}

#[derive(Form, Debug)]
pub(super) struct Confirmation {
    accept: bool,
}

#[derive(Wizard, Debug)]
pub(super) struct Registration {
    info: Info,
    address: Address,
    #[expect(dead_code, reason = "it is only asked for")]
    confirm: Confirmation,
}

/// What was handed over.
pub(super) type Office = Arc<Mutex<Vec<String>>>;

impl Finish<Office> for Registration {
    async fn done(self, visit: Done<Office>) -> Ending {
        let what = format!("{} {}", self.info.name, self.address.city);
        visit.state.lock().unwrap().push(what);
        Ok(Finished::redirect("/welcome"))
    }
}

/// The same wizard in the next release: one step has another name, one is gone, one is new.
pub(super) mod next {
    use super::{Confirmation, Done, Ending, Finish, Finished, Form, Info, Office, Wizard};

    #[derive(Form, Debug)]
    pub(crate) struct Phone {
        number: String,
    }

    #[derive(Wizard, Debug)]
    #[wizard(version = 2)]
    pub(crate) struct Registration {
        #[step(was = "info")]
        person: Info,
        phone: Phone,
        #[expect(dead_code, reason = "it is only asked for")]
        confirm: Confirmation,
    }

    impl Finish<Office> for Registration {
        async fn done(self, visit: Done<Office>) -> Ending {
            let what = format!("{} {}", self.person.name, self.phone.number);
            visit.state.lock().unwrap().push(what);
            Ok(Finished::redirect("/welcome"))
        }
    }
}
