//! What a visitor has typed into a form, as it was typed.
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::form::{Schema, Secrecy, Upload};

/// The answers by field: the texts as they were typed, and references to files.
///
/// Nothing in here has been checked. It holds declared fields only, so it can be kept between two
/// requests: as JSON it is `{"texts":{"name":["Ada"]}}`. Names are those of the struct's fields, without
/// the prefix that they have in HTML.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    texts: BTreeMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Vec<Upload>>,
}

impl Answers {
    /// Returns no answers, as of a form of which nothing was sent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether no field has an answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.files.is_empty()
    }

    /// Returns all texts of a field, in the order in which they came.
    #[must_use]
    pub fn texts(&self, field: &str) -> &[String] {
        self.texts.get(field).map_or(&[], Vec::as_slice)
    }

    /// Returns the text of a field; the last one if there are several.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.texts(field).last().map_or("", String::as_str)
    }

    /// Returns the files of a field.
    #[must_use]
    pub fn files(&self, field: &str) -> &[Upload] {
        self.files.get(field).map_or(&[], Vec::as_slice)
    }

    /// Returns every file, whatever its field.
    pub fn all_files(&self) -> impl Iterator<Item = &Upload> {
        self.files.values().flatten()
    }

    /// Returns the names of the fields that have an answer.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let without_text = |name: &&String| !self.texts.contains_key(*name);
        let files = self.files.keys().filter(without_text);
        self.texts.keys().chain(files).map(String::as_str)
    }

    /// Adds a text to a field, behind those that it has.
    pub fn add_text(&mut self, field: &str, text: impl Into<String>) {
        self.texts
            .entry(field.to_owned())
            .or_default()
            .push(text.into());
    }

    /// Adds a file to a field, behind those that it has.
    pub fn add_file(&mut self, field: &str, file: Upload) {
        self.files.entry(field.to_owned()).or_default().push(file);
    }

    /// Takes the answer of a field away.
    pub fn remove(&mut self, field: &str) {
        self.texts.remove(field);
        self.files.remove(field);
    }

    /// Gives a field the answer that it has in `other`, or none.
    pub fn copy_from(&mut self, other: &Self, field: &str) {
        self.remove(field);
        if let Some(texts) = other.texts.get(field) {
            self.texts.insert(field.to_owned(), texts.clone());
        }
        if let Some(files) = other.files.get(field) {
            self.files.insert(field.to_owned(), files.clone());
        }
    }

    /// Gives every field that has an answer in `other` that answer.
    pub fn extend(&mut self, other: &Self) {
        for name in other.names() {
            self.copy_from(other, name);
        }
    }

    /// Moves the answers of fields marked `sealed` out of here, so that they can be sealed.
    pub fn take_sealed(&mut self, schema: &Schema) -> Self {
        self.take_where(schema, |secrecy| secrecy == Secrecy::Sealed)
    }

    /// Forgets what may not be kept: fields marked `secret`, and names that the form doesn't declare.
    pub fn retain_storable(&mut self, schema: &Schema) {
        self.take_where(schema, |secrecy| secrecy == Secrecy::Secret);
        self.texts.retain(|name, _| schema.field(name).is_some());
        self.files.retain(|name, _| schema.field(name).is_some());
    }

    fn take_where(&mut self, schema: &Schema, is_wanted: impl Fn(Secrecy) -> bool) -> Self {
        let mut taken = Self::new();
        for spec in schema.fields().iter().filter(|s| is_wanted(s.secrecy())) {
            taken.copy_from(self, spec.name());
            self.remove(spec.name());
        }
        taken
    }

    /// Keeps the files that a form had before, as a browser never sends them again.
    ///
    /// A new file takes the place of a single one and stands beside several. `dropped` holds the ids that
    /// the visitor asked to remove. Returns the files that nobody refers to any more.
    pub fn keep_files(
        &mut self,
        before: &Self,
        schema: &Schema,
        dropped: &[String],
    ) -> Vec<Upload> {
        let mut gone = Vec::new();
        for spec in schema.fields().iter().filter(|spec| spec.is_file()) {
            let new = self.files.remove(spec.name()).unwrap_or_default();
            let replaced = !spec.is_many() && !new.is_empty();
            let mut kept = Vec::new();
            for file in before.files(spec.name()) {
                let is_gone = replaced || dropped.iter().any(|id| id == file.id());
                let place = if is_gone { &mut gone } else { &mut kept };
                place.push(file.clone());
            }
            kept.extend(new);
            if !kept.is_empty() {
                self.files.insert(spec.name().to_owned(), kept);
            }
        }
        gone
    }
}

impl fmt::Debug for Answers {
    /// Names the fields, never what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers")?;
        f.debug_list().entries(self.names()).finish()
    }
}
