//! What `#[field(...)]` says of a field, and the description that is made of it.
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Field, Ident, Result};

use crate::options::{has_value, limit, list, name, number, pairs, size, text, typed};
use crate::{options, words};

const NAMES: &[&str] = &[
    "label",
    "help",
    "widget",
    "required",
    "optional",
    "min_length",
    "max_length",
    "min",
    "max",
    "step",
    "max_digits",
    "decimal_places",
    "min_count",
    "max_count",
    "max_size",
    "accept",
    "pattern",
    "choices",
    "initial",
    "disabled",
    "secret",
    "sealed",
    "keep_spaces",
    "autocomplete",
    "placeholder",
    "rows",
    "error",
    "attributes",
];

/// Each widget by its name, and its variant in the library.
const WIDGETS: &[(&str, &str)] = &[
    ("text", "Text"),
    ("textarea", "Textarea"),
    ("password", "Password"),
    ("hidden", "Hidden"),
    ("email", "Email"),
    ("url", "Url"),
    ("tel", "Tel"),
    ("search", "Search"),
    ("number", "Number"),
    ("digits", "Digits"),
    ("date", "Date"),
    ("time", "Time"),
    ("datetime", "DateTime"),
    ("checkbox", "Checkbox"),
    ("checkboxes", "Checkboxes"),
    ("radios", "Radios"),
    ("select", "Select"),
    ("file", "File"),
];

/// What is said of a field.
pub(crate) struct FieldAttribute {
    label: Option<String>,
    pub(crate) initial: Option<Expr>,
    pub(crate) is_secret: bool,
    /// The calls that build the description, in the order in which they were written.
    calls: Vec<TokenStream>,
    texts: Vec<TokenStream>,
}

impl FieldAttribute {
    pub(crate) fn read(attributes: &[Attribute], library: &TokenStream) -> Result<Self> {
        let mut all = Self {
            label: None,
            initial: None,
            is_secret: false,
            calls: Vec::new(),
            texts: Vec::new(),
        };
        let mut seen: Vec<String> = Vec::new();
        for attribute in attributes.iter().filter(|one| one.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| {
                let name = name(&meta, "attribute of a field", NAMES)?;
                if seen.contains(&name) {
                    return Err(meta.error(format!("`{name}` is said twice")));
                }
                all.part(&name, &meta, library)?;
                seen.push(name);
                Ok(())
            })?;
        }
        let both = |one: &str, other: &str| {
            seen.iter().any(|n| n == one) && seen.iter().any(|n| n == other)
        };
        for (one, other) in [("required", "optional"), ("secret", "sealed")] {
            if both(one, other) {
                return Err(Error::new(
                    span_of(attributes),
                    format!("a field can't be `{one}` and `{other}`"),
                ));
            }
        }
        Ok(all)
    }

    fn part(
        &mut self,
        name: &str,
        meta: &ParseNestedMeta<'_>,
        library: &TokenStream,
    ) -> Result<()> {
        let span = meta.path.span();
        self.is_secret |= name == "secret";
        match name {
            "label" => self.label = Some(text(meta)?.value()),
            "initial" => self.initial = Some(meta.value()?.parse()?),
            "required" => self.required(meta, span)?,
            "error" => {
                for (code, text) in pairs(meta)? {
                    self.texts.push(quote!((#code, #text)));
                }
            }
            _ => {
                let call = call(name, meta, library, span)?;
                self.calls.push(call);
            }
        }
        Ok(())
    }

    fn required(&mut self, meta: &ParseNestedMeta<'_>, span: Span) -> Result<()> {
        if has_value(meta) {
            let text = text(meta)?;
            self.texts.push(quote!(("required", #text)));
        }
        self.calls.push(quote_spanned!(span=> .with_required(true)));
        Ok(())
    }

    /// Writes the expression that describes the field. What is wrong with it is said at the field's type.
    pub(crate) fn describe(&self, field: &Field, library: &TokenStream) -> TokenStream {
        let name = name_of(field);
        let label = self.label.clone();
        let label = label.unwrap_or_else(|| words::label_of_field(&name));
        let (ty, calls, texts) = (&field.ty, &self.calls, &self.texts);
        let with_texts = (!texts.is_empty()).then(|| quote!(.with_texts(&[#(#texts),*])));
        let spec = options::at(library, ty.span());
        quote_spanned!(ty.span()=>
            #spec::Spec::new::<#ty>(#name, #label) #(#calls)* #with_texts.checked()
        )
    }

    /// Writes the statement that puts the initial value into its place.
    pub(crate) fn declare(&self, field: &Field, index: usize) -> Option<TokenStream> {
        let initial = self.initial.as_ref()?;
        let ty = &field.ty;
        Some(match typed(initial) {
            Some(text) => quote!(writer.put_text(#index, #text);),
            None => quote_spanned!(initial.span()=> writer.put::<#ty>(#index, &{ #initial });),
        })
    }
}

/// Returns the field's name, without the `r#` of a raw identifier.
pub(crate) fn name_of(field: &Field) -> String {
    let ident = field.ident.as_ref();
    ident
        .map(|ident| ident.unraw().to_string())
        .unwrap_or_default()
}

fn call(
    name: &str,
    meta: &ParseNestedMeta<'_>,
    library: &TokenStream,
    span: Span,
) -> Result<TokenStream> {
    let setter = Ident::new(&format!("with_{name}"), span);
    Ok(match name {
        "help" | "autocomplete" | "placeholder" => {
            let text = text(meta)?;
            quote_spanned!(span=> .#setter(#text))
        }
        "min" | "max" | "step" => {
            let limit = limit(meta)?;
            quote_spanned!(span=> .#setter(#limit))
        }
        "max_size" => {
            let bytes = size(meta)?;
            quote_spanned!(span=> .#setter(#bytes))
        }
        "accept" => {
            let types = list(meta)?;
            quote_spanned!(span=> .#setter(&[#(#types),*]))
        }
        "attributes" => {
            let pairs = pairs(meta)?;
            let pairs = pairs.iter().map(|(name, value)| quote!((#name, #value)));
            quote_spanned!(span=> .#setter(&[#(#pairs),*]))
        }
        "widget" => widget(meta, library, span)?,
        "pattern" => pattern(meta, library, span)?,
        "optional" => quote_spanned!(span=> .with_required(false)),
        "choices" => quote_spanned!(span=> .with_choices_per_visit()),
        "disabled" => quote_spanned!(span=> .as_disabled()),
        "keep_spaces" => quote_spanned!(span=> .keeping_spaces()),
        "secret" => quote_spanned!(span=> .with_secrecy(#library::Secrecy::Secret)),
        "sealed" => quote_spanned!(span=> .with_secrecy(#library::Secrecy::Sealed)),
        _ => {
            let number = number(meta)?;
            quote_spanned!(span=> .#setter(#number))
        }
    })
}

fn widget(meta: &ParseNestedMeta<'_>, library: &TokenStream, span: Span) -> Result<TokenStream> {
    let given: Ident = meta.value()?.parse()?;
    let name = given.to_string();
    let found = WIDGETS.iter().find(|(known, _)| *known == name);
    let Some((_, variant)) = found else {
        let known: Vec<&str> = WIDGETS.iter().map(|(known, _)| *known).collect();
        return Err(Error::new(
            given.span(),
            words::unknown("widget", &name, &known),
        ));
    };
    let variant = Ident::new(variant, given.span());
    Ok(quote_spanned!(span=> .with_widget(#library::Widget::#variant)))
}

fn pattern(meta: &ParseNestedMeta<'_>, library: &TokenStream, span: Span) -> Result<TokenStream> {
    let source = text(meta)?;
    if let Err(error) = regex_syntax::parse(&source.value()) {
        let what = format!("this is no regular expression:\n{error}");
        return Err(Error::new(source.span(), what));
    }
    Ok(quote_spanned!(span=> .with_pattern({
        static PATTERN: #library::Pattern = #library::Pattern::new(#source);
        &PATTERN
    })))
}

fn span_of(attributes: &[Attribute]) -> Span {
    let mut found = attributes.iter().filter(|one| one.path().is_ident("field"));
    found.next().map_or_else(Span::call_site, Spanned::span)
}
