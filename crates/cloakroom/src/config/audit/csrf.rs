//! Requirements on protection against requests that other sites make in a visitor's name.
use crate::config::Site;
use crate::config::audit::rule::{Look, Rule, may, must, need, should};

pub(super) const RULES: &[Rule] = &[
    must(
        "X01",
        "Every request that may change something is checked",
        "ASVS 3.5.1, 3.5.3; OWASP CSRF Prevention",
    )
    .needs(&[need(
        "csrf.off",
        |site| on(site, "each method but GET, HEAD, OPTIONS and TRACE needs a token; let these change nothing"),
        KEEP_ON,
    )])
    .shown_by("every_method_that_may_change_something_needs_a_token"),
    should(
        "X02",
        "What the browser says of a request's origin is used (`Sec-Fetch-Site`, `Origin`)",
        "OWASP CSRF Prevention (Fetch Metadata)",
    )
    .needs(&[need(
        "csrf.off",
        |site| match on(site, "") {
            Look::Keeps(_) => Look::Beside("a token is asked for whatever the browser says, which is stricter".into()),
            other => other,
        },
        KEEP_ON,
    )]),
    should(
        "X03",
        "A sister site (`same-site`) counts as another site",
        "OWASP CSRF Prevention 1.3",
    )
    .needs(&[need("csrf.off", |site| on(site, "its requests need a token as all others do"), KEEP_ON)])
    .shown_by("every_method_that_may_change_something_needs_a_token"),
    must(
        "X04",
        "Requests without `Sec-Fetch-Site` are checked otherwise",
        "OWASP CSRF Prevention",
    )
    .needs(&[need("csrf.off", |site| on(site, "by their token"), KEEP_ON)])
    .shown_by("every_method_that_may_change_something_needs_a_token"),
    must(
        "X05",
        "The site is served over HTTPS, without which browsers tell nothing of origins",
        "OWASP CSRF Prevention; W3C Fetch Metadata",
    )
    .needs(&[need(
        "allow_plain_http_on_localhost",
        |site| {
            if site.plain_http {
                Look::Breaks("the site is served over plain HTTP, for development".into())
            } else {
                Look::Keeps("browsers send the library's cookies over HTTPS only".into())
            }
        },
        "leave it out in production",
    )])
    .shown_by("over_https_the_librarys_own_cookies_belong_to_this_host_alone"),
    should(
        "X06",
        "A token belongs to one session",
        "OWASP CSRF Prevention (signed double submit)",
    )
    .needs(&[need(
        "csrf",
        |_| Look::Breaks("a token belongs to the visitor's cookie, which no other host can plant, and not to the session".into()),
        "nothing binds it to the session in this version; waive it if the cookie's `__Host-` is enough for you",
    )]),
    must(
        "X07",
        "A post carries something of the session that is checked",
        "NIST 800-63B-4 5.1",
    )
    .needs(&[need("csrf.off", |site| on(site, "each carries a token"), KEEP_ON)])
    .shown_by("a_token_is_taken_from_the_form_or_the_header_masked_or_bare"),
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
        |site| on(site, "whatever its type, a body without a token in its form is refused unless a header has it"),
        KEEP_ON,
    )])
    .shown_by("only_a_form_is_searched_for_the_token"),
    may(
        "X11",
        "A check can be tried out on a live site before it refuses",
        "OWASP CSRF Prevention (rollout)",
    )
    .beside("refusals are counted in `cloakroom_csrf_refused_total`; there is no mode that only counts"),
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

fn on(site: &Site, found: &str) -> Look {
    if site.csrf.on {
        Look::Keeps(found.into())
    } else {
        Look::Breaks("no request is checked".into())
    }
}
