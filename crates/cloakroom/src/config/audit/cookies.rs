//! Requirements on cookies as they travel.
use crate::config::Site;
use crate::config::audit::Level;
use crate::config::audit::rule::{Look, Rule, may, must, need, should};
use crate::cookie::CookieSpec;
use crate::messages::Storage;

/// What many servers take for all headers or for one of them, in bytes.
const HEADERS: usize = 8_192;
/// A cookie with a token: its name, its value and what stands between.
const TOKEN: usize = 64;
/// The same with a secret for forms.
const SECRET: usize = 64;

pub(super) const RULES: &[Rule] = &[
    must(
        "C01",
        "A cookie is written exactly in the standard's grammar",
        "RFC 6265bis 4.1.1",
    )
    .built(
        "what would break the header is an error and never goes out",
        "no_part_of_a_cookie_takes_what_would_break_the_header",
    ),
    must(
        "C02",
        "One response sets a cookie once",
        "RFC 6265bis 4.1.1, 3",
    )
    .built(
        "the last word counts and is the only one sent",
        "one_response_has_one_header_for_a_cookie_and_the_last_word_counts",
    ),
    must(
        "C03",
        "No cookie is larger than browsers keep: 4,096 bytes of name and value",
        "RFC 6265bis 5.6; ASVS 3.3.5",
    )
    .built(
        "measured after sealing; one byte more is an error that says so",
        "one_byte_over_the_limit_says_so_and_the_limit_itself_passes",
    ),
    should(
        "C04",
        "All cookies together fit into the 8 KiB that many servers take",
        "RFC 6265bis 6.1, 4.2.1",
    )
    .needs(&[
        need(
            "in_cookie.budget",
            |site| {
                let session = match site.store.in_cookie() {
                    Some(in_cookie) => in_cookie.most_bytes(),
                    None => TOKEN,
                };
                let messages = match site.messages.storage {
                    Storage::Session => 0,
                    _ => site.messages.budget,
                };
                let all = session + messages + SECRET;
                Look::when(
                    all <= HEADERS,
                    format!("the library's own cookies have at most about {all} bytes"),
                )
            },
            "lower it so far that messages.budget and the application's own cookies fit beside it, or let every server on the way take more",
        ),
    ]),
    should(
        "C05",
        "No cookie asks to be kept for more than 400 days",
        "RFC 6265bis 5.5",
    )
    .built(
        "a longer age is cut to that, and traced",
        "an_age_that_browsers_do_not_keep_is_cut_and_traced",
    ),
    must(
        "C06",
        "Dates are written as the standard has them, or an age instead",
        "RFC 6265bis 4.1.1",
    )
    .built(
        "cookies have `Max-Age` and never a date of their own",
        "a_cookie_goes_out_with_all_that_was_asked",
    ),
    must(
        "C07",
        "A name with a prefix keeps to what the prefix asks for",
        "RFC 6265bis 4.1.3, 5.4; layered cookies",
    )
    .built(
        "a cookie that breaks its prefix is an error, in a setting one at start",
        "a_prefix_is_kept_to_or_refused",
    ),
    must(
        "C08",
        "The session's cookie belongs to this host, HTTPS and no script, and says `SameSite`",
        "OWASP Session Management; ASVS 3.3.1 to 3.3.4; NIST 800-63B-4 5.1.1",
    )
    .needs(&[
        need(
            "allow_plain_http_on_localhost",
            |site| {
                let secure = own(site).iter().all(|(_, spec)| spec.is_secure());
                if secure {
                    Look::Keeps("`Secure`, `HttpOnly`, `SameSite=Lax`".into())
                } else {
                    Look::Breaks("cookies go without `Secure`, for development".into())
                }
            },
            "leave it out in production",
        ),
        need("session.cookie_name", |site| of_the_host(site, 0), KEEP_PREFIX).at(Level::Should),
        need("messages.cookie_name", |site| of_the_host(site, 1), KEEP_PREFIX).at(Level::Should),
        need("csrf.cookie_name", |site| of_the_host(site, 2), KEEP_PREFIX).at(Level::Should),
    ])
    .shown_by("over_https_the_librarys_own_cookies_belong_to_this_host_alone"),
    must(
        "C09",
        "Cookies may come in several headers",
        "RFC 6265bis 4.2.1",
    )
    .built(
        "all of them are read",
        "all_cookies_of_a_name_are_found_in_order_over_several_headers",
    ),
    must(
        "C10",
        "Two cookies of the session's name are noticed, and none wins by its place",
        "RFC 6265bis 4.2.2",
    )
    .built(
        "each is tried, the genuine one counts, and it is counted and traced",
        "each_cookie_is_tried_and_the_genuine_one_is_found_wherever_it_stands",
    ),
    must(
        "C11",
        "Names are compared byte by byte: nothing is trimmed but blanks, nothing decoded",
        "RFC 6265bis 5.6; PortSwigger (cookie prefix bypass)",
    )
    .built(
        "Unicode blanks and old quoting give no way around a prefix",
        "names_that_only_look_like_the_session_cookies_are_not",
    ),
    should(
        "C12",
        "A cookie that is missing, or a part of one, is no error",
        "RFC 6265bis 6.1",
    )
    .built(
        "it counts as absent, and the rest is taken back",
        "a_session_of_which_a_cookie_is_missing_swapped_or_doubled_is_absent_and_all_are_taken_back",
    ),
    may(
        "C13",
        "Where another site posts to this one (single sign-on), cookies are set on landing",
        "RFC 6265bis 4.1.2.7",
    )
    .yours("`SameSite=Lax` cookies don't come with such a post: answer it with a redirect to a page of your own"),
    must(
        "C14",
        "A partitioned cookie is `Secure`, and is deleted as partitioned",
        "CHIPS",
    )
    .built(
        "another one is an error; the description that sets it deletes it",
        "none_and_partitioned_need_secure",
    ),
    may(
        "C15",
        "Embedded pages ask for access to their cookies",
        "Storage Access headers",
    )
    .beside("the library's own cookies are never sent to an embedded page"),
    may(
        "C16",
        "Visitors who object to being tracked (`Sec-GPC`) get necessary cookies only",
        "Global Privacy Control",
    )
    .yours("the library's own cookies are necessary for what the visitor does; look at the header before you set others"),
];

const KEEP_PREFIX: &str =
    "give a name without a prefix: it gets `__Host-`, so that no other host can plant the cookie";

/// The library's own cookies with their settings.
fn own(site: &Site) -> [(&'static str, &CookieSpec); 3] {
    [
        ("session", &site.session_cookie),
        ("messages", &site.messages_cookie),
        ("csrf", &site.csrf_cookie),
    ]
}

fn of_the_host(site: &Site, which: usize) -> Look {
    let (_, spec) = own(site)[which];
    let name = spec.name();
    Look::when(
        site.plain_http || name.starts_with("__Host-"),
        format!("`{name}`"),
    )
}
