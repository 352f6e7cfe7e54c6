//! `#[derive(Choice)]`.
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Path, Result, Variant};

use crate::{options, words};

const NAMES: &[&str] = &["value", "label", "help"];

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let variants = variants_of(input)?;
    let library = options::library(library_of(&input.attrs)?, input.ident.span());
    let items: Vec<Item> = variants
        .iter()
        .map(|variant| Item::read(variant))
        .collect::<Result<_>>()?;
    for (index, item) in items.iter().enumerate() {
        if items[..index].iter().any(|other| other.value == item.value) {
            let what = format!("two variants have the value `{}`", item.value);
            return Err(Error::new_spanned(variants[index], what));
        }
    }
    Ok(write(input, &variants, &items, &library))
}

fn variants_of(input: &DeriveInput) -> Result<Vec<&Variant>> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "something to choose from is an enum; for a struct there is `#[derive(Form)]`",
        ));
    };
    if data.variants.is_empty() {
        return Err(Error::new_spanned(
            &input.ident,
            "there is nothing to choose from: the enum has no variants",
        ));
    }
    match data
        .variants
        .iter()
        .find(|variant| !matches!(variant.fields, Fields::Unit))
    {
        Some(variant) => Err(Error::new_spanned(
            variant,
            "a variant that can be chosen holds nothing; ask for more in a field of its own",
        )),
        None => Ok(data.variants.iter().collect()),
    }
}

fn library_of(attributes: &[Attribute]) -> Result<Option<Path>> {
    let mut library = None;
    for attribute in attributes
        .iter()
        .filter(|one| one.path().is_ident("choice"))
    {
        attribute.parse_nested_meta(|meta| {
            options::name(&meta, "attribute of a choice", &["crate"])?;
            library = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(library)
}

struct Item {
    value: String,
    label: String,
    help: String,
}

impl Item {
    fn read(variant: &Variant) -> Result<Self> {
        let name = variant.ident.unraw().to_string();
        let mut item = Self {
            value: words::value_of_variant(&name),
            label: words::label_of_variant(&name),
            help: String::new(),
        };
        let own = variant
            .attrs
            .iter()
            .filter(|one| one.path().is_ident("choice"));
        for attribute in own {
            attribute.parse_nested_meta(|meta| {
                let place = match options::name(&meta, "attribute of a variant", NAMES)?.as_str() {
                    "value" => &mut item.value,
                    "label" => &mut item.label,
                    _ => &mut item.help,
                };
                *place = options::text(&meta)?.value();
                Ok(())
            })?;
        }
        match item.value.is_empty() {
            true => Err(Error::new_spanned(
                variant,
                "an empty value stands for no answer; for that the field is an `Option`",
            )),
            false => Ok(item),
        }
    }
}

fn write(
    input: &DeriveInput,
    variants: &[&Variant],
    items: &[Item],
    library: &TokenStream,
) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, bounds) = input.generics.split_for_impl();
    let names: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let places: Vec<usize> = (0..names.len()).collect();
    let items = items
        .iter()
        .map(|Item { value, label, help }| quote!(#library::Item::fixed(#value, #label, #help)));
    quote! {
        #[automatically_derived]
        impl #impl_generics #library::Choice for #ident #type_generics #bounds {
            const ITEMS: &'static [#library::Item] = &[#(#items),*];

            fn index(&self) -> usize {
                match self {
                    #(Self::#names => #places,)*
                }
            }

            fn at(index: usize) -> ::core::option::Option<Self> {
                match index {
                    #(#places => ::core::option::Option::Some(Self::#names),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        #[automatically_derived]
        impl #impl_generics #library::Value for #ident #type_generics #bounds {
            const KIND: #library::Kind = #library::Kind::choice(<Self as #library::Choice>::ITEMS);

            fn empty() -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }

            fn read(
                typed: &mut #library::Typed<'_>,
            ) -> ::core::result::Result<Self, #library::Problem> {
                #library::read_choice(typed)
            }

            fn write(&self, slot: &mut #library::Slot) {
                slot.text(#library::Choice::item(self).value());
            }
        }
    }
}
