//! What stands in the place of a derive that went wrong: its errors, and a form or wizard of the same name, so that
//! nobody is told as well that there is none.
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Error, Field, Fields, Token};

use crate::form_attribute::FormAttribute;
use crate::options;
use crate::step::whole_of;
use crate::wizard_attribute::WizardAttribute;

/// Returns the errors of a form.
pub(crate) fn of_form(input: &DeriveInput, wrong: &Error) -> TokenStream {
    let errors = wrong.to_compile_error();
    if !is_plain(input) {
        return errors;
    }
    let ident = &input.ident;
    let root = FormAttribute::read(&input.attrs).ok();
    let library = options::library(root.and_then(|whole| whole.root), ident.span());
    quote! {
        #errors

        #[automatically_derived]
        impl #library::Fields for #ident {
            const HAS_SECRETS: bool = false;
            fn schema() -> &'static #library::Schema {
                ::core::unreachable!()
            }
            fn declared(_: &mut #library::Writer<'_>) {}
            fn read(_: &mut #library::Reader<'_>) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }
            fn write(&self, _: &mut #library::Writer<'_>) {}
            fn check(&self, _: &mut #library::Checks<'_>) {}
        }
    }
}

/// Returns the errors of a wizard.
pub(crate) fn of_wizard(input: &DeriveInput, wrong: &Error) -> TokenStream {
    let errors = wrong.to_compile_error();
    if !is_plain(input) {
        return errors;
    }
    let (ident, vis) = (&input.ident, &input.vis);
    let so_far = format_ident!("{ident}SoFar");
    let whole = WizardAttribute::read(&input.attrs).unwrap_or_default();
    let library = options::room("wizard", whole.root.as_ref(), ident.span());
    let is_beside_facts = |field: &&Field| {
        let is_facts = field.ident.as_ref().is_some_and(|ident| ident == "facts");
        whole.facts.is_none() || !is_facts
    };
    let fields = fields_of(input).into_iter().flatten();
    let steps = fields.filter(is_beside_facts).map(|field| {
        let (name, ty) = (&field.ident, whole_of(field));
        quote!(pub #name: ::core::option::Option<#ty>)
    });
    let facts = whole.facts.iter();
    let known = match &whole.facts {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    };
    quote! {
        #errors

        #[derive(::core::default::Default)]
        #[allow(dead_code)]
        #vis struct #so_far {
            #(#steps,)*
            #(pub facts: ::std::sync::Arc<#facts>,)*
        }

        #[automatically_derived]
        impl #library::Wizard for #ident {
            type SoFar = #so_far;
            type Facts = #known;

            fn plan() -> &'static #library::Plan<Self> {
                ::core::unreachable!()
            }
            fn knowing(_: &::std::sync::Arc<Self::Facts>) -> #so_far {
                ::core::unreachable!()
            }
            fn gather(_: #so_far) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }
        }
    }
}

fn fields_of(input: &DeriveInput) -> Option<&Punctuated<Field, Token![,]>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(&named.named),
            _ => None,
        },
        _ => None,
    }
}

/// Says whether the struct could be a form or a wizard but for what is said of its fields.
fn is_plain(input: &DeriveInput) -> bool {
    input.generics.params.is_empty() && fields_of(input).is_some()
}
