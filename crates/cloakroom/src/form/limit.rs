//! Whether a limit makes sense for a type, decided when the program is compiled.
use crate::form::Input;

/// Says whether `limit` is written as values of this sort are.
pub(super) const fn is_limit(input: Input, limit: Option<&str>) -> bool {
    let Some(limit) = limit else {
        return true;
    };
    let text = limit.as_bytes();
    match input {
        Input::Integer => is_number(text, false),
        Input::Decimal => is_number(text, true),
        Input::Date => text.len() == 10 && is_date(text, 0),
        Input::Time => is_time(text, 0),
        Input::DateTime => {
            text.len() > 11 && is_date(text, 0) && text[10] == b'T' && is_time(text, 11)
        }
        _ => false,
    }
}

const fn is_number(text: &[u8], may_have_point: bool) -> bool {
    let mut at = if !text.is_empty() && text[0] == b'-' {
        1
    } else {
        0
    };
    let mut digits = 0;
    let mut points = 0;
    while at < text.len() {
        match text[at] {
            b'0'..=b'9' => digits += 1,
            b'.' if may_have_point && digits > 0 => points += 1,
            _ => return false,
        }
        at += 1;
    }
    digits > 0 && points <= 1
}

/// Says whether a date as `2027-01-31` begins at `at`.
pub(super) const fn is_date(text: &[u8], at: usize) -> bool {
    if text.len() < at + 10 || text[at + 4] != b'-' || text[at + 7] != b'-' {
        return false;
    }
    let (Some(century), Some(years)) = (number(text, at), number(text, at + 2)) else {
        return false;
    };
    let (Some(month), Some(day)) = (number(text, at + 5), number(text, at + 8)) else {
        return false;
    };
    let year = century * 100 + years;
    year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days(year, month)
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Says whether a time as `09:30` or `09:30:15`, and nothing else, begins at `at`; parts of a second may follow.
pub(super) const fn is_time(text: &[u8], at: usize) -> bool {
    let rest = text.len().saturating_sub(at);
    if rest < 5 || text[at + 2] != b':' || !is_below(text, at, 24) || !is_below(text, at + 3, 60) {
        return false;
    }
    rest == 5
        || (rest >= 8
            && text[at + 5] == b':'
            && is_below(text, at + 6, 60)
            && is_fraction(text, at + 8))
}

const fn is_fraction(text: &[u8], at: usize) -> bool {
    if text.len() == at {
        return true;
    }
    let mut digit = at + 1;
    while digit < text.len() {
        if !text[digit].is_ascii_digit() {
            return false;
        }
        digit += 1;
    }
    text[at] == b'.' && text.len() > at + 1 && text.len() <= at + 10
}

const fn is_below(text: &[u8], at: usize, limit: u32) -> bool {
    matches!(number(text, at), Some(number) if number < limit)
}

/// The number that two digits make.
const fn number(text: &[u8], at: usize) -> Option<u32> {
    if text[at].is_ascii_digit() && text[at + 1].is_ascii_digit() {
        Some((text[at] - b'0') as u32 * 10 + (text[at + 1] - b'0') as u32)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_written_as_its_values_are() {
        for (input, limit, is_one) in [
            (Input::Integer, "-12", true),
            (Input::Integer, "1.5", false),
            (Input::Integer, "", false),
            (Input::Integer, "-", false),
            (Input::Decimal, "1.50", true),
            (Input::Decimal, "1.5.0", false),
            (Input::Decimal, ".5", false),
            (Input::Date, "2024-02-29", true),
            (Input::Date, "2023-02-29", false),
            (Input::Date, "2023-13-01", false),
            (Input::Date, "2023-1-01", false),
            (Input::Date, "2023-01-01T00:00", false),
            (Input::Time, "23:59", true),
            (Input::Time, "24:00", false),
            (Input::Time, "09:30:15.25", true),
            (Input::Time, "09:30:15.", false),
            (Input::DateTime, "2024-02-29T09:30", true),
            (Input::DateTime, "2024-02-29 09:30", false),
            (Input::DateTime, "2024-02-29", false),
            (Input::Text, "1", false),
        ] {
            assert_eq!(is_limit(input, Some(limit)), is_one, "{input:?} {limit}");
        }
        assert!(is_limit(Input::Text, None));
    }
}
