//! The templates, built into the program.

use std::sync::LazyLock;

use minijinja::{Environment, Error, State, UndefinedBehavior, Value};

use crate::language::Language;
use crate::money::Cents;
use crate::pages::assets;
use crate::texts::fill;

/// Every template under the name that the others call it by.
macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

static TEMPLATES: &[(&str, &str)] = templates![
    "account.html",
    "base.html",
    "cart.html",
    "documents.html",
    "home.html",
    "login.html",
    "not_found.html",
    "parts.html",
    "pictures.html",
    "post_new.html",
    "posts.html",
    "preferences.html",
    "product.html",
    "refused.html",
    "seen.html",
    "trouble.html",
    "wizard_end.html",
    "wizard_step.html",
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// Renders a template; a name that it asks for and doesn't get is an error.
pub(crate) fn render(template: &str, context: Value) -> Result<String, Error> {
    ENVIRONMENT.get_template(template)?.render(context)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("fill", fill);
    environment.add_filter("money", money);
    environment.add_filter("link", link);
    environment.add_filter("size", size);
    environment.add_global("version", assets::version());
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .expect("the templates are well-formed, as the test below shows");
    }
    environment
}

/// Escapes an address for an attribute, and leaves its slashes readable.
fn link(address: &str) -> Value {
    let escaped = address
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    Value::from_safe_string(escaped)
}

/// Writes how large a file is, in whole units.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x0010_0000 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1024 / 1024),
    }
}

/// Writes a price as the page's language does.
fn money(state: &State, cents: u64) -> String {
    let code = state.lookup("language");
    let language = code.and_then(|code| Language::from_code(code.as_str()?));
    language.unwrap_or_default().price(Cents(cents))
}
