//! What `#[wizard(...)]` on a struct says.
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Ident, LitInt, Path, Result, Type};

use crate::{options, words};

const NAMES: &[&str] = &[
    "name", "title", "facts", "order", "version", "migrate", "retry", "crate",
];

/// What is said of the whole wizard.
#[derive(Default)]
pub(crate) struct WizardAttribute {
    pub(crate) name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) root: Option<Path>,
    /// The type of what conditions and contexts know beside the answers.
    pub(crate) facts: Option<Type>,
    is_free: bool,
    version: Option<LitInt>,
    migrate: Option<Path>,
    may_retry: bool,
}

impl WizardAttribute {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut all = Self::default();
        for attribute in attributes
            .iter()
            .filter(|one| one.path().is_ident("wizard"))
        {
            attribute.parse_nested_meta(|meta| {
                match options::name(&meta, "attribute of a wizard", NAMES)?.as_str() {
                    "name" => all.name = Some(options::segment(&meta)?),
                    "title" => all.title = Some(options::text(&meta)?.value()),
                    "facts" => all.facts = Some(meta.value()?.parse()?),
                    "order" => all.is_free = is_free(&meta.value()?.parse()?)?,
                    "version" => all.version = Some(options::number(&meta)?),
                    "migrate" => all.migrate = Some(meta.value()?.parse()?),
                    "retry" => all.may_retry = true,
                    _ => all.root = Some(meta.value()?.parse()?),
                }
                Ok(())
            })?;
        }
        match (&all.migrate, &all.version) {
            (Some(migrate), None) => Err(syn::Error::new_spanned(
                migrate,
                "drafts are brought from one `version` to another; say which this is",
            )),
            _ => Ok(all),
        }
    }

    /// Writes the calls that make a plan what is said here.
    pub(crate) fn calls(&self, library: &TokenStream) -> TokenStream {
        let order = self
            .is_free
            .then(|| quote!(.with_order(#library::Order::Free)));
        let version = self
            .version
            .as_ref()
            .map(|version| quote!(.with_version(#version)));
        let migrate = self
            .migrate
            .as_ref()
            .map(|migrate| quote!(.with_migrate(#migrate)));
        let retry = self.may_retry.then(|| quote!(.with_retry()));
        quote!(#order #version #migrate #retry)
    }
}

fn is_free(order: &Ident) -> Result<bool> {
    match order.to_string().as_str() {
        "strict" => Ok(false),
        "free" => Ok(true),
        other => Err(syn::Error::new(
            order.span(),
            words::unknown("order", other, &["strict", "free"]),
        )),
    }
}
