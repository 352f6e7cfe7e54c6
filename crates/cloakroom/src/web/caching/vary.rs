//! `Vary`: what an answer depends on beside its address (RFC 9110 section 12.5.5).
use http::HeaderValue;
use http::header::{HeaderMap, VARY};

pub(super) const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");

/// Adds `Cookie` to `Vary`, unless it is there already in whatever case, or everything is. One line
/// comes of several, since not every cache reads more than the first.
pub(super) fn by_cookie(headers: &mut HeaderMap) {
    let names = || headers.get_all(VARY).iter().flat_map(names);
    let covered = |name: &[u8]| name == b"*" || name.eq_ignore_ascii_case(b"cookie");
    if names().any(covered) {
        return;
    }
    let mut all = names().collect::<Vec<_>>();
    let value = if all.is_empty() {
        COOKIE
    } else {
        all.push(b"Cookie");
        HeaderValue::from_bytes(&all.join(&b", "[..])).expect("they came out of header values")
    };
    headers.insert(VARY, value);
}

fn names(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value
        .as_bytes()
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_stands_in_vary_once_and_on_one_line_whatever_was_there() {
        for (before, after) in [
            (&[][..], "Cookie"),
            (&[""], "Cookie"),
            (&[" , "], "Cookie"),
            (&["Accept"], "Accept, Cookie"),
            (
                &["Accept", "Accept-Language"],
                "Accept, Accept-Language, Cookie",
            ),
            (&["cookie"], "cookie"),
            (&["Accept,\tCOOKIE "], "Accept,\tCOOKIE "),
            (&["Accept , Cookies"], "Accept, Cookies, Cookie"),
            (&["*"], "*"),
            (&["Accept, *"], "Accept, *"),
        ] {
            let mut headers = HeaderMap::new();
            for value in before {
                headers.append(VARY, HeaderValue::from_static(value));
            }
            by_cookie(&mut headers);
            let all: Vec<_> = headers.get_all(VARY).iter().collect();
            assert_eq!(all, [after], "{before:?}");
        }
    }
}
