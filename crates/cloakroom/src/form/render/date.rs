//! Days as people write them.
use jiff::civil::{Date, DateTime};

/// Writes `2027-01-31` as 31 January 2027, with its time if it has one; anything else as it is.
pub(in crate::form) fn english_date(text: &str) -> String {
    let text = text.trim();
    if let Ok(both) = text.parse::<DateTime>()
        && text.len() > 10
    {
        return both.strftime("%-d %B %Y, %H:%M").to_string();
    }
    let day = text.parse::<Date>();
    day.map_or_else(
        |_| text.to_owned(),
        |day| day.strftime("%-d %B %Y").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_people_do() {
        for (typed, written) in [
            ("2027-01-31", "31 January 2027"),
            ("2027-01-31T09:05", "31 January 2027, 09:05"),
            ("soon", "soon"),
        ] {
            assert_eq!(english_date(typed), written);
        }
    }
}
