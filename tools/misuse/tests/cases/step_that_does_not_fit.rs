//! A conditional step is an `Option`, a repeated one a `Vec`, and every one a form.
use cloakroom::form::Form;
use cloakroom::wizard::Wizard;

#[derive(Form)]
struct Info {
    name: String,
}

struct NoForm {
    name: String,
}

#[derive(Wizard)]
struct AlwaysThere {
    info: Info,
    #[step(when = has_name)]
    more: Info,
}

fn has_name(_: &AlwaysThereSoFar) -> bool {
    true
}

#[derive(Wizard)]
struct SometimesSeveral {
    info: Info,
    #[step(when = has_info)]
    more: Vec<Info>,
}

fn has_info(so_far: &SometimesSeveralSoFar) -> bool {
    so_far.info.is_some()
}

// One error is enough: it is not said as well that it is no wizard.
impl cloakroom::wizard::Finish for SometimesSeveral {
    async fn done(self, _: cloakroom::wizard::Done) -> cloakroom::wizard::Ending {
        Ok(cloakroom::wizard::Finished::redirect("/"))
    }
}

#[derive(Wizard)]
struct NeverSaysWhen {
    info: Info,
    more: Option<Info>,
}

#[derive(Wizard)]
struct CountsOne {
    #[step(min = 1, max = 3)]
    info: Info,
}

#[derive(Wizard)]
struct CountsBackwards {
    #[step(min = 3, max = 1)]
    info: Vec<Info>,
}

#[derive(Wizard)]
struct OfNoForm {
    step: NoForm,
}

#[derive(Wizard)]
struct WrongCondition {
    info: Info,
    #[step(when = takes_nothing)]
    more: Option<Info>,
}

fn takes_nothing() -> bool {
    true
}

fn main() {}
