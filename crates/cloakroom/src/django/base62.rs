//! Whole numbers in base 62, in which Django writes the time of a signature.
use crate::django::{DjangoError, Result};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FORMAT: &str = "base 62";

/// Writes a number with the digits `0-9A-Za-z` and a minus sign before negative ones.
///
/// ```
/// assert_eq!(cloakroom::django::base62::encode(1_767_225_600), "1vb66i");
/// ```
#[must_use]
pub fn encode(number: i128) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::with_capacity(8);
    loop {
        digits.push(DIGITS[usize::try_from(rest % 62).expect("a digit is below 62")]);
        rest /= 62;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push(b'-');
    }
    digits
        .iter()
        .rev()
        .map(|digit| char::from(*digit))
        .collect()
}

/// Reads a number. Leading zeros are fine, and a lone minus sign is zero, as in Django.
///
/// # Errors
///
/// When the text is empty, has another character, or the number does not fit 128 bits.
pub fn decode(text: &str) -> Result<i128> {
    if text.is_empty() {
        return Err(DjangoError::malformed(FORMAT, "it is empty"));
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let mut number: i128 = 0;
    for byte in digits.bytes() {
        number = number
            .checked_mul(62)
            .and_then(|number| number.checked_add(i128::from(digit(byte)?)))
            .ok_or(DjangoError::malformed(FORMAT, "it is no number"))?;
    }
    Ok(if negative { -number } else { number })
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'Z' => Some(byte - b'A' + 10),
        b'a'..=b'z' => Some(byte - b'a' + 36),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_django_writes_them() {
        for (number, text) in [
            (0, "0"),
            (9, "9"),
            (10, "A"),
            (35, "Z"),
            (36, "a"),
            (61, "z"),
            (62, "10"),
            (3843, "zz"),
            (-62, "-10"),
            (1_767_225_600, "1vb66i"),
        ] {
            assert_eq!(encode(number), text);
            assert_eq!(decode(text), Ok(number));
        }
        assert_eq!(decode("0000A"), Ok(10));
        assert_eq!(decode("-"), Ok(0));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "a$", "--1", "é", " 1", "+1", &"z".repeat(99)] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_number_reads_as_it_was_written(number in -(1_i128 << 100)..(1_i128 << 100)) {
            proptest::prop_assert_eq!(decode(&encode(number)), Ok(number));
        }
    }
}
