//! A secret is never kept, so it is asked for again at the end: on one page.
use cloakroom::form::Form;
use cloakroom::wizard::Wizard;

#[derive(Form)]
struct Account {
    #[field(secret)]
    password: String,
}

#[derive(Form)]
struct Info {
    name: String,
}

#[derive(Form)]
struct Pin {
    #[field(sealed)]
    pin: String,
}

#[derive(Wizard)]
struct Once {
    account: Account,
    info: Info,
    pin: Pin,
}

#[derive(Wizard)]
struct Twice {
    first: Account,
    info: Info,
    #[step(when = has_info, name = "again")]
    second: Option<Account>,
}

fn has_info(so_far: &TwiceSoFar) -> bool {
    so_far.info.is_some()
}

fn main() {}
