//! The site's keys in the order of their ages, and what retired ones still open.
use crate::amount::number;
use crate::dashboard::Desk;
use crate::dashboard::page::table;

/// Makes the table of keys: the current one first, then the retired ones, the oldest last.
pub(super) fn table_of(desk: &Desk) -> String {
    let opened = desk
        .figures
        .by_labels("cloakroom_opened_by_retired_key_total");
    let row = |(age, id): (usize, String)| {
        let count = opened.iter().find(|(labels, _)| labels.contains(&id));
        let count = number(count.map_or(0, |(_, count)| *count));
        match age {
            0 => vec![code(&id), "current: seals and opens".into(), "–".into()],
            1 => vec![code(&id), "retired last".into(), count],
            _ => vec![code(&id), format!("retired {age} keys ago"), count],
        }
    };
    let rows: Vec<_> = desk
        .cloakroom
        .key_ids()
        .into_iter()
        .enumerate()
        .map(row)
        .collect();
    table("Keys by age", &["Key", "Standing", "Opened so far"], &rows)
}

/// An id is hexadecimal digits.
fn code(id: &str) -> String {
    format!("<code>{id}</code>")
}
