//! CSRF tokens.
use cloakroom::django::{Value, csrf};

use crate::case::{Answer, Case, Checked, optional};

pub(super) fn mask(case: &Case) -> Checked {
    case.inputs.only(&["secret", "mask"])?;
    let token = csrf::mask(case.inputs.text("secret")?, case.inputs.text("mask")?);
    Ok(Answer::Output(optional(token)))
}

pub(super) fn unmask(case: &Case) -> Checked {
    case.inputs.only(&["token"])?;
    Ok(Answer::Output(optional(csrf::unmask(
        case.inputs.text("token")?,
    ))))
}

pub(super) fn matches(case: &Case) -> Checked {
    case.inputs.only(&["token", "secret"])?;
    let (token, secret) = (case.inputs.text("token")?, case.inputs.text("secret")?);
    Ok(Answer::bool(csrf::matches(token, secret)))
}

pub(super) fn token_format(case: &Case) -> Checked {
    case.inputs.only(&["token"])?;
    let checked = csrf::check_format(case.inputs.text("token")?);
    Ok(Answer::Output(match checked {
        Ok(()) => Value::text("ok"),
        Err(problem) => Value::text(problem.to_string()),
    }))
}
