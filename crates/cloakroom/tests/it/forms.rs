//! Forms: what is read, what is checked, what is shown.
mod arguments;
mod checks;
mod looks;
mod reading;
mod receiving;
mod sets;

use cloakroom::form::{Answers, Bound, Context, Form};

/// Makes answers of names and texts.
pub(crate) fn answers(pairs: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::new();
    for (name, text) in pairs {
        answers.add_text(name, *text);
    }
    answers
}

/// Binds a form to these answers.
pub(crate) fn bind<T: Form>(pairs: &[(&str, &str)]) -> Bound<T> {
    T::bind(answers(pairs), Context::new())
}

/// Returns the codes of what is wrong with a field.
pub(crate) fn codes<T>(form: &Bound<T>, field: &str) -> Vec<String> {
    let problems = form.errors().of(field).iter();
    problems.map(|problem| problem.code().to_owned()).collect()
}
