//! Times and durations as the vectors write them.
use cloakroom::django::{DateTime, Moment, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::case::{Inputs, Unknown};

/// A moment in time, a duration, or a value that is neither.
pub(crate) enum Time {
    DateTime(DateTime),
    Seconds(f64),
    Other,
}

/// Reads `datetime …`, `naive datetime …` and `timedelta(…)`.
pub(super) fn parse(value: &Value) -> Result<Time, Unknown> {
    let Some(text) = value.as_str() else {
        return Ok(Time::Other);
    };
    let date = text
        .strip_prefix("naive datetime ")
        .or_else(|| text.strip_prefix("datetime "));
    if let Some(date) = date {
        let date = DateTime::parse(date).map_err(|error| error.to_string())?;
        return Ok(Time::DateTime(date));
    }
    let arguments = text.strip_prefix("datetime.").unwrap_or(text);
    let Some(arguments) = arguments.strip_prefix("timedelta") else {
        return Ok(Time::Other);
    };
    let arguments = arguments.trim_start_matches('(').trim_end_matches(')');
    delta(arguments)
        .map(Time::Seconds)
        .ok_or_else(|| format!("{text} is unknown"))
}

/// Seconds of the arguments of a `timedelta`: days, seconds, microseconds, or by name.
fn delta(arguments: &str) -> Option<f64> {
    let mut seconds = 0.0;
    for (at, argument) in arguments
        .split(',')
        .map(str::trim)
        .filter(|a| !a.is_empty())
        .enumerate()
    {
        let (name, number) = match argument.split_once('=') {
            Some((name, number)) => (name.trim(), number),
            None => (*["days", "seconds", "microseconds"].get(at)?, argument),
        };
        let unit = match name {
            "weeks" => 604_800.0,
            "days" => 86_400.0,
            "hours" => 3_600.0,
            "minutes" => 60.0,
            "seconds" => 1.0,
            "milliseconds" => 1e-3,
            "microseconds" => 1e-6,
            _ => return None,
        };
        seconds += number.trim().parse::<f64>().ok()? * unit;
    }
    Some(seconds)
}

/// How many seconds the site's clock is ahead of UTC, which is none with `USE_TZ`.
pub(super) fn ahead(settings: &Inputs, at: Moment) -> Result<i32, Unknown> {
    if settings.flag("USE_TZ", true)? {
        return Ok(0);
    }
    let name = settings
        .optional_text("TIME_ZONE")?
        .unwrap_or("America/Chicago");
    let zone = TimeZone::get(name).map_err(|error| error.to_string())?;
    let at = Timestamp::from_microsecond(at.as_micros()).map_err(|error| error.to_string())?;
    Ok(zone.to_offset(at).seconds())
}
