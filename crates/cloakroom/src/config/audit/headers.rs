//! Requirements on response headers.
use std::time::Duration;

use crate::config::Site;
use crate::config::audit::Level;
use crate::config::audit::rule::{Look, Rule, may, must, need, should, span};
use crate::headers::{OpenerPolicy, Settings};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

pub(super) const RULES: &[Rule] = &[
    must(
        "H01",
        "Browsers are told to use HTTPS alone, for at least a year",
        "ASVS 3.4.1, 3.7.4; OWASP HTTP Headers",
    )
    .needs(&[
        need(
            "allow_plain_http_on_localhost",
            |site| {
                if site.plain_http {
                    Look::Breaks("the site is served over plain HTTP, for development".into())
                } else {
                    Look::Keeps("the site is served over HTTPS".into())
                }
            },
            "leave it out in production",
        ),
        need("headers.hsts", hsts, HSTS).at(Level::Should),
    ])
    .shown_by("hsts_is_sent_over_https_only"),
    should(
        "H02",
        "A content security policy forbids foreign scripts, plug-ins, base addresses and framing",
        "ASVS 3.4.3, 3.4.6, 3.4.7",
    )
    .needs(&[need("headers.csp", policy, POLICY)])
    .shown_by("every_header_that_is_set_goes_out_with_every_answer_refusals_too"),
    may(
        "H03",
        "Scripts in a page carry a nonce of 128 random bits, made anew for each response",
        "ASVS 3.4.3 (L3); Django 6.0",
    )
    .built(
        "what asks for `CspNonce` gets one of 128 bits, and only then it is in the policy",
        "a_nonce_has_128_bits_and_is_another_one_in_every_answer",
    ),
    should(
        "H04",
        "Types are not guessed, referrers are cut, windows, frames and features are kept apart",
        "ASVS 3.4.4 to 3.4.8; OWASP HTTP Headers",
    )
    .needs(&[
        need(
            "headers.without_nosniff",
            |site| sent(settings(site).nosniff, "X-Content-Type-Options"),
            "leave it out",
        ),
        need(
            "headers.referrer_policy",
            referrers,
            "leave the default, or choose one that gives other sites the origin at most",
        ),
        need(
            "headers.opener_policy",
            opener,
            "leave the default, or `OpenerPolicy::SameOriginAllowPopups`",
        ),
        need(
            "headers.permissions_policy",
            powers,
            "name the origins that may use the power, or leave it to the browser",
        ),
        need(
            "headers.frame_options",
            frames,
            "leave the default, or name in `frame-ancestors` who may",
        ),
    ])
    .shown_by("a_site_that_sets_nothing_sends_what_breaks_nobody"),
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

const HSTS: &str = "call `.headers(|h| h.hsts(..))`; `headers::Ramp` has the steps up to a year. Waive it if the server before the site sends it";
const POLICY: &str = "call `.headers(|h| h.csp(|_| Csp::strict()))`, or a policy of your own. Waive it if the server before the site sends one";

fn settings(site: &Site) -> &Settings {
    &site.header_settings
}

fn hsts(site: &Site) -> Look {
    match settings(site).hsts {
        None => Look::Breaks("the site does not send `Strict-Transport-Security`".into()),
        Some(hsts) => Look::when(
            hsts.max_age >= YEAR,
            format!(
                "`Strict-Transport-Security` holds for {}",
                span(hsts.max_age)
            ),
        ),
    }
}

/// Looks at the policy that is enforced; the twin that only reports forbids nothing.
fn policy(site: &Site) -> Look {
    match &settings(site).csp {
        None => Look::Breaks("the site does not send `Content-Security-Policy`".into()),
        Some(csp) => match &csp.gaps()[..] {
            [] => Look::Keeps(
                "the policy allows neither foreign scripts nor plug-ins nor other base addresses"
                    .into(),
            ),
            gaps => Look::Breaks(format!("the policy allows {}", gaps.join(", "))),
        },
    }
}

/// Looks at the last one, which is what a browser takes that knows all of them.
fn referrers(site: &Site) -> Look {
    match settings(site).referrer_policy.last() {
        Some(policy) if !policy.cuts() => Look::Breaks(format!(
            "`Referrer-Policy: {}` gives other sites the whole address",
            policy.as_str()
        )),
        policy => sent(policy.is_some(), "Referrer-Policy"),
    }
}

fn opener(site: &Site) -> Look {
    match settings(site).opener_policy {
        Some(OpenerPolicy::UnsafeNone) => Look::Breaks(
            "`Cross-Origin-Opener-Policy: unsafe-none` lets every site keep a hold on the windows"
                .into(),
        ),
        policy => sent(policy.is_some(), "Cross-Origin-Opener-Policy"),
    }
}

/// Without the header, browsers give the powers that matter to the site itself and to no frame in it.
fn powers(site: &Site) -> Look {
    let policy = &settings(site).permissions_policy;
    match policy.given_to_anybody().collect::<Vec<_>>()[..] {
        [] => Look::Keeps("no power of the browser is given to everybody".into()),
        ref given => Look::Breaks(format!(
            "`Permissions-Policy` gives every frame {}",
            given.join(", ")
        )),
    }
}

fn frames(site: &Site) -> Look {
    Look::when(
        settings(site).limits_frames(),
        match settings(site).limits_frames() {
            true => "not everybody may frame the pages",
            false => "everybody may frame the pages",
        },
    )
}

fn sent(is_sent: bool, header: &str) -> Look {
    if is_sent {
        Look::Keeps(format!("`{header}` is sent"))
    } else {
        Look::Breaks(format!("the site does not send `{header}`"))
    }
}
