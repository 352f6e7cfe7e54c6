//! Writing `Set-Cookie`: checked against the grammar first, so that what goes out is what was meant.
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::cookie::{CookieSpec, MAX_AGE, SameSite};
use crate::error::{CookieProblem, Error};

/// The most bytes of name and value together that browsers keep (RFC 6265bis section 5.6).
pub const MAX_BYTES: usize = 4096;
/// The most bytes of an attribute's value that browsers read (RFC 6265bis section 5.6).
const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// One cookie that is to go out, already in the form of its header.
#[derive(Clone)]
pub(crate) struct SetCookie {
    place: Arc<Place>,
    deletes: bool,
    header: HeaderValue,
}

/// By what a browser tells cookies apart.
struct Place {
    name: Cow<'static, str>,
    domain: Option<Cow<'static, str>>,
    path: Cow<'static, str>,
}

impl SetCookie {
    /// Writes the cookie with this value.
    ///
    /// # Errors
    /// When name, value or an attribute breaks the grammar (RFC 6265bis section 4.1.1), the name's
    /// prefix asks for more than the attributes give, or the cookie is too large.
    pub(crate) fn new(spec: &CookieSpec, value: &str) -> Result<Self, Error> {
        Self::write(spec, value, spec.max_age.map(clamped))
    }

    /// Writes the cookie so that the browser forgets it: with the attributes that set it.
    ///
    /// # Errors
    /// As [`SetCookie::new`].
    pub(crate) fn delete(spec: &CookieSpec) -> Result<Self, Error> {
        Self::write(spec, "", Some(Duration::ZERO))
    }

    fn write(spec: &CookieSpec, value: &str, age: Option<Duration>) -> Result<Self, Error> {
        check(spec).map_err(|problem| refused(spec, problem))?;
        check_value(spec, value)?;
        let (before, behind) = (before_age(spec), behind_age(spec));
        let age_of = age_of(age);
        let parts = [&*spec.name, "=", value, &before, &age_of, &behind].map(str::as_bytes);
        Ok(Self {
            place: Arc::new(Place {
                name: spec.name.clone(),
                domain: spec.domain.clone(),
                path: spec.path.clone(),
            }),
            deletes: age == Some(Duration::ZERO),
            header: header(parts),
        })
    }

    /// Writes a cookie that stands in the same place, of parts that were checked.
    pub(super) fn instead(&self, parts: [&[u8]; 6], age: Option<Duration>) -> Self {
        Self {
            place: self.place.clone(),
            deletes: age == Some(Duration::ZERO),
            header: header(parts),
        }
    }

    /// The same cookie in other words.
    pub(super) fn written(mut self, header: HeaderValue) -> Self {
        self.header = header;
        self
    }

    /// Says whether a browser would keep both in the same place.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        let (one, other) = (&*self.place, &*other.place);
        one.name == other.name
            && one.path == other.path
            && same_domain(one.domain.as_deref(), other.domain.as_deref())
    }

    /// Says whether a browser would keep this one in the place of a header that somebody else wrote.
    pub(super) fn replaces_header(&self, header: &[u8]) -> bool {
        let mut attributes = header.split(|byte| *byte == b';');
        let pair = attributes.next().unwrap_or_default();
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        let attribute = |wanted: &str| {
            header.split(|byte| *byte == b';').skip(1).find_map(|part| {
                let part = std::str::from_utf8(part).ok()?;
                let (name, value) = part.split_once('=')?;
                name.trim()
                    .eq_ignore_ascii_case(wanted)
                    .then(|| value.trim())
            })
        };
        let place = &*self.place;
        name.trim_ascii() == place.name.as_bytes()
            && attribute("path").unwrap_or("/") == place.path
            && same_domain(place.domain.as_deref(), attribute("domain"))
    }

    /// Says whether the browser is to forget it.
    pub(super) fn deletes(&self) -> bool {
        self.deletes
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.header
    }
}

fn same_domain(one: Option<&str>, other: Option<&str>) -> bool {
    let plain = |domain: Option<&str>| {
        domain.map(|domain| domain.trim_start_matches('.').to_ascii_lowercase())
    };
    plain(one) == plain(other)
}

pub(super) fn clamped(age: Duration) -> Duration {
    if age > MAX_AGE {
        tracing::warn!(
            "a cookie's Max-Age was cut to the {} days that browsers keep",
            MAX_AGE.as_secs() / 86_400
        );
    }
    age.min(MAX_AGE)
}

/// Joins the parts of a header at once, into as many bytes as they take, so that it takes them over without a copy.
fn header(parts: [&[u8]; 6]) -> HeaderValue {
    HeaderValue::try_from(parts.concat())
        .expect("what the grammar of cookies allows, headers allow")
}

/// Writes the attributes that stand between a cookie's value and its age.
pub(super) fn before_age(spec: &CookieSpec) -> String {
    ["; Path=", &*spec.path, &*domain_of(spec)].concat()
}

/// Writes the attributes that follow its age.
pub(super) fn behind_age(spec: &CookieSpec) -> String {
    let flag = |on: bool, flag: &'static str| if on { flag } else { "" };
    [
        "; SameSite=",
        spec.same_site.as_str(),
        flag(spec.secure, "; Secure"),
        flag(spec.http_only, "; HttpOnly"),
        flag(spec.partitioned, "; Partitioned"),
    ]
    .concat()
}

fn domain_of(spec: &CookieSpec) -> String {
    let domain = spec.domain.as_ref();
    domain.map_or_else(String::new, |domain| format!("; Domain={domain}"))
}

pub(super) fn age_of(age: Option<Duration>) -> Cow<'static, str> {
    match age {
        None => Cow::Borrowed(""),
        Some(Duration::ZERO) => Cow::Borrowed("; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        Some(age) => Cow::Owned(format!("; Max-Age={}", age.as_secs())),
    }
}

fn refused(spec: &CookieSpec, problem: CookieProblem) -> Error {
    Error::Cookie {
        cookie: spec.name.escape_default().to_string(),
        problem,
    }
}

/// Says whether a cookie of this description can hold this value.
pub(super) fn check_value(spec: &CookieSpec, value: &str) -> Result<(), Error> {
    // To the end, so that many bytes are looked at together.
    if !value.bytes().fold(true, |all, byte| all & is_octet(byte)) {
        return Err(refused(spec, CookieProblem::Value));
    }
    check_length(spec, value.len())
}

/// Says whether a cookie of this description can hold a value of so many bytes.
pub(super) fn check_length(spec: &CookieSpec, value: usize) -> Result<(), Error> {
    match (spec.name.len() + value).checked_sub(MAX_BYTES) {
        Some(by @ 1..) => Err(refused(spec, CookieProblem::TooLarge { by })),
        _ => Ok(()),
    }
}

fn check(spec: &CookieSpec) -> Result<(), CookieProblem> {
    if spec.name.is_empty() || !spec.name.bytes().all(is_token) {
        return Err(CookieProblem::Name);
    }
    let path_starts = spec.path.starts_with('/');
    if !path_starts || !is_attribute(&spec.path) {
        return Err(CookieProblem::Attribute("Path"));
    }
    if spec
        .domain
        .as_deref()
        .is_some_and(|domain| domain.is_empty() || !is_attribute(domain))
    {
        return Err(CookieProblem::Attribute("Domain"));
    }
    if let Some(rule) = spec.prefix().and_then(|prefix| prefix.broken_by(spec)) {
        return Err(CookieProblem::Prefix(rule));
    }
    if !spec.secure && spec.same_site == SameSite::None {
        return Err(CookieProblem::NeedsSecure("SameSite=None"));
    }
    if !spec.secure && spec.partitioned {
        return Err(CookieProblem::NeedsSecure("Partitioned"));
    }
    Ok(())
}

/// Says whether an HTTP token may have this byte (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// Says whether a cookie's value may have this byte (`cookie-octet`, RFC 6265bis section 4.1.1).
fn is_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

fn is_attribute(value: &str) -> bool {
    value.len() <= MAX_ATTRIBUTE_BYTES
        && value
            .bytes()
            .all(|byte| matches!(byte, 0x20..=0x7e) && byte != b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(spec: &CookieSpec, value: &str) -> String {
        let cookie = SetCookie::new(spec, value).unwrap();
        cookie.header.to_str().unwrap().to_owned()
    }

    fn problem(spec: &CookieSpec, value: &str) -> CookieProblem {
        match SetCookie::new(spec, value) {
            Err(Error::Cookie { problem, .. }) => problem,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("nothing was refused"),
        }
    }

    #[test]
    fn a_cookie_goes_out_with_all_that_was_asked() {
        let spec = CookieSpec::new("n");
        assert_eq!(
            header(&spec, "v"),
            "n=v; Path=/; SameSite=Lax; Secure; HttpOnly"
        );
        let spec = spec
            .path("/shop")
            .domain("example.com")
            .max_age(Duration::from_secs(60))
            .same_site(SameSite::None)
            .http_only(false)
            .partitioned(true);
        assert_eq!(
            header(&spec, ""),
            "n=; Path=/shop; Domain=example.com; Max-Age=60; SameSite=None; Secure; Partitioned"
        );
    }

    #[test]
    fn deleting_uses_the_attributes_that_set_it() {
        let spec = CookieSpec::new("__Host-n").partitioned(true);
        let deleted = SetCookie::delete(&spec).unwrap();
        assert_eq!(
            deleted.header,
            "__Host-n=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax; Secure; HttpOnly; Partitioned"
        );
    }

    #[test]
    fn an_age_of_a_thousand_days_is_cut_to_four_hundred() {
        let spec = CookieSpec::new("n").max_age(Duration::from_secs(1_000 * 86_400));
        assert!(header(&spec, "v").contains("Max-Age=34560000;"));
    }

    #[test]
    fn no_part_of_a_cookie_takes_what_would_break_the_header() {
        let spec = || CookieSpec::new("n");
        for bad in ["\r", "\n", "\0", "a\r\nSet-Cookie: x=y", ";", "é", "\u{7f}"] {
            assert_eq!(problem(&spec(), bad), CookieProblem::Value, "{bad:?}");
            assert_eq!(
                problem(&CookieSpec::new(bad.to_owned()), "v"),
                CookieProblem::Name
            );
            let path = spec().path(format!("/{bad}"));
            assert_eq!(problem(&path, "v"), CookieProblem::Attribute("Path"));
            let domain = spec().domain(bad.to_owned());
            assert_eq!(problem(&domain, "v"), CookieProblem::Attribute("Domain"));
        }
        for bad in [" ", "\"", ",", "\\", "a b"] {
            assert_eq!(problem(&spec(), bad), CookieProblem::Value, "{bad:?}");
        }
        for bad in ["", "a b", "a=b", "a,b", "(a)"] {
            assert_eq!(problem(&CookieSpec::new(bad), "v"), CookieProblem::Name);
        }
    }

    #[test]
    fn prefixes_bind_in_any_case() {
        let rows = [
            (CookieSpec::new("__Host-n"), true),
            (CookieSpec::new("__Host-n").secure(false), false),
            (CookieSpec::new("__hOsT-n").domain("a.example"), false),
            (CookieSpec::new("__Host-n").path("/x"), false),
            (CookieSpec::new("__Secure-n").path("/x"), true),
            (CookieSpec::new("__SeCuRe-n").secure(false), false),
            (CookieSpec::new("__Http-n").path("/x"), true),
            (CookieSpec::new("__Http-n").http_only(false), false),
            (CookieSpec::new("__Host-Http-n"), true),
            (CookieSpec::new("__Host-Http-n").http_only(false), false),
            (CookieSpec::new("__Hostn").secure(false), true),
        ];
        for (spec, allowed) in rows {
            let written = SetCookie::new(&spec, "v");
            assert_eq!(written.is_ok(), allowed, "{spec:?}");
        }
    }

    #[test]
    fn none_and_partitioned_need_secure() {
        let plain = CookieSpec::new("n").secure(false);
        let none = plain.clone().same_site(SameSite::None);
        assert_eq!(
            problem(&none, "v"),
            CookieProblem::NeedsSecure("SameSite=None")
        );
        let partitioned = plain.partitioned(true);
        assert_eq!(
            problem(&partitioned, "v"),
            CookieProblem::NeedsSecure("Partitioned")
        );
    }

    #[test]
    fn one_byte_over_the_limit_says_so_and_the_limit_itself_passes() {
        let spec = CookieSpec::new("name");
        assert!(SetCookie::new(&spec, &"v".repeat(4092)).is_ok());
        assert_eq!(
            problem(&spec, &"v".repeat(4093)),
            CookieProblem::TooLarge { by: 1 }
        );
    }

    #[test]
    fn two_cookies_are_one_when_name_domain_and_path_agree() {
        let cookie = |spec: CookieSpec| SetCookie::new(&spec, "v").unwrap();
        let plain = cookie(CookieSpec::new("n"));
        assert!(plain.replaces(&cookie(CookieSpec::new("n").secure(false))));
        assert!(!plain.replaces(&cookie(CookieSpec::new("N"))));
        assert!(!plain.replaces(&cookie(CookieSpec::new("n").path("/x"))));
        assert!(!plain.replaces(&cookie(CookieSpec::new("n").domain("a.example"))));
        assert!(plain.replaces_header(b"n=old; path=/; Secure"));
        assert!(!plain.replaces_header(b"n=old; Path=/x"));
        assert!(!plain.replaces_header(b"n=old; Domain=a.example"));
        let wide = cookie(CookieSpec::new("n").domain("a.example"));
        assert!(wide.replaces_header(b"n=old; Domain=.A.example"));
    }
}
