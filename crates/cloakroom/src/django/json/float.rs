//! Floats as Python's `repr` writes them.

/// Writes the shortest digits that read as the same number, with an exponent from 1e16 on and below
/// 1e-4.
///
/// ```
/// # use cloakroom::django::json::repr;
/// assert_eq!(repr(1e16), "1e+16");
/// assert_eq!(repr(100.0), "100.0");
/// ```
///
/// Of two shortest texts that are equally near it takes the even one, as Python does and `{}` does not.
#[must_use]
pub fn repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}inf");
    }
    let mut buffer = ryu::Buffer::new();
    let (digits, point) = decimal(buffer.format_finite(number.abs()));
    let laid_out = match point {
        -3..=0 => format!(
            "0.{:0>1$}",
            digits,
            digits.len() + point.unsigned_abs() as usize
        ),
        1..=16 => fixed(&digits, point.unsigned_abs() as usize),
        _ => scientific(&digits, point - 1),
    };
    sign.to_owned() + &laid_out
}

/// Returns the digits of a number that may have a point and an exponent, and before which of them the
/// point stands.
fn decimal(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    if digits.is_empty() {
        return ("0".to_owned(), 1);
    }
    let zeros = (all.len() - digits.len()) as i32;
    let point = whole.len() as i32 - zeros + exponent;
    (digits.trim_end_matches('0').to_owned(), point)
}

/// Lays out with the point after so many digits.
fn fixed(digits: &str, point: usize) -> String {
    match digits.split_at_checked(point) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
        _ => format!("{digits:0<point$}.0"),
    }
}

fn scientific(digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_look_as_in_python() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1e22, "1e+22"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e100, "1e+100"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (1e-7, "1e-07"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (-2.5, "-2.5"),
            (-7_639_965_694_283_957.0 / 4.0, "-1909991423570989.2"),
            (0.001_234, "0.001234"),
            (0.000_12, "0.00012"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(repr(number), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_float_reads_as_it_was_written(number: f64) {
            proptest::prop_assert_eq!(repr(number).parse::<f64>().unwrap(), number);
        }
    }
}
