//! `/register`: becoming a customer, in three steps or four. Its drafts are in the session.

use std::sync::Arc;

use cloakroom::form::{Choice, Email, Form};
use cloakroom::wizard::{Broken, Done, Ending, Finish, Finished, Wizard};
use serde::{Deserialize, Serialize};

use crate::shop::Shop;
use crate::texts::Texts;
use crate::view::language_of;

#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Person,
    Business,
}

#[derive(Form, Debug)]
pub(crate) struct Info {
    #[field(max_length = 100, autocomplete = "given-name")]
    first_name: String,
    #[field(max_length = 100, autocomplete = "family-name")]
    last_name: String,
    #[field(autocomplete = "email")]
    email: Email,
    kind: Kind,
}

#[derive(Form, Debug)]
pub(crate) struct Address {
    #[field(max_length = 200, autocomplete = "street-address")]
    street: String,
    #[field(max_length = 100, autocomplete = "address-level2")]
    city: String,
    #[field(max_length = 20, autocomplete = "postal-code")]
    postcode: String,
    #[field(max_length = 100, autocomplete = "country-name")]
    country: String,
}

#[derive(Form, Debug)]
pub(crate) struct Company {
    #[field(max_length = 200, autocomplete = "organization")]
    name: String,
    #[field(max_length = 30)]
    vat: String,
}

#[derive(Form, Debug)]
pub(crate) struct Confirm {
    #[field(required)]
    accept: bool,
}

#[derive(Wizard, Debug)]
#[wizard(name = "register")]
pub(crate) struct Register {
    info: Info,
    address: Address,
    #[step(when = is_business)]
    company: Option<Company>,
    #[step(review)]
    confirm: Confirm,
}

fn is_business(so_far: &RegisterSoFar) -> bool {
    so_far
        .info
        .as_ref()
        .is_some_and(|info| info.kind == Kind::Business)
}

/// Somebody who has registered.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Customer {
    name: String,
    email: String,
    address: String,
    company: Option<String>,
    vat: Option<String>,
}

impl Finish<Arc<Shop>> for Register {
    async fn done(self, visit: Done<Arc<Shop>>) -> Ending {
        let texts = Texts::of(language_of(&visit.session)?);
        let first_name = self.info.first_name.clone();
        let customer = self.customer();
        let Ok(number) = visit
            .state
            .archive
            .customers
            .enter(visit.run.as_str(), customer)
        else {
            return Err(Broken::try_again(texts.not_handed_in));
        };
        let welcome = texts.registered.replace("{number}", &number.to_string());
        Ok(Finished::confirmation(welcome.replacen(
            "{name}",
            &first_name,
            1,
        )))
    }
}

impl Register {
    fn customer(self) -> Customer {
        let Self {
            info,
            address,
            company,
            confirm: Confirm { accept: _ },
        } = self;
        let (company, vat) = company.map(|it| (it.name, it.vat)).unzip();
        Customer {
            name: format!("{} {}", info.first_name, info.last_name),
            email: info.email.as_str().to_owned(),
            address: [
                address.street,
                address.city,
                address.postcode,
                address.country,
            ]
            .join(", "),
            company,
            vat,
        }
    }
}
