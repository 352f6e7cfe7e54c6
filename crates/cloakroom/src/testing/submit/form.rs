//! The form that a page shows, with what is filled in already and the button that is pressed.
use crate::testing::Page;
use crate::testing::submit::tags::{Tag, tags};

/// A form of a page, with a button pressed.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) is_get: bool,
    pub(super) is_multipart: bool,
    pub(super) action: String,
    controls: Vec<Control>,
    pressed: Option<(String, String)>,
    /// Where it was shown, for whoever asks it for what it has not.
    shown: String,
}

/// Something to be filled in.
#[derive(Debug)]
struct Control {
    name: String,
    kind: Kind,
    /// What can be chosen, and what is; of a text the one that stands there.
    items: Vec<(String, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    /// A box or a radio button; others of its name are beside it.
    Mark,
    Select,
    SelectMany,
    File,
}

impl Form {
    /// Finds the form with the button of this name, or `name=value`; an empty text is a button without a name.
    ///
    /// # Panics
    /// When the page shows no such button.
    pub(super) fn on(page: &Page, button: &str) -> Self {
        let (name, value) = match button.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (button, None),
        };
        let all = tags(&page.text);
        let shown = format!("{} ({})", page.path, page.status.as_u16());
        let buttons = || owned(&all).filter(|(_, tag)| is_button(tag));
        let is_it = |tag: &Tag| {
            tag.attribute("name").unwrap_or_default() == name
                && value.is_none_or(|value| tag.attribute("value") == Some(value))
        };
        let Some((form, pressed)) = buttons().find(|(_, tag)| is_it(tag)) else {
            let there = buttons().map(|(_, tag)| tag.attribute("name").unwrap_or_default());
            panic!(
                "{shown} shows no button `{button}`, but {}:\n{}",
                listed(there),
                page.text
            );
        };
        let said = |own: &str, of_form: &str| {
            let said = pressed.attribute(own).or(form.attribute(of_form));
            said.unwrap_or_default().to_ascii_lowercase()
        };
        let action = pressed.attribute("formaction").or(form.attribute("action"));
        let action = action.filter(|action| !action.is_empty());
        let value = pressed.attribute("value").unwrap_or_default();
        Self {
            is_get: said("formmethod", "method") != "post",
            is_multipart: said("formenctype", "enctype") == "multipart/form-data",
            action: action.unwrap_or(&page.path).to_owned(),
            controls: controls(&all, form),
            pressed: (!name.is_empty()).then(|| (name.to_owned(), value.to_owned())),
            shown,
        }
    }

    /// Returns what is sent: what is filled in with these fields over it, and the button.
    ///
    /// # Panics
    /// When the form has no such field, or does not offer such a choice.
    pub(super) fn texts(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let given = fields.iter().flat_map(|(name, value)| {
            let value = self.takes(name, value);
            value.map(|value| ((*name).to_owned(), value))
        });
        let given: Vec<_> = given.collect();
        let is_given = |control: &&Control| fields.iter().any(|(name, _)| *name == control.name);
        let left = self.controls.iter().filter(|control| !is_given(control));
        let left = left.flat_map(|control| {
            let chosen = control.items.iter().filter(|(_, is_chosen)| *is_chosen);
            chosen.map(|(value, _)| (control.name.clone(), value.clone()))
        });
        let pressed = self.pressed.clone();
        let all = left.chain(given).chain(pressed);
        all.map(|(name, value)| (name, with_line_ends(&value)))
            .collect()
    }

    /// Returns the names of the inputs that take a file.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let files = self.controls.iter().filter(|one| one.kind == Kind::File);
        files.map(|control| control.name.as_str())
    }

    /// Makes sure that a file can be chosen.
    ///
    /// # Panics
    /// When the form has no input for it, or is sent without files.
    pub(super) fn must_take_file(&self, name: &str) {
        assert!(
            self.files().any(|own| own == name),
            "the form on {} has no input for a file `{name}`, but {}",
            self.shown,
            listed(self.files())
        );
        assert!(
            self.is_multipart,
            "the form on {} is not sent as multipart/form-data, so the file in `{name}` would not be",
            self.shown
        );
    }

    /// Returns what is sent when a visitor gives a field this value; `None` for a box that is cleared.
    fn takes(&self, name: &str, value: &str) -> Option<String> {
        let controls = self.controls.iter().filter(|one| one.kind != Kind::File);
        let own: Vec<&Control> = controls.filter(|one| one.name == name).collect();
        let Some(first) = own.first() else {
            let there = self.controls.iter().map(|control| control.name.as_str());
            panic!(
                "the form on {} has no field `{name}`, but {}",
                self.shown,
                listed(there)
            );
        };
        if first.kind == Kind::Text {
            return Some(value.to_owned());
        }
        let items = || own.iter().flat_map(|control| &control.items);
        if items().any(|(item, _)| item == value) {
            return Some(value.to_owned());
        }
        if first.kind == Kind::Mark {
            match (value, &own[..]) {
                ("", _) => return None,
                ("on", [lone]) => return Some(lone.items[0].0.clone()),
                _ => {}
            }
        }
        panic!(
            "the field `{name}` on {} does not offer `{value}`, but {}",
            self.shown,
            listed(items().map(|(item, _)| item.as_str()))
        );
    }
}

/// Goes through a page's tags with the form that each belongs to: the one that its `form` names, or that it stands in.
fn owned(all: &[Tag]) -> impl Iterator<Item = (&Tag, &Tag)> {
    let named = |id: &str| {
        let mut forms = all.iter().filter(|tag| tag.name == "form");
        forms.find(move |form| form.attribute("id") == Some(id))
    };
    let mut around = None;
    all.iter().filter_map(move |tag| {
        match tag.name.as_str() {
            "form" => around = Some(tag),
            "/form" => around = None,
            _ => {}
        }
        let form = tag.attribute("form").map_or(around, named);
        form.map(|form| (form, tag))
    })
}

fn is_button(tag: &Tag) -> bool {
    let kind = tag.attribute("type").unwrap_or_default();
    !tag.has("disabled")
        && match tag.name.as_str() {
            "button" => !["button", "reset"].contains(&kind),
            "input" => ["submit", "image"].contains(&kind),
            _ => false,
        }
}

/// Lists what can be filled in, as the HTML standard has it ("constructing the entry list").
fn controls(all: &[Tag], form: &Tag) -> Vec<Control> {
    let mut controls: Vec<Control> = Vec::new();
    let mut is_in_select = false;
    for (_, tag) in owned(all).filter(|(own, _)| std::ptr::eq(*own, form)) {
        if tag.name == "option" && is_in_select {
            let value = tag.attribute("value").unwrap_or(tag.text.trim());
            let item = (value.to_owned(), tag.has("selected"));
            let list = controls.last_mut();
            list.into_iter()
                .for_each(|list| list.items.push(item.clone()));
            continue;
        }
        let is_control = ["input", "textarea", "select", "/select"].contains(&tag.name.as_str());
        if is_control {
            let control = control(tag);
            is_in_select = control.is_some() && tag.name == "select";
            controls.extend(control);
        }
    }
    for list in &mut controls {
        // What is shown at first is chosen.
        if list.kind == Kind::Select && list.items.iter().all(|(_, is_chosen)| !is_chosen) {
            list.items.iter_mut().take(1).for_each(|item| item.1 = true);
        }
    }
    controls
}

fn control(tag: &Tag) -> Option<Control> {
    let name = tag.attribute("name").filter(|name| !name.is_empty())?;
    let value = || tag.attribute("value").unwrap_or_default().to_owned();
    let (kind, items) = match (tag.name.as_str(), tag.attribute("type").unwrap_or_default()) {
        _ if tag.has("disabled") => return None,
        ("select", _) if tag.has("multiple") => (Kind::SelectMany, Vec::new()),
        ("select", _) => (Kind::Select, Vec::new()),
        ("textarea", _) => {
            let text = tag.text.strip_prefix('\n').unwrap_or(&tag.text);
            (Kind::Text, vec![(text.to_owned(), true)])
        }
        ("input", "checkbox" | "radio") => {
            let value = tag.attribute("value").unwrap_or("on").to_owned();
            (Kind::Mark, vec![(value, tag.has("checked"))])
        }
        ("input", "file") => (Kind::File, Vec::new()),
        ("input", "submit" | "image" | "button" | "reset") => return None,
        ("input", _) => (Kind::Text, vec![(value(), true)]),
        _ => return None,
    };
    Some(Control {
        name: name.to_owned(),
        kind,
        items,
    })
}

/// Browsers send each line end as CRLF.
fn with_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    all.dedup();
    match all.is_empty() {
        true => "none".to_owned(),
        false => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    const FORMS: &str = "<form action=\"/search\"><input name=\"q\"><button>Find</button></form>\
        <form id=\"it\" method=\"post\" enctype=\"multipart/form-data\">\
        <input type=\"hidden\" name=\"token\" value=\"&lt;1&gt; &amp;lt;\">\
        <input name=\"name\" value=\"Ada\"><input name=\"gone\" value=\"1\" disabled>\
        <textarea name=\"text\">\none\ntwo</textarea>\
        <input type=\"checkbox\" name=\"news\" value=\"true\" checked>\
        <input type=\"checkbox\" name=\"day\" value=\"mon\" checked><input type=\"checkbox\" name=\"day\" value=\"tue\">\
        <input type=\"radio\" name=\"kind\" value=\"a\"><input type=\"radio\" name=\"kind\" value=\"b\" checked>\
        <select name=\"size\"><option value=\"\">Choose</option><option>Small</option></select>\
        <select name=\"many\" multiple><option value=\"1\" selected><option value=\"2\" selected><option value=\"3\"></select>\
        <input type=\"file\" name=\"file\">\
        <button name=\"go\" value=\"7\">Go</button></form>\
        <button form=\"it\" name=\"to\" value=\"x\" formaction=\"/x\">X</button><button type=\"button\" name=\"js\">J</button>";

    fn on(button: &str) -> Form {
        let page = Page {
            path: "/here?a=1".into(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            text: FORMS.into(),
        };
        Form::on(&page, button)
    }

    fn sent(button: &str, fields: &[(&str, &str)]) -> Vec<String> {
        let texts = on(button).texts(fields).into_iter();
        texts
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn what_the_page_shows_as_filled_in_is_sent_with_the_button() {
        let shown = [
            "token=<1> &lt;",
            "name=Ada",
            "text=one\r\ntwo",
            "news=true",
            "day=mon",
            "kind=b",
            "size=",
            "many=1",
            "many=2",
        ];
        let with = |button| [&shown[..], &[button]].concat();
        assert_eq!(sent("go", &[]), with("go=7"));
        assert_eq!(sent("to=x", &[]), with("to=x"));
        assert_eq!(sent("", &[]), ["q="]);
    }

    #[test]
    fn fields_that_are_given_take_the_place_of_what_is_shown() {
        let given = [
            ("name", "Grace"),
            ("text", ""),
            ("news", ""),
            ("day", "tue"),
            ("day", "mon"),
            ("kind", "a"),
            ("size", "Small"),
            ("many", "3"),
        ];
        let expected = [
            "token=<1> &lt;",
            "name=Grace",
            "text=",
            "day=tue",
            "day=mon",
            "kind=a",
            "size=Small",
            "many=3",
            "go=7",
        ];
        assert_eq!(sent("go", &given), expected);
        assert!(sent("go", &[("news", "on")]).contains(&"news=true".to_owned()));
    }

    #[test]
    fn a_form_goes_where_it_says_or_where_its_button_says() {
        for (button, action, is_get, is_multipart) in [
            ("go", "/here?a=1", false, true),
            ("to", "/x", false, true),
            ("", "/search", true, false),
        ] {
            let form = on(button);
            assert_eq!(form.action, action);
            assert_eq!((form.is_get, form.is_multipart), (is_get, is_multipart));
        }
    }

    #[test]
    fn what_the_page_does_not_have_is_named() {
        let asked: [(fn(), &str); 8] = [
            (
                || drop(on("pay")),
                "/here?a=1 (200) shows no button `pay`, but ``, `go`, `to`",
            ),
            (|| drop(on("js")), "no button `js`"),
            (|| drop(on("go=8")), "no button `go=8`"),
            (
                || drop(sent("go", &[("gone", "2")])),
                "has no field `gone`, but `token`, `name`",
            ),
            (|| drop(sent("go", &[("q", "2")])), "has no field `q`"),
            (|| drop(sent("go", &[("file", "2")])), "has no field `file`"),
            (
                || drop(sent("go", &[("kind", "c")])),
                "`kind` on /here?a=1 (200) does not offer `c`, but `a`, `b`",
            ),
            (
                || on("go").must_take_file("name"),
                "no input for a file `name`, but `file`",
            ),
        ];
        for (ask, named) in asked {
            let said = std::panic::catch_unwind(ask).expect_err(named);
            let said = said.downcast::<String>().expect("a text");
            assert!(said.contains(named), "{said}");
        }
    }
}
