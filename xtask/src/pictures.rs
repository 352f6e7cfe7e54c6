//! The guide's pictures: drawn as SVG from the texts beside them, so that a change of either is seen in review.

mod flow;
mod sequence;
mod sheet;

use std::fs;
use std::path::PathBuf;

use crate::files;
use crate::step::{Ending, Outcome};

const FOLDER: &str = "docs/pictures";

/// Draws every picture anew.
pub(crate) fn draw(_: &[String]) -> Outcome {
    for (text, svg) in pictures()? {
        let picture = drawn(&read(&text)?).map_err(|why| format!("{}: {why}", text.display()))?;
        fs::write(&svg, picture).map_err(|error| format!("{}: {error}", svg.display()))?;
        println!("{}", svg.display());
    }
    Ok(Ending::Passed)
}

/// Says whether every picture is as its text says.
///
/// # Errors
///
/// Names those that are not.
pub(crate) fn check() -> Result<(), String> {
    let mut stale = Vec::new();
    for (text, svg) in pictures()? {
        let picture = drawn(&read(&text)?).map_err(|why| format!("{}: {why}", text.display()))?;
        if fs::read_to_string(&svg).ok().as_deref() != Some(&picture) {
            stale.push(svg.display().to_string());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not as the text beside it says: {}; run `cargo xtask pictures`",
        stale.join(", ")
    ))
}

/// The texts, each with the picture that is drawn from it.
fn pictures() -> Result<Vec<(PathBuf, PathBuf)>, String> {
    let files = files::under(FOLDER.as_ref());
    let texts = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let pairs: Vec<_> = texts
        .map(|text| (text.clone(), text.with_extension("svg")))
        .collect();
    match pairs.is_empty() {
        true => Err(format!("no picture is described in {FOLDER}")),
        false => Ok(pairs),
    }
}

fn read(path: &PathBuf) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Draws one text; its first line says of which kind it is and what the picture is called.
fn drawn(text: &str) -> Result<String, String> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let lines = rest.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    match first.split_once(' ') {
        Some(("sequence", title)) => sequence::draw(title, &lines),
        Some(("flow", title)) => flow::draw(title, &lines),
        _ => Err("the first line is neither `sequence TITLE` nor `flow TITLE`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_neither_kind_and_an_arrow_to_nowhere_are_told() {
        for (text, word) in [
            ("circle Life", "neither"),
            ("flow Life\nbox a 0,0 A\narrow a b to b", "`b`"),
            ("flow Life\nbox a zero,0 A", "box a zero,0 A"),
            ("sequence Life\nlane a A\na -> c: hello", "`c`"),
            ("sequence Life\nlane a A\na says nothing", "a says nothing"),
        ] {
            let why = drawn(text).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn what_a_text_says_stands_in_its_picture_escaped() {
        let picture = drawn("flow A & B\nbox a 0,0 less <\nbox b 1,0 B\narrow a b x > y").unwrap();
        for part in ["A &amp; B", "less &lt;", "x &gt; y"] {
            assert!(picture.contains(part), "{picture}");
        }
    }
}
