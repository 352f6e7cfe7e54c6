//! Routes that are treated differently, a site that only logs, and what a refused visitor is told.
use axum::Router;
use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use cloakroom::csrf::{Passed, Reason, Settings, Verdict};
use cloakroom::{Builder, Cloakroom};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Level;

use super::{FORM, in_development, pages, sends_field, with_form};
use crate::site::{Site, keys};
use crate::watch::Watch;

fn site(settings: fn(Settings) -> Settings) -> Site {
    let judge = |verdict: Verdict| async move { format!("{:?}", verdict.result()) };
    let routes = pages()
        .route("/judged", get(judge).post(judge))
        .route("/hooks/{*rest}", post(judge))
        .route("/app/{page}", get(|| async { "an application" }));
    Site::with(routes, |site| site.csrf(settings))
}

#[tokio::test]
async fn an_exempt_route_is_not_checked_and_is_named_at_start() {
    let watch = Watch::begin();
    let site = site(|c| c.exempt("/hooks/{*rest}").exempt("/ping"));
    assert_eq!(site.cloakroom.csrf_exempt(), ["/hooks/{*rest}", "/ping"]);
    for route in site.cloakroom.csrf_exempt() {
        assert!(watch.traced(Level::INFO, route), "{route}");
    }
    let cross_site = site
        .browser
        .clone()
        .with_header("sec-fetch-site", "cross-site");
    let page = cross_site.post_raw("/hooks/paid", "a=b").await;
    assert_eq!(page.text, format!("{:?}", Ok::<_, Reason>(Passed::Exempt)));
    assert!(!page.headers.contains_key("vary"));
    for path in [
        "/judged",
        "/hooks/../judged",
        "/hooks/%2e%2e/judged",
        "/hooks//judged",
    ] {
        assert_eq!(cross_site.post_raw(path, "").await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn on_a_route_that_is_only_checked_the_handler_decides() {
    let site = site(|c| c.check_only("/judged"));
    let (browser, token) = with_form(&site).await;
    let judged = async |body: String| browser.post_raw("/judged", body).await.text;
    let told = |verdict: Result<Passed, Reason>| format!("{verdict:?}");
    assert_eq!(judged(String::new()).await, told(Err(Reason::NoToken)));
    let proof = format!("csrfmiddlewaretoken={token}");
    assert_eq!(judged(proof).await, told(Ok(Passed::Token)));
    let elsewhere = browser.post_raw("/send", "").await;
    assert_eq!(elsewhere.status, 403);
    let seen = browser.get("/judged").await;
    assert_eq!(seen.text, told(Ok(Passed::SafeMethod)));
    let cross_site = browser.clone().with_header("sec-fetch-site", "cross-site");
    let forged = cross_site.post_raw("/judged", "").await;
    assert_eq!(forged.text, told(Err(Reason::CrossSite)));
}

#[tokio::test]
async fn a_handler_may_ask_everywhere_also_where_nothing_is_checked() {
    let off = site(|c| c.off());
    let page = off.browser.post_raw("/judged", "").await;
    assert_eq!(page.text, format!("{:?}", Ok::<_, Reason>(Passed::Exempt)));
}

#[tokio::test]
async fn a_page_without_a_token_gives_the_cookie_where_that_is_asked_for() {
    let site = site(|c| c.ensure_cookie("/app/{page}"));
    let page = site.browser.get("/app/one").await;
    assert_eq!(page.text, "an application");
    assert_eq!(page.set_cookies().len(), 1);
    assert_eq!(page.headers["vary"], "Cookie");
    let again = site.browser.get("/app/two").await;
    assert!(again.set_cookies().is_empty());
    let elsewhere = site.browser.another().get("/quiet").await;
    assert!(elsewhere.set_cookies().is_empty());
}

#[tokio::test]
async fn a_handler_can_give_the_cookie_itself() {
    let page = |csrf: cloakroom::CsrfToken| async move { csrf.ensure_cookie() };
    let site = Site::of(pages().route("/spa", get(page)));
    assert_eq!(site.browser.get("/spa").await.set_cookies().len(), 1);
    let bare = site.browser.cookie("csrftoken").unwrap();
    let sent = site.browser.clone().with_header("x-csrftoken", &bare);
    assert_eq!(sent.post_raw("/send", "").await.status, 200);
}

#[tokio::test]
async fn a_site_that_only_logs_lets_everything_through_whole_and_counts_it() {
    let watch = Watch::begin();
    let site = site(|c| c.log_only().max_form_bytes(1_000));
    let (browser, token) = with_form(&site).await;
    let forged = browser
        .clone()
        .with_header("origin", "https://evil.example");
    assert_eq!(
        forged.post_raw("/send", "a=b").await.text,
        format!("{FORM} 3 a=b")
    );
    assert!(watch.traced(Level::WARN, Reason::ForeignOrigin.as_str()));
    assert!(watch.traced(Level::WARN, "method=POST path=\"/send\""));
    assert_eq!(
        sends_field(&site.browser.another(), "rubbish").await.status,
        200
    );
    let large = "x".repeat(5_000);
    let page = browser.post_raw("/send", large.clone()).await;
    assert_eq!(page.text, format!("{FORM} 5000 {large}"));
    let upload = format!("--x\r\n\r\n{}", "y".repeat(100_000));
    let kind = Some("multipart/form-data; boundary=x");
    let page = browser
        .send(Method::POST, "/send", Body::from(upload.clone()), kind)
        .await;
    assert!(page.text.ends_with(&upload));
    assert_eq!(watch.counted("cloakroom_csrf_let_through_total"), 4);
    assert_eq!(watch.counted("cloakroom_csrf_refused_total"), 0);
    assert_eq!(sends_field(&browser, &token).await.status, 200);
    assert_eq!(watch.counted("cloakroom_csrf_passed_total"), 1);
}

#[tokio::test]
async fn whoever_reads_the_log_sees_which_form_was_refused_and_nothing_of_its_query() {
    let watch = Watch::begin();
    let site = Site::of(pages());
    assert_eq!(
        site.browser.post_raw("/send?token=x1", "").await.status,
        403
    );
    assert!(watch.traced(Level::WARN, "method=POST path=\"/send\""));
    assert!(!watch.log().contains("x1"));
}

#[tokio::test]
async fn a_refusal_is_a_page_or_json_as_the_client_accepts() {
    for (settings, in_development) in [
        ((|s| s) as fn(Builder) -> Builder, false),
        (in_development, true),
    ] {
        let site = Site::with(pages(), settings);
        let refused = async |accept: &str| {
            let browser = site.browser.clone().with_header("accept", accept);
            browser.post_raw("/send", "name=Ada").await
        };
        let page = refused("text/html, */*;q=0.1").await;
        assert_eq!(page.status, 403);
        assert_eq!(page.headers[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(
            page.text.contains(Reason::NoCookie.as_str()),
            in_development
        );
        let json = refused("application/json").await;
        assert_eq!(json.status, 403);
        assert_eq!(json.headers[CONTENT_TYPE], "application/json");
        assert_eq!(json.headers["cache-control"], "no-store");
        let body: serde_json::Value = serde_json::from_str(&json.text).unwrap();
        assert!(
            body["error"]
                .as_str()
                .unwrap()
                .starts_with("We could not make sure")
        );
        let told = in_development.then(|| Reason::NoCookie.as_str());
        assert_eq!(body["reason"].as_str(), told);
    }
}

#[tokio::test]
async fn an_application_answers_a_refusal_in_its_own_way_or_leaves_it_to_the_library() {
    let site = site(|c| {
        c.on_refusal(|refusal| {
            let path = refusal.request.uri.path();
            (path == "/send").then(|| {
                let accept = refusal.request.headers.contains_key(ACCEPT);
                http::Response::builder()
                    .status(StatusCode::IM_A_TEAPOT)
                    .body(format!(
                        "{:?} {accept} {}",
                        refusal.reason, refusal.in_development
                    ))
                    .unwrap()
            })
        })
    });
    let page = site.browser.post_raw("/send", "").await;
    assert_eq!(
        (page.status, &*page.text),
        (StatusCode::IM_A_TEAPOT, "NoCookie false false")
    );
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(site.browser.post_raw("/judged", "").await.status, 403);
    let mut app = site.cloakroom.layer().layer(pages());
    let request = Request::post("/send").body(Body::empty()).unwrap();
    let response: Response = app.call(request).await.unwrap();
    assert_eq!(
        response.extensions().get::<Reason>(),
        Some(&Reason::NoCookie)
    );
}

#[tokio::test]
async fn a_protocol_of_ones_own_asks_for_the_verdict() {
    let site = Site::of(pages());
    let (browser, token) = with_form(&site).await;
    let cookie = format!("__Host-csrftoken={}", browser.cookie("csrftoken").unwrap());
    let verdict = |headers: &[(&str, &str)]| {
        let mut request = Request::post("/socket");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        site.cloakroom.csrf_verdict(&parts)
    };
    assert_eq!(
        verdict(&[("sec-fetch-site", "same-origin")]),
        Ok(Passed::SameOrigin)
    );
    assert_eq!(
        verdict(&[("sec-fetch-site", "cross-site")]),
        Err(Reason::CrossSite)
    );
    assert_eq!(verdict(&[]), Err(Reason::NoCookie));
    assert_eq!(verdict(&[("cookie", &cookie)]), Err(Reason::NoToken));
    let proof = [("cookie", &*cookie), ("x-csrftoken", &token)];
    assert_eq!(verdict(&proof), Ok(Passed::Token));
}

#[tokio::test]
async fn a_handshake_of_another_protocol_is_judged_although_its_method_is_a_safe_one() {
    use cloakroom::csrf::Mode;
    let socket = [("connection", "Upgrade"), ("upgrade", "websocket")];
    let foreign = ("origin", "https://evil.example");
    let (ours, host) = (("origin", "https://shop.example"), ("host", "shop.example"));
    type Row<'a> = (Mode, &'a [(&'a str, &'a str)], Result<Passed, Reason>);
    let rows: &[Row<'_>] = &[
        (
            Mode::Ladder,
            &[foreign, ("sec-fetch-site", "cross-site")],
            Err(Reason::CrossSite),
        ),
        (Mode::Ladder, &[foreign], Err(Reason::ForeignOrigin)),
        (Mode::Ladder, &[("origin", "null")], Err(Reason::NullOrigin)),
        (Mode::Ladder, &[host], Err(Reason::NoCookie)),
        (Mode::Ladder, &[host, ours], Ok(Passed::Origin)),
        (
            Mode::Ladder,
            &[host, ours, ("sec-fetch-site", "same-origin")],
            Ok(Passed::SameOrigin),
        ),
        // Scripts can't give a handshake a header, so no token is asked for beside what browsers say.
        (Mode::TokenAlways, &[host, ours], Ok(Passed::Origin)),
        (Mode::TokenAlways, &[foreign], Err(Reason::ForeignOrigin)),
        (Mode::TokenAlways, &[host], Err(Reason::NoCookie)),
        (Mode::HeadersOnly, &[host, ours], Ok(Passed::Origin)),
        (Mode::HeadersOnly, &[host], Err(Reason::NoHeaders)),
    ];
    for (mode, headers, expected) in rows {
        let site = Site::with(pages(), |site| site.csrf(|c| c.mode(*mode)));
        // HTTP/1.1 asks for another protocol with GET, HTTP/2 with CONNECT and `:protocol`.
        for (method, upgrade) in [("GET", &socket[..]), ("CONNECT", &[]), ("GET", &[])] {
            let mut request = Request::builder().method(method).uri("/socket");
            for (name, value) in upgrade.iter().chain(*headers) {
                request = request.header(*name, *value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(
                site.cloakroom.csrf_verdict(&parts),
                *expected,
                "{mode:?} {method} {headers:?}"
            );
        }
    }
}

#[test]
fn settings_that_make_no_sense_do_not_start() {
    let problems = |settings: fn(Settings) -> Settings| {
        let builder = Cloakroom::builder(keys()).store_in_memory().csrf(settings);
        builder.build().err().map(|error| {
            let settings = error
                .problems()
                .iter()
                .map(|problem| problem.setting.clone());
            settings.collect::<Vec<_>>().join(" ")
        })
    };
    use cloakroom::csrf::Mode;
    type Row = (fn(Settings) -> Settings, Option<&'static str>);
    let rows: [Row; 18] = [
        (|c| c, None),
        (
            |c| {
                c.origin("https://shop.example")
                    .trust("https://*.shop.example:8443")
            },
            None,
        ),
        (|c| c.origin("shop.example"), Some("csrf.origin")),
        (|c| c.origin("https://shop.example/"), Some("csrf.origin")),
        (|c| c.origin("https://*.shop.example"), Some("csrf.origin")),
        (|c| c.origin("null"), Some("csrf.origin")),
        (|c| c.trust("*"), Some("csrf.trust")),
        (|c| c.trust("https://*.*.example"), Some("csrf.trust")),
        (
            |c| c.trust("null").origin(""),
            Some("csrf.trust csrf.origin"),
        ),
        (|c| c.exempt("hooks"), Some("csrf.exempt")),
        (|c| c.exempt("/{a}/{*b}/c"), Some("csrf.exempt")),
        (|c| c.check_only(""), Some("csrf.check_only")),
        (|c| c.ensure_cookie("/{"), Some("csrf.ensure_cookie")),
        (
            |c| c.ensure_cookie("/app").secret_in_session(),
            Some("csrf.ensure_cookie"),
        ),
        (|c| c.trust("https://*.com"), Some("csrf.trust")),
        (|c| c.max_form_bytes(0), Some("csrf.max_form_bytes")),
        (|c| c.field("a\"b"), Some("csrf.field")),
        (
            |c| c.mode(Mode::Ladder).allow_no_headers(),
            Some("csrf.allow_no_headers"),
        ),
    ];
    for (index, (settings, expected)) in rows.into_iter().enumerate() {
        assert_eq!(problems(settings).as_deref(), expected, "row {index}");
    }
}

#[tokio::test]
async fn the_script_knows_its_names_and_has_less_than_a_kibibyte() {
    for (settings, cookie, header) in [
        (
            (|s| s) as fn(Builder) -> Builder,
            "__Host-csrftoken",
            "x-csrftoken",
        ),
        (
            |s| in_development(s).csrf(|c| c.cookie_name("proof").header("X-Proof")),
            "proof",
            "x-proof",
        ),
        // 64 characters together.
        (
            |s| {
                in_development(s).csrf(|c| {
                    c.cookie_name("a-rather-long-name-for-a-cookie-1")
                        .header("X-A-Rather-Long-Name-Of-Header1")
                })
            },
            "a-rather-long-name-for-a-cookie-1",
            "x-a-rather-long-name-of-header1",
        ),
    ] {
        let site = Site::with(Router::new(), settings);
        let script = site.cloakroom.csrf_js();
        assert!(script.as_str().len() < 1_024, "{}", script.as_str().len());
        for name in [format!("\"; {cookie}=\""), format!("header=\"{header}\";")] {
            assert!(script.as_str().contains(&name), "{}", script.as_str());
        }
        let site = Site::with(Router::new().route("/csrf.js", get(script)), settings);
        let page = site.browser.get("/csrf.js").await;
        assert_eq!(page.headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert!(page.set_cookies().is_empty() && page.text.starts_with("(()=>{"));
    }
}
