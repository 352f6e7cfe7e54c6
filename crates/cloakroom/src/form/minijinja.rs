//! Forms in minijinja templates: the form, its fields, and all of their parts.
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

use crate::form::{Bound, Field, Formset, Sheet};

impl From<&Sheet> for Value {
    /// Makes the form a list of its visible fields, with parts by name.
    ///
    /// `{{ form.html }}` is all of it; `form.summary`, `form.hidden`, `form.attributes` (for `<form>`; as `form_attributes` too), `form.title_prefix`,
    /// `form.is_wrong`, `form.errors` (each with `text` and `id`), `form.review` (each with `label` and `text`) and
    /// `form.field.NAME` are its parts. A field has `html`, `widget`, `attributes`, `name`, `id`, `label`, `help`, `errors`, `value`, `values`,
    /// `items` (each with `value`, `label`, `help`, `is_chosen`), `shown`, `is_wrong`, `is_required`, `is_disabled`
    /// and `is_hidden`.
    fn from(sheet: &Sheet) -> Self {
        Self::from_object(FormValue(sheet.clone()))
    }
}

impl<T> From<&Bound<T>> for Value {
    /// Makes the form a value as its [`Sheet`] does.
    fn from(form: &Bound<T>) -> Self {
        Self::from(form.sheet())
    }
}

impl<T> From<&Formset<T>> for Value {
    /// Makes the set a map: `html` is all of it, `rows` its forms, beside them `summary` and `hidden`.
    fn from(set: &Formset<T>) -> Self {
        let rows = set.rows().iter().map(Self::from);
        map([
            ("html", html(set)),
            ("summary", html(set.summary())),
            ("hidden", html(set.hidden())),
            ("rows", rows.collect()),
        ])
    }
}

/// Makes a map of names and values.
fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::from(entries.into_iter().collect::<BTreeMap<_, _>>())
}

fn html(part: impl Display) -> Value {
    Value::from_safe_string(part.to_string())
}

#[derive(Debug)]
struct FormValue(Sheet);

impl FormValue {
    fn field(&self, name: &str) -> Option<Value> {
        let fields = self.0.schema().fields();
        let index = fields.iter().position(|spec| spec.name() == name)?;
        Some(self.at(index))
    }

    fn at(&self, index: usize) -> Value {
        let sheet = self.0.clone();
        Value::from_object(FieldValue { sheet, index })
    }

    fn by_name(&self) -> Value {
        let fields = self.0.schema().fields().iter().enumerate();
        map(fields.map(|(index, spec)| (spec.name(), self.at(index))))
    }

    fn errors(&self) -> Value {
        let said = self.0.said().into_iter();
        said.map(|(spec, text)| {
            let id = spec.map(|spec| self.0.context().html_name(spec.name()));
            map([
                ("text", Value::from(text.into_owned())),
                ("id", Value::from(id)),
            ])
        })
        .collect()
    }

    fn review(&self) -> Value {
        let lines = self.0.review().map(|(label, text)| {
            map([("label", Value::from(&*label)), ("text", Value::from(text))])
        });
        lines.collect()
    }
}

impl Object for FormValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let sheet = &self.0;
        Some(match key.as_str()? {
            "html" => html(sheet),
            "summary" => html(sheet.summary()),
            "hidden" => html(sheet.hidden()),
            "attributes" | "form_attributes" => html(sheet.form_attributes()),
            "title_prefix" => Value::from(&*sheet.title_prefix()),
            "is_wrong" => Value::from(!sheet.errors().is_empty()),
            "errors" => self.errors(),
            "review" => self.review(),
            "field" => self.by_name(),
            name => return self.field(name),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let fields = self.0.schema().fields().iter().enumerate();
        let visible = fields.filter(|(_, spec)| !spec.is_hidden());
        Enumerator::Values(visible.map(|(index, _)| self.at(index)).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The template escapes it, as it does any text; `form.html` is trusted.
        fmt::Display::fmt(&self.0, f)
    }
}

#[derive(Debug)]
struct FieldValue {
    sheet: Sheet,
    index: usize,
}

impl FieldValue {
    fn field(&self) -> Field<'_> {
        Field::new(&self.sheet, &self.sheet.schema().fields()[self.index])
    }

    fn items(&self) -> Value {
        let field = self.field();
        let items = field.items().iter().map(|item| {
            map([
                ("value", Value::from(item.value())),
                ("label", Value::from(&*field.item_label(item))),
                ("help", Value::from(&*field.item_help(item))),
                ("is_chosen", Value::from(field.is_chosen(item))),
            ])
        });
        items.collect()
    }
}

impl Object for FieldValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let field = self.field();
        Some(match key.as_str()? {
            "html" => html(field),
            "widget" => html(field.widget()),
            "attributes" => html(field.attributes()),
            "name" => Value::from(field.html_name()),
            "id" => Value::from(field.id()),
            "label" => Value::from(&*field.label()),
            "help" => Value::from(&*field.help()),
            "errors" => field
                .errors()
                .iter()
                .map(|text| Value::from(&**text))
                .collect(),
            "value" => Value::from(field.value()),
            "values" => field
                .values()
                .iter()
                .map(|text| Value::from(text.as_str()))
                .collect(),
            "items" => self.items(),
            "shown" => Value::from(field.shown()),
            "is_wrong" => Value::from(field.is_wrong()),
            "is_required" => Value::from(field.is_required()),
            "is_disabled" => Value::from(field.is_disabled()),
            "is_hidden" => Value::from(field.is_hidden()),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.field(), f)
    }
}
