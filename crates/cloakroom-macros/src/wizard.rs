//! `#[derive(Wizard)]`.
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Field, Fields, Result};

use crate::step::{Sort, Step};
use crate::wizard_attribute::WizardAttribute;
use crate::{options, words};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = fields_of(input)?;
    let whole = WizardAttribute::read(&input.attrs)?;
    let mut steps = Vec::new();
    let mut wrong: Option<Error> = None;
    for field in fields {
        match Step::read(field) {
            Ok(step) => steps.push(step),
            Err(error) => match &mut wrong {
                Some(all) => all.combine(error),
                None => wrong = Some(error),
            },
        }
    }
    if let Some(all) = wrong {
        return Err(all);
    }
    must_differ(&steps)?;
    must_leave_room_for_facts(&steps, &whole)?;
    Ok(write(input, &steps, &whole))
}

fn fields_of(input: &DeriveInput) -> Result<Vec<&Field>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "a wizard is a struct; its fields are the steps, in order",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a wizard has no type parameters and no lifetimes: what a visitor typed belongs to it",
        ));
    }
    match &data.fields {
        Fields::Named(named) if !named.named.is_empty() => Ok(named.named.iter().collect()),
        Fields::Named(_) | Fields::Unit => {
            Err(Error::new_spanned(&input.ident, "a wizard has steps"))
        }
        Fields::Unnamed(_) => Err(Error::new_spanned(
            &input.ident,
            "the fields of a wizard have names, which become those of its steps",
        )),
    }
}

/// No two steps have one name, nor has one the name that another had before.
fn must_differ(steps: &[Step<'_>]) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for step in steps {
        for name in step.names() {
            if seen.contains(&name) {
                let what = format!("two steps are called `{name}`, now or before");
                return Err(Error::new(step.span(), what));
            }
            seen.push(name);
        }
    }
    let mut reviews = steps.iter().filter(|step| step.is_review);
    match (reviews.next(), reviews.next()) {
        (Some(_), Some(second)) => Err(Error::new(
            second.span(),
            "answers are checked on one page: a wizard has one `review`",
        )),
        _ => Ok(()),
    }
}

/// Facts stand beside the steps, under a name of their own.
fn must_leave_room_for_facts(steps: &[Step<'_>], whole: &WizardAttribute) -> Result<()> {
    let is_facts = |step: &&Step<'_>| {
        let ident = step.field.ident.as_ref();
        ident.is_some_and(|ident| ident == "facts")
    };
    match steps.iter().find(is_facts) {
        Some(step) if whole.facts.is_some() => Err(Error::new(
            step.span(),
            "`so_far.facts` is what `#[wizard(facts = …)]` brings; call the step something else",
        )),
        _ => Ok(()),
    }
}

fn write(input: &DeriveInput, steps: &[Step<'_>], whole: &WizardAttribute) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let so_far = format_ident!("{ident}SoFar");
    let library = options::room("wizard", whole.root.as_ref(), ident.span());
    let form = options::room("form", whole.root.as_ref(), ident.span());
    let name = words::value_of_variant(&ident.to_string());
    let name = whole.name.clone().unwrap_or(name);
    let title = words::label_of_variant(&ident.to_string());
    let title = whole.title.clone().unwrap_or(title);
    let calls = whole.calls(&library);
    let count = steps.len();
    let stages = steps.iter().map(|step| step.stage(ident, &library, &form));
    let fields = steps.iter().map(|step| {
        let (vis, field, ty) = (&step.field.vis, &step.field.ident, &step.whole);
        let doc = format!("The step `{}`, once it is right.", step.name);
        quote!(#[doc = #doc] #vis #field: ::core::option::Option<#ty>)
    });
    let gathered = steps.iter().map(|step| {
        let field = &step.field.ident;
        match step.sort {
            Sort::Always | Sort::Many => quote!(#field: so_far.#field?),
            Sort::When | Sort::ManyWhen => quote!(#field: so_far.#field),
        }
    });
    let (facts, field_of_facts, knowing) = facts(whole);
    let one_secret = must_ask_again_once(steps, &form);
    let doc = format!("What is there and right of a [`{ident}`] so far.");
    quote! {
        #[doc = #doc]
        #[derive(::core::default::Default)]
        #[allow(dead_code)]
        #vis struct #so_far {
            #(#fields,)*
            #field_of_facts
        }

        #(#one_secret)*

        #[automatically_derived]
        impl #library::Wizard for #ident {
            type SoFar = #so_far;
            type Facts = #facts;

            fn plan() -> &'static #library::Plan<Self> {
                static STAGES: [&dyn #library::Stage<#ident>; #count] = [#(#stages),*];
                static PLAN: #library::Plan<#ident> =
                    #library::Plan::new(#name, #title, &STAGES) #calls;
                &PLAN
            }

            fn knowing(facts: &::std::sync::Arc<Self::Facts>) -> #so_far {
                #knowing
            }

            fn gather(so_far: #so_far) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(Self { #(#gathered),* })
            }
        }
    }
}

/// What is not kept is asked for again at the end, on one page. Which steps that concerns is known to their forms.
fn must_ask_again_once<'a>(
    steps: &'a [Step<'_>],
    forms: &'a TokenStream,
) -> impl Iterator<Item = TokenStream> + 'a {
    (1..steps.len()).map(|place| {
        let second = &steps[place];
        let here = second.has_secrets(forms);
        let before = steps[..place].iter().map(|step| step.has_secrets(forms));
        let what = format!(
            "`{}` is the second step with a field marked `secret`, which has to be asked for again at the end; mark it `sealed`",
            second.name
        );
        quote_spanned! {second.span()=>
            // Two steps may be the same form.
            #[allow(clippy::eq_op)]
            const _: () = ::core::assert!(!(#here && (#(#before)||*)), #what);
        }
    })
}

/// The type of the facts, the field that holds them, and the expression that puts them there.
fn facts(whole: &WizardAttribute) -> (TokenStream, Option<TokenStream>, TokenStream) {
    match &whole.facts {
        Some(ty) => (
            quote!(#ty),
            Some(quote! {
                /// What is known of the visitor beside the answers.
                pub facts: ::std::sync::Arc<#ty>,
            }),
            quote! {
                let mut so_far = Self::SoFar::default();
                so_far.facts = ::std::sync::Arc::clone(facts);
                so_far
            },
        ),
        None => (
            quote!(()),
            None,
            quote! {
                let _ = facts;
                ::core::default::Default::default()
            },
        ),
    }
}
