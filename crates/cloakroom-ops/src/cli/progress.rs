//! A bar that shows how far long work is; only on a terminal.
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Returns a bar for so many; for 0, as many as there will be.
///
/// It draws to the standard error, and nothing where that is no terminal.
pub(crate) fn bar(doing: &'static str, total: u64) -> ProgressBar {
    let bar = if total == 0 {
        ProgressBar::no_length()
    } else {
        ProgressBar::new(total)
    };
    bar.set_style(style(total > 0));
    bar.set_message(doing);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Tells a bar how many there are.
pub(crate) fn set_total(bar: &ProgressBar, total: u64) {
    bar.set_length(total);
    bar.set_style(style(true));
}

fn style(has_total: bool) -> ProgressStyle {
    let template = if has_total {
        "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}"
    } else {
        "{spinner} {msg} {human_pos} {per_sec} {elapsed}"
    };
    ProgressStyle::with_template(template).expect("the template is right")
}
