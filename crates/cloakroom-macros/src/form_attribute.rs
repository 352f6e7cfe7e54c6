//! What `#[form(...)]` on a struct says.
use syn::{Attribute, Path, Result};

use crate::options;

const NAMES: &[&str] = &["check", "crate"];

/// What is said of the whole form.
#[derive(Default)]
pub(crate) struct FormAttribute {
    pub(crate) check: Option<Path>,
    /// Where the library is found, if not under its own name.
    pub(crate) root: Option<Path>,
}

impl FormAttribute {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut all = Self::default();
        for attribute in attributes.iter().filter(|one| one.path().is_ident("form")) {
            attribute.parse_nested_meta(|meta| {
                let path = match options::name(&meta, "attribute of a form", NAMES)?.as_str() {
                    "check" => &mut all.check,
                    _ => &mut all.root,
                };
                *path = Some(meta.value()?.parse()?);
                Ok(())
            })?;
        }
        Ok(all)
    }
}
