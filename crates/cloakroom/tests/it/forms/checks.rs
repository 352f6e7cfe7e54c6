//! Rules by garde, the form's own check, disabled fields, and words in other languages.
use cloakroom::form::{Context, Errors, Fields, Form, Part, Problem, Wanted};
use garde::Validate;

use crate::forms::{answers, bind, codes};

#[derive(Form, Validate, Debug)]
#[form(check = must_match)]
struct Password {
    #[field(max_length = 20)]
    #[garde(alphanumeric, length(chars, min = 2))]
    user: String,
    #[field(secret)]
    #[garde(length(min = 8), custom(not_the_name(&self.user)))]
    password: String,
    #[field(secret)]
    #[garde(skip)]
    again: String,
    #[garde(range(max = 120))]
    age: Option<u32>,
}

fn not_the_name<C>(user: &str) -> impl FnOnce(&String, &C) -> garde::Result + '_ {
    move |password, _| match password == user {
        true => Err(garde::Error::new("don't use your name")),
        false => Ok(()),
    }
}

fn must_match(form: &Password, errors: &mut Errors) {
    if form.password != form.again {
        errors.add(
            "again",
            Problem::saying("mismatch", "The passwords are not the same"),
        );
    }
    if form.user == "root" {
        errors.add_to_whole(Problem::saying("taken", "Nobody may be root"));
    }
}

const RIGHT: [(&str, &str); 3] = [
    ("user", "ada"),
    ("password", "hunter22"),
    ("again", "hunter22"),
];

fn with(field: &str, text: &str) -> cloakroom::form::Bound<Password> {
    let mut pairs = RIGHT.to_vec();
    pairs.push((field, text));
    bind(&pairs)
}

#[test]
fn gardes_rules_become_problems_of_their_fields_with_djangos_codes() {
    assert!(bind::<Password>(&RIGHT).is_valid());
    for (field, text, code, said) in [
        (
            "user",
            "a!a",
            "alphanumeric",
            "User must have letters and digits only",
        ),
        (
            "user",
            "a",
            "min_length",
            "User must be 2 characters or more",
        ),
        (
            "password",
            "short",
            "min_length",
            "Password must be 8 characters or more",
        ),
        ("age", "121", "max_value", "Age must be 120 or less"),
    ] {
        let form = with(field, text);
        assert_eq!(codes(&form, field), [code], "{field} {text}");
        assert_eq!(
            form.field(field).unwrap().errors(),
            [said],
            "{field} {text}"
        );
    }
}

#[test]
fn a_rule_of_ones_own_says_what_it_says() {
    let form = bind::<Password>(&[
        ("user", "adalovelace"),
        ("password", "adalovelace"),
        ("again", "adalovelace"),
    ]);
    assert_eq!(codes(&form, "password"), ["invalid"]);
    assert_eq!(
        form.field("password").unwrap().errors(),
        ["don't use your name"]
    );
}

#[test]
fn rules_are_kept_beside_limits_that_are_broken_and_not_said_twice() {
    let long = "a".repeat(21);
    let form = bind::<Password>(&[("user", &long), ("password", "short"), ("again", "x")]);
    assert_eq!(codes(&form, "user"), ["max_length"]);
    assert_eq!(codes(&form, "password"), ["min_length"]);
    assert!(
        codes(&form, "again").is_empty(),
        "the form's own check waits"
    );
}

#[test]
fn the_forms_own_check_speaks_of_a_field_or_of_the_whole() {
    let form = with("again", "hunter23");
    assert_eq!(codes(&form, "again"), ["mismatch"]);
    let form = with("user", "root");
    assert_eq!(form.errors().of_whole()[0].code(), "taken");
    assert!(
        form.summary()
            .to_string()
            .contains("<li>Nobody may be root</li>")
    );
    assert!(!form.is_valid());
}

#[test]
fn a_handler_can_refuse_what_only_it_knows() {
    let mut form = bind::<Password>(&RIGHT);
    form.refuse("user", Problem::saying("unique", "That name is taken"));
    let form = form.into_valid().expect_err("it was refused");
    assert_eq!(form.field("user").unwrap().errors(), ["That name is taken"]);
    assert_eq!(form.field("user").unwrap().value(), "ada");
}

#[derive(Debug, Default)]
struct Longest(usize);

#[derive(Form, Validate)]
#[garde(context(Longest))]
struct Limited {
    #[garde(custom(within))]
    text: String,
}

#[allow(clippy::ptr_arg, reason = "garde hands over a reference to the field")]
fn within(text: &String, longest: &Longest) -> garde::Result {
    match text.len() > longest.0 {
        true => Err(garde::Error::new("too long")),
        false => Ok(()),
    }
}

#[test]
fn rules_get_the_context_that_the_visit_brings_or_its_default() {
    let typed = || answers(&[("text", "abc")]);
    assert!(!Limited::bind(typed(), Context::new()).is_valid());
    assert!(Limited::bind(typed(), Context::new().rules(Longest(3))).is_valid());
}

#[derive(Form, Debug)]
struct Order {
    #[field(disabled, initial = 5)]
    price: u32,
    #[field(initial = Some(String::from("blue")))]
    colour: Option<String>,
    #[field(
        error(max_value = "At most {limit}, please"),
        max = 3,
        required = "How many?"
    )]
    count: Option<u32>,
}

#[test]
fn what_is_sent_for_a_disabled_field_is_ignored() {
    let order = bind::<Order>(&[("price", "1"), ("count", "1")])
        .into_valid()
        .unwrap();
    assert_eq!(order.price, 5);
    let context = Context::new().disable("colour").initial_text("price", "7");
    let order = Order::bind(answers(&[("colour", "red"), ("count", "1")]), context);
    let order = order.into_valid().unwrap();
    assert_eq!((order.price, order.colour.as_deref()), (7, Some("blue")));
}

#[test]
fn initial_values_are_declared_or_brought_by_the_visit() {
    let blank = Order::blank(Context::new());
    assert_eq!(blank.field("colour").unwrap().value(), "blue");
    let order = Order {
        price: 9,
        colour: Some("green".into()),
        count: None,
    };
    let brought = Order::blank(Context::new().initial(&order));
    assert_eq!(brought.field("colour").unwrap().value(), "green");
    assert_eq!(brought.field("price").unwrap().value(), "9");
    assert_eq!(order.answers().text("colour"), "green");
}

#[test]
fn a_field_has_words_of_its_own() {
    let form = bind::<Order>(&[]);
    assert_eq!(form.field("count").unwrap().errors(), ["How many?"]);
    let form = bind::<Order>(&[("count", "4")]);
    assert_eq!(form.field("count").unwrap().errors(), ["At most 3, please"]);
}

fn german(wanted: &Wanted<'_>) -> Option<String> {
    Some(match (wanted.part, wanted.field) {
        (Part::Label, Some("count")) => "Anzahl <1>".into(),
        (Part::Error("max_value"), _) => {
            format!("{}: höchstens {}", wanted.label, wanted.parameter("limit")?)
        }
        (Part::Summary, None) => "Es gibt ein Problem".into(),
        (Part::TitlePrefix, None) => "Fehler: ".into(),
        (Part::ErrorPrefix, None) => "Fehler:".into(),
        _ => return None,
    })
}

#[test]
fn every_word_can_be_in_another_language() {
    let context = Context::new().texts(german);
    let form = Order::bind(answers(&[("count", "4")]), context);
    assert_eq!(form.title_prefix(), "Fehler: ");
    let summary = form.summary().to_string();
    assert!(summary.contains("Es gibt ein Problem"), "{summary}");
    assert!(
        summary.contains(">Anzahl &lt;1&gt;: höchstens 3</a>"),
        "{summary}"
    );
    let field = form.field("count").unwrap().to_string();
    assert!(
        field.contains("Fehler:</span> Anzahl &lt;1&gt;: höchstens 3"),
        "{field}"
    );
}

#[test]
fn every_code_has_english_words_that_name_the_field() {
    for code in [
        "required",
        "invalid",
        "contains",
        "prefix",
        "suffix",
        "mismatch",
        "ascii",
        "no such code",
    ] {
        let mut form = bind::<Order>(&[("count", "1")]);
        form.refuse("count", Problem::new(code).with("limit", "x"));
        let said = form.field("count").unwrap().errors().join("");
        assert!(
            said.contains("Count") || code == "required",
            "{code}: {said}"
        );
        assert!(!said.contains('{'), "{code}: {said}");
    }
}

#[test]
fn a_secret_is_left_out_of_what_may_be_kept_and_a_sealed_field_can_be_taken_out() {
    #[derive(Form)]
    struct Kept {
        open: String,
        #[field(secret)]
        secret: String,
        #[field(sealed)]
        sealed: String,
    }
    let form = bind::<Kept>(&[
        ("open", "o"),
        ("secret", "s"),
        ("sealed", "k"),
        ("csrfmiddlewaretoken", "t"),
    ]);
    assert!(form.is_valid());
    assert!(!form.to_string().contains("value=\"k\""));
    let value = form.value().unwrap();
    assert_eq!(
        (
            value.open.as_str(),
            value.secret.as_str(),
            value.sealed.as_str()
        ),
        ("o", "s", "k")
    );
    let mut kept = form.answers().clone();
    let sealed = kept.take_sealed(Kept::schema());
    assert_eq!(kept.names().collect::<Vec<_>>(), ["open"]);
    assert_eq!(sealed.names().collect::<Vec<_>>(), ["sealed"]);
    let json = serde_json::to_string(&kept).unwrap();
    assert_eq!(json, r#"{"texts":{"open":["o"]}}"#);
    assert_eq!(
        serde_json::from_str::<cloakroom::form::Answers>(&json).unwrap(),
        kept
    );
}
