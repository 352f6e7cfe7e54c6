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
        Form::on(&page, button, true)
    }

    fn sent(button: &str, fields: &[(&str, &str)]) -> Vec<String> {
        let texts = on(button).texts(fields, &[]).into_iter();
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

    const CHECKED: &str = "<form><input name=name required maxlength=3><input name=code pattern=\"[a-z]+\">\
        <input type=checkbox name=ok value=yes required><input type=radio name=kind value=a required>\
        <input type=radio name=kind value=b required><select name=size required><option value=\"\">Choose<option>S</select>\
        <input type=file name=cv required><fieldset disabled><legend>Old <input name=label value=l></legend>\
        <input name=gone value=1 required><legend><input name=second value=2></legend><button name=never>No</button>\
        <fieldset><legend><input name=inner value=3></legend></fieldset></fieldset>\
        <button name=go>Go</button><button name=save formnovalidate>Save</button></form>";

    fn checked(button: &str, fields: &[(&str, &str)], files: &[&str], is_checked: bool) -> String {
        let page = Page {
            path: "/here".into(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            text: CHECKED.into(),
        };
        let form = || Form::on(&page, button, is_checked).texts(fields, files);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(form)) {
            Ok(texts) => format!("{texts:?}"),
            Err(said) => *said.downcast::<String>().expect("a text"),
        }
    }

    #[test]
    fn what_a_browser_would_not_send_is_named() {
        let right = [
            ("name", "Ada"),
            ("code", "x"),
            ("ok", "on"),
            ("kind", "b"),
            ("size", "S"),
        ];
        let sent = checked("go", &right, &["cv"], true);
        let expected = r#"[("label", "l"), ("name", "Ada"), ("code", "x"), ("ok", "yes"), ("kind", "b"), ("size", "S"), ("go", "")]"#;
        assert_eq!(sent, expected);
        for (field, value, named) in [
            ("name", "", "`name` is required"),
            (
                "name",
                "Grace",
                "nobody can type more than 3 characters into `name` on /here",
            ),
            (
                "code",
                "X",
                "`code` does not look like its pattern `[a-z]+`",
            ),
            ("ok", "", "`ok` is required"),
            ("kind", "", "`kind` is required"),
            ("size", "", "`size` is required"),
        ] {
            let fields = right.map(|(name, own)| (name, if name == field { value } else { own }));
            let said = checked("go", &fields, &["cv"], true);
            assert!(said.contains(named), "{said}");
            assert!(said.contains("`Browser::without_checks` sends"), "{said}");
            assert!(
                checked("go", &fields, &[], false).starts_with("[("),
                "{field}"
            );
            // What nobody can type, nobody can type into a form that isn't checked either.
            let saved = checked("save", &fields, &[], true);
            assert_eq!(saved.starts_with("[("), value != "Grace", "{saved}");
        }
        let said = checked("go", &right, &[], true);
        assert!(
            said.contains("would not send the form on /here (200): `cv` is required"),
            "{said}"
        );
    }

    #[test]
    fn what_is_disabled_with_its_fieldset_is_not_there() {
        for (button, fields, named) in [
            ("never", [].as_slice(), "shows no button `never`"),
            ("save", &[("gone", "2")], "has no field `gone`"),
            ("save", &[("second", "2")], "has no field `second`"),
            ("save", &[("inner", "2")], "has no field `inner`"),
        ] {
            let said = checked(button, fields, &[], true);
            assert!(said.contains(named), "{said}");
        }
    }
}
