//! What a client would like to be answered in: a page, or JSON (RFC 9110 section 12.5.1).
use http::HeaderValue;

/// Says whether JSON is asked for, and more than a page.
pub(super) fn prefers_json<'a>(accept: impl Iterator<Item = &'a HeaderValue>) -> bool {
    let (mut json, mut html) = (0, 0);
    for header in accept {
        for range in header.as_bytes().split(|byte| *byte == b',') {
            let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let kind = parts.next().unwrap_or_default();
            let weight = parts.find_map(weight).unwrap_or(1_000);
            if is_json(kind) {
                json = json.max(weight);
            } else if is_any(kind, &[b"text/html", b"application/xhtml+xml", b"text/*"]) {
                html = html.max(weight);
            }
        }
    }
    json > html
}

fn is_json(kind: &[u8]) -> bool {
    let suffix = kind.len().saturating_sub(b"+json".len());
    is_any(kind, &[b"application/json"]) || kind[suffix..].eq_ignore_ascii_case(b"+json")
}

fn is_any(kind: &[u8], kinds: &[&[u8]]) -> bool {
    kinds.iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Reads a weight in thousandths (RFC 9110 section 12.4.2).
fn weight(parameter: &[u8]) -> Option<u32> {
    let value = parameter
        .strip_prefix(b"q=")
        .or_else(|| parameter.strip_prefix(b"Q="))?;
    let weight: f32 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    Some((weight.clamp(0.0, 1.0) * 1_000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_answered_to_those_who_prefer_it() {
        for (accept, expected) in [
            (&[][..], false),
            (&["*/*"], false),
            (&["application/json"], true),
            (&["APPLICATION/JSON"], true),
            (&["application/problem+json"], true),
            (&["application/json, text/plain, */*"], true),
            (&["text/html,application/xhtml+xml,*/*;q=0.8"], false),
            (&["text/html, application/json"], false),
            (&["text/html", "application/json"], false),
            (&["text/html;q=0.5, application/json"], true),
            (&["text/html;q=0.5", "application/json;q=0.6"], true),
            (&["text/html, application/json;q=0.9"], false),
            (&["text/html;q=0, application/json;q=0.001"], true),
            (&["application/json;q=0"], false),
            (&["application/json;q=NaN"], false),
            (&["application/jsonp"], false),
            (&[",;q=;"], false),
        ] {
            let lines: Vec<_> = accept
                .iter()
                .map(|line| HeaderValue::from_static(line))
                .collect();
            assert_eq!(prefers_json(lines.iter()), expected, "{accept:?}");
        }
    }
}
