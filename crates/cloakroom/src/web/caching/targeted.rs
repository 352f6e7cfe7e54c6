//! The headers that make some caches look past `Cache-Control` (RFC 9213, and those of vendors).
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::web::caching::cache_control::pieces;

/// The length of the shortest name among them.
const SHORTEST: usize = "edge-control".len();

/// Says whether a header is one of them.
pub(super) fn is(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.len() >= SHORTEST && harmless(name).is_some()
}

/// Returns the first that lets such a cache keep the answer.
pub(super) fn first(headers: &HeaderMap) -> Option<HeaderName> {
    wrong(headers).map(|(name, _)| name.clone()).next()
}

/// Says in each that the answer is not to be kept.
pub(super) fn correct(headers: &mut HeaderMap) {
    let wrong: Vec<_> = wrong(headers)
        .map(|(name, instead)| (name.clone(), instead))
        .collect();
    for (name, instead) in wrong {
        headers.insert(name, HeaderValue::from_static(instead));
    }
}

/// Returns those that let the answer be kept, with what to say there instead.
fn wrong(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &'static str)> {
    headers.iter().filter_map(|(name, value)| {
        let harmless = harmless(name.as_str())?;
        let is_harmless = pieces(value.as_bytes()).any(|piece| {
            harmless
                .iter()
                .any(|word| piece.eq_ignore_ascii_case(word.as_bytes()))
        });
        (!is_harmless).then_some((name, harmless[0]))
    })
}

/// Returns what such a header may say where an answer is not to be kept, the best first.
fn harmless(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "edge-control" => &["no-store", "bypass-cache"],
        "surrogate-control" => &["no-store"],
        "x-accel-expires" => &["0"],
        other if other.ends_with("cdn-cache-control") => &["no-store", "private"],
        _ => return None,
    })
}
