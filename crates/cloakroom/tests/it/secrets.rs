//! What is secret stays secret: in logs, in `Debug` and in what visitors are told.
mod visits;

use axum::Router;
use axum::routing::{get, post};
use cloakroom::messages::{Settings, Storage};
use cloakroom::testing::{Browser, Call, Page};
use cloakroom::{
    Cloakroom, CookieSpec, Cookies, CsrfToken, Error, KeyRing, LazySession, Messages, Session,
};

use crate::site::{SECRET, Site, keys, routes, sqlite};
use crate::watch::Watch;

const VALUE: &str = "value-that-nobody-may-read";
const WORDS: &str = "words-for-the-visitor-alone";
const OLD_SECRET: &str = "an old secret, long since retired";

/// Pages that use everything, and one that prints every handle as a careless developer would.
fn pages() -> Router {
    let busy = |session: Session, messages: Messages, cookies: Cookies, csrf: CsrfToken| async move {
        session.set("coat", VALUE)?;
        messages.warning(WORDS);
        cookies.set(&CookieSpec::new("plain"), VALUE)?;
        cookies.signed().set(&CookieSpec::new("signed"), VALUE)?;
        cookies.sealed().set(&CookieSpec::new("sealed"), VALUE)?;
        Ok::<_, Error>(csrf.to_string())
    };
    let read = |session: Session, messages: Messages, cookies: Cookies| async move {
        let wrong_type = session.get::<u32>("coat").map(drop);
        let _ = cookies.get("plain");
        let _ = cookies.signed().get(&CookieSpec::new("signed"));
        let _ = cookies.sealed().get(&CookieSpec::new("sealed"));
        let _ = messages.iter().count();
        wrong_type
    };
    let mistakes = |session: Session, cookies: Cookies| async move {
        session
            .set("coat", VALUE.repeat(100_000))
            .unwrap_err()
            .to_string();
        cookies.set(&CookieSpec::new("bad"), format!("{VALUE};\r\n"))?;
        Ok::<_, Error>(())
    };
    routes()
        .route("/busy", get(busy))
        .route("/read", get(read))
        .route("/mistakes", get(mistakes))
        .route("/post", post(|| async {}))
        .route("/debug", get(careless))
}

async fn careless(
    session: Session,
    lazy: LazySession,
    messages: Messages,
    cookies: Cookies,
    csrf: CsrfToken,
) -> Result<String, Error> {
    session.set("coat", VALUE)?;
    let added = messages.add(cloakroom::Level::WARNING, WORDS);
    let spec = CookieSpec::new("plain");
    cookies.set(&spec, VALUE)?;
    csrf.to_string();
    let clash = session.get::<u32>("coat");
    Ok(format!(
        "{session:?} {lazy:?} {added:?} {messages:?} {cookies:?} {:?} {csrf:?} {spec:?} {clash:?}",
        cookies.sealed()
    ))
}

/// Everything that must not be seen: secrets, values, and each cookie that was ever set or sent.
struct Unseen(Vec<String>);

impl Unseen {
    fn new() -> Self {
        Self([SECRET, OLD_SECRET, VALUE, WORDS].map(Into::into).into())
    }

    async fn visit(&mut self, browser: &Browser, path: &str) -> Page {
        let page = browser.get(path).await;
        self.note(&page);
        page
    }

    fn note(&mut self, page: &Page) {
        for cookie in page.set_cookies() {
            let value = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
            self.add(value);
        }
    }

    fn add(&mut self, value: &str) {
        // Shorter ones are no secrets, and would be found by chance.
        if value.len() >= 16 {
            self.0.push(value.to_owned());
        }
    }

    fn assert_not_in(&self, text: &str, where_: &str) {
        for secret in &self.0 {
            if let Some(at) = text.find(secret.as_str()) {
                let begin = text[..at].rfind('\n').map_or(0, |line| line + 1);
                let line = text[begin..].lines().next().unwrap_or_default();
                panic!("{where_} shows a secret: {line}");
            }
        }
    }
}

#[tokio::test]
async fn a_whole_visit_with_everything_that_can_go_wrong_leaves_no_secret_in_the_log() {
    let watch = Watch::everywhere();
    let mut unseen = Unseen::new();
    let (store, _folder) = sqlite().await;
    let old_keys = KeyRing::new(OLD_SECRET).unwrap();
    for storage in [Storage::Fallback, Storage::Session] {
        let settings = |settings: cloakroom::Builder| settings.messages(storage);
        let site = Site::on(store.clone(), pages(), settings);
        let before = site.again_with_keys(old_keys.clone(), pages(), settings);
        unseen.visit(&before.browser, "/busy").await;
        let rotated = keys().retire(OLD_SECRET).unwrap();
        let site = before.again_with_keys(rotated, pages(), settings);
        let paths = [
            "/read",
            "/busy",
            "/read",
            "/mistakes",
            "/debug",
            "/renew",
            "/login/ada",
            "/who",
            "/login/grace",
            "/busy",
        ];
        for path in paths {
            unseen.visit(&site.browser, path).await;
        }
        forge(&site, &mut unseen).await;
        break_down(&site, &mut unseen).await;
        site.turn(100 * 86_400);
        unseen.visit(&site.browser, "/read").await;
        unseen.visit(&site.browser, "/logout").await;
    }
    let log = watch.log_of_all();
    for expected in ["a session was created", "may be stolen"] {
        assert!(
            log.contains(expected),
            "the log should have had {expected:?}"
        );
    }
    unseen.assert_not_in(&log, "the log");
}

/// Sends forged cookies, forms and an old token.
async fn forge(site: &Site, unseen: &mut Unseen) {
    let stale = site.with_token(&site.token());
    unseen.visit(&site.browser, "/renew").await;
    site.turn(60);
    unseen.visit(&stale, "/read").await;
    let forger = site.browser.another();
    for name in site.browser.cookie_names() {
        let forged = format!("{}{}", KeyRing::generate_secret(), "x".repeat(100));
        unseen.add(&forged);
        forger.set_cookie(&name, &forged);
    }
    unseen.visit(&forger, "/read").await;
    let unknown = KeyRing::generate_secret();
    unseen.add(&unknown);
    unseen.visit(&site.with_token(&unknown), "/busy").await;
    let token = KeyRing::generate_secret();
    unseen.add(&token);
    for form in [
        format!("csrfmiddlewaretoken={token}"),
        format!("coat={VALUE}"),
    ] {
        unseen.note(&site.browser.post_raw("/post", form).await);
    }
}

/// Lets every call to the store fail once.
async fn break_down(site: &Site, unseen: &mut Unseen) {
    for (call, path) in [
        (Call::Load, "/read"),
        (Call::Save, "/count/n"),
        (Call::Rename, "/renew"),
        (Call::Delete, "/logout"),
    ] {
        site.faults.fail(call, true);
        unseen.visit(&site.browser, path).await;
        site.faults.fail(call, false);
    }
}

#[tokio::test]
async fn no_handle_shows_a_secret_when_it_is_printed() {
    let mut unseen = Unseen::new();
    let site = Site::with(pages(), |settings| {
        assert!(!format!("{settings:?}").contains(SECRET));
        settings.messages(Settings::default())
    });
    unseen.visit(&site.browser, "/busy").await;
    let page = unseen.visit(&site.browser, "/debug").await;
    assert!(page.text.contains("Session"), "{}", page.text);
    let layer = site.cloakroom.layer();
    use tower_layer::Layer;
    let service = layer.layer(());
    let listed = site.store.list(None, 10, site.clock.now()).await.unwrap();
    let stored = site
        .store
        .load(&listed[0].key, site.clock.now())
        .await
        .unwrap();
    let others = format!(
        "{:?} {layer:?} {service:?} {:?} {:?} {:?} {listed:?} {stored:?}",
        site.cloakroom,
        site.store,
        site.browser,
        keys().retire(OLD_SECRET).unwrap(),
    );
    unseen.assert_not_in(&page.text, "a handle");
    unseen.assert_not_in(&others, "a part of the site");
}

#[tokio::test]
async fn no_page_of_the_librarys_own_repeats_what_was_sent() {
    let mut unseen = Unseen::new();
    let site = Site::of(pages());
    unseen.visit(&site.browser, "/busy").await;
    for path in ["/read", "/mistakes"] {
        let page = site.browser.get(path).await;
        assert_eq!(page.status, 500, "{path}");
        unseen.assert_not_in(&page.text, path);
    }
    for call in [Call::Load, Call::Save] {
        site.faults.fail(call, true);
        let page = site.browser.get("/count/n").await;
        unseen.assert_not_in(&page.text, "the 503");
        assert!(!page.text.contains("faulty"), "{}", page.text);
        site.faults.fail(call, false);
    }
    let forged = "<script>alert(1)</script>";
    let form = format!("csrfmiddlewaretoken={forged}");
    let page = site.browser.post_raw("/post", form).await;
    assert_eq!(page.status, 403);
    assert!(!page.text.contains("alert"), "{}", page.text);
}

#[tokio::test]
async fn what_a_main_prints_of_a_wrong_set_up_is_a_line_for_each_setting_and_no_value() {
    let hidden = "hunter2";
    let mut wrong = cloakroom::store::connect("nowhere://ada:hunter2@db/shop?hunter2")
        .await
        .expect_err("no store has this scheme");
    wrong.extend(KeyRing::new(hidden).expect_err("it is too short"));
    let site = Cloakroom::builder(keys()).csrf(|c| c.trust(hidden));
    wrong.extend(site.build().expect_err("no store, and no origin"));
    let boxed: Box<dyn std::error::Error> = Box::new(wrong);
    let printed = format!("{boxed:?}");
    assert_eq!(printed, boxed.to_string());
    assert!(!printed.contains(hidden), "{printed}");
    let settings: Vec<_> = printed
        .lines()
        .map(|line| line.split_once(": ").expect("setting: what is wrong").0)
        .collect();
    assert_eq!(settings, ["store", "secret", "csrf.trust", "store"]);
}
