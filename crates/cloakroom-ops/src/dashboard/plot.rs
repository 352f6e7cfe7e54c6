//! A plot over time as inline SVG, drawn without a style of its own so that every policy lets it through.
use std::fmt::Write;

use cloakroom::clock::Timestamp;

use crate::amount::number;
use crate::dashboard::page::Safe;
use crate::when::When;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 140.0;
/// Room for the figures beside and below.
const LEFT: f64 = 44.0;
const BELOW: f64 = 24.0;
/// Room for half of a figure above the highest line.
const ABOVE: f64 = 10.0;

/// One line of a plot: its name, its class and a value for each moment.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) values: Vec<u64>,
}

/// Draws lines over moments; they have a value for each.
pub(super) fn plot(title: &str, at: &[Timestamp], lines: &[Line]) -> String {
    let (Some(first), Some(last)) = (at.first(), at.last()) else {
        return format!(
            "<figure><figcaption>{title}</figcaption><p class=\"soft\">Being counted.</p></figure>\n"
        );
    };
    let span = last.since(*first).as_secs().max(1) as f64;
    let highest = lines.iter().flat_map(|line| &line.values).max().copied();
    let top = nice(highest.unwrap_or(0));
    // A clock that was turned leads nobody out of the picture.
    let part = |at: &Timestamp| (at.since(*first).as_secs() as f64 / span).min(1.0);
    let x = |at: &Timestamp| LEFT + (WIDTH - LEFT) * part(at);
    let y = |value: u64| (HEIGHT - BELOW) * (1.0 - value as f64 / top as f64) + ABOVE;
    let mut svg = String::new();
    for step in 0..=2 {
        let value = top * step / 2;
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y(value) + 4.0,
            short(value),
            y = y(value),
        );
    }
    for line in lines {
        let points: Vec<_> = at
            .iter()
            .zip(&line.values)
            .map(|(at, value)| format!("{:.1},{:.1}", x(at), y(*value)))
            .collect();
        let _ = match points.len() {
            1 => write!(
                svg,
                "<circle class=\"{}\" cx=\"{LEFT}\" cy=\"{:.1}\" r=\"3\"/>",
                line.class,
                y(line.values[0])
            ),
            _ => write!(
                svg,
                "<polyline class=\"{}\" points=\"{}\"/>",
                line.class,
                points.join(" ")
            ),
        };
    }
    let ends = [(LEFT, "start", first), (WIDTH, "end", last)];
    let ends = if first == last { &ends[..1] } else { &ends };
    for (x, anchor, at) in ends {
        let time = When(**at).rfc3339();
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            HEIGHT + ABOVE - 4.0,
            &time[11..16]
        );
    }
    let legend = |line: &Line| {
        let last = line.values.last().copied().unwrap_or(0);
        format!(
            "<span class=\"{}\">{} <b>{}</b></span>",
            line.class,
            line.name,
            number(last)
        )
    };
    let legend: Vec<_> = lines.iter().map(legend).collect();
    format!(
        "<figure><figcaption>{} <span class=\"legend\">{}</span></figcaption>\n\
         <svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">{svg}</svg></figure>\n",
        Safe(title),
        legend.join(" "),
        HEIGHT + ABOVE,
        Safe(title),
    )
}

/// Returns a number in as few letters as tell it, for the edge of a plot.
fn short(number: u64) -> String {
    let scaled = |unit: u64, name: &str| format!("{}{name}", number as f64 / unit as f64);
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => scaled(1_000, "k"),
        1_000_000..1_000_000_000 => scaled(1_000_000, "M"),
        _ => scaled(1_000_000_000, "G"),
    }
}

/// Returns the next number that is easy to read, an even one.
fn nice(highest: u64) -> u64 {
    let mut step = 2;
    loop {
        for factor in [1, 2, 5] {
            if let Some(top) = u64::checked_mul(step, factor)
                && top >= highest
            {
                return top;
            }
        }
        match step.checked_mul(10) {
            Some(next) => step = next,
            None => return u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_ends_at_a_number_that_is_easy_to_read() {
        for (highest, top) in [
            (0, 2),
            (3, 4),
            (5, 10),
            (11, 20),
            (101, 200),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(nice(highest), top, "{highest}");
        }
    }

    #[test]
    fn the_edge_of_a_plot_tells_large_numbers_in_few_letters() {
        let rows = [
            (0, "0"),
            (999, "999"),
            (2_500, "2.5k"),
            (1_000_000, "1M"),
            (4_000_000_000, "4G"),
        ];
        for (value, expected) in rows {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn a_line_goes_from_edge_to_edge_and_one_moment_is_a_dot() {
        let at = [0, 60, 120].map(Timestamp::from_secs);
        let line = |values: &[u64]| Line {
            name: "live",
            class: "a",
            values: values.to_vec(),
        };
        let drawn = plot("Sessions", &at, &[line(&[0, 5, 10])]);
        assert!(
            drawn.contains("points=\"44.0,126.0 232.0,68.0 420.0,10.0\""),
            "{drawn}"
        );
        let dot = plot("Sessions", &at[..1], &[line(&[3])]);
        assert!(dot.contains("<circle") && !dot.contains("NaN"), "{dot}");
        assert!(plot("Sessions", &[], &[]).contains("Being counted"));
    }

    #[test]
    fn a_clock_that_jumps_leads_no_line_out_of_the_picture() {
        let rows = [
            ([0, 9_000, 60], "44.0,10.0 420.0,10.0 420.0,10.0"),
            ([9_000, 0, 60], "44.0,10.0 44.0,10.0 44.0,10.0"),
        ];
        for (at, points) in rows {
            let line = Line {
                name: "live",
                class: "a",
                values: vec![2, 2, 2],
            };
            let drawn = plot("Sessions", &at.map(Timestamp::from_secs), &[line]);
            assert!(drawn.contains(points), "{drawn}");
        }
    }
}
