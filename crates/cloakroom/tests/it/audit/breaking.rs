//! Settings that break a requirement, each by itself.
use cloakroom::Builder;
use cloakroom::csrf::{Format, Mode};
use cloakroom::headers::{Csp, OpenerPolicy, ReferrerPolicy, Source};
use cloakroom::messages::Settings;
use cloakroom::store::{AnyStore, InCookie, MemoryStore};

use super::{DAY, MINUTE, with_epochs};

/// A change of settings, and what it breaks.
pub(super) type Row = (
    &'static str,
    fn(Builder) -> Builder,
    &'static [&'static str],
);

/// Each line breaks one setting of a site that breaks nothing.
pub(super) const BREAKING: &[Row] = &[
    (
        "plain HTTP",
        |site| site.allow_plain_http_on_localhost("127.0.0.1:80".parse().unwrap()),
        &["C08", "X05", "H01"],
    ),
    (
        "a long rest",
        |site| site.session(|s| s.idle(31 * MINUTE)),
        &["S17"],
    ),
    (
        "a long day",
        |site| site.session(|s| s.absolute(9 * 60 * MINUTE)),
        &["S17"],
    ),
    (
        "a long month",
        |site| site.session(|s| s.absolute(31 * DAY)),
        &["S16", "S17"],
    ),
    (
        "a long memory",
        |site| site.session(|s| s.remember(20 * DAY, 31 * DAY)),
        &["S16"],
    ),
    (
        "no end in sight",
        |site| site.session(|s| s.absolute(401 * DAY)),
        &["S15", "S16", "S17"],
    ),
    (
        "cookies that stay",
        |site| site.session(|s| s.end_with_browser(false)),
        &["S19"],
    ),
    (
        "a long grace",
        |site| site.session(|s| s.grace(2 * MINUTE)),
        &["S18"],
    ),
    (
        "a telling name",
        |site| site.session(|s| s.cookie_name("PHPSESSID")),
        &["S05"],
    ),
    (
        "a session cookie for all hosts",
        |site| site.session(|s| s.cookie_name("__Secure-id")),
        &["C08"],
    ),
    (
        "messages for all hosts",
        |site| site.messages(Settings::default().cookie_name("__Secure-m")),
        &["C08"],
    ),
    (
        "a CSRF cookie for all hosts",
        |site| site.csrf(|c| c.cookie_name("__Secure-c")),
        &["C08"],
    ),
    (
        "sessions in cookies",
        |site| site.store(InCookie::new().budget(4_096)),
        &["S04", "S18", "S21", "S22", "S23"],
    ),
    (
        "large sessions in cookies",
        |site| site.store(with_epochs().budget(8_192)),
        &["S18", "C04"],
    ),
    (
        "a store that finds nobody",
        |site| site.store(AnyStore::from(MemoryStore::new())),
        &["S22", "S23"],
    ),
    (
        "no CSRF check",
        |site| site.csrf(cloakroom::csrf::Settings::off),
        &["X01", "X02", "X03", "X04", "X06", "X07", "X09", "X10"],
    ),
    (
        "a CSRF check that refuses nothing",
        |site| site.csrf(cloakroom::csrf::Settings::log_only),
        &["X01"],
    ),
    (
        "trusted sister sites",
        |site| site.csrf(cloakroom::csrf::Settings::trust_same_site),
        &["X03"],
    ),
    (
        "an origin of its own over plain HTTP",
        |site| site.csrf(|c| c.origin("http://shop.example")),
        &["X05"],
    ),
    (
        "a trusted origin over plain HTTP",
        |site| site.csrf(|c| c.trust("http://*.partner.example")),
        &["X05"],
    ),
    (
        "tokens from three years ago",
        |site| site.csrf(|c| c.grace(3 * 365 * DAY)),
        &["X06"],
    ),
    (
        "requests that say nothing",
        |site| site.csrf(|c| c.mode(Mode::HeadersOnly).allow_no_headers()),
        &["X04", "X07"],
    ),
    (
        "Django's tokens",
        |site| site.csrf(|c| c.format(Format::Django)),
        &["X06"],
    ),
    (
        "no tokens",
        |site| site.csrf(|c| c.mode(Mode::HeadersOnly)),
        &["X07"],
    ),
    (
        "tokens now and then",
        |site| site.csrf(|c| c.mode(Mode::Ladder)),
        &["X07"],
    ),
    (
        "a day of HTTPS",
        |site| site.headers(|h| h.hsts(DAY)),
        &["H01"],
    ),
    (
        "a policy that allows all",
        |site| site.headers(|h| h.csp(|_| Csp::new().img_src([Source::Own]))),
        &["H02"],
    ),
    (
        "a policy with scripts from anywhere",
        |site| {
            let scripts = ["'unsafe-inline'", "*", "data:"];
            site.headers(|h| h.csp(|_| Csp::strict().script_src(scripts)))
        },
        &["H02"],
    ),
    (
        "a policy that says nothing of scripts",
        |site| {
            let policy = |_| {
                Csp::new()
                    .default_src(["*"])
                    .object_src([Source::Nothing])
                    .base_uri([Source::Nothing])
            };
            site.headers(|h| h.csp(policy))
        },
        &["H02"],
    ),
    (
        "a policy that anybody may frame",
        |site| site.headers(|h| h.csp(|_| Csp::strict().frame_ancestors(["*"]))),
        &["H02", "H04"],
    ),
    (
        "referrers for everybody",
        |site| site.headers(|h| h.referrer_policy(ReferrerPolicy::UnsafeUrl)),
        &["H04"],
    ),
    (
        "windows that everybody holds",
        |site| site.headers(|h| h.opener_policy(OpenerPolicy::UnsafeNone)),
        &["H04"],
    ),
    (
        "a camera for every frame",
        |site| site.headers(|h| h.permissions_policy(|p| p.allow("camera", ["*"]))),
        &["H04"],
    ),
    (
        "guessed types",
        |site| site.headers(|h| h.without_nosniff()),
        &["H04"],
    ),
    (
        "whole referrers",
        |site| site.headers(|h| h.referrer_policies([])),
        &["H04"],
    ),
    (
        "windows that reach each other",
        |site| site.headers(|h| h.opener_policy(None)),
        &["H04"],
    ),
    (
        "pages in anybody's frame",
        |site| {
            let policy = |_| {
                Csp::new()
                    .default_src([Source::Nothing])
                    .base_uri([Source::Nothing])
            };
            site.headers(|h| h.csp(policy).frame_options(None))
        },
        &["H04"],
    ),
    (
        "a logout that clears nothing",
        |site| site.headers(|h| h.clear_site_data(None)),
        &["S27"],
    ),
];
