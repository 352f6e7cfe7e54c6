//! `#[derive(Form)]`.
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Result};

use crate::field::{FieldAttribute, name_of};
use crate::form_attribute::FormAttribute;
use crate::options;

/// The name of the token's input (Django's).
const TOKEN: &str = "csrfmiddlewaretoken";

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = fields_of(input)?;
    let whole = FormAttribute::read(&input.attrs)?;
    let library = options::library(whole.root.clone(), input.ident.span());
    let mut attributes = Vec::new();
    let mut wrong: Option<Error> = None;
    for field in &fields {
        let read = must_be_free(field).and_then(|()| FieldAttribute::read(&field.attrs, &library));
        match read {
            Ok(attribute) => attributes.push(attribute),
            Err(error) => match &mut wrong {
                Some(all) => all.combine(error),
                None => wrong = Some(error),
            },
        }
    }
    match wrong {
        Some(all) => Err(all),
        None => Ok(write(input, &fields, &attributes, &whole, &library)),
    }
}

fn fields_of(input: &DeriveInput) -> Result<Vec<&Field>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "a form is a struct; for something to choose from there is `#[derive(Choice)]`",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a form has no type parameters and no lifetimes: what a visitor typed belongs to it",
        ));
    }
    match &data.fields {
        Fields::Named(named) => Ok(named.named.iter().collect()),
        Fields::Unit => Ok(Vec::new()),
        _ => Err(Error::new_spanned(
            &input.ident,
            "the fields of a form have names, which become those of its inputs",
        )),
    }
}

/// The token that proves where a form comes from is sent under a name of its own.
fn must_be_free(field: &Field) -> Result<()> {
    match name_of(field).as_str() {
        TOKEN => Err(Error::new_spanned(
            &field.ident,
            "`csrfmiddlewaretoken` is the name under which the token against forged requests is sent; call the field something else",
        )),
        _ => Ok(()),
    }
}

fn write(
    input: &DeriveInput,
    fields: &[&Field],
    attributes: &[FieldAttribute],
    whole: &FormAttribute,
    library: &TokenStream,
) -> TokenStream {
    let ident = &input.ident;
    let name = ident.to_string();
    let count = fields.len();
    let all = || fields.iter().zip(attributes);
    let specs = all().map(|(field, attribute)| attribute.describe(field, library));
    let declared = all()
        .enumerate()
        .filter_map(|(index, (field, attribute))| attribute.declare(field, index));
    let names: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let taken: Vec<_> = (0..count)
        .map(|index| format_ident!("field_{index}"))
        .collect();
    let described = (0..count).map(|index| format_ident!("FIELD_{index}"));
    let described: Vec<_> = described.collect();
    let places: Vec<usize> = (0..count).collect();
    let rules = has_rules(input, fields).then(|| quote!(checks.rules(self);));
    let check = whole.check.iter();
    let has_secrets = attributes.iter().any(|attribute| attribute.is_secret);
    quote! {
        #[automatically_derived]
        impl #library::Fields for #ident {
            const HAS_SECRETS: bool = #has_secrets;

            fn schema() -> &'static #library::Schema {
                // Each on its own, so that what is wrong is said of every field.
                #(static #described: #library::Spec = #specs;)*
                static FIELDS: [#library::Spec; #count] = [#(#described),*];
                static SCHEMA: #library::Schema = #library::Schema::new(#name, &FIELDS);
                &SCHEMA
            }

            #[allow(unused_variables)]
            fn declared(writer: &mut #library::Writer<'_>) {
                #(#declared)*
            }

            #[allow(unused_variables)]
            fn read(reader: &mut #library::Reader<'_>) -> ::core::option::Option<Self> {
                #(let #taken = reader.take::<#types>(#places);)*
                ::core::option::Option::Some(Self { #(#names: #taken?),* })
            }

            #[allow(unused_variables)]
            fn write(&self, writer: &mut #library::Writer<'_>) {
                #(writer.put(#places, &self.#names);)*
            }

            #[allow(unused_variables)]
            fn check(&self, checks: &mut #library::Checks<'_>) {
                #rules
                #(checks.whole(self, #check);)*
            }
        }
    }
}

/// Says whether there are rules of garde's on the struct or a field.
fn has_rules(input: &DeriveInput, fields: &[&Field]) -> bool {
    let is_rule = |attribute: &Attribute| attribute.path().is_ident("garde");
    let of_fields = fields.iter().flat_map(|field| &field.attrs);
    input.attrs.iter().chain(of_fields).any(is_rule)
}
