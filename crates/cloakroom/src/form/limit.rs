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

/// Says whether the one limit is at most the other; both are written as values of this sort are.
pub(super) const fn is_at_most(input: Input, least: Option<&str>, most: Option<&str>) -> bool {
    let (Some(least), Some(most)) = (least, most) else {
        return true;
    };
    match input {
        Input::Integer | Input::Decimal => is_number_at_most(least.as_bytes(), most.as_bytes()),
        // Dates and times are as long as each other up to where one ends, and sort as text.
        _ => !matches!(compare(least.as_bytes(), most.as_bytes()), Sign::Greater),
    }
}

enum Sign {
    Less,
    Equal,
    Greater,
}

const fn compare(one: &[u8], other: &[u8]) -> Sign {
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return if one[at] < other[at] {
                Sign::Less
            } else {
                Sign::Greater
            };
        }
        at += 1;
    }
    if one.len() < other.len() {
        Sign::Less
    } else if one.len() > other.len() {
        Sign::Greater
    } else {
        Sign::Equal
    }
}

const fn is_number_at_most(least: &[u8], most: &[u8]) -> bool {
    match (is_negative(least), is_negative(most)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) => !matches!(compare_size(least, most), Sign::Less),
        (false, false) => !matches!(compare_size(least, most), Sign::Greater),
    }
}

/// Says whether a number is below nothing; `-0` is not.
const fn is_negative(number: &[u8]) -> bool {
    let mut at = 1;
    while number[0] == b'-' && at < number.len() {
        if number[at] != b'0' && number[at] != b'.' {
            return true;
        }
        at += 1;
    }
    false
}

/// Compares two numbers without their signs, digit by digit.
const fn compare_size(one: &[u8], other: &[u8]) -> Sign {
    let (ones, others) = (digits_before_point(one), digits_before_point(other));
    let mut place = if ones > others { ones } else { others } as isize - 1;
    while place >= -(one.len() as isize) || place >= -(other.len() as isize) {
        let (digit, against) = (digit_at(one, place), digit_at(other, place));
        if digit != against {
            return if digit < against {
                Sign::Less
            } else {
                Sign::Greater
            };
        }
        place -= 1;
    }
    Sign::Equal
}

const fn point(number: &[u8]) -> usize {
    let mut at = 0;
    while at < number.len() && number[at] != b'.' {
        at += 1;
    }
    at
}

const fn digits_before_point(number: &[u8]) -> usize {
    let sign = if number[0] == b'-' { 1 } else { 0 };
    point(number) - sign
}

/// The digit at a place: 0 for ones, 1 for tens, -1 for tenths; zero where none is written.
const fn digit_at(number: &[u8], place: isize) -> u8 {
    let ones = point(number) as isize - 1;
    // Behind the point each place is one further on.
    let at = if place >= 0 {
        ones - place
    } else {
        ones + 1 - place
    };
    if at < 0 || at >= number.len() as isize || number[at as usize] == b'-' {
        return b'0';
    }
    number[at as usize]
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

    #[test]
    fn what_is_least_is_at_most_what_is_greatest() {
        for (input, least, most, fits) in [
            (Input::Integer, "1", "9", true),
            (Input::Integer, "9", "1", false),
            (Input::Integer, "9", "10", true),
            (Input::Integer, "300", "255", false),
            (Input::Integer, "5", "5", true),
            (Input::Integer, "-10", "-9", true),
            (Input::Integer, "-9", "-10", false),
            (Input::Integer, "-9", "1", true),
            (Input::Integer, "1", "-9", false),
            (Input::Integer, "-0", "0", true),
            (Input::Integer, "0", "-0", true),
            (Input::Integer, "007", "7", true),
            (
                Input::Integer,
                "-9223372036854775808",
                "18446744073709551615",
                true,
            ),
            (Input::Decimal, "0.5", "0.50", true),
            (Input::Decimal, "0.51", "0.5", false),
            (Input::Decimal, "1.5", "10", true),
            (Input::Decimal, "10", "1.5", false),
            (Input::Decimal, "-0.5", "-0.4", true),
            (Input::Decimal, "-0.4", "-0.5", false),
            (Input::Date, "2027-01-31", "2027-02-01", true),
            (Input::Date, "2027-02-01", "2027-01-31", false),
            (Input::Time, "09:30", "09:30:15", true),
            (Input::Time, "18:00", "09:30", false),
            (
                Input::DateTime,
                "2027-01-31T09:30",
                "2027-01-31T09:29",
                false,
            ),
        ] {
            let got = is_at_most(input, Some(least), Some(most));
            assert_eq!(got, fits, "{input:?} {least} {most}");
        }
        assert!(is_at_most(Input::Integer, None, Some("1")));
    }
}
