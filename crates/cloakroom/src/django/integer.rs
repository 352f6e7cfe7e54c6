//! Whole numbers of any size: Python's decimal digits and the two's complement of its pickles.
use crate::django::{DjangoError, Result};

/// The most decimal digits that Python reads or writes unless told otherwise.
pub(super) const MAX_DIGITS: usize = 4300;
/// The bytes of the largest number of that many digits.
const MAX_BYTES: usize = 1786;

/// So many decimal digits are worked on at a time.
const STEP: usize = 18;
const BASE: u128 = 10_u128.pow(STEP as u32);

/// Removes leading zeros, and the sign of zero.
pub(super) fn canonical(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    }
}

/// Reads a number as pickles hold it: little end first, two's complement.
///
/// # Errors
///
/// When it has more digits than Python would write.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<String> {
    if bytes.len() > MAX_BYTES + 1 {
        return Err(too_large());
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let magnitude = if negative {
        negated(bytes)
    } else {
        bytes.to_vec()
    };
    // Little end first, in base 10^18.
    let mut groups: Vec<u64> = Vec::new();
    for byte in magnitude.iter().rev() {
        let mut carry = u128::from(*byte);
        for group in &mut groups {
            let sum = u128::from(*group) * 256 + carry;
            *group = (sum % BASE) as u64;
            carry = sum / BASE;
        }
        if carry > 0 {
            groups.push(carry as u64);
        }
    }
    let mut text = String::from(if negative { "-" } else { "" });
    for group in groups.iter().rev() {
        text.push_str(&format!("{group:018}"));
    }
    let text = canonical(&text);
    if text.trim_start_matches('-').len() > MAX_DIGITS {
        return Err(too_large());
    }
    Ok(text)
}

/// Writes decimal digits as pickles hold them, in as few bytes as the sign allows.
pub(super) fn to_bytes(digits: &str) -> Vec<u8> {
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits),
    };
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = digits;
    while !rest.is_empty() {
        let (step, after) = rest.split_at(rest.len().min(STEP));
        rest = after;
        let scale = 10_u128.pow(step.len() as u32);
        let mut carry = step.parse::<u128>().expect("these are digits");
        for byte in &mut bytes {
            let sum = u128::from(*byte) * scale + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        while carry > 0 {
            bytes.push(carry as u8);
            carry >>= 8;
        }
    }
    bytes.push(0);
    if negative {
        bytes = negated(&bytes);
    }
    shortened(bytes)
}

fn negated(bytes: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let negate = |byte: &u8| {
        let (byte, over) = (!byte).overflowing_add(u8::from(carry));
        carry = over;
        byte
    };
    bytes.iter().map(negate).collect()
}

/// Drops high bytes that say no more than the sign below them.
pub(super) fn shortened(mut bytes: Vec<u8>) -> Vec<u8> {
    while let [.., below, top] = bytes.as_slice() {
        let sign = if below & 0x80 == 0 { 0 } else { 0xff };
        if *top != sign {
            break;
        }
        bytes.pop();
    }
    bytes
}

fn too_large() -> DjangoError {
    DjangoError::malformed("number", "it has more digits than Python reads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_bytes_that_python_gives_them() {
        for (digits, bytes) in [
            ("0", &[0][..]),
            ("255", &[0xff, 0]),
            ("-128", &[0x80]),
            ("-129", &[0x7f, 0xff]),
            ("1180591620717411303424", &[0, 0, 0, 0, 0, 0, 0, 0, 0x40]),
            (
                "-9223372036854775809",
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff],
            ),
        ] {
            assert_eq!(to_bytes(digits), bytes, "{digits}");
            assert_eq!(from_bytes(bytes).as_deref(), Ok(digits));
        }
        assert_eq!(from_bytes(&[]).as_deref(), Ok("0"));
    }

    #[test]
    fn the_largest_number_that_python_writes_passes_and_a_longer_one_does_not() {
        let largest = "9".repeat(MAX_DIGITS);
        assert_eq!(from_bytes(&to_bytes(&largest)), Ok(largest.clone()));
        assert!(from_bytes(&to_bytes(&format!("1{largest}"))).is_err());
        assert!(from_bytes(&vec![1; 1 << 20]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn digits_and_bytes_say_the_same(number: i128) {
            let bytes = to_bytes(&number.to_string());
            let mut wide = [if number < 0 { 0xff } else { 0 }; 16];
            wide[..bytes.len()].copy_from_slice(&bytes);
            proptest::prop_assert_eq!(i128::from_le_bytes(wide), number);
            proptest::prop_assert_eq!(from_bytes(&bytes), Ok(number.to_string()));
        }
    }
}
