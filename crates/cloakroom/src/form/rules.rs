//! garde's rules, told by the codes that forms use.
use std::borrow::Cow;
use std::fmt::Display;

use garde::Validate;
use garde::i18n::{
    I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind, with_i18n,
};

use crate::form::Problem;

/// What stands before and between the parts of a message that is a code; no message for people has it.
const MARK: char = '\u{1}';

/// Returns what is wrong, each with the field whose name the path begins with.
pub(super) fn broken<T: Validate>(value: &T, context: &T::Context) -> Vec<(String, Problem)> {
    let Err(report) = with_i18n(Codes, || value.validate_with(context)) else {
        return Vec::new();
    };
    let all = report.iter();
    all.map(|(path, error)| (first(&path.to_string()), problem(error.message())))
        .collect()
}

/// Returns the name that a path such as `lines[2].amount` begins with.
fn first(path: &str) -> String {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    path[..end].trim_start_matches("r#").to_owned()
}

fn problem(message: &str) -> Problem {
    let Some(coded) = message.strip_prefix(MARK) else {
        return Problem::saying("invalid", message.to_owned());
    };
    let mut parts = coded.split(MARK);
    let code = parts.next().unwrap_or("invalid").to_owned();
    match parts.next() {
        Some(limit) => Problem::new(code).with("limit", limit),
        None => Problem::new(code),
    }
}

/// The words of garde's rules: codes, so that the form's own catalogue finds words for them.
struct Codes;

fn code(code: &str) -> Cow<'static, str> {
    format!("{MARK}{code}").into()
}

fn with_limit(code: &str, limit: &dyn Display) -> Cow<'static, str> {
    format!("{MARK}{code}{MARK}{limit}").into()
}

impl I18n for Codes {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        with_limit("min_length", &min)
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        with_limit("max_length", &max)
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        with_limit("min_value", min)
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        with_limit("max_value", max)
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Cow<'static, str> {
        code("invalid")
    }

    fn pattern_no_match(&self, _: &dyn Display) -> Cow<'static, str> {
        code("pattern")
    }

    fn contains_missing(&self, part: &dyn Display) -> Cow<'static, str> {
        with_limit("contains", part)
    }

    fn url_invalid(&self, _: InvalidUrl) -> Cow<'static, str> {
        code("invalid")
    }

    fn prefix_missing(&self, part: &dyn Display) -> Cow<'static, str> {
        with_limit("prefix", part)
    }

    fn suffix_missing(&self, part: &dyn Display) -> Cow<'static, str> {
        with_limit("suffix", part)
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Cow<'static, str> {
        code("invalid")
    }

    fn ip_invalid(&self, _: IpKind) -> Cow<'static, str> {
        code("invalid")
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        with_limit("mismatch", field)
    }

    fn email_invalid(&self, _: InvalidEmail) -> Cow<'static, str> {
        code("invalid")
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        code("ascii")
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        code("alphanumeric")
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        code("required")
    }
}
