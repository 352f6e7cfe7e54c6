//! Lengths of time as operators write them: `30d`, `12h`, `90s`.
use std::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("w", 604_800),
    ("d", 86_400),
    ("h", 3_600),
    ("m", 60),
    ("s", 1),
];

/// Reads one or more numbers with units, for example `30d`, `12h` or `1d12h`; units are `w`, `d`,
/// `h`, `m` and `s`.
///
/// # Errors
/// Says what is expected when the text is anything else or longer than 100 years.
pub fn parse(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected a number with a unit: w, d, h, m or s, as in 30d or 12h";
    const LONGEST: u64 = 100 * 366 * 86_400;
    let mut rest = text;
    let mut seconds = 0_u64;
    while !rest.is_empty() || text.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| EXPECTED)?;
        let (unit, factor) = UNITS
            .into_iter()
            .find(|(unit, _)| after.starts_with(unit))
            .ok_or(EXPECTED)?;
        seconds = seconds.saturating_add(number.saturating_mul(factor));
        rest = &after[unit.len()..];
    }
    if seconds > LONGEST {
        return Err("is longer than 100 years".into());
    }
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_numbers_with_units() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("2m", Some(120)),
            ("12h", Some(43_200)),
            ("30d", Some(2_592_000)),
            ("1w", Some(604_800)),
            ("1d12h", Some(129_600)),
            ("0s", Some(0)),
            ("", None),
            ("30", None),
            ("d", None),
            ("-1d", None),
            ("1.5h", None),
            ("1y", None),
            ("30 d", None),
            ("99999999999999999999d", None),
            ("9999999999999999999d", None),
            ("ж", None),
        ] {
            let read = parse(text).ok().map(|span| span.as_secs());
            assert_eq!(read, seconds, "{text}");
        }
    }
}
