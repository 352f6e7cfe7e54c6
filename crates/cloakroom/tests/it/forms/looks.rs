//! What a form looks like: the HTML of each widget, hints, errors, and the list of errors.
use cloakroom::form::{Choice, Classes, Context, Email, Form, Item, Upload};
use jiff::civil::Date;
use proptest::prelude::*;

use crate::forms::{answers, bind};

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
enum Kind {
    #[choice(label = "A person")]
    Person,
    #[choice(label = "A company", help = "We ask for its name next")]
    Business,
}

#[derive(Form, Debug)]
struct Looks {
    #[field(help = "As in your passport", max_length = 100, autocomplete = "name")]
    name: String,
    email: Option<Email>,
    #[field(widget = textarea, rows = 3, optional)]
    note: String,
    kind: Kind,
    kinds: Vec<Kind>,
    #[field(widget = select)]
    list: Option<Kind>,
    #[field(min = 1, max = 9)]
    number: Option<u8>,
    #[field(min = "2024-01-01")]
    day: Option<Date>,
    #[field(decimal_places = 2, max = 9.5)]
    price: Option<f64>,
    accept: bool,
    #[field(widget = radios)]
    sure: Option<bool>,
    #[field(secret, autocomplete = "new-password")]
    password: Option<String>,
    #[field(widget = hidden, initial = "7")]
    token: Option<u32>,
    #[field(accept = ["image/*", ".pdf"], max_size = "1 MiB")]
    picture: Option<Upload>,
    #[field(disabled, initial = "fixed")]
    fixed: String,
    #[field(pattern = "[0-9]{4}", widget = digits, placeholder = "1234", attributes("data-x" = "<"))]
    code: Option<String>,
}

fn blank(field: &str) -> String {
    let form = Looks::blank(Context::new());
    let field = form.field(field).expect("there is such a field");
    field.to_string()
}

/// Each line: a field, and its HTML before anything is typed.
const BLANK: &[(&str, &str)] = &[
    (
        "name",
        r#"<div class="field"><label for="name">Name</label><div class="hint" id="name-hint">As in your passport</div><input type="text" id="name" name="name" aria-describedby="name-hint" required maxlength="100" autocomplete="name"></div>"#,
    ),
    (
        "email",
        r#"<div class="field"><label for="email">Email</label><input type="email" id="email" name="email"></div>"#,
    ),
    (
        "note",
        "<div class=\"field\"><label for=\"note\">Note</label><textarea id=\"note\" name=\"note\" rows=\"3\">\n</textarea></div>",
    ),
    (
        "kind",
        r#"<div class="field"><fieldset role="radiogroup" aria-required="true"><legend>Kind</legend><div class="item"><input type="radio" id="kind" name="kind" value="person"><label for="kind">A person</label></div><div class="item"><input type="radio" id="kind-2" name="kind" value="business" aria-describedby="kind-2-hint"><label for="kind-2">A company</label><div class="hint" id="kind-2-hint">We ask for its name next</div></div></fieldset></div>"#,
    ),
    (
        "kinds",
        r#"<div class="field"><fieldset><legend>Kinds</legend><div class="item"><input type="checkbox" id="kinds" name="kinds" value="person"><label for="kinds">A person</label></div><div class="item"><input type="checkbox" id="kinds-2" name="kinds" value="business" aria-describedby="kinds-2-hint"><label for="kinds-2">A company</label><div class="hint" id="kinds-2-hint">We ask for its name next</div></div></fieldset></div>"#,
    ),
    (
        "list",
        r#"<div class="field"><label for="list">List</label><select id="list" name="list"><option value="">Choose</option><option value="person">A person</option><option value="business">A company</option></select></div>"#,
    ),
    (
        "number",
        r#"<div class="field"><label for="number">Number</label><input type="number" id="number" name="number" min="1" max="9"></div>"#,
    ),
    (
        "day",
        r#"<div class="field"><label for="day">Day</label><input type="date" id="day" name="day" min="2024-01-01"></div>"#,
    ),
    (
        "price",
        r#"<div class="field"><label for="price">Price</label><input type="number" id="price" name="price" max="9.5" step="0.01"></div>"#,
    ),
    (
        "accept",
        r#"<div class="field"><div class="item"><input type="checkbox" value="true" id="accept" name="accept"><label for="accept">Accept</label></div></div>"#,
    ),
    (
        "sure",
        r#"<div class="field"><fieldset role="radiogroup"><legend>Sure</legend><div class="item"><input type="radio" id="sure" name="sure" value="true"><label for="sure">Yes</label></div><div class="item"><input type="radio" id="sure-2" name="sure" value="false"><label for="sure-2">No</label></div></fieldset></div>"#,
    ),
    (
        "password",
        r#"<div class="field"><label for="password">Password</label><input type="password" id="password" name="password" autocomplete="new-password"></div>"#,
    ),
    ("token", r#"<input type="hidden" name="token" value="7">"#),
    (
        "picture",
        r#"<div class="field"><label for="picture">Picture</label><input type="file" id="picture" name="picture" accept="image/*,.pdf"></div>"#,
    ),
    (
        "fixed",
        r#"<div class="field"><label for="fixed">Fixed</label><input type="text" id="fixed" name="fixed" required disabled value="fixed"></div>"#,
    ),
    (
        "code",
        r#"<div class="field"><label for="code">Code</label><input type="text" id="code" name="code" pattern="[0-9]{4}" placeholder="1234" inputmode="numeric" data-x="&lt;"></div>"#,
    ),
];

#[test]
fn each_widget_has_a_label_and_the_limits_that_are_checked() {
    for (field, html) in BLANK {
        assert_eq!(blank(field).trim_end(), *html, "{field}");
    }
}

#[test]
fn what_was_typed_is_filled_in_again() {
    let form = bind::<Looks>(&[
        ("name", "Ada \"<b>\" & 'Co'"),
        ("note", "\n</textarea>"),
        ("kind", "business"),
        ("kinds", "person"),
        ("list", "person"),
        ("accept", "true"),
        ("sure", "false"),
    ]);
    for part in [
        r#"value="Ada &quot;&lt;b&gt;&quot; &amp; &#39;Co&#39;""#,
        ">\n\n&lt;/textarea&gt;</textarea>",
        r#"name="kind" value="business" checked"#,
        r#"name="kinds" value="person" checked"#,
        r#"<option value="person" selected>"#,
        r#"name="accept" checked"#,
        r#"name="sure" value="false" checked"#,
    ] {
        let html = form.to_string();
        assert!(html.contains(part), "{part} is not in {html}");
    }
}

#[test]
fn a_wrong_field_is_marked_and_tied_to_what_is_wrong() {
    let html = bind::<Looks>(&[]).field("name").unwrap().to_string();
    assert_eq!(
        html.trim_end(),
        r#"<div class="field field-wrong"><label for="name">Name</label><div class="hint" id="name-hint">As in your passport</div><p class="problem" id="name-problem"><span class="visually-hidden">Error:</span> Name is required</p><input type="text" id="name" name="name" aria-describedby="name-hint name-problem" aria-invalid="true" required maxlength="100" autocomplete="name"></div>"#
    );
    let group = bind::<Looks>(&[]).field("kind").unwrap().to_string();
    let ties = r#"<fieldset role="radiogroup" aria-required="true" aria-describedby="kind-problem" aria-invalid="true">"#;
    assert!(group.contains(ties), "{group}");
}

#[test]
fn the_list_of_errors_leads_to_each_field_and_takes_the_focus() {
    let form = bind::<Looks>(&[("name", "Ada"), ("email", "ada"), ("token", "x")]);
    assert_eq!(
        form.summary().to_string().trim_end(),
        "<div class=\"summary\" role=\"alert\" aria-labelledby=\"summary-heading\" tabindex=\"-1\" autofocus>\
         <h2 id=\"summary-heading\">There is a problem</h2><ul>\
         <li><a href=\"#email\">Email must be an email address, like name@example.com</a></li>\
         <li><a href=\"#kind\">Kind is required</a></li>\
         <li>Token must be a whole number</li></ul></div>"
    );
    assert_eq!(form.title_prefix(), "Error: ");
    let blank = Looks::blank(Context::new());
    assert_eq!(blank.summary().to_string(), "");
    assert_eq!(blank.title_prefix(), "");
}

#[test]
fn a_password_is_never_filled_in_again_nor_kept() {
    let form = bind::<Looks>(&[("password", "hunter2")]);
    let all = format!("{form}{form:?}{:?}", form.answers());
    assert!(!all.contains("hunter2"), "{all}");
    assert!(form.answers().texts("password").is_empty());
    let filled = Looks::fill(answers(&[("password", "hunter2")]), Context::new());
    assert!(!filled.to_string().contains("hunter2"));
}

#[test]
fn a_prefix_stands_before_every_name_and_id() {
    let form = Looks::blank(Context::new().prefix("info"));
    let name = form.field("name").unwrap().to_string();
    assert!(name.contains(r#"for="info-name""#), "{name}");
    assert!(
        name.contains(r#"id="info-name" name="info-name" aria-describedby="info-name-hint""#),
        "{name}"
    );
    let html = form.to_string();
    assert_eq!(
        html.matches(" name=\"").count(),
        html.matches(" name=\"info-").count()
    );
    assert_eq!(
        html.matches(" id=\"").count(),
        html.matches(" id=\"info-").count()
    );
}

#[test]
fn the_tag_of_the_form_says_how_it_is_sent_and_lets_the_server_check() {
    #[derive(Form)]
    struct Plain {}
    let plain = Plain::blank(Context::new());
    assert_eq!(
        plain.form_attributes().to_string(),
        "method=\"post\" novalidate"
    );
    let files = Looks::blank(Context::new().browser_checks());
    assert_eq!(
        files.form_attributes().to_string(),
        "method=\"post\" enctype=\"multipart/form-data\""
    );
}

#[test]
fn files_that_were_sent_are_shown_with_a_box_to_remove_them() {
    let mut typed = answers(&[]);
    typed.add_file("picture", Upload::new("f1", "a<b>.png", "image/png", 2048));
    let html = Looks::fill(typed, Context::new())
        .field("picture")
        .unwrap()
        .to_string();
    assert!(
        html.contains("<span>a&lt;b&gt;.png (2 KiB)</span>"),
        "{html}"
    );
    assert!(
        html.contains(r#"name="picture-remove" value="f1""#),
        "{html}"
    );
}

#[test]
fn an_optional_radio_can_be_taken_back() {
    #[derive(Form)]
    struct Optional {
        kind: Option<Kind>,
    }
    let html = Optional::blank(Context::new()).to_string();
    assert!(
        html.contains(r#"id="kind-3" name="kind" value=""><label for="kind-3">None</label>"#),
        "{html}"
    );
}

#[test]
fn classes_can_be_those_of_the_design_system() {
    let context = Context::new().classes(&Classes::GOVUK);
    let html = Looks::bind(answers(&[]), context)
        .field("name")
        .unwrap()
        .to_string();
    for class in [
        "govuk-form-group govuk-form-group--error",
        "govuk-label",
        "govuk-hint",
        "govuk-error-message",
        "govuk-input",
    ] {
        assert!(
            html.contains(&format!("class=\"{class}\"")),
            "{class}: {html}"
        );
    }
}

#[test]
fn the_answers_can_be_shown_in_words() {
    let form = bind::<Looks>(&[
        ("name", "Ada"),
        ("kind", "business"),
        ("kinds", "person"),
        ("kinds", "business"),
        ("day", "2027-01-31"),
        ("accept", "true"),
        ("password", "hunter2"),
    ]);
    let shown = |field: &str| form.field(field).unwrap().shown();
    for (field, words) in [
        ("name", "Ada"),
        ("email", "Not provided"),
        ("kind", "A company"),
        ("kinds", "A person, A company"),
        ("day", "31 January 2027"),
        ("accept", "Yes"),
        ("sure", "Not provided"),
        ("password", "Not shown"),
    ] {
        assert_eq!(shown(field), words, "{field}");
    }
    let labels: Vec<_> = form.review().map(|(label, _)| label).collect();
    assert!(!labels.iter().any(|label| label == "Token"), "{labels:?}");
}

#[test]
fn each_visit_can_bring_its_own_items() {
    #[derive(Form, Debug)]
    struct Delivery {
        #[field(choices)]
        day: String,
        #[field(choices)]
        extras: Vec<String>,
        kind: Option<Kind>,
    }
    let context = || {
        Context::new()
            .choices("day", [("mon", "Monday"), ("tue", "Tuesday")])
            .choices("extras", [Item::new("gift", "Gift wrap").help("Free")])
            .choices("kind", [("person", "A person")])
    };
    let html = Delivery::blank(context()).to_string();
    assert!(
        html.contains(r#"<option value="tue">Tuesday</option>"#),
        "{html}"
    );
    assert!(!html.contains("business"), "{html}");
    let right = [("day", "tue"), ("extras", "gift")];
    let value = Delivery::bind(answers(&right), context())
        .into_valid()
        .unwrap();
    assert_eq!((value.day.as_str(), value.extras.len()), ("tue", 1));
    for (field, text) in [("day", "wed"), ("extras", "x"), ("kind", "business")] {
        let form = Delivery::bind(answers(&[("day", "mon"), (field, text)]), context());
        assert_eq!(super::codes(&form, field), ["invalid_choice"], "{field}");
    }
    let without = Delivery::bind(answers(&right), Context::new());
    assert_eq!(super::codes(&without, "day"), ["invalid_choice"]);
}

proptest! {
    #[test]
    fn whatever_was_typed_is_filled_in_as_it_was_and_is_never_html(text in "[^\0\r]{0,40}") {
        let form = Looks::fill(answers(&[("name", &text), ("note", &text)]), Context::new());
        let name = form.field("name").unwrap().to_string();
        let value = name.split(" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        prop_assert_eq!(unescaped(value.unwrap_or_default()), text.clone());
        let note = form.field("note").unwrap().to_string();
        let inside = note.split_once("\">\n").and_then(|(_, rest)| rest.split("</textarea>").next());
        prop_assert_eq!(unescaped(inside.unwrap()), text);
    }
}

/// What a browser makes of the text in HTML.
fn unescaped(html: &str) -> String {
    assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
