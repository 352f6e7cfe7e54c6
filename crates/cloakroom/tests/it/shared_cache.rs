//! Visitors behind a shared cache: nobody is given what another visitor got. Each fault is one that another
//! framework had in 2026 or before; they are named by their CVE.
mod cache;

use std::collections::HashSet;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderMap, IF_NONE_MATCH, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cloakroom::headers::Csp;
use cloakroom::messages::Storage;
use cloakroom::testing::{Browser, Page};
use cloakroom::{
    Builder, CookieSpec, Cookies, CspNonce, CsrfToken, Error, Expiry, Messages, Session,
};

use crate::site::Site;
use cache::{Cache, Kind};

const SHARED: [Kind; 2] = [Kind::Shared, Kind::Careless];

/// What handlers say to caches, and by what they let the answer vary.
const SAID: [(&[&str], &[&str]); 16] = [
    (&[], &[]),
    (&["public, max-age=600"], &[]),
    // CVE-2026-8404
    (&["PUBLIC", "Max-Age=600"], &[]),
    (&["s-maxage=600"], &["Accept"]),
    (&["max-age=600, S-MAXAGE=600"], &["cookie"]),
    (&["max-age=600"], &["Accept", "Accept-Language"]),
    // CVE-2026-48587
    (&["max-age=600"], &[" Accept ,\tCookie "]),
    (&["public , max-age=600 "], &["Accept ,X"]),
    // CVE-2026-6907
    (&["public, max-age=600"], &["*"]),
    (&["public, max-age=600"], &["Accept, *"]),
    // CVE-2026-113593
    (&["public, max-age=600"], &[""]),
    (&[""], &[" , "]),
    (&["private=\"set-cookie\", max-age=600"], &[]),
    (&["no-cache"], &["Cookie"]),
    (&["must-revalidate, max-age=600"], &[]),
    (&["x=\"private\", public"], &[]),
];

/// The pages: whatever a handler can do with a visitor's state.
const PAGES: [&str; 11] = [
    "read", "write", "token", "nonce", "message", "said", "cookie", "by-hand", "login", "logout",
    "renew",
];

/// A page that does one thing with the visitor's state and says so to caches.
async fn page(
    Path((what, said)): Path<(String, usize)>,
    headers: HeaderMap,
    request: axum::extract::Request,
) -> Result<Response, Error> {
    use axum::extract::FromRequestParts;
    let visitor = headers["x-visitor"]
        .to_str()
        .expect("it is text")
        .to_owned();
    let mut parts = request.into_parts().0;
    macro_rules! take {
        ($kind:ty) => {
            <$kind as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await?
        };
    }
    let mut answer = HeaderMap::new();
    let text = match what.as_str() {
        "read" => take!(Session).get_or_default::<String>("name")?,
        "write" => {
            take!(Session).set("name", &visitor)?;
            visitor.clone()
        }
        "token" => take!(CsrfToken).to_string(),
        "nonce" => take!(CspNonce).to_string(),
        "message" => {
            take!(Messages).success(format!("for {visitor}"));
            String::new()
        }
        "said" => {
            let all: Vec<_> = take!(Messages).iter().map(|m| m.to_string()).collect();
            all.join(" ")
        }
        "cookie" => {
            take!(Cookies).set(&CookieSpec::new("own"), &visitor)?;
            String::new()
        }
        "by-hand" => {
            let cookie = format!("hand={visitor}; Path=/");
            answer.insert("set-cookie", cookie.parse().expect("it is a header"));
            String::new()
        }
        "login" => {
            let session = take!(Session);
            session.login(&visitor)?;
            session.set_expiry(Expiry::After(std::time::Duration::from_secs(86_400)))?;
            visitor.clone()
        }
        "logout" => {
            take!(Session).logout()?;
            String::new()
        }
        "renew" => {
            take!(Session).renew()?;
            String::new()
        }
        _ => "the same for all".to_owned(),
    };
    say(&mut answer, said);
    answer.insert("x-for", visitor.parse().expect("it is a header"));
    Ok((answer, text).into_response())
}

fn say(answer: &mut HeaderMap, said: usize) {
    let (control, vary) = SAID[said];
    for (name, values) in [(CACHE_CONTROL, control), (VARY, vary)] {
        for value in values {
            answer.append(&name, HeaderValue::from_static(value));
        }
    }
}

fn pages() -> Router {
    Router::new()
        .route("/{what}/{said}", get(page))
        .route("/tagged", get(tagged))
}

/// A page with a nonce that is good for as long as its tag.
async fn tagged(headers: HeaderMap, nonce: CspNonce) -> Response {
    let tag = [(ETAG, "\"1\""), (CACHE_CONTROL, "private, no-cache")];
    if headers.contains_key(IF_NONE_MATCH) {
        return (StatusCode::NOT_MODIFIED, tag, nonce.to_string()).into_response();
    }
    (tag, nonce.to_string()).into_response()
}

/// A site behind a cache, and the visitors who come through it.
struct Scene {
    site: Site,
    cache: Cache,
}

impl Scene {
    fn open(kind: Kind) -> Self {
        Self::with(kind, |settings| settings)
    }

    fn with(kind: Kind, settings: impl FnOnce(Builder) -> Builder) -> Self {
        let site = Site::with(pages(), |builder| {
            settings(builder).headers(|h| h.csp(|_| Csp::strict()))
        });
        let whole = pages().layer(site.cloakroom.layer());
        let cache = Cache::before(whole, kind, site.clock.clone());
        Self { site, cache }
    }

    fn visitor(&self, name: &str) -> Visitor {
        let browser = Browser::of(self.cache.clone()).with_clock(self.site.clock.clone());
        Visitor {
            name: name.to_owned(),
            browser: browser.with_header("x-visitor", name),
        }
    }
}

struct Visitor {
    name: String,
    browser: Browser,
}

impl Visitor {
    /// Visits a page, and makes sure that what came was made for this visitor.
    async fn visit(&self, path: &str) -> Page {
        let page = self.browser.get(path).await;
        assert_eq!(page.headers["x-for"], *self.name, "{path}: {page:?}");
        page
    }
}

#[tokio::test]
async fn whatever_a_handler_says_to_caches_nobody_gets_what_was_made_for_another() {
    for kind in SHARED {
        for said in 0..SAID.len() {
            for what in PAGES {
                let scene = Scene::open(kind);
                let (ada, grace) = (scene.visitor("ada"), scene.visitor("grace"));
                let stranger = scene.visitor("stranger");
                let path = format!("/{what}/{said}");
                for visitor in [&ada, &grace, &ada, &stranger] {
                    visitor.visit(&path).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn what_shows_nothing_of_a_visitor_is_shared_so_the_cache_is_one() {
    for kind in SHARED {
        let scene = Scene::open(kind);
        scene.visitor("ada").visit("/plain/1").await;
        let page = scene.visitor("grace").browser.get("/plain/1").await;
        assert_eq!(page.headers["x-for"], "ada", "{kind:?}");
        assert_eq!(scene.cache.hits(), 1);
    }
}

/// CVE-2026-35192: a page whose every visit renews the cookie was kept with the cookie.
#[tokio::test]
async fn a_cookie_that_is_renewed_by_every_visit_is_never_given_to_another() {
    for kind in SHARED {
        let scene = Scene::with(kind, |builder| {
            builder.session(|s| s.push_on_every_request(true))
        });
        let (ada, grace) = (scene.visitor("ada"), scene.visitor("grace"));
        for visitor in [&ada, &grace] {
            visitor.visit("/login/0").await;
        }
        let own = |visitor: &Visitor| visitor.browser.cookie("sessionid").unwrap();
        let before = [own(&ada), own(&grace)];
        for visitor in [&ada, &grace, &ada] {
            scene.site.turn(3_600);
            let page = visitor.visit("/read/1").await;
            assert!(page.set_cookie("sessionid").is_some(), "it is renewed");
        }
        assert_eq!([own(&ada), own(&grace)], before);
    }
}

/// CVE-2026-48588: an answer with a cookie was kept when the request had some other cookie.
#[tokio::test]
async fn a_request_with_some_other_cookie_is_no_reason_to_keep_an_answer_with_ours() {
    for kind in SHARED {
        let scene = Scene::open(kind);
        let (ada, grace) = (scene.visitor("ada"), scene.visitor("grace"));
        for visitor in [&ada, &grace] {
            visitor.browser.set_cookie("analytics", "1");
            visitor.visit("/token/1").await;
        }
        let own = |visitor: &Visitor| visitor.browser.cookie("csrftoken").unwrap();
        assert_ne!(own(&ada), own(&grace));
    }
}

/// CVE-2026-35193: an answer to a request with credentials was kept without varying by them. The layer
/// doesn't read that header; what it knows of the visitor is private whether it came or not.
#[tokio::test]
async fn an_answer_to_a_request_with_credentials_is_given_to_no_other() {
    for kind in SHARED {
        for said in 0..SAID.len() {
            let scene = Scene::open(kind);
            let mut ada = scene.visitor("ada");
            ada.browser = ada.browser.with_header("authorization", "Basic YWRhOng=");
            ada.visit(&format!("/write/{said}")).await;
            ada.visit(&format!("/read/{said}")).await;
            let page = scene.visitor("grace").visit(&format!("/read/{said}")).await;
            assert_eq!(page.text, "");
        }
    }
}

/// CVE-2014-0473: a page was kept with its token, so that everybody had the same.
#[tokio::test]
async fn no_two_visitors_get_the_same_token_or_nonce() {
    for kind in SHARED {
        let scene = Scene::open(kind);
        let mut seen = HashSet::new();
        for visit in 0..50 {
            let visitor = scene.visitor(&format!("visitor-{}", visit % 5));
            for what in ["token", "nonce"] {
                let page = visitor
                    .visit(&format!("/{what}/{}", visit % SAID.len()))
                    .await;
                assert!(seen.insert(page.text), "{what} came twice");
            }
        }
    }
}

#[tokio::test]
async fn a_message_is_shown_once_also_to_a_visitor_whose_own_browser_keeps_pages() {
    // In the session, so that no cookie changes when it is shown.
    let scene = Scene::with(Kind::Private, |builder| builder.messages(Storage::Session));
    let ada = scene.visitor("ada");
    for said in [0, 1, 5] {
        let path = format!("/said/{said}");
        ada.visit(&format!("/message/{said}")).await;
        assert!(ada.visit(&path).await.text.contains("for ada"));
        assert_eq!(ada.visit(&path).await.text, "");
    }
}

#[tokio::test]
async fn a_page_that_a_browser_keeps_keeps_the_policy_of_its_nonce_through_a_304() {
    let scene = Scene::open(Kind::Private);
    let ada = scene.visitor("ada");
    let first = ada.browser.get("/tagged").await;
    let again = ada.browser.get("/tagged").await;
    assert_eq!(first.text, again.text, "it was kept");
    let policy = again.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains(&format!("'nonce-{}'", again.text)),
        "{policy}"
    );
}

#[tokio::test]
async fn through_ten_thousand_random_visits_nobody_gets_what_was_made_for_another() {
    for kind in SHARED {
        let scene = Scene::open(kind);
        let visitors = ["ada", "grace", "mary", "emmy"].map(|name| scene.visitor(name));
        let mut dice = 0x2545_f491_u64;
        let mut roll = |sides: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) as usize % sides
        };
        for _ in 0..5_000 {
            let visitor = &visitors[roll(visitors.len())];
            let path = format!("/{}/{}", PAGES[roll(PAGES.len())], roll(SAID.len()));
            visitor.visit(&path).await;
            if roll(10) == 0 {
                scene.site.turn(roll(700) as u64);
            }
            if roll(100) == 0 {
                visitor.browser.close_window();
            }
        }
    }
}
