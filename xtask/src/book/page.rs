//! The links of the book's pages: led into the book before it is built, followed afterwards.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files;

/// Leads the links of a page that go out of the guide to copies inside, and says of which files.
pub(super) fn inside(text: &str) -> (String, Vec<String>) {
    let mut shown = Vec::new();
    let mut parts = text.split("](../");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or((part, ""));
        let path = target.split('#').next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        page += &format!("]({}){rest}", shown_as(path));
        shown.push(path.to_owned());
    }
    (page, shown)
}

/// The name under which a file of the repository is in the book: browsers show text, and download the rest.
/// A dot would make mdBook take it for a page.
pub(super) fn shown_as(path: &str) -> String {
    format!("repository/{}.txt", path.replace('.', "-"))
}

/// Follows every link of every page that stays in the book.
pub(super) fn dead_links(book: &Path) -> Vec<String> {
    let pages: HashMap<PathBuf, String> = files::under(book)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
        .filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
        .collect();
    let mut dead: Vec<String> = pages
        .iter()
        // It is shown under addresses that nobody knows, so its links are absolute.
        .filter(|(page, _)| !page.ends_with("404.html"))
        .flat_map(|(page, html)| {
            let broken = targets(html).filter(|target| !leads_somewhere(&pages, page, target));
            let name = page.display();
            broken.map(move |target| format!("{name}: {target}"))
        })
        .collect();
    dead.sort();
    dead
}

fn leads_somewhere(pages: &HashMap<PathBuf, String>, page: &Path, target: &str) -> bool {
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with("data:") {
        return true;
    }
    let (path, anchor) = target
        .split_once('#')
        .map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = match path {
        "" => page.to_owned(),
        _ => page.with_file_name(path),
    };
    match (pages.get(&file), anchor) {
        (Some(html), Some(anchor)) => html.contains(&format!("id=\"{anchor}\"")),
        (Some(_), None) => true,
        (None, _) => file.is_file(),
    }
}

/// What a page links to or shows.
fn targets(html: &str) -> impl Iterator<Item = &str> {
    let tags = html.split('<').skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    tags.flat_map(|tag| {
        let of = |attribute: &'static str| {
            let parts = tag.split(attribute).skip(1);
            parts.filter_map(|rest| rest.split('"').next())
        };
        of(" href=\"").chain(of(" src=\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_out_of_the_guide_leads_to_a_copy_in_the_book() {
        let (page, shown) = inside("[a](../README.md#try-it), [b](b.md), [c](../demo/shop)");
        assert_eq!(
            page,
            "[a](repository/README-md.txt), [b](b.md), [c](repository/demo/shop.txt)"
        );
        assert_eq!(shown, ["README.md", "demo/shop"]);
    }

    #[test]
    fn a_link_to_no_page_or_no_heading_is_dead() {
        let html = r##"<a href="#here"></a><a id="here" href="#gone"></a><a href="no.html"></a><img src="https://a/b.png">"##;
        let page = PathBuf::from("book/a.html");
        let pages = HashMap::from([(page.clone(), html.to_owned())]);
        let dead: Vec<_> = targets(html)
            .filter(|target| !leads_somewhere(&pages, &page, target))
            .collect();
        assert_eq!(dead, ["#gone", "no.html"]);
    }

    #[test]
    fn a_tag_that_a_page_shows_as_code_is_no_link() {
        let html = r#"<code>&lt;script src="/csrf.js"&gt;</code><a href="csrf.html">more</a>"#;
        assert_eq!(targets(html).collect::<Vec<_>>(), ["csrf.html"]);
    }
}
