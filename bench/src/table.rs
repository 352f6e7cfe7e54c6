//! A Markdown table whose columns line up, so that it reads well in a terminal too.
use std::fmt;

/// A heading and rows of as many cells; the first columns lean left, all others right.
pub struct Table {
    rows: Vec<Vec<String>>,
    left: usize,
}

impl Table {
    /// Returns an empty table whose first `left` columns hold words, and all others figures.
    pub fn new<const N: usize>(left: usize, heading: [&str; N]) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned).into()],
            left,
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, row: &[String]) -> fmt::Result {
        for (column, cell) in row.iter().enumerate() {
            let width = self.width(column);
            if column < self.left {
                write!(f, "| {cell:<width$} ")?;
            } else {
                write!(f, "| {cell:>width$} ")?;
            }
        }
        writeln!(f, "|")
    }

    fn write_rule(&self, f: &mut fmt::Formatter<'_>, columns: usize) -> fmt::Result {
        for column in 0..columns {
            let dashes = "-".repeat(self.width(column) + 1);
            let end = if column < self.left { "-" } else { ":" };
            write!(f, "|{dashes}{end}")?;
        }
        writeln!(f, "|")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, row) in self.rows.iter().enumerate() {
            self.write_row(f, row)?;
            if number == 0 {
                self.write_rule(f, row.len())?;
            }
        }
        Ok(())
    }
}

/// Returns a whole figure with a comma between thousands.
pub fn grouped(figure: f64) -> String {
    let digits = format!("{:.0}", figure.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if figure.round() < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lean_left_and_figures_right() {
        let mut table = Table::new(1, ["case", "ns"]);
        table.row(["untouched".to_owned(), "+320".to_owned()]);
        let lines = [
            "| case      |   ns |",
            "|-----------|-----:|",
            "| untouched | +320 |",
            "",
        ];
        assert_eq!(table.to_string(), lines.join("\n"));
    }

    #[test]
    fn thousands_are_set_apart() {
        let cases = [
            (0.4, "0"),
            (999.6, "1,000"),
            (-1234.0, "-1,234"),
            (1_234_567.0, "1,234,567"),
        ];
        for (figure, text) in cases {
            assert_eq!(grouped(figure), text);
        }
    }
}
