//! The application's own cookies: plain, signed and sealed.
mod names;
mod protected;

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use cloakroom::cookie::Protected;
use cloakroom::{CookieSpec, Cookies, Error, SameSite};
use tracing::Level;

use crate::site::{Site, told};
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
