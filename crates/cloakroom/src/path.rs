//! Paths of requests that can be read in two ways, so that no exception may be made for them.

/// Says whether a path has empty or dot segments, backslashes, or any of these percent-encoded.
pub(crate) fn is_ambiguous(path: &str) -> bool {
    let encoded = |code: &str| {
        path.as_bytes()
            .windows(code.len())
            .any(|window| window.eq_ignore_ascii_case(code.as_bytes()))
    };
    let dots = |segment: &str| matches!(segment, "." | "..");
    path.contains("//")
        || path.contains('\\')
        || path.split('/').any(dots)
        || ["%2e", "%2f", "%5c"].into_iter().any(encoded)
}
