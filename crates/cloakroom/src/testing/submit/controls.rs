//! What a form has to be filled in, and its buttons.
use crate::testing::submit::checks::Checks;
use crate::testing::submit::fieldsets::Fieldsets;
use crate::testing::submit::tags::Tag;

/// Something to be filled in.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What can be chosen, and what is; of a text the one that stands there.
    pub(super) items: Vec<(String, bool)>,
    /// What a browser asks of it before it sends the form.
    pub(super) checks: Checks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A box or a radio button; others of its name are beside it.
    Mark,
    Select,
    SelectMany,
    File,
}

impl Control {
    /// Says how it is not filled in as a browser asks for.
    pub(super) fn wrong(&self, filled: &[(String, String)], files: &[&str]) -> Option<String> {
        let checks = &self.checks;
        let own = || filled.iter().filter(|(name, _)| *name == self.name);
        let is_there = match self.kind {
            Kind::Text => return own().find_map(|(_, text)| checks.found_in(text)),
            Kind::File => files.contains(&self.name.as_str()),
            Kind::Mark if checks.is_one_of_several => own().next().is_some(),
            Kind::Mark => own().any(|(_, value)| *value == self.items[0].0),
            // The first choice may be the words that ask for one.
            Kind::Select | Kind::SelectMany => own().any(|(_, value)| !value.is_empty()),
        };
        (checks.is_required && !is_there).then(|| "is required".to_owned())
    }
}

/// Goes through a page's tags with the form that each belongs to: the one that its `form` names, or that it stands in.
/// What is disabled with its fieldset is left out.
pub(super) fn owned(all: &[Tag]) -> impl Iterator<Item = (&Tag, &Tag)> {
    let named = |id: &str| {
        let mut forms = all.iter().filter(|tag| tag.name == "form");
        forms.find(move |form| form.attribute("id") == Some(id))
    };
    let mut around = None;
    let mut fieldsets = Fieldsets::default();
    all.iter().filter_map(move |tag| {
        fieldsets.pass(tag);
        match tag.name.as_str() {
            "form" => around = Some(tag),
            "/form" => around = None,
            _ => {}
        }
        if fieldsets.disable() {
            return None;
        }
        let form = tag.attribute("form").map_or(around, named);
        form.map(|form| (form, tag))
    })
}

pub(super) fn is_button(tag: &Tag) -> bool {
    let kind = tag.attribute("type").unwrap_or_default();
    !tag.has("disabled")
        && match tag.name.as_str() {
            "button" => !["button", "reset"].contains(&kind),
            "input" => ["submit", "image"].contains(&kind),
            _ => false,
        }
}

/// Lists what can be filled in, as the HTML standard has it ("constructing the entry list").
pub(super) fn controls(all: &[Tag], form: &Tag) -> Vec<Control> {
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
        checks: Checks::of(tag),
    })
}
