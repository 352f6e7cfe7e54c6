//! Reading what stands in an attribute.
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitInt, LitStr, Result, Token, UnOp};

/// Reads `= "text"`.
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// Reads `= 12`.
pub(crate) fn number(meta: &ParseNestedMeta<'_>) -> Result<LitInt> {
    meta.value()?.parse()
}

/// Says whether a value follows.
pub(crate) fn has_value(meta: &ParseNestedMeta<'_>) -> bool {
    meta.input.peek(Token![=])
}

/// What a visitor would type for a literal, or `None` when it is none.
pub(crate) fn typed(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit, .. }) => Some(match lit {
            Lit::Str(text) => text.value(),
            Lit::Int(number) => number.base10_digits().to_owned(),
            Lit::Float(number) => number.base10_digits().to_owned(),
            Lit::Bool(flag) => flag.value.to_string(),
            _ => return None,
        }),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => typed(expr).map(|number| format!("-{number}")),
        _ => None,
    }
}

/// Reads `= 1`, `= -0.5` or `= "2027-01-31"` as text.
pub(crate) fn limit(meta: &ParseNestedMeta<'_>) -> Result<String> {
    let expression: Expr = meta.value()?.parse()?;
    typed(&expression).ok_or_else(|| {
        syn::Error::new_spanned(
            &expression,
            "a limit is a literal, like 1 or \"2027-01-31\"",
        )
    })
}

/// Reads `= 1024` or `= "10 MiB"` as bytes.
pub(crate) fn size(meta: &ParseNestedMeta<'_>) -> Result<u64> {
    let literal: Lit = meta.value()?.parse()?;
    let bytes = match &literal {
        Lit::Int(bytes) => return bytes.base10_parse(),
        Lit::Str(text) => bytes(&text.value()),
        _ => None,
    };
    bytes.ok_or_else(|| {
        syn::Error::new(
            literal.span(),
            "a size is a number of bytes, or a text like \"500 KiB\" or \"10 MiB\"",
        )
    })
}

fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|char: char| !char.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim() {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// Reads `= ["a", "b"]`.
pub(crate) fn list(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let inside;
    meta.value()?;
    syn::bracketed!(inside in meta.input);
    let items = inside.parse_terminated(|input: ParseStream<'_>| input.parse(), Token![,])?;
    Ok(items.into_iter().collect())
}

/// Reads `("name" = "value", …)`, or with names that are identifiers.
pub(crate) fn pairs(meta: &ParseNestedMeta<'_>) -> Result<Vec<(String, LitStr)>> {
    let inside;
    syn::parenthesized!(inside in meta.input);
    let mut pairs = Vec::new();
    while !inside.is_empty() {
        let name = if inside.peek(LitStr) {
            inside.parse::<LitStr>()?.value()
        } else {
            inside.parse::<syn::Ident>()?.to_string()
        };
        inside.parse::<Token![=]>()?;
        pairs.push((name, inside.parse()?));
        if !inside.is_empty() {
            inside.parse::<Token![,]>()?;
        }
    }
    Ok(pairs)
}

/// Returns the name that an attribute's part has, or an error that names all there are.
pub(crate) fn name(meta: &ParseNestedMeta<'_>, what: &str, known: &[&str]) -> Result<String> {
    let given = meta.path.to_token_stream().to_string();
    if known.contains(&given.as_str()) {
        return Ok(given);
    }
    Err(meta.error(crate::words::unknown(what, &given, known)))
}

/// Reads `= "text"` that stands in a URL as it is.
pub(crate) fn segment(meta: &ParseNestedMeta<'_>) -> Result<String> {
    let text = text(meta)?;
    let value = text.value();
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    match !value.is_empty() && value.bytes().all(is_plain) {
        true => Ok(value),
        false => Err(syn::Error::new(
            text.span(),
            "a name in a URL has lower-case letters, digits, `-` and `_`",
        )),
    }
}

/// The path of the library's forms.
pub(crate) fn library(given: Option<syn::Path>, span: Span) -> TokenStream {
    room("form", given.as_ref(), span)
}

/// The path of one of the library's rooms.
pub(crate) fn room(name: &str, library: Option<&syn::Path>, span: Span) -> TokenStream {
    let room = syn::Ident::new(name, span);
    match library {
        Some(path) => quote::quote_spanned!(span=> #path::#room),
        None => quote::quote_spanned!(span=> ::cloakroom::#room),
    }
}

/// The same tokens, so that an error in them is told at this place.
pub(crate) fn at(tokens: &TokenStream, span: Span) -> TokenStream {
    let moved = tokens.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    moved.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_units_of_1024() {
        for (text, size) in [
            ("1 B", Some(1)),
            ("500KiB", Some(512_000)),
            ("10 MiB", Some(10 << 20)),
            ("2 GiB", Some(2 << 30)),
            ("10 MB", None),
            ("MiB", None),
            ("99999999999999999 GiB", None),
        ] {
            assert_eq!(bytes(text), size, "{text}");
        }
    }
}
