//! What is sent of a page's form, and what is held back.
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
