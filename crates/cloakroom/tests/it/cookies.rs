//! The application's own cookies: plain, signed and sealed.
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use cloakroom::cookie::Protected;
use cloakroom::{Builder, CookieSpec, Cookies, Error, KeyRing, SameSite};
use tracing::Level;

use crate::site::{SECRET, Site, told};
use crate::watch::Watch;

const KINDS: [&str; 3] = ["plain", "signed", "sealed"];

/// Either of the two kinds that are under the site's keys.
fn protected<'a>(cookies: &'a Cookies, kind: &str) -> Protected<'a> {
    match kind {
        "signed" => cookies.signed(),
        _ => cookies.sealed(),
    }
}

fn set(cookies: &Cookies, kind: &str, spec: &CookieSpec, value: &str) -> cloakroom::Result<()> {
    match kind {
        "plain" => cookies.set(spec, value),
        kind => protected(cookies, kind).set(spec, value),
    }
}

fn read(cookies: &Cookies, kind: &str, name: &str) -> Option<String> {
    match kind {
        "plain" => cookies.get(name).map(|value| value.into_owned()),
        kind => protected(cookies, kind).get(&CookieSpec::new(name.to_owned())),
    }
}

/// Pages that set, read and delete a cookie of any kind and name.
fn pages() -> Router {
    type Named = Path<(String, String)>;
    let put = |cookies: Cookies,
               Path((kind, name)): Named,
               Query(value): Query<Vec<(String, String)>>| async move {
        told(set(&cookies, &kind, &CookieSpec::new(name), &value[0].1))
    };
    let show = |cookies: Cookies, Path((kind, name)): Named| async move {
        read(&cookies, &kind, &name).unwrap_or("nothing".into())
    };
    let delete = |cookies: Cookies, Path((kind, name)): Named| async move {
        let spec = CookieSpec::new(name);
        match &*kind {
            "plain" => cookies.delete(&spec),
            kind => protected(&cookies, kind).delete(&spec),
        }
    };
    Router::new()
        .route("/set/{kind}/{name}", get(put))
        .route("/get/{kind}/{name}", get(show))
        .route("/delete/{kind}/{name}", get(delete))
}

/// A site whose only page does this with the cookies.
fn page<F, A>(work: F) -> Router
where
    F: Fn(Cookies) -> A + Clone + Send + Sync + 'static,
    A: IntoResponse + 'static,
{
    pages().route(
        "/work",
        get(|cookies: Cookies| async move { work(cookies) }),
    )
}

#[tokio::test]
async fn what_was_set_is_read_until_it_is_deleted() {
    for kind in KINDS {
        let site = Site::of(pages());
        let page = site.browser.get(&format!("/set/{kind}/coat?v=blue")).await;
        assert_eq!(page.text, "()", "{kind}");
        let read = format!("/get/{kind}/coat");
        assert_eq!(site.browser.get(&read).await.text, "blue", "{kind}");
        site.browser.get(&format!("/delete/{kind}/coat")).await;
        assert!(site.browser.cookie_names().is_empty(), "{kind}");
        assert_eq!(site.browser.get(&read).await.text, "nothing", "{kind}");
    }
}

#[tokio::test]
async fn a_cookie_is_safe_unless_it_is_said_otherwise() {
    let site = Site::of(page(|cookies| {
        let wide = |name| {
            CookieSpec::new(name)
                .path("/shop")
                .domain("example.com")
                .max_age(Duration::from_secs(60))
                .same_site(SameSite::None)
                .http_only(false)
                .partitioned(true)
        };
        cookies.set(&CookieSpec::new("safe"), "1")?;
        cookies.set(&wide("wide"), "2")?;
        cookies.delete(&wide("gone"))
    }));
    let page = site.browser.get("/work").await;
    assert_eq!(
        page.set_cookies(),
        [
            "safe=1; Path=/; SameSite=Lax; Secure; HttpOnly",
            "wide=2; Path=/shop; Domain=example.com; Max-Age=60; SameSite=None; Secure; Partitioned",
            "gone=; Path=/shop; Domain=example.com; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; \
             SameSite=None; Secure; Partitioned",
        ]
    );
}

#[tokio::test]
async fn protected_cookies_carry_any_text_and_sealed_ones_hide_it() {
    let text = "a;b,c \"d\" \\ é 🧥\r\n\0";
    for kind in ["signed", "sealed"] {
        let site = Site::of(
            page(move |cookies| told(set(&cookies, kind, &CookieSpec::new("coat"), text))).route(
                "/check",
                get(move |cookies: Cookies| async move {
                    (read(&cookies, kind, "coat").as_deref() == Some(text)).to_string()
                }),
            ),
        );
        assert_eq!(site.browser.get("/work").await.text, "()");
        assert_eq!(site.browser.get("/check").await.text, "true", "{kind}");
    }
    let site = Site::of(pages());
    site.browser.get("/set/sealed/coat?v=recognisable").await;
    let value = site.browser.cookie("coat").unwrap();
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = engine.decode(&value).unwrap();
    assert!(memchr::memmem::find(&bytes, b"recognisable").is_none());
    site.browser.get("/set/sealed/coat?v=recognisable").await;
    assert_ne!(
        site.browser.cookie("coat").unwrap(),
        value,
        "each seal is new"
    );
}

#[tokio::test]
async fn a_protected_cookie_that_was_tampered_with_is_no_cookie() {
    for kind in ["signed", "sealed"] {
        let site = Site::of(pages());
        site.browser.get(&format!("/set/{kind}/coat?v=blue")).await;
        let genuine = site.browser.cookie("coat").unwrap();
        let mut forged: Vec<String> = (0..genuine.len())
            .map(|at| {
                let other = if &genuine[at..=at] == "A" { "B" } else { "A" };
                format!("{}{other}{}", &genuine[..at], &genuine[at + 1..])
            })
            .collect();
        forged.extend([
            String::new(),
            genuine[1..].into(),
            genuine[..genuine.len() - 1].into(),
            format!("{genuine}A"),
            format!("{genuine}."),
            genuine.replace('.', ""),
            "blue".into(),
            "A".repeat(1 << 20),
        ]);
        let visitor = site.browser.another();
        for value in forged.iter().filter(|value| **value != genuine) {
            visitor.set_cookie("coat", value);
            let page = visitor.get(&format!("/get/{kind}/coat")).await;
            assert_eq!(page.text, "nothing", "{kind}");
        }
        visitor.set_cookie("coat", &genuine);
        let page = visitor.get(&format!("/get/{kind}/coat")).await;
        assert_eq!(page.text, "blue", "{kind}");
    }
}

#[tokio::test]
async fn a_protected_cookie_is_worth_nothing_under_another_name_or_as_another_kind() {
    let site = Site::of(pages());
    for kind in ["signed", "sealed"] {
        site.browser
            .get(&format!("/set/{kind}/{kind}?v=admin"))
            .await;
    }
    let value = |name: &str| site.browser.cookie(name).unwrap();
    for (name, value, kind) in [
        ("role", value("signed"), "signed"),
        ("role", value("sealed"), "sealed"),
        ("signed", value("signed"), "sealed"),
        ("sealed", value("sealed"), "signed"),
    ] {
        let thief = site.browser.another();
        thief.set_cookie(name, &value);
        let page = thief.get(&format!("/get/{kind}/{name}")).await;
        assert_eq!(page.text, "nothing", "{kind} as {name}");
    }
}

#[tokio::test]
async fn a_protected_cookie_opens_until_its_age_is_over_even_if_the_browser_keeps_it() {
    let day = 86_400;
    let rows = [(Some(60), 60, 61), (None, 30 * day, 30 * day + 1)];
    for kind in ["signed", "sealed"] {
        for (age, last, over) in rows {
            for (rest, expected) in [(last, "blue"), (over, "nothing")] {
                let site = Site::of(page(move |cookies| {
                    let mut spec = CookieSpec::new("coat");
                    if let Some(age) = age {
                        spec = spec.max_age(Duration::from_secs(age));
                    }
                    set(&cookies, kind, &spec, "blue")
                }));
                site.browser.get("/work").await;
                let kept = site.browser.another();
                kept.set_cookie("coat", &site.browser.cookie("coat").unwrap());
                site.turn(rest);
                let page = kept.get(&format!("/get/{kind}/coat")).await;
                assert_eq!(page.text, expected, "{kind} after {rest} seconds");
            }
        }
    }
}

fn rotated() -> KeyRing {
    let keys = KeyRing::new("the next secret of the tests, long").unwrap();
    keys.retire(SECRET).unwrap()
}

#[tokio::test]
async fn after_a_key_rotation_cookies_still_open_and_go_out_under_the_new_key() {
    let keep = |settings: Builder| settings;
    for kind in ["signed", "sealed"] {
        let before = Site::of(pages());
        before
            .browser
            .get(&format!("/set/{kind}/coat?v=blue"))
            .await;
        let old = before.browser.cookie("coat").unwrap();
        let read = format!("/get/{kind}/coat");
        let after = before.again_with_keys(rotated(), pages(), keep);
        assert_eq!(after.browser.get(&read).await.text, "blue", "{kind}");
        assert_ne!(after.browser.cookie("coat").unwrap(), old, "{kind}");
        assert!(
            after.browser.get(&read).await.set_cookies().is_empty(),
            "{kind}"
        );
        let next = KeyRing::new("the next secret of the tests, long").unwrap();
        let later = after.again_with_keys(next, pages(), keep);
        assert_eq!(later.browser.get(&read).await.text, "blue", "{kind}");
        let strangers = KeyRing::new("a secret that nobody has ever used").unwrap();
        let stranger = after.again_with_keys(strangers, pages(), keep);
        assert_eq!(stranger.browser.get(&read).await.text, "nothing", "{kind}");
    }
}

#[tokio::test]
async fn a_rotation_does_not_lengthen_a_cookies_life() {
    let spec = || CookieSpec::new("coat").max_age(Duration::from_secs(100));
    let pages = move || {
        page(move |cookies| cookies.sealed().set(&spec(), "blue")).route(
            "/read",
            get(move |cookies: Cookies| async move {
                cookies.sealed().get(&spec()).unwrap_or("nothing".into())
            }),
        )
    };
    let before = Site::of(pages());
    before.browser.get("/work").await;
    before.turn(60);
    let after = before.again_with_keys(rotated(), pages(), |settings| settings);
    let page = after.browser.get("/read").await;
    assert!(page.set_cookie("coat").unwrap().contains("Max-Age=40;"));
    let kept = after.browser.another();
    kept.set_cookie("coat", &after.browser.cookie("coat").unwrap());
    after.turn(40);
    assert_eq!(kept.get("/read").await.text, "blue");
    after.turn(1);
    assert_eq!(kept.get("/read").await.text, "nothing");
}

#[tokio::test]
async fn what_a_handler_writes_is_not_replaced_by_what_a_rotation_would_renew() {
    for deletes in [false, true] {
        let spec = || CookieSpec::new("coat");
        let pages = move || {
            page(move |cookies| {
                if deletes {
                    cookies.delete(&spec())?;
                } else {
                    cookies.sealed().set(&spec(), "red")?;
                }
                Ok::<_, Error>(cookies.sealed().get(&spec()).unwrap_or_default())
            })
        };
        let before = Site::of(pages());
        before.browser.get("/set/sealed/coat?v=blue").await;
        let after = before.again_with_keys(rotated(), pages(), |settings| settings);
        assert_eq!(after.browser.get("/work").await.text, "blue");
        let expected = if deletes { "nothing" } else { "red" };
        assert_eq!(after.browser.get("/get/sealed/coat").await.text, expected);
    }
}

#[tokio::test]
async fn all_cookies_of_one_name_are_seen_and_the_first_genuine_one_opens() {
    let site = Site::of(page(|cookies| {
        let all: Vec<_> = cookies
            .all("coat")
            .map(|value| value.into_owned())
            .collect();
        let count = cookies.iter().count();
        format!("{:?} {all:?} {count}", cookies.get("coat"))
    }));
    let visitor = site
        .browser
        .another()
        .with_header("cookie", "coat=one; hat=x; coat=two");
    let page = visitor.get("/work").await;
    assert_eq!(page.text, "Some(\"one\") [\"one\", \"two\"] 3");
    site.browser.get("/set/sealed/coat?v=blue").await;
    let genuine = site.browser.cookie("coat").unwrap();
    for cookies in [
        format!("coat=planted; coat={genuine}"),
        format!("coat={genuine}; coat=planted"),
    ] {
        let visitor = site.browser.another().with_header("cookie", &cookies);
        assert_eq!(visitor.get("/get/sealed/coat").await.text, "blue");
    }
}

#[tokio::test]
async fn values_are_read_as_they_came_but_for_the_quotes_that_python_writes() {
    let site = Site::of(pages());
    for (sent, read) in [
        ("a%20b", "a%20b"),
        ("a+b", "a+b"),
        ("\"a\\054 b\"", "a, b"),
        ("a=b", "a=b"),
        ("\t a \t", "a"),
    ] {
        let visitor = site
            .browser
            .another()
            .with_header("cookie", &format!("coat={sent}"));
        assert_eq!(visitor.get("/get/plain/coat").await.text, read);
    }
}

#[tokio::test]
async fn a_cookie_that_is_set_by_a_handler_that_fails_goes_out_all_the_same() {
    let fail = |cookies: Cookies| async move {
        cookies.set(&CookieSpec::new("tried"), "1")?;
        cookies.set(&CookieSpec::new("bad name"), "1")?;
        Ok::<_, Error>(())
    };
    let refuse = |cookies: Cookies| async move {
        told(cookies.set(&CookieSpec::new("tried"), "1"));
        Err::<(), _>((StatusCode::IM_A_TEAPOT, "no"))
    };
    let pages = Router::new()
        .route("/fail", get(fail))
        .route("/refuse", get(refuse));
    let site = Site::of(pages);
    for (path, status) in [("/fail", 500), ("/refuse", 418)] {
        let page = site.browser.get(path).await;
        assert_eq!(page.status, status);
        assert_eq!(page.set_cookies().len(), 1, "{path}");
        assert!(page.set_cookie("tried").is_some(), "{path}");
    }
}

#[tokio::test]
async fn one_response_has_one_header_for_a_cookie_and_the_last_word_counts() {
    let site = Site::of(page(|cookies| {
        let spec = CookieSpec::new("coat");
        cookies.set(&spec, "blue")?;
        cookies.sealed().set(&spec, "green")?;
        cookies.delete(&spec)?;
        cookies.set(&CookieSpec::new("hat"), "1")?;
        cookies.delete(&CookieSpec::new("hat"))?;
        cookies.set(&CookieSpec::new("hat"), "2")?;
        let by_hand = ["coat=by hand; Path=/", "hat=by hand", "mine=1; Path=/"];
        let by_hand = AppendHeaders(by_hand.map(|cookie| (SET_COOKIE, cookie)));
        Ok::<_, Error>(by_hand)
    }));
    let page = site.browser.get("/work").await;
    let cookies = page.set_cookies();
    let pairs: Vec<_> = cookies
        .iter()
        .filter_map(|cookie| cookie.split(';').next())
        .collect();
    assert_eq!(pairs, ["mine=1", "coat=", "hat=2"]);
    assert!(page.set_cookie("coat").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn the_same_name_on_another_path_or_domain_is_another_cookie() {
    let site = Site::of(page(|cookies| {
        let spec = || CookieSpec::new("coat");
        cookies.set(&spec(), "1")?;
        cookies.set(&spec().path("/shop"), "2")?;
        cookies.set(&spec().domain("example.com"), "3")
    }));
    assert_eq!(site.browser.get("/work").await.set_cookies().len(), 3);
}

#[tokio::test]
async fn nothing_that_would_break_the_header_goes_out() {
    let spec = || CookieSpec::new("coat");
    for bad in [
        "\r",
        "\n",
        "\0",
        "a\r\nSet-Cookie: role=admin",
        "a\u{7f}",
        "é",
    ] {
        let rows = [
            (CookieSpec::new(bad), "1", "the name is not an HTTP token"),
            (
                spec(),
                bad,
                "the value has a character that cookies can't carry",
            ),
            (spec().path(format!("/{bad}")), "1", "attribute Path has"),
            (spec().domain(bad), "1", "attribute Domain has"),
        ];
        for (spec, value, problem) in rows {
            let site = Site::of(page(move |cookies| {
                let set = told(cookies.set(&spec, value));
                let deleted = told(cookies.delete(&spec));
                let sealed = told(cookies.sealed().set(&spec, value));
                [set, deleted, sealed].join("\n--\n")
            }));
            let page = site.browser.get("/work").await;
            assert!(page.text.contains(problem), "{bad:?}: {}", page.text);
            for cookie in page.set_cookies() {
                assert!(cookie.starts_with("coat="), "{bad:?}: {cookie}");
            }
            let only_the_value = problem.contains("value");
            assert_eq!(page.set_cookies().is_empty(), !only_the_value, "{bad:?}");
        }
    }
}

#[tokio::test]
async fn an_error_names_the_cookie_and_not_its_value() {
    let site = Site::of(page(|cookies| {
        told(cookies.set(&CookieSpec::new("coat"), "secret; Domain=x"))
    }));
    let text = site.browser.get("/work").await.text;
    assert!(
        text.starts_with("cookie `coat`: the value has a character"),
        "{text}"
    );
    assert!(
        text.contains(".sealed()") && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test]
async fn one_byte_too_many_is_refused_after_sealing_and_says_how_many() {
    for (kind, fits) in [("plain", 4_092), ("signed", 3_021), ("sealed", 3_026)] {
        let site = Site::of(page(move |cookies| {
            [fits, fits + 1, fits + 100]
                .map(|bytes| {
                    let spec = CookieSpec::new("coat");
                    told(set(&cookies, kind, &spec, &"x".repeat(bytes)))
                })
                .join("\n")
        }));
        let page = site.browser.get("/work").await;
        let lines: Vec<_> = page.text.lines().collect();
        assert_eq!(lines[0], "()", "{kind}");
        let sent = page.set_cookie("coat").unwrap();
        let pair = sent.split(';').next().unwrap();
        assert!(pair.len() - "=".len() <= 4_096, "{kind}");
        let over = |line: &str| -> usize {
            let by = line.strip_prefix("cookie `coat`: ").unwrap();
            let by =
                by.strip_suffix(" bytes over the 4096 that browsers keep for a name and its value");
            by.unwrap().parse().unwrap()
        };
        assert!((1..=4).contains(&over(lines[1])), "{kind}: {}", lines[1]);
        assert!(
            (100..=140).contains(&over(lines[2])),
            "{kind}: {}",
            lines[2]
        );
    }
}

#[tokio::test]
async fn an_age_that_browsers_do_not_keep_is_cut_and_traced() {
    let watch = Watch::begin();
    let site = Site::of(page(|cookies| {
        let thousand_days = Duration::from_secs(1_000 * 86_400);
        cookies.set(&CookieSpec::new("coat").max_age(thousand_days), "1")
    }));
    let page = site.browser.get("/work").await;
    assert!(
        page.set_cookie("coat")
            .unwrap()
            .contains("Max-Age=34560000;")
    );
    assert!(watch.traced(Level::WARN, "cut to the 400 days"));
}

#[tokio::test]
async fn a_prefix_is_kept_to_or_refused() {
    let site = Site::of(page(|cookies| {
        let rows = [
            CookieSpec::new("__Host-a"),
            CookieSpec::new("__Host-b").path("/x"),
            CookieSpec::new("__hOsT-c").domain("example.com"),
            CookieSpec::new("__Secure-d").secure(false),
        ];
        rows.map(|spec| told(cookies.set(&spec, "1"))).join("\n")
    }));
    let page = site.browser.get("/work").await;
    let lines: Vec<_> = page.text.lines().collect();
    assert_eq!(
        lines,
        [
            "()",
            "cookie `__Host-b`: its name's prefix needs Path=/",
            "cookie `__hOsT-c`: its name's prefix forbids Domain",
            "cookie `__Secure-d`: its name's prefix needs Secure",
        ]
    );
}

/// A page that uses every cookie the library has.
fn everything() -> Router {
    use cloakroom::{CsrfToken, Messages, Session};
    let all = |session: Session, messages: Messages, csrf: CsrfToken, cookies: Cookies| async move {
        session.set("a", 1)?;
        messages.info("hello");
        cookies.set(&CookieSpec::new("own"), "1")?;
        cookies.set(&CookieSpec::new("__Host-own"), "1")?;
        Ok::<_, Error>(csrf.to_string())
    };
    Router::new().route("/", get(all))
}

#[tokio::test]
async fn over_https_the_librarys_own_cookies_belong_to_this_host_alone() {
    let site = Site::of(everything());
    let navigates = site
        .browser
        .clone()
        .with_header("sec-fetch-mode", "navigate");
    let page = navigates.get("/").await;
    let mut cookies = page.set_cookies();
    cookies.sort();
    let attributes: Vec<_> = cookies
        .iter()
        .map(|cookie| {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            (pair.split('=').next().unwrap(), attributes)
        })
        .collect();
    assert_eq!(
        attributes,
        [
            (
                "__Host-csrftoken",
                "Path=/; Max-Age=31449600; SameSite=Lax; Secure"
            ),
            ("__Host-messages", "Path=/; SameSite=Lax; Secure; HttpOnly"),
            ("__Host-own", "Path=/; SameSite=Lax; Secure; HttpOnly"),
            ("__Host-sessionid", "Path=/; SameSite=Lax; Secure; HttpOnly"),
            ("own", "Path=/; SameSite=Lax; Secure; HttpOnly"),
        ]
    );
}

#[tokio::test]
async fn in_development_on_plain_http_cookies_have_plain_names_and_no_secure() {
    let watch = Watch::begin();
    let site = Site::with(everything(), |settings| {
        settings.allow_plain_http_on_localhost("127.0.0.1:8000".parse().unwrap())
    });
    assert!(watch.traced(Level::WARN, "DEVELOPMENT"));
    let navigates = site
        .browser
        .clone()
        .with_header("sec-fetch-mode", "navigate");
    let page = navigates.get("/").await;
    let mut names = site.browser.cookie_names();
    names.sort();
    assert_eq!(
        names,
        ["__Host-own", "csrftoken", "messages", "own", "sessionid"]
    );
    for cookie in page.set_cookies() {
        let prefixed = cookie.starts_with("__Host-own");
        assert_eq!(cookie.contains("Secure"), prefixed, "{cookie}");
    }
}

#[tokio::test]
async fn in_development_a_cookie_that_needs_secure_keeps_it() {
    let site = Site::with(
        page(|cookies| {
            let spec = || CookieSpec::new("coat");
            let rows = [
                spec().same_site(SameSite::None),
                spec().partitioned(true),
                CookieSpec::new("__Secure-coat"),
            ];
            for spec in rows {
                cookies.set(&spec, "1")?;
                cookies.delete(&spec)?;
            }
            Ok::<_, Error>(())
        }),
        |settings| settings.allow_plain_http_on_localhost("[::1]:8000".parse().unwrap()),
    );
    let page = site.browser.get("/work").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for cookie in page.set_cookies() {
        assert!(cookie.contains("; Secure"), "{cookie}");
    }
}

#[tokio::test]
async fn names_of_ones_own_keep_the_prefix() {
    let site = Site::with(everything(), |settings| {
        settings
            .session(|s| s.cookie_name("sid"))
            .csrf(|c| c.cookie_name("__Secure-proof"))
            .messages(cloakroom::messages::Settings::default().cookie_name("flash"))
    });
    let navigates = site
        .browser
        .clone()
        .with_header("sec-fetch-mode", "navigate");
    navigates.get("/").await;
    let mut names = site.browser.cookie_names();
    names.sort();
    let expected = [
        "__Host-flash",
        "__Host-own",
        "__Host-sid",
        "__Secure-proof",
        "own",
    ];
    assert_eq!(names, expected);
}
