//! A step of a wizard: a field, and what `#[step(...)]` says of it.
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Error, Expr, Field, GenericArgument, Ident, LitInt, PathArguments, Result, Type};

use crate::field::name_of;
use crate::{options, words};

const NAMES: &[&str] = &[
    "name", "title", "when", "context", "template", "was", "review", "min", "max",
];

/// What the library's own URLs end with, and `end`, to which a step may return.
const RESERVED: &[&str] = &["end", "finished", "new", "resume"];

/// What the names of the library's own hidden inputs begin with, as those of fields do with their step's.
const HIDDEN: &str = "wizard";

/// How a step stands in the struct.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// `T`
    Always,
    /// `Option<T>`
    When,
    /// `Vec<T>`
    Many,
    /// `Option<Vec<T>>`
    ManyWhen,
}

/// A step of a wizard.
pub(crate) struct Step<'a> {
    pub(crate) field: &'a Field,
    pub(crate) name: String,
    pub(crate) sort: Sort,
    pub(crate) is_review: bool,
    /// The type of its form.
    form: &'a Type,
    /// The field's type without `Option`.
    pub(crate) whole: &'a Type,
    title: Option<String>,
    template: Option<String>,
    when: Option<Expr>,
    context: Option<Expr>,
    was: Vec<String>,
    min: Option<LitInt>,
    max: Option<LitInt>,
}

impl<'a> Step<'a> {
    pub(crate) fn read(field: &'a Field) -> Result<Self> {
        let inside = inside_of(&field.ty, "Option");
        let whole = inside.unwrap_or(&field.ty);
        let repeated = inside_of(whole, "Vec");
        let mut step = Self {
            field,
            name: name_of(field),
            sort: match (inside, repeated) {
                (None, None) => Sort::Always,
                (Some(_), None) => Sort::When,
                (None, Some(_)) => Sort::Many,
                (Some(_), Some(_)) => Sort::ManyWhen,
            },
            is_review: false,
            form: repeated.unwrap_or(whole),
            whole,
            title: None,
            template: None,
            when: None,
            context: None,
            was: Vec::new(),
            min: None,
            max: None,
        };
        for attribute in field.attrs.iter().filter(|one| one.path().is_ident("step")) {
            attribute.parse_nested_meta(|meta| step.part(&meta))?;
        }
        step.check()?;
        Ok(step)
    }

    fn part(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match options::name(meta, "attribute of a step", NAMES)?.as_str() {
            "name" => self.name = options::segment(meta)?,
            "title" => self.title = Some(options::text(meta)?.value()),
            "when" => self.when = Some(meta.value()?.parse()?),
            "context" => self.context = Some(meta.value()?.parse()?),
            "template" => self.template = Some(options::text(meta)?.value()),
            "was" => self.was.push(options::text(meta)?.value()),
            "review" => self.is_review = true,
            "min" => self.min = Some(options::number(meta)?),
            _ => self.max = Some(options::number(meta)?),
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        let ty = &self.field.ty;
        let wrong = |what: &str| Err(Error::new_spanned(ty, what));
        let is_optional = matches!(self.sort, Sort::When | Sort::ManyWhen);
        let is_repeated = matches!(self.sort, Sort::Many | Sort::ManyWhen);
        match (&self.when, is_optional) {
            (Some(_), false) if is_repeated => {
                let form = self.form.to_token_stream();
                return wrong(&format!(
                    "a step with `when` is not always there, so its type is an `Option`; as it is repeated, an `Option<Vec<{form}>>`"
                ));
            }
            (Some(_), false) => {
                return wrong(
                    "a step with `when` is not always there, so its type is an `Option` of a form",
                );
            }
            (None, true) => {
                return wrong(
                    "a step that is an `Option` is not always there: say when it is, with `#[step(when = a_function)]`",
                );
            }
            _ => {}
        }
        if !is_repeated && (self.min.is_some() || self.max.is_some()) {
            return wrong("`min` and `max` are for a step that is repeated, a `Vec` of forms");
        }
        if let (Some(min), Some(max)) = (&self.min, &self.max)
            && min.base10_parse::<usize>()? > max.base10_parse::<usize>()?
        {
            return Err(Error::new_spanned(min, "`min` is greater than `max`"));
        }
        if RESERVED.contains(&self.name.as_str()) {
            let what = format!(
                "the name `{}` is the library's own in a wizard's URLs; give the step another, with `#[step(name = \"…\")]`",
                self.name
            );
            return Err(Error::new(self.span(), what));
        }
        if self.name == HIDDEN {
            let what = "the library's own hidden inputs begin with `wizard-`, as this step's fields would; give the step another name, with `#[step(name = \"…\")]`";
            return Err(Error::new(self.span(), what));
        }
        Ok(())
    }

    /// Returns the names that it has and had.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.was)
            .map(String::as_str)
    }

    pub(crate) fn span(&self) -> Span {
        self.field
            .ident
            .as_ref()
            .map_or_else(Span::call_site, Ident::span)
    }

    /// Writes the expression that makes the step.
    pub(crate) fn stage(
        &self,
        wizard: &Ident,
        library: &TokenStream,
        forms: &TokenStream,
    ) -> TokenStream {
        let (ident, form) = (&self.field.ident, self.form);
        let kind = match self.sort {
            Sort::Always | Sort::When => quote!(Single),
            Sort::Many | Sort::ManyWhen => quote!(Many),
        };
        let spec = self.spec(library, forms);
        let when = or_none(self.when.as_ref());
        let context = or_none(self.context.as_ref());
        quote! {
            &#library::#kind::<#wizard, #form> {
                spec: #spec,
                when: #when,
                context: #context,
                keep: |so_far, value| so_far.#ident = ::core::option::Option::Some(value),
            }
        }
    }

    /// Writes the expression that says whether it has a field marked `secret`.
    pub(crate) fn has_secrets(&self, forms: &TokenStream) -> TokenStream {
        let form = self.form;
        quote_spanned!(self.span()=> <#form as #forms::Fields>::HAS_SECRETS)
    }

    fn spec(&self, library: &TokenStream, forms: &TokenStream) -> TokenStream {
        let (name, form) = (&self.name, self.form);
        let title = self.title.clone();
        let title = title.unwrap_or_else(|| words::label_of_field(&name.replace('-', "_")));
        let schema = quote_spanned!(form.span()=> <#form as #forms::Fields>::schema);
        let was = &self.was;
        let was = (!was.is_empty()).then(|| quote!(.with_was(&[#(#was),*])));
        let template = self.template.iter();
        let review = self.is_review.then(|| quote!(.as_review()));
        let count = matches!(self.sort, Sort::Many | Sort::ManyWhen).then(|| {
            let min = self.min.as_ref().map_or(quote!(0), |min| quote!(#min));
            let max = self.max.as_ref().map_or(quote!(100), |max| quote!(#max));
            quote!(.with_count(#min, #max))
        });
        quote! {
            #library::StepSpec::new(#name, #title, #schema)
                #was #(.with_template(#template))* #review #count
        }
    }
}

fn or_none(given: Option<&Expr>) -> TokenStream {
    match given {
        Some(given) => {
            quote_spanned!(given.span()=> ::core::option::Option::Some(#given))
        }
        None => quote!(::core::option::Option::None),
    }
}

/// Returns a field's type without `Option`.
pub(crate) fn whole_of(field: &Field) -> &Type {
    inside_of(&field.ty, "Option").unwrap_or(&field.ty)
}

/// Returns the `T` of an `Option<T>` or `Vec<T>`, however its path is written.
fn inside_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inside)) => Some(inside),
        _ => None,
    }
}
