//! The form that a page shows, with what is filled in already and the button that is pressed.
use crate::testing::Page;
use crate::testing::submit::controls::{Control, Kind, controls, is_button, owned};
use crate::testing::submit::tags::{Tag, tags};

/// A form of a page, with a button pressed.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) is_get: bool,
    pub(super) is_multipart: bool,
    pub(super) action: String,
    controls: Vec<Control>,
    checking: Checking,
    pressed: Option<(String, String)>,
    /// Where it was shown, for whoever asks it for what it has not.
    shown: String,
}

/// What of the page's rules is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checking {
    /// None: the page's HTML stands in nobody's way.
    Nothing,
    /// What can be typed, as in a form with `novalidate`.
    Typing,
    /// What a browser checks before it sends a form, too.
    All,
}

impl Form {
    /// Finds the form with the button of this name, or `name=value`; an empty text is a button without a name.
    ///
    /// # Panics
    /// When the page shows no such button.
    pub(super) fn on(page: &Page, button: &str, is_checked: bool) -> Self {
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
        let checking = match is_checked {
            false => Checking::Nothing,
            true if form.has("novalidate") || pressed.has("formnovalidate") => Checking::Typing,
            true => Checking::All,
        };
        Self {
            is_get: said("formmethod", "method") != "post",
            is_multipart: said("formenctype", "enctype") == "multipart/form-data",
            action: action.unwrap_or(&page.path).to_owned(),
            controls: controls(&all, form),
            checking,
            pressed: (!name.is_empty()).then(|| (name.to_owned(), value.to_owned())),
            shown,
        }
    }

    /// Returns what is sent: what is filled in with these fields over it, and the button.
    ///
    /// # Panics
    /// When the form has no such field, does not offer such a choice, or would not be sent by a browser.
    pub(super) fn texts(&self, fields: &[(&str, &str)], files: &[&str]) -> Vec<(String, String)> {
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
        let filled: Vec<_> = left.chain(given).collect();
        self.must_pass(&filled, files);
        let all = filled.into_iter().chain(self.pressed.clone());
        all.map(|(name, value)| (name, with_line_ends(&value)))
            .collect()
    }

    /// Makes sure that a browser would send this.
    ///
    /// # Panics
    /// When it would not: it shows the visitor what is wrong, and no request goes out.
    fn must_pass(&self, filled: &[(String, String)], files: &[&str]) {
        if self.checking != Checking::All {
            return;
        }
        for control in &self.controls {
            let wrong = control.wrong(filled, files);
            let Some(wrong) = wrong else { continue };
            panic!(
                "a browser would not send the form on {}: `{}` {wrong}; `Browser::without_checks` sends it",
                self.shown, control.name
            );
        }
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
            let most = own.iter().find_map(|one| one.checks.most_typed(value));
            if let Some(most) = most.filter(|_| self.checking != Checking::Nothing) {
                panic!(
                    "nobody can type more than {most} characters into `{name}` on {}; `Browser::without_checks` sends them",
                    self.shown
                );
            }
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
mod tests;
