//! Who says what to whom, from top to bottom.
//!
//! ```text
//! sequence TITLE
//! lane NAME What stands above it
//! NAME -> OTHER: what is said
//! NAME does: what it does by itself
//! ```

use super::sheet::{LINE, Sheet, width};

const MARGIN: i32 = 24;
const PITCH: i32 = 196;
const HEAD: i32 = 40;

struct Lanes<'a>(Vec<(&'a str, &'a str)>);

impl Lanes<'_> {
    fn middle(&self, name: &str) -> Result<i32, String> {
        let found = self.0.iter().position(|(lane, _)| *lane == name);
        let index = found.ok_or_else(|| format!("no lane is called `{name}`"))?;
        Ok(MARGIN + PITCH / 2 + index as i32 * PITCH)
    }
}

pub(super) fn draw(title: &str, lines: &[&str]) -> Result<String, String> {
    let lanes = |line: &&str| line.starts_with("lane ");
    let named = lines.iter().filter(|line| lanes(line));
    let named = named.filter_map(|line| line["lane ".len()..].split_once(' '));
    let all = Lanes(named.collect());
    let mut rows = Sheet::default();
    let mut y = MARGIN + HEAD + 14;
    for line in lines.iter().filter(|line| !lanes(line)) {
        y = row(&mut rows, &all, line, y)?;
    }
    let mut sheet = Sheet::default();
    for (name, title) in &all.0 {
        let x = all.middle(name)?;
        sheet.life(x, MARGIN + HEAD, y);
        sheet.boxed("box", (x - 76, MARGIN), (152, HEAD), title);
    }
    sheet.append(rows);
    Ok(sheet.finish(title, (2 * MARGIN + all.0.len() as i32 * PITCH, y + MARGIN)))
}

/// Draws one line of the text and returns where the next one begins.
fn row(sheet: &mut Sheet, all: &Lanes<'_>, line: &str, y: i32) -> Result<i32, String> {
    let wrong = || format!("not understood: {line}");
    let (who, words) = line.split_once(": ").ok_or_else(wrong)?;
    let height = words.split('|').count() as i32 * LINE;
    if let Some((from, to)) = who.split_once(" -> ") {
        let (from, to) = (all.middle(from)?, all.middle(to)?);
        sheet.label(((from + to) / 2, y + height / 2), words);
        let at = f64::from(y + height + 6);
        sheet.arrow((from.into(), at), (to.into(), at));
        return Ok(y + height + 22);
    }
    let lane = who.strip_suffix(" does").ok_or_else(wrong)?;
    let (x, wide) = (all.middle(lane)?, width(words) + 12);
    sheet.boxed_small((x - wide / 2, y), (wide, height + 10), words);
    Ok(y + height + 24)
}
