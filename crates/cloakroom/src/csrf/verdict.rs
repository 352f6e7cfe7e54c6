//! Whether a request may have been forged: one decision, with one reason.
use http::Method;

use crate::csrf::Secret;

/// Why a request was refused.
///
/// It is in the response's extensions and in the trace; the visitor sees it in development only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No cookie with a secret came along.
    NoCookie,
    /// The cookie does not hold a secret.
    BadCookie,
    /// Several cookies of that name came, with different secrets: somebody may have planted one.
    SeveralCookies,
    /// Neither the header nor the form field has a token.
    NoToken,
    /// What was sent is not a token.
    BadToken,
    /// The token belongs to another cookie.
    WrongToken,
}

impl Reason {
    /// Returns the reason as a sentence without its full stop.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCookie => "the CSRF cookie is missing",
            Self::BadCookie => "the CSRF cookie is damaged",
            Self::SeveralCookies => "several CSRF cookies came with different secrets",
            Self::NoToken => "the CSRF token is missing from the form field and the header",
            Self::BadToken => "the CSRF token is damaged",
            Self::WrongToken => "the CSRF token does not belong to the CSRF cookie",
        }
    }
}

/// The token that came with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    Nothing,
    Token(&'a [u8]),
}

/// Says whether requests of this method change nothing (RFC 9110 section 9.2.1); unknown ones might.
pub(crate) fn is_safe(method: &Method) -> bool {
    method.is_safe()
}

/// Decides from the cookies and the token that came along.
pub(crate) fn judge<'a>(
    cookies: impl Iterator<Item = &'a [u8]>,
    presented: Presented<'_>,
) -> Result<(), Reason> {
    let secret = the_secret(cookies)?;
    let token = match presented {
        Presented::Nothing | Presented::Token(b"") => return Err(Reason::NoToken),
        Presented::Token(token) => Secret::parse_token(token).ok_or(Reason::BadToken)?,
    };
    if secret.is(&token) {
        Ok(())
    } else {
        Err(Reason::WrongToken)
    }
}

fn the_secret<'a>(mut cookies: impl Iterator<Item = &'a [u8]>) -> Result<Secret, Reason> {
    let first = cookies.next().ok_or(Reason::NoCookie)?;
    if cookies.any(|other| other != first) {
        return Err(Reason::SeveralCookies);
    }
    Secret::parse(first).ok_or(Reason::BadCookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_gets_one_verdict() {
        let (ours, other) = (Secret::generate(), Secret::generate());
        let cookie = ours.to_cookie();
        let others = other.to_cookie();
        let (token, wrong) = (ours.masked(), other.masked());
        type Row<'a> = (&'a [&'a str], Option<&'a str>, Result<(), Reason>);
        let rows: [Row<'_>; 12] = [
            (&[&cookie], Some(&token), Ok(())),
            (&[&cookie], Some(&cookie), Ok(())),
            (&[&cookie, &cookie], Some(&token), Ok(())),
            (&[], Some(&token), Err(Reason::NoCookie)),
            (&[""], Some(&token), Err(Reason::BadCookie)),
            (&[&token], Some(&token), Err(Reason::BadCookie)),
            (
                &[&cookie, &others],
                Some(&token),
                Err(Reason::SeveralCookies),
            ),
            (&[&cookie], None, Err(Reason::NoToken)),
            (&[&cookie], Some(""), Err(Reason::NoToken)),
            (&[&cookie], Some("rubbish"), Err(Reason::BadToken)),
            (&[&cookie], Some(&wrong), Err(Reason::WrongToken)),
            (&[&others], Some(&token), Err(Reason::WrongToken)),
        ];
        for (cookies, token, verdict) in rows {
            let presented = match token {
                Some(token) => Presented::Token(token.as_bytes()),
                None => Presented::Nothing,
            };
            let cookies = cookies.iter().map(|cookie| cookie.as_bytes());
            assert_eq!(judge(cookies, presented), verdict, "{token:?}");
        }
    }

    #[test]
    fn only_reading_methods_go_unchecked() {
        let safe = ["GET", "HEAD", "OPTIONS", "TRACE"];
        let unsafe_ = ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "PURGE", "get"];
        for (methods, expected) in [(&safe[..], true), (&unsafe_[..], false)] {
            for method in methods {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                assert_eq!(is_safe(&method), expected, "{method}");
            }
        }
    }
}
