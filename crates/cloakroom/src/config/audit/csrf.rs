//! Requirements on protection against requests that other sites make in a visitor's name.
use std::time::Duration;

use crate::config::Site;
use crate::config::audit::rule::{Look, Rule, may, must, need, should, span};
use crate::csrf::{Format, Mode};

const DAY: Duration = Duration::from_secs(24 * 3_600);

pub(super) const RULES: &[Rule] = &[
    must(
        "X01",
        "Every request that may change something is checked",
        "ASVS 3.5.1, 3.5.3; OWASP CSRF Prevention",
    )
    .needs(&[
        need(
            "csrf.off",
            |site| on(site, "each method but GET, HEAD, OPTIONS and TRACE is checked; let these change nothing"),
            KEEP_ON,
        ),
        need(
            "csrf.log_only",
            |site| match site.csrf.log_only {
                true => Look::Breaks("what would be refused is counted and let through".into()),
                false => Look::Keeps("what fails the check is refused".into()),
            },
            "end the trial once `cloakroom_csrf_refused_total` counts no honest request",
        ),
        need(
            "csrf.exempt",
            |site| match site.csrf.exempt.patterns() {
                [] => Look::Keeps("no route is exempt".into()),
                routes => Look::Yours(format!(
                    "not checked are {}: see that they prove by other means who asks",
                    routes.join(", ")
                )),
            },
            "",
        ),
        need(
            "csrf.check_only",
            |site| match site.csrf.check_only.patterns() {
                [] => Look::Keeps("no route is only checked".into()),
                routes => Look::Yours(format!(
                    "checked and let through are {}: see that their handlers heed `csrf::Verdict`",
                    routes.join(", ")
                )),
            },
            "",
        ),
    ])
    .shown_by("the_ladder_decides_every_case_as_its_policy_says"),
    should(
        "X02",
        "What the browser says of a request's origin is used (`Sec-Fetch-Site`, `Origin`)",
        "OWASP CSRF Prevention (Fetch Metadata)",
    )
    .needs(&[need("csrf.off", |site| on(site, "in every mode"), KEEP_ON)])
    .shown_by("the_ladder_decides_every_case_as_its_policy_says"),
    should(
        "X03",
        "A sister site (`same-site`) counts as another site",
        "OWASP CSRF Prevention 1.3",
    )
    .needs(&[
        need("csrf.off", |site| on(site, "unless its origin is trusted by name"), KEEP_ON),
        need(
            "csrf.trust_same_site",
            |site| match site.csrf.trusts_same_site {
                true => Look::Breaks("every host of the same domain is trusted".into()),
                false => Look::Keeps("`same-site` alone proves nothing".into()),
            },
            "name the origins that you trust with `csrf.trust`",
        ),
    ])
    .shown_by("what_is_trusted_is_a_setting"),
    must(
        "X04",
        "Requests without `Sec-Fetch-Site` are checked otherwise",
        "OWASP CSRF Prevention",
    )
    .needs(&[
        need(
            "csrf.off",
            |site| on(site, "by `Origin`, then `Referer`; where nothing tells, by their token or not at all"),
            KEEP_ON,
        ),
        need(
            "csrf.allow_no_headers",
            |site| match site.csrf.allows_no_headers {
                true => Look::Breaks("requests without any of these headers pass".into()),
                false => Look::Keeps("without any of these headers none passes unproved".into()),
            },
            "leave it out; give programs a token, or exempt their routes",
        ),
    ])
    .shown_by("the_ladder_decides_every_case_as_its_policy_says"),
    must(
        "X05",
        "The site is served over HTTPS, without which browsers tell nothing of origins",
        "OWASP CSRF Prevention; W3C Fetch Metadata",
    )
    .needs(&[
        need(
            "allow_plain_http_on_localhost",
            |site| {
                if site.plain_http {
                    Look::Breaks("the site is served over plain HTTP, for development".into())
                } else {
                    Look::Keeps("browsers send the library's cookies over HTTPS only".into())
                }
            },
            "leave it out in production",
        ),
        need(
            "csrf.origin",
            |site| over_tls(site, "counts as the site's own", site.csrf.plain_origins()),
            NAME_HTTPS,
        ),
        need(
            "csrf.trust",
            |site| over_tls(site, "is trusted", site.csrf.plain_trusted()),
            NAME_HTTPS,
        ),
    ])
    .shown_by("over_https_the_librarys_own_cookies_belong_to_this_host_alone"),
    should(
        "X06",
        "A token belongs to one session",
        "OWASP CSRF Prevention (signed double submit)",
    )
    .needs(&[
        need("csrf.off", |site| on(site, "the token's cookie is sealed, with the session in it"), KEEP_ON),
        need(
            "csrf.format",
            |site| match site.csrf.format {
                Format::Native => Look::Keeps("another visitor's token and cookie are worth nothing".into()),
                Format::Django if site.csrf.in_session => {
                    Look::Keeps("the secret is in the session".into())
                }
                Format::Django => Look::Breaks("Django's cookie is bound to no session".into()),
            },
            "keep the secret in the session with `csrf.secret_in_session`",
        ),
        need(
            "csrf.grace",
            |site| {
                let grace = site.csrf.grace;
                Look::when(
                    grace <= DAY,
                    format!("the token from before a login counts for {}", span(grace)),
                )
            },
            "make it as long as a form stays open, at most a day",
        ),
    ])
    .shown_by("a_pair_of_somebody_else_does_not_work_for_a_visitor_with_a_session"),
    should(
        "X07",
        "A post carries something of the session that is checked",
        "NIST 800-63B-4 5.1",
    )
    .needs(&[
        need("csrf.off", |site| on(site, "what is checked is a setting"), KEEP_ON),
        need(
            "csrf.mode",
            |site| match site.csrf.mode {
                Mode::TokenAlways => Look::Keeps("each carries a token of its session".into()),
                Mode::Ladder => Look::Breaks("where the browser's headers decide, no token is asked for".into()),
                Mode::HeadersOnly => Look::Breaks("only the browser's headers are looked at".into()),
            },
            "set `csrf.mode(Mode::TokenAlways)`, or waive it: OWASP takes the headers for enough",
        ),
    ])
    .shown_by("in_token_always_mode_a_browser_needs_its_token_too"),
    must(
        "X08",
        "Tokens look different on every page, and are in no URL and no log",
        "OWASP CSRF Prevention; the BREACH attack",
    )
    .built(
        "each printing has a mask of its own; a token is read from a field or a header only",
        "each_printing_looks_different_and_all_of_them_pass",
    ),
    must(
        "X09",
        "Forms for signing in are protected as well",
        "OWASP CSRF Prevention; ASVS 3.5",
    )
    .needs(&[need("csrf.off", |site| on(site, "tokens need no session"), KEEP_ON)])
    .shown_by("a_login_form_is_protected_before_there_is_a_session"),
    must(
        "X10",
        "An API takes no request that a mere form could make",
        "ASVS 3.5.2; OWASP CSRF Prevention",
    )
    .needs(&[need(
        "csrf.off",
        |site| on(site, "a form on another site betrays itself by its headers, whatever the type of its body"),
        KEEP_ON,
    )])
    .shown_by("the_ladder_decides_every_case_as_its_policy_says"),
    may(
        "X11",
        "A check can be tried out on a live site before it refuses",
        "OWASP CSRF Prevention (rollout)",
    )
    .built(
        "`csrf.log_only` lets everything through and counts what it would refuse",
        "a_site_that_only_logs_lets_everything_through_whole_and_counts_it",
    ),
    should(
        "X12",
        "Other sites can't embed pages that show what is private",
        "OWASP CSRF Prevention 3.1; ASVS 3.5.8",
    )
    .yours("cookies with `SameSite=Lax` don't come to an embedded page; refuse `Sec-Fetch-Site: cross-site` on what is no page of its own"),
    may(
        "X13",
        "Proxies on the way leave `Host`, `Origin` and `Sec-Fetch-Site` as they are",
        "OWASP CSRF Prevention",
    )
    .yours("send a request through all of them and see what arrives"),
];

const KEEP_ON: &str = "leave the check on; `off` is for services that no browser's cookies reach";

const NAME_HTTPS: &str =
    "name the origin with `https://`, so that its pages come over HTTPS as well";

/// Looks for origins whose pages anybody on the way can write. In development all are such.
fn over_tls(site: &Site, counts: &str, plain: Vec<&str>) -> Look {
    match plain[..] {
        [] => Look::Keeps(format!("no page from plain HTTP {counts}")),
        _ if site.plain_http => Look::Keeps("in development, plain HTTP is meant".into()),
        _ => Look::Breaks(format!(
            "what comes from {} {counts}, and anybody on the way can write it",
            plain.join(", ")
        )),
    }
}

fn on(site: &Site, found: &str) -> Look {
    if site.csrf.on {
        Look::Keeps(found.into())
    } else {
        Look::Breaks("no request is checked".into())
    }
}
