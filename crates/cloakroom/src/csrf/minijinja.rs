//! The CSRF token in minijinja templates: a template that does not print it makes none.
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};

use crate::csrf::CsrfToken;

impl CsrfToken {
    /// Returns `csrf_input`, `csrf_meta` and `csrf_token`, for a template's context:
    /// `context! { title, ..csrf.context() }`. What a template does not print is not made.
    #[must_use]
    pub fn context(&self) -> Value {
        Value::from_object(Names(self.clone()))
    }
}

/// The token's forms under the names that templates know them by.
#[derive(Debug)]
struct Names(CsrfToken);

impl Object for Names {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let token = Arc::new(self.0.clone());
        match key.as_str()? {
            "csrf_token" => Some(Value::from(&self.0)),
            "csrf_input" => token.get_value(&Value::from("input")),
            "csrf_meta" => token.get_value(&Value::from("meta")),
            _ => None,
        }
    }
}

impl From<&CsrfToken> for Value {
    /// Makes the token a value that prints itself; `input` is the form field, `meta` the meta tag.
    fn from(token: &CsrfToken) -> Self {
        Self::from_object(token.clone())
    }
}

impl Object for CsrfToken {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "input" => Some(Value::from_safe_string(self.input().to_string())),
            "meta" => Some(Value::from_safe_string(self.meta().to_string())),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
