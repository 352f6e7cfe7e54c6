//! Requirements on response headers.
use crate::config::audit::rule::{Look, Rule, may, must, need, should};

pub(super) const RULES: &[Rule] = &[
    must(
        "H01",
        "Browsers are told to use HTTPS alone, for at least a year",
        "ASVS 3.4.1, 3.7.4; OWASP HTTP Headers",
    )
    .needs(&[need(
        "allow_plain_http_on_localhost",
        |site| {
            if site.plain_http {
                Look::Breaks("the site is served over plain HTTP, for development".into())
            } else {
                Look::Yours("send `Strict-Transport-Security: max-age=31536000; includeSubDomains`, from the site or the server before it".into())
            }
        },
        "leave it out in production",
    )]),
    should(
        "H02",
        "A content security policy forbids foreign scripts, plug-ins, base addresses and framing",
        "ASVS 3.4.3, 3.4.6, 3.4.7",
    )
    .yours("send a `Content-Security-Policy` with at least `object-src 'none'; base-uri 'none'; frame-ancestors 'self'`"),
    may(
        "H03",
        "Scripts in a page carry a nonce of 128 random bits, made anew for each response",
        "ASVS 3.4.3 (L3); Django 6.0",
    )
    .yours("the library makes no nonces; keep scripts in files of their own, or make a nonce for each response"),
    should(
        "H04",
        "Types are not guessed, referrers are cut, windows, frames and features are kept apart",
        "ASVS 3.4.4 to 3.4.8; OWASP HTTP Headers",
    )
    .yours("send `X-Content-Type-Options: nosniff`, `Referrer-Policy`, `Cross-Origin-Opener-Policy`, `Cross-Origin-Resource-Policy` and `Permissions-Policy`"),
    must(
        "H05",
        "What depends on a cookie says so to caches, and an answer that sets one is not stored",
        "OWASP Session Management; ASVS 14.2.2, 14.3.2",
    )
    .built(
        "`Vary: Cookie` and `Cache-Control` follow from what the handler used",
        "an_answer_varies_by_cookie_exactly_when_state_was_read_or_written",
    ),
];
