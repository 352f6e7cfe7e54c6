//! What leads where: boxes on a grid, and arrows between them.
//!
//! ```text
//! flow TITLE
//! box NAME COLUMN,ROW Words | more words     (also `good` and `bad`, which have colours)
//! arrow NAME OTHER what leads there
//! ```

use super::sheet::Sheet;

const MARGIN: i32 = 24;
const BOX: (i32, i32) = (204, 64);
const PITCH: (i32, i32) = (344, 112);
/// How far two arrows in opposite directions stand apart.
const APART: f64 = 30.0;

struct Place<'a> {
    kind: &'a str,
    name: &'a str,
    cell: (i32, i32),
    words: &'a str,
}

impl Place<'_> {
    fn corner(&self) -> (i32, i32) {
        let (column, row) = self.cell;
        (MARGIN + column * PITCH.0, MARGIN + row * PITCH.1)
    }

    fn middle(&self) -> (f64, f64) {
        let (x, y) = self.corner();
        (f64::from(x + BOX.0 / 2), f64::from(y + BOX.1 / 2))
    }
}

struct Arrow<'a> {
    from: &'a str,
    to: &'a str,
    words: &'a str,
}

pub(super) fn draw(title: &str, lines: &[&str]) -> Result<String, String> {
    let (mut places, mut arrows) = (Vec::new(), Vec::new());
    for line in lines {
        match line.split_once(' ') {
            Some(("arrow", rest)) => arrows.push(arrow(rest).ok_or_else(|| wrong(line))?),
            Some((kind @ ("box" | "good" | "bad"), rest)) => {
                places.push(place(kind, rest).ok_or_else(|| wrong(line))?);
            }
            _ => return Err(wrong(line)),
        }
    }
    let mut sheet = Sheet::default();
    let mut labels = Vec::new();
    for arrow in &arrows {
        let (from, to) = (find(&places, arrow.from)?, find(&places, arrow.to)?);
        let back = arrows
            .iter()
            .any(|other| (other.from, other.to) == (arrow.to, arrow.from));
        let (start, end) = span(from, to, back);
        sheet.arrow(start, end);
        let middle = ((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0);
        labels.push(((middle.0 as i32, middle.1 as i32), arrow.words));
    }
    for (at, words) in labels.into_iter().filter(|(_, words)| !words.is_empty()) {
        sheet.label(at, words);
    }
    for place in &places {
        sheet.boxed(place.kind, place.corner(), BOX, place.words);
    }
    let cells = || places.iter().map(|place| place.cell);
    let columns = cells().map(|cell| cell.0).max().unwrap_or(0);
    let rows = cells().map(|cell| cell.1).max().unwrap_or(0);
    let size = (
        2 * MARGIN + columns * PITCH.0 + BOX.0,
        2 * MARGIN + rows * PITCH.1 + BOX.1,
    );
    Ok(sheet.finish(title, size))
}

fn wrong(line: &str) -> String {
    format!("not understood: {line}")
}

fn place<'a>(kind: &'a str, rest: &'a str) -> Option<Place<'a>> {
    let (name, rest) = rest.split_once(' ')?;
    let (cell, words) = rest.split_once(' ')?;
    let (column, row) = cell.split_once(',')?;
    let cell = (column.parse().ok()?, row.parse().ok()?);
    Some(Place {
        kind,
        name,
        cell,
        words,
    })
}

fn arrow(rest: &str) -> Option<Arrow<'_>> {
    let (from, rest) = rest.split_once(' ')?;
    let (to, words) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Arrow { from, to, words })
}

fn find<'a, 'b>(places: &'b [Place<'a>], name: &str) -> Result<&'b Place<'a>, String> {
    let found = places.iter().find(|place| place.name == name);
    found.ok_or_else(|| format!("no box is called `{name}`"))
}

/// Returns where an arrow begins and ends: at the borders, beside the middle when another comes back.
fn span(from: &Place<'_>, to: &Place<'_>, back: bool) -> ((f64, f64), (f64, f64)) {
    let (a, b) = (from.middle(), to.middle());
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx.hypot(dy).max(1.0);
    let aside = if back { APART / 2.0 } else { 0.0 };
    let (ox, oy) = (-dy / length * aside, dx / length * aside);
    let reach = |dx: f64, dy: f64| {
        let (w, h) = (f64::from(BOX.0) / 2.0, f64::from(BOX.1) / 2.0);
        (w / dx.abs().max(1e-6)).min(h / dy.abs().max(1e-6))
    };
    let t = reach(dx, dy);
    let start = (a.0 + dx * t + ox, a.1 + dy * t + oy);
    let end = (b.0 - dx * t + ox, b.1 - dy * t + oy);
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_goes_from_border_to_border() {
        let at = |column| Place {
            kind: "box",
            name: "a",
            cell: (column, 0),
            words: "",
        };
        let (start, end) = span(&at(0), &at(1), false);
        assert_eq!(start.0 as i32, MARGIN + BOX.0);
        assert_eq!(end.0 as i32, MARGIN + PITCH.0);
        assert_eq!(start.1 as i32, MARGIN + BOX.1 / 2);
        let (_, beside) = span(&at(0), &at(1), true);
        assert!((beside.1 - end.1 - APART / 2.0).abs() < 0.01);
    }
}
