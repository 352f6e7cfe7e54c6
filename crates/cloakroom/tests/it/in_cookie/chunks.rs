//! Sessions that are larger than one cookie, up to the budget and over it.
use axum::Router;
use axum::routing::get;
use cloakroom::store::InCookie;
use cloakroom::testing::{Browser, Page};
use cloakroom::{Cloakroom, Error, Session};

use super::{COOKIE, copy, pages, site};
use crate::site::{Site, keys, told};
use crate::watch::Watch;

/// The most bytes of a cookie's name and value that browsers keep.
const MOST: usize = 4_096;

fn with_budget(bytes: usize) -> Site {
    Site::with(pages(), |s| s.store(InCookie::new().budget(bytes)))
}

fn name(index: usize) -> String {
    match index {
        0 => COOKIE.into(),
        _ => format!("{COOKIE}-{index}"),
    }
}

/// Returns the bytes of each of the session's cookies, in their order.
fn sizes(browser: &Browser) -> Vec<usize> {
    let names = browser.cookie_names();
    let sizes = (0..names.len()).map(|index| {
        let value = browser.cookie(&name(index)).expect("none is left out");
        name(index).len() + value.len()
    });
    sizes.collect()
}

async fn fill(browser: &Browser, bytes: usize) -> Page {
    browser.get(&format!("/fill/coat/{bytes}")).await
}

async fn length(browser: &Browser) -> String {
    browser.get("/length/coat").await.text
}

/// Finds how many bytes fit before there is one more cookie.
async fn most_in(site: &Site, cookies: usize) -> usize {
    let (mut fits, mut over) = (0, 12_000);
    while over - fits > 1 {
        let middle = usize::midpoint(fits, over);
        fill(&site.browser, middle).await;
        if sizes(&site.browser).len() <= cookies {
            fits = middle;
        } else {
            over = middle;
        }
    }
    fits
}

#[tokio::test]
async fn a_cookie_is_filled_to_the_last_byte_that_browsers_keep_and_the_next_goes_to_another() {
    let site = site();
    for cookies in 1..=3 {
        let fits = most_in(&site, cookies).await;
        for (bytes, count) in [(fits, cookies), (fits + 1, cookies + 1)] {
            fill(&site.browser, bytes).await;
            let sizes = sizes(&site.browser);
            assert_eq!(sizes.len(), count);
            assert!(
                sizes[..cookies]
                    .iter()
                    .all(|size| (MOST - 2..=MOST).contains(size)),
                "{sizes:?}"
            );
            assert!(
                sizes[..count - 1].iter().all(|size| *size == MOST),
                "{sizes:?}"
            );
            assert_eq!(length(&site.browser).await, bytes.to_string());
        }
    }
    let fits = most_in(&site, 1).await;
    fill(&site.browser, fits).await;
    assert_eq!(sizes(&site.browser), [MOST]);
}

#[tokio::test]
async fn a_session_that_shrinks_takes_the_cookies_back_that_it_needs_no_more() {
    let site = site();
    for (bytes, count) in [
        (11_000, 4),
        (9_000, 3),
        (7_000, 3),
        (10, 1),
        (7_000, 3),
        (4_000, 2),
    ] {
        fill(&site.browser, bytes).await;
        assert_eq!(sizes(&site.browser).len(), count, "{bytes}");
        assert_eq!(length(&site.browser).await, bytes.to_string());
    }
    site.browser.get("/forget/coat").await;
    assert_eq!(sizes(&site.browser).len(), 1);
}

#[tokio::test]
async fn a_session_of_exactly_the_budget_is_kept_and_one_byte_over_is_an_error_that_says_so() {
    for bytes in [300, 1_000, 5_000, 11_000] {
        let site = site();
        fill(&site.browser, bytes).await;
        let budget: usize = sizes(&site.browser).iter().sum();
        let exact = with_budget(budget);
        assert_eq!(fill(&exact.browser, bytes).await.status, 200);
        assert_eq!(sizes(&exact.browser).iter().sum::<usize>(), budget);
        let watch = Watch::begin();
        let short = with_budget(budget - 1);
        assert_eq!(fill(&short.browser, bytes).await.status, 413);
        assert!(short.browser.cookie_names().is_empty());
        let said = "would be 1 bytes over its limit with the value for key `coat`";
        assert!(watch.log().contains(said), "{}", watch.log());
    }
}

#[tokio::test]
async fn what_grows_past_the_budget_changes_nothing_of_what_the_browser_has() {
    for budget in [1_024, 5_000, 16 * 1_024] {
        let site = with_budget(budget);
        site.browser.get("/set/hat/red").await;
        let before = site.token();
        for bytes in (budget / 2..budget).step_by(37) {
            let page = fill(&site.browser, bytes).await;
            if page.status == 200 {
                assert!(sizes(&site.browser).iter().sum::<usize>() <= budget);
                site.browser.get("/forget/coat").await;
                continue;
            }
            assert_eq!(page.status, 413);
            assert!(page.set_cookies().is_empty());
            assert_eq!(length(&site.browser).await, "nothing");
            assert_eq!(site.browser.get("/get/hat").await.text, "\"red\"");
            assert_eq!(sizes(&site.browser).len(), 1);
        }
        assert_ne!(site.token(), before);
    }
}

#[tokio::test]
async fn a_user_s_name_that_does_not_fit_signs_nobody_in_and_is_named_as_the_reason() {
    let watch = Watch::begin();
    let site = with_budget(512);
    site.browser.get("/set/hat/red").await;
    let user = "ada".repeat(150);
    let page = site.browser.get(&format!("/login/{user}")).await;
    assert_eq!(page.status, 413);
    assert!(watch.log().contains("with the value for key `user_id`"));
    assert!(!watch.log().contains(&user));
    assert_eq!(site.browser.get("/who").await.text, "nobody");
    assert_eq!(site.browser.get("/get/hat").await.text, "\"red\"");
}

#[tokio::test]
async fn a_handler_learns_at_once_of_what_can_never_fit() {
    let set = |session: Session| async move {
        let tried = session.set("coat", "x".repeat(20_000));
        session.set("hat", "red")?;
        Ok::<_, Error>(told(tried))
    };
    let site = Site::with(Router::new().route("/set", get(set)).merge(pages()), |s| {
        s.store(InCookie::new())
    });
    let text = site.browser.get("/set").await.text;
    assert!(
        text.contains("over its limit with the value for key `coat`"),
        "{text}"
    );
    assert_eq!(site.browser.get("/get/hat").await.text, "\"red\"");
}

#[tokio::test]
async fn a_lower_budget_lets_larger_sessions_be_read_and_shrink() {
    let before = site();
    fill(&before.browser, 11_000).await;
    before.browser.get("/set/hat/red").await;
    let after = before.again(pages(), |s| s.store(InCookie::new().budget(2_048)));
    assert_eq!(length(&after.browser).await, "11000");
    assert_eq!(after.browser.get("/set/hat/blue").await.status, 413);
    after.turn(13 * 24 * 3_600);
    assert_eq!(
        length(&after.browser).await,
        "11000",
        "that it can't be pushed is no error"
    );
    assert_eq!(after.browser.get("/forget/coat").await.status, 200);
    assert_eq!(after.browser.get("/get/hat").await.text, "\"red\"");
    assert_eq!(sizes(&after.browser).len(), 1);
}

/// A browser with a session of three cookies, and those of another generation of the same session.
async fn generations(site: &Site) -> [Browser; 2] {
    site.browser.get("/set/hat/red").await;
    fill(&site.browser, 7_000).await;
    let old = copy(&site.browser);
    site.browser.get("/set/hat/tan").await;
    assert_eq!(sizes(&old), sizes(&site.browser));
    assert_eq!(sizes(&old).len(), 3);
    [old, copy(&site.browser)]
}

/// Opens a browser with these cookies in the places of the first, second and third.
fn browser_with(site: &Site, values: [Option<String>; 3]) -> Browser {
    let browser = site.browser.another();
    for (index, value) in values.into_iter().enumerate() {
        if let Some(value) = value {
            browser.set_cookie(&name(index), &value);
        }
    }
    browser
}

#[tokio::test]
async fn cookies_of_two_generations_are_no_session_whichever_they_are() {
    let watch = Watch::begin();
    let site = site();
    let generations = generations(&site).await;
    for mix in 0..8_usize {
        let values = [0, 1, 2].map(|index| generations[mix >> index & 1].cookie(&name(index)));
        let browser = browser_with(&site, values);
        let counted = watch.counted("cloakroom_suspicious_total");
        let expected = match mix {
            0 => "\"red\"",
            7 => "\"tan\"",
            _ => "nothing",
        };
        assert_eq!(browser.get("/get/hat").await.text, expected, "{mix:03b}");
        let absent = expected == "nothing";
        let after = watch.counted("cloakroom_suspicious_total");
        assert_eq!(after - counted, u64::from(absent));
        assert_eq!(
            browser.cookie_names().is_empty(),
            absent,
            "all are taken back"
        );
    }
}

#[tokio::test]
async fn a_session_of_which_a_cookie_is_missing_swapped_or_doubled_is_absent_and_all_are_taken_back()
 {
    let site = site();
    let [genuine, _] = generations(&site).await;
    let [a, b, c] = [0, 1, 2].map(|index| genuine.cookie(&name(index)));
    let cut = |part: &Option<String>| part.as_ref().map(|part| part[1..].to_owned());
    let rows = [
        ("the first is missing", [None, b.clone(), c.clone()]),
        ("the second is missing", [a.clone(), None, c.clone()]),
        ("the third is missing", [a.clone(), b.clone(), None]),
        ("only the first is there", [a.clone(), None, None]),
        ("only the last is there", [None, None, c.clone()]),
        ("two are swapped", [a.clone(), c.clone(), b.clone()]),
        ("the first is elsewhere", [b.clone(), a.clone(), c.clone()]),
        ("one is there twice", [a.clone(), b.clone(), b.clone()]),
        ("all are the first", [a.clone(), a.clone(), a.clone()]),
        ("one is cut", [a.clone(), cut(&b), c.clone()]),
        ("one is empty", [a.clone(), b.clone(), Some(String::new())]),
    ];
    for (what, values) in rows {
        let browser = browser_with(&site, values.clone());
        assert_eq!(browser.get("/get/hat").await.text, "nothing", "{what}");
        assert!(browser.cookie_names().is_empty(), "{what}");
        let browser = browser_with(&site, values);
        browser.get("/set/hat/new").await;
        assert_eq!(browser.get("/get/hat").await.text, "\"new\"", "{what}");
        assert_eq!(browser.cookie_names(), [COOKIE], "{what}");
    }
    assert_eq!(
        browser_with(&site, [a, b, c]).get("/get/hat").await.text,
        "\"red\""
    );
}

#[tokio::test]
async fn what_another_response_left_over_hurts_nobody_and_goes_with_the_next_write() {
    let site = site();
    let [large, _] = generations(&site).await;
    let small = site.browser.another();
    small.get("/set/hat/small").await;
    for index in [1, 2] {
        small.set_cookie(&name(index), &large.cookie(&name(index)).unwrap());
    }
    small.set_cookie("__Host-sessionid-x", "somebody else's");
    let page = small.get("/get/hat").await;
    assert_eq!(page.text, "\"small\"");
    // A response that writes no session of its own must not take back what another may have written.
    assert!(page.set_cookies().is_empty());
    small.get("/set/hat/next").await;
    let mut names = small.cookie_names();
    names.sort();
    assert_eq!(names, [COOKIE, "__Host-sessionid-x"]);
}

#[test]
fn a_budget_that_no_server_takes_does_not_start_and_is_named() {
    for (bytes, starts) in [
        (0, false),
        (511, false),
        (512, true),
        (16 * 1_024, true),
        (16 * 1_024 + 1, false),
        (usize::MAX, false),
    ] {
        let built = Cloakroom::builder(keys())
            .store(InCookie::new().budget(bytes))
            .build();
        assert_eq!(built.is_ok(), starts, "{bytes}");
        if let Err(error) = built {
            assert!(
                error.to_string().starts_with("in_cookie.budget: "),
                "{error}"
            );
        }
    }
    let built = Cloakroom::builder(keys())
        .store(InCookie::new())
        .csrf(|c| c.cookie_name("sessionid-2"));
    let error = built.build().unwrap_err().to_string();
    assert!(error.starts_with("session.cookie_name: "), "{error}");
}
