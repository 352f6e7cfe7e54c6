//! Requirements on sessions: what their tokens are, and who may read what.
use crate::config::Site;
use crate::config::audit::rule::{Look, Rule, may, must, need, should};

/// Names by which frameworks are known.
const TELLING_NAMES: [&str; 10] = [
    "phpsessid",
    "jsessionid",
    "asp.net_sessionid",
    "cfid",
    "cftoken",
    "connect.sid",
    "laravel_session",
    "rack.session",
    "cloakroom",
    "axum",
];

pub(super) const RULES: &[Rule] = &[
    must(
        "S01",
        "Tokens are unique and hold at least 128 random bits",
        "ASVS 7.2.3, 11.5.1; OWASP Session Management; NIST 800-63B-4 5.1",
    )
    .built(
        "a token is 256 bits of the system's random numbers",
        "no_two_of_ten_thousand_tokens_agree",
    ),
    must(
        "S02",
        "Tokens that the server never gave out are refused",
        "OWASP Session Management (strict mode)",
    )
    .built(
        "an unknown token is never adopted; it is counted and traced",
        "an_unknown_token_is_never_adopted_and_is_counted",
    ),
    must(
        "S03",
        "A token is checked for its form before the store is asked",
        "OWASP Session Management",
    )
    .built(
        "what is not a token never reaches the store",
        "a_malformed_token_costs_no_store_call_and_is_taken_back",
    ),
    must(
        "S04",
        "A login gives a new token, and the old one is dead",
        "ASVS 7.2.4; OWASP Session Management",
    )
    .needs(&[need(
        "store",
        |site| match kept(site) {
            Kept::OnTheServer => Look::Keeps(
                "`Session::login` and `renew` give a new token; after a login the old one reads nothing".into(),
            ),
            Kept::InTheCookie { epochs: true } => Look::Keeps(
                "a cookie from before a login holds nothing of it, and `in_cookie.refuse_before` ends those that do".into(),
            ),
            Kept::InTheCookie { epochs: false } => Look::Breaks(
                "the session is in the visitor's cookie, so a copy from before a renewal goes on opening".into(),
            ),
        },
        "give `in_cookie.refuse_before`, or keep sessions in a store",
    )])
    .shown_by("a_login_gives_a_new_token_keeps_the_cart_and_makes_the_old_token_worthless_at_once"),
    should(
        "S05",
        "The cookie's name does not tell what serves the site",
        "OWASP Session Management",
    )
    .needs(&[need(
        "session.cookie_name",
        |site| {
            let name = site.session_cookie.name();
            let bare = name.rsplit("__Host-").next().unwrap_or(name).to_ascii_lowercase();
            Look::when(
                !TELLING_NAMES.iter().any(|telling| bare.contains(telling)),
                format!("the session's cookie is named `{name}`"),
            )
        },
        "choose a name that no framework is known by, such as `id`",
    )]),
    must(
        "S06",
        "A token is taken from the cookie alone, never from a URL or a form",
        "OWASP Session Management; ASVS 14.2.1",
    )
    .built(
        "tokens are read from nowhere but the cookie",
        "tokens_are_taken_from_nowhere_but_the_cookie",
    ),
    must(
        "S07",
        "A token means nothing, and a cookie's content can't be read",
        "OWASP Session Management; NIST 800-63B-4 5.1.1",
    )
    .built(
        "tokens are random; what the library puts into cookies is sealed (AES-256-GCM-SIV)",
        "nobody_reads_a_value_in_the_cookie_in_a_trace_or_in_debug",
    ),
    should(
        "S08",
        "Stores keep only a digest of the token",
        "OWASP Session Management; ASVS 16.2.5",
    )
    .built(
        "a stolen dump gives nobody a live session",
        "the_store_never_sees_the_token",
    ),
    must(
        "S09",
        "Logs never hold a token; a keyed digest tells sessions apart",
        "OWASP Session Management; ASVS 16.2.5",
    )
    .built(
        "no trace holds a token, a cookie or a value; logs speak of `Session::id_for_logs`",
        "a_whole_visit_with_everything_that_can_go_wrong_leaves_no_secret_in_the_log",
    ),
    should(
        "S10",
        "The life of sessions is logged: beginning, renewal, sign-in and sign-out, end",
        "OWASP Session Management; ASVS 16.2.1, 16.3.1, 16.3.3, 16.4.1",
    )
    .yours(
        "the library traces what it does to sessions (target `cloakroom`, beginnings and ends at debug, what is suspicious at info): \
         keep these events, and log sign-ins, refused ones too, with `Session::id_for_logs`",
    ),
    should(
        "S11",
        "Guessing of tokens is noticed",
        "OWASP Session Management (brute force)",
    )
    .built(
        "`cloakroom_suspicious_total{reason=\"unknown\"}` counts tokens that lead nowhere: raise an alarm when it climbs",
        "an_unknown_token_is_never_adopted_and_is_counted",
    ),
    should(
        "S12",
        "A session that turns up elsewhere is noticed (network, browser), as an additional sign only",
        "OWASP Session Management, Cookie Theft Mitigation; NIST 800-63B-4 5.3",
    )
    .yours(
        "the library compares neither addresses nor browsers: keep what you want to compare in the session, \
         and ask for the password again when it changes",
    ),
    may(
        "S13",
        "What is sensitive in a session is encrypted where it rests",
        "OWASP Session Management",
    )
    .needs(&[need(
        "store",
        |site| match kept(site) {
            Kept::InTheCookie { .. } => {
                Look::Keeps("the whole session is sealed in the visitor's cookie".into())
            }
            Kept::OnTheServer => Look::Yours(
                "stores keep values as they are: encrypt the disk, or seal what is sensitive before you set it".into(),
            ),
        },
        "",
    )]),
    must(
        "S14",
        "Several cookies of one session count only together",
        "OWASP Session Management; RFC 6265bis 8.4",
    )
    .built(
        "one seal covers all of them; without one of them there is no session",
        "cookies_of_two_generations_are_no_session_whichever_they_are",
    ),
];

/// Where sessions are.
pub(super) enum Kept {
    OnTheServer,
    InTheCookie { epochs: bool },
}

pub(super) fn kept(site: &Site) -> Kept {
    match site.store.in_cookie() {
        Some(in_cookie) => Kept::InTheCookie {
            epochs: in_cookie.has_epochs(),
        },
        None => Kept::OnTheServer,
    }
}
