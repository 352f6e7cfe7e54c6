//! A sheet of SVG: boxes, lines and words, in colours for light and for dark rooms.

use std::fmt::Write;

/// The height of a line of words, in pixels.
pub(super) const LINE: i32 = 18;
/// How wide a letter is at most, on average.
const LETTER: i32 = 7;

/// Every sheet has a ground of its own, so that it can be read on any page.
const STYLE: &str = "<style>\
.ground{fill:#fcfcfa}.box{fill:#fff;stroke:#5b6770}.good{fill:#e7f4ea;stroke:#2e7d46}.bad{fill:#fbe9e7;stroke:#b3402e}\
.line{stroke:#5b6770;fill:none;stroke-width:1.5}.life{stroke:#c3c9ce;fill:none;stroke-dasharray:4 4}.tip{fill:#5b6770}\
.patch{fill:#fcfcfa}text{font:14px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1d2429}\
.small{font-size:13px;fill:#46525b}.strong{font-weight:600}\
@media (prefers-color-scheme:dark){.ground,.patch{fill:#1c2125}.box{fill:#272e34;stroke:#93a1ab}\
.good{fill:#1e3a28;stroke:#66b983}.bad{fill:#43241f;stroke:#e08573}.line{stroke:#93a1ab}.life{stroke:#46525b}.tip{fill:#93a1ab}\
text{fill:#eef1f3}.small{fill:#b9c3ca}}\
</style>";

/// What has been drawn so far.
#[derive(Default)]
pub(super) struct Sheet {
    body: String,
}

impl Sheet {
    /// Draws a box with words in it, lines parted by `|`; the first stands out when there are more.
    pub(super) fn boxed(
        &mut self,
        class: &str,
        (x, y): (i32, i32),
        (w, h): (i32, i32),
        words: &str,
    ) {
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}" rx="8" stroke-width="1.5"/>"#
        );
        let lines: Vec<&str> = words.split('|').map(str::trim).collect();
        let top = y + h / 2 - (lines.len() as i32 - 1) * LINE / 2 + 5;
        for (index, line) in lines.iter().enumerate() {
            let class = if index == 0 { "strong" } else { "small" };
            self.words(class, (x + w / 2, top + index as i32 * LINE), line);
        }
    }

    /// Draws a box whose words are all small.
    pub(super) fn boxed_small(&mut self, at: (i32, i32), size: (i32, i32), words: &str) {
        self.boxed("box", at, size, "");
        for (index, line) in words.split('|').enumerate() {
            let y = at.1 + 18 + index as i32 * LINE;
            self.words("small", (at.0 + size.0 / 2, y), line.trim());
        }
    }

    /// Lays another sheet's drawing over this one.
    pub(super) fn append(&mut self, other: Self) {
        self.body += &other.body;
    }

    /// Writes one line of words around this middle.
    pub(super) fn words(&mut self, class: &str, (x, y): (i32, i32), words: &str) {
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="middle">{}</text>"#,
            escaped(words)
        );
    }

    /// Writes lines of words, parted by `|`, on a patch that covers what lies below.
    pub(super) fn label(&mut self, (x, y): (i32, i32), words: &str) {
        let lines: Vec<&str> = words.split('|').map(str::trim).collect();
        let (width, height) = (width(words), lines.len() as i32 * LINE);
        let _ = writeln!(
            self.body,
            r#"<rect class="patch" x="{}" y="{}" width="{width}" height="{height}"/>"#,
            x - width / 2,
            y - height / 2,
        );
        for (index, line) in lines.iter().enumerate() {
            let at = y - height / 2 + 13 + index as i32 * LINE;
            self.words("small", (x, at), line);
        }
    }

    /// Draws an arrow; its tip ends here.
    pub(super) fn arrow(&mut self, from: (f64, f64), to: (f64, f64)) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let (bx, by) = (to.0 - ux * 9.0, to.1 - uy * 9.0);
        let _ = writeln!(
            self.body,
            r#"<path class="line" d="M{:.0} {:.0}L{bx:.0} {by:.0}"/><path class="tip" d="M{:.0} {:.0}L{:.0} {:.0}L{:.0} {:.0}Z"/>"#,
            from.0,
            from.1,
            to.0,
            to.1,
            bx - uy * 5.0,
            by + ux * 5.0,
            bx + uy * 5.0,
            by - ux * 5.0,
        );
    }

    /// Draws a dashed line downwards.
    pub(super) fn life(&mut self, x: i32, from: i32, to: i32) {
        let _ = writeln!(self.body, r#"<path class="life" d="M{x} {from}V{to}"/>"#);
    }

    /// Returns the picture.
    pub(super) fn finish(self, title: &str, (width, height): (i32, i32)) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
             <title>{}</title>\n{STYLE}\n\
             <rect class=\"ground\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>\n{}</svg>\n",
            escaped(title),
            self.body
        )
    }
}

/// Returns how wide words get at most; lines are parted by `|`.
pub(super) fn width(words: &str) -> i32 {
    let longest = words.split('|').map(|line| line.trim().chars().count());
    longest.max().unwrap_or(0) as i32 * LETTER + 8
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
