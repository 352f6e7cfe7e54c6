//! A plot: bars side by side, group by group, as SVG.
use std::fmt;

/// Where the names end and the bars begin, how long the longest bar is, and the height of a line, in pixels.
const LEFT: f64 = 260.0;
const LONGEST: f64 = 380.0;
const LINE: f64 = 20.0;
/// Room for a figure behind its bar.
const RIGHT: f64 = 130.0;

const COLOURS: &str = "text{font:13px system-ui,sans-serif;fill:#222}.head{font-weight:600}.bar{fill:#9aa5b1}.ours{fill:#2f6fde}\
    @media(prefers-color-scheme:dark){text{fill:#ddd}.bar{fill:#6b7682}.ours{fill:#6ea0ff}}";

/// Groups of bars; the bars of a group are as long as their share of its longest.
pub struct Plot {
    title: String,
    groups: Vec<Group>,
}

/// What belongs together, such as a case with all its stacks.
pub struct Group {
    /// What the bars are about.
    pub name: String,
    /// The bars, from above.
    pub bars: Vec<Bar>,
}

/// One figure.
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// How long the bar is.
    pub value: f64,
    /// The figure as it is written.
    pub label: String,
    /// Whether it is cloakroom's.
    pub is_ours: bool,
}

impl Plot {
    /// Returns a plot of these groups, without those that have no bars.
    pub fn new(title: impl Into<String>, groups: impl IntoIterator<Item = Group>) -> Self {
        let groups = groups.into_iter().filter(|group| !group.bars.is_empty());
        Self {
            title: title.into(),
            groups: groups.collect(),
        }
    }
}

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: usize = self.groups.iter().map(|group| group.bars.len() + 2).sum();
        let (width, height) = (LEFT + LONGEST + RIGHT, LINE * (lines as f64 + 2.0));
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">"
        )?;
        let title = Escaped(&self.title);
        writeln!(f, "<title>{title}</title><style>{COLOURS}</style>")?;
        let mut y = LINE;
        writeln!(f, "<text class=\"head\" x=\"8\" y=\"{y}\">{title}</text>")?;
        for group in &self.groups {
            y += LINE * 1.5;
            let name = Escaped(&group.name);
            writeln!(f, "<text class=\"head\" x=\"8\" y=\"{y}\">{name}</text>")?;
            let longest = group.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
            for bar in &group.bars {
                y += LINE;
                bar.write(f, y, longest)?;
            }
            y += LINE * 0.5;
        }
        writeln!(f, "</svg>")
    }
}

impl Bar {
    fn write(&self, f: &mut fmt::Formatter<'_>, y: f64, longest: f64) -> fmt::Result {
        let share = if longest > 0.0 {
            self.value.max(0.0) / longest
        } else {
            0.0
        };
        let (length, top) = ((share * LONGEST).max(1.0), y - LINE * 0.7);
        let class = if self.is_ours { "ours" } else { "bar" };
        let (name, label) = (Escaped(&self.name), Escaped(&self.label));
        let (end, after) = (LEFT - 8.0, LEFT + length + 6.0);
        writeln!(
            f,
            "<text x=\"{end}\" y=\"{y}\" text-anchor=\"end\">{name}</text>"
        )?;
        writeln!(
            f,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{:.1}\"/>",
            LINE * 0.8
        )?;
        writeln!(f, "<text x=\"{after:.1}\" y=\"{y}\">{label}</text>")
    }
}

/// Text that stands for itself in XML.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = self.0.replace('&', "&amp;").replace('<', "&lt;");
        f.write_str(&escaped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(name: &str, value: f64) -> Bar {
        Bar {
            name: name.into(),
            value,
            label: format!("{value}"),
            is_ours: false,
        }
    }

    #[test]
    fn bars_are_as_long_as_their_share_of_the_longest_of_their_group() {
        let group = |name: &str, bars| Group {
            name: name.into(),
            bars,
        };
        let plot = Plot::new(
            "a < b",
            [
                group("near", vec![bar("one", 2.0), bar("half", 1.0)]),
                group(
                    "far",
                    vec![bar("alone", 900.0), bar("less than none", -3.0)],
                ),
                group("without any", Vec::new()),
            ],
        );
        let svg = plot.to_string();
        let lengths: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<rect ")?.split("width=\"").nth(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(lengths, ["380.0", "190.0", "380.0", "1.0"]);
        assert!(svg.contains("a &lt; b") && !svg.contains("without any"));
    }
}
