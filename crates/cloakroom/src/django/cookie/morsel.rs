//! Writing a `Set-Cookie` header as Django does.
use std::fmt::{self, Write};

use crate::django::Moment;

/// The names that a cookie can't have, in any case, because they are attributes.
const RESERVED: &[&str] = &[
    "expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite",
];

const EPOCH: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// One cookie of a response, as Python's `http.cookies` keeps it.
///
/// As in Django, what an earlier call set stays when a later one does not set it: a cookie that was
/// deleted and set again in one response still has `Max-Age=0`. Make a new one to start afresh.
#[derive(Clone, Debug)]
pub struct Morsel {
    name: String,
    value: String,
    domain: String,
    expires: String,
    http_only: bool,
    max_age: Option<i64>,
    path: String,
    same_site: String,
    secure: bool,
}

/// What Django's `set_cookie` takes besides name and value.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    /// `max_age`, whose part of a second counts for `expires` only.
    pub max_age: Option<f64>,
    /// `expires`.
    pub expires: Option<Expires<'a>>,
    /// `path`.
    pub path: Option<&'a str>,
    /// `domain`.
    pub domain: Option<&'a str>,
    /// `secure`.
    pub secure: bool,
    /// `httponly`.
    pub http_only: bool,
    /// `samesite`, in any case.
    pub same_site: Option<&'a str>,
}

/// The `expires` of Django's `set_cookie`.
#[derive(Clone, Copy, Debug)]
pub enum Expires<'a> {
    /// A text, which goes out as it is.
    Text(&'a str),
    /// A whole number: so many seconds from now.
    Seconds(i64),
    /// A date, which becomes a `max_age` of a second more than is left.
    At(Moment),
}

impl Default for Attributes<'_> {
    fn default() -> Self {
        Self {
            max_age: None,
            expires: None,
            path: Some("/"),
            domain: None,
            secure: false,
            http_only: false,
            same_site: None,
        }
    }
}

/// Why Django refuses to set a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameProblem {
    /// The name is empty, or has a character that names can't have.
    Illegal,
    /// The name is that of an attribute.
    Reserved,
    /// `samesite` is none of lax, strict and none.
    SameSite,
    /// A date for `expires` and `max_age` contradict each other.
    TwoAges,
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Illegal => "the cookie's name is empty or has an illegal character",
            Self::Reserved => "the cookie's name is that of an attribute",
            Self::SameSite => "samesite is none of lax, strict and none",
            Self::TwoAges => "a date for expires can't stand beside max_age",
        })
    }
}

impl std::error::Error for NameProblem {}

/// Says whether Django would set a cookie of this name.
#[must_use]
pub fn is_legal_name(name: &str) -> bool {
    checked(name).is_ok()
}

fn checked(name: &str) -> Result<(), NameProblem> {
    if RESERVED.iter().any(|word| lower(name) == **word) {
        return Err(NameProblem::Reserved);
    }
    if name.is_empty() || !name.chars().all(is_legal) {
        return Err(NameProblem::Illegal);
    }
    Ok(())
}

fn lower(name: &str) -> String {
    name.to_lowercase()
}

fn is_legal(char: char) -> bool {
    char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:".contains(char)
}

impl Morsel {
    /// Begins a cookie with this name and no attributes.
    ///
    /// # Errors
    ///
    /// When Django refuses the name.
    pub fn new(name: &str) -> Result<Self, NameProblem> {
        checked(name)?;
        Ok(Self {
            name: name.to_owned(),
            value: String::new(),
            domain: String::new(),
            expires: String::new(),
            http_only: false,
            max_age: None,
            path: String::new(),
            same_site: String::new(),
            secure: false,
        })
    }

    /// Does what Django's `set_cookie` does.
    ///
    /// # Errors
    ///
    /// When the attributes contradict each other, or `samesite` is unknown.
    pub fn set(
        &mut self,
        value: &str,
        attributes: &Attributes<'_>,
        now: Moment,
    ) -> Result<(), NameProblem> {
        value.clone_into(&mut self.value);
        let mut max_age = attributes.max_age;
        self.expires = match attributes.expires {
            Some(Expires::Text(text)) => text.to_owned(),
            Some(Expires::Seconds(seconds)) => now.plus_secs(seconds as f64).to_http_date(),
            Some(Expires::At(_)) if max_age.is_some() => return Err(NameProblem::TwoAges),
            Some(Expires::At(date)) => {
                max_age = Some((date.secs_since(now) + 1).max(0) as f64);
                std::mem::take(&mut self.expires)
            }
            None => String::new(),
        };
        let is_given = match attributes.expires {
            Some(Expires::Text(text)) => !text.is_empty(),
            Some(Expires::Seconds(seconds)) => seconds != 0,
            Some(Expires::At(_)) | None => false,
        };
        if let Some(seconds) = max_age {
            self.max_age = Some(seconds as i64);
            if !is_given {
                self.expires = now.plus_secs(seconds).to_http_date();
            }
        }
        if let Some(path) = attributes.path {
            path.clone_into(&mut self.path);
        }
        if let Some(domain) = attributes.domain {
            domain.clone_into(&mut self.domain);
        }
        self.secure |= attributes.secure;
        self.http_only |= attributes.http_only;
        match attributes.same_site {
            None | Some("") => {}
            Some(word) if ["lax", "none", "strict"].contains(&lower(word).as_str()) => {
                word.clone_into(&mut self.same_site);
            }
            Some(_) => return Err(NameProblem::SameSite),
        }
        Ok(())
    }

    /// Does what Django's `delete_cookie` does; of the attributes it takes path, domain and `samesite`.
    ///
    /// # Errors
    ///
    /// When `samesite` is unknown.
    pub fn delete(&mut self, attributes: &Attributes<'_>, now: Moment) -> Result<(), NameProblem> {
        let prefixed = self.name.starts_with("__Secure-") || self.name.starts_with("__Host-");
        let cross_site = attributes
            .same_site
            .is_some_and(|word| lower(word) == "none");
        let attributes = Attributes {
            max_age: Some(0.0),
            expires: Some(Expires::Text(EPOCH)),
            secure: prefixed || cross_site,
            http_only: false,
            ..attributes.clone()
        };
        self.set("", &attributes, now)
    }
}

impl fmt::Display for Morsel {
    /// Writes the header's value: attributes by name, as Python sorts them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, Quoted(&self.value))?;
        let text = |f: &mut fmt::Formatter<'_>, name, value: &str| match value {
            "" => Ok(()),
            value => write!(f, "; {name}={value}"),
        };
        text(f, "Domain", &self.domain)?;
        text(f, "expires", &self.expires)?;
        f.write_str(if self.http_only { "; HttpOnly" } else { "" })?;
        if let Some(seconds) = self.max_age {
            write!(f, "; Max-Age={seconds}")?;
        }
        text(f, "Path", &self.path)?;
        text(f, "SameSite", &self.same_site)?;
        f.write_str(if self.secure { "; Secure" } else { "" })
    }
}

/// A value as Python writes it: bare when it can be, else in quotes and with escapes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() && self.0.chars().all(is_legal) {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for char in self.0.chars() {
            match char {
                '"' | '\\' => write!(f, "\\{char}")?,
                _ if is_legal(char) || " ()/<=>?@[]{}".contains(char) => f.write_char(char)?,
                '\0'..='\u{ff}' => write!(f, "\\{:03o}", u32::from(char))?,
                _ => f.write_char(char)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn header(value: &str, attributes: &Attributes<'_>) -> String {
        let mut morsel = Morsel::new("n").unwrap();
        morsel.set(value, attributes, NOW).unwrap();
        morsel.to_string()
    }

    #[test]
    fn values_are_quoted_as_python_quotes_them() {
        for (value, written) in [
            ("a", "a"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("a,b;c", r#""a\054b\073c""#),
            ("back\\slash", r#""back\\slash""#),
            ("é’", r#""\351’""#),
            ("x:y", "x:y"),
            ("\"q\"", r#""\"q\"""#),
        ] {
            let written = format!("n={written}; Path=/");
            assert_eq!(header(value, &Attributes::default()), written);
        }
    }

    #[test]
    fn all_attributes_go_out_in_pythons_order() {
        let attributes = Attributes {
            max_age: Some(10.9),
            domain: Some(".x.y"),
            path: Some("/p"),
            secure: true,
            http_only: true,
            same_site: Some("sTrict"),
            ..Attributes::default()
        };
        assert_eq!(
            header("v", &attributes),
            "n=v; Domain=.x.y; expires=Thu, 01 Jan 2026 00:00:10 GMT; HttpOnly; Max-Age=10; Path=/p; SameSite=sTrict; Secure"
        );
    }

    #[test]
    fn dates_become_ages_and_a_text_stays() {
        let expires = |expires, max_age| Attributes {
            expires: Some(expires),
            max_age,
            ..Attributes::default()
        };
        let at = Expires::At(NOW.plus_secs(9.5));
        assert_eq!(
            header("v", &expires(at, None)),
            "n=v; expires=Thu, 01 Jan 2026 00:00:10 GMT; Max-Age=10; Path=/"
        );
        let text = Expires::Text("X");
        assert_eq!(
            header("v", &expires(text, Some(10.0))),
            "n=v; expires=X; Max-Age=10; Path=/"
        );
        let mut morsel = Morsel::new("n").unwrap();
        let both = morsel.set("v", &expires(at, Some(1.0)), NOW);
        assert_eq!(both, Err(NameProblem::TwoAges));
    }

    #[test]
    fn deleting_keeps_what_prefixes_and_samesite_need() {
        for (name, same_site, rest) in [
            ("c", None, ""),
            ("__Host-c", None, "; Secure"),
            ("__host-c", None, ""),
            ("c", Some("None"), "; SameSite=None; Secure"),
        ] {
            let mut morsel = Morsel::new(name).unwrap();
            let attributes = Attributes {
                same_site,
                ..Attributes::default()
            };
            morsel.delete(&attributes, NOW).unwrap();
            assert_eq!(
                morsel.to_string(),
                format!("{name}=\"\"; expires={EPOCH}; Max-Age=0; Path=/{rest}")
            );
        }
    }

    #[test]
    fn what_was_set_before_leaks_as_in_django() {
        let mut morsel = Morsel::new("a").unwrap();
        morsel.delete(&Attributes::default(), NOW).unwrap();
        morsel.set("y", &Attributes::default(), NOW).unwrap();
        assert_eq!(morsel.to_string(), "a=y; Max-Age=0; Path=/");
    }

    #[test]
    fn names_that_django_refuses_are_refused() {
        for good in ["n", "a:b", "__Host-x", "~!#$%&'*+-.^_`|"] {
            assert!(is_legal_name(good), "{good}");
        }
        for bad in [
            "", "a b", "a;b", "a=b", "ä", "path", "Expires", "SAMESITE", "a\n", "a/b",
        ] {
            assert!(!is_legal_name(bad), "{bad}");
        }
    }
}
