//! Every combination of what browsers may say, against the policy as it is written.
use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use axum::{Router, routing::any};
use cloakroom::CsrfToken;
use cloakroom::csrf::{Mode, Settings, Verdict};
use cloakroom::testing::Browser;
use tower_layer::Layer;
use tower_service::Service;

use crate::site::Site;

const OURS: &str = "https://shop.example";
const TRUSTED: &str = "https://admin.example";

/// Where the page is from that sends the request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    SameOrigin,
    SameSite,
    CrossSite,
    /// Another site that the settings trust.
    Trusted,
}

const FROM: [From; 4] = [
    From::SameOrigin,
    From::SameSite,
    From::CrossSite,
    From::Trusted,
];

impl From {
    fn fetch_site(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite | Self::Trusted => "cross-site",
        }
    }

    fn origin(self) -> &'static str {
        match self {
            Self::SameOrigin => OURS,
            Self::SameSite => "https://blog.shop.example",
            Self::CrossSite => "https://evil.example",
            Self::Trusted => TRUSTED,
        }
    }

    fn is_welcome(self) -> bool {
        matches!(self, Self::SameOrigin | Self::Trusted)
    }
}

/// In which shape a header, or the token, comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Present,
    Absent,
    Null,
    Malformed,
    Duplicated,
}

const SHAPES: [Shape; 5] = [
    Shape::Present,
    Shape::Absent,
    Shape::Null,
    Shape::Malformed,
    Shape::Duplicated,
];

impl Shape {
    /// Returns the values of a header that would say this if all was well.
    fn values(self, value: &str) -> Vec<String> {
        match self {
            Self::Present => vec![value.into()],
            Self::Absent => vec![],
            Self::Null => vec!["null".into()],
            Self::Malformed => vec![format!("{value} ;/?")],
            Self::Duplicated => vec![value.into(), value.into()],
        }
    }
}

const METHODS: [&str; 8] = [
    "GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE",
];

#[derive(Clone, Copy, Debug)]
struct Case {
    from: From,
    method: &'static str,
    fetch_site: Shape,
    origin: Shape,
    referer: Shape,
    token: Shape,
}

/// What a header says; the policy knows nothing else of it.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    Ours,
    Foreign,
    Nothing,
}

/// The policy, in its author's words: each line is one of its sentences.
fn passes(case: &Case, mode: Mode, over_https: bool) -> bool {
    use Says::{Foreign, Nothing, Ours};
    // Methods that change nothing always pass.
    if ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&case.method) {
        return true;
    }
    let welcome = |shape| match shape {
        Shape::Absent => Nothing,
        Shape::Present if case.from.is_welcome() => Ours,
        _ => Foreign,
    };
    // `Origin` says ours only when it is one origin, the site's own or a trusted one.
    let origin = welcome(case.origin);
    // `Sec-Fetch-Site` says ours when it is `same-origin`, and otherwise only if `Origin` does.
    let fetch_site = match case.fetch_site {
        Shape::Absent => Nothing,
        Shape::Present if case.from == From::SameOrigin => Ours,
        _ if origin == Ours => Ours,
        _ => Foreign,
    };
    // `Referer` is looked at on HTTPS only.
    let referer = if over_https {
        welcome(case.referer)
    } else {
        Nothing
    };
    // The first that says anything decides.
    let said = [fetch_site, origin, referer].into_iter();
    let said = said
        .into_iter()
        .find(|says| *says != Nothing)
        .unwrap_or(Nothing);
    let token = case.token == Shape::Present;
    match (mode, said) {
        (_, Foreign) => false,
        (Mode::Ladder | Mode::HeadersOnly, Ours) => true,
        (Mode::Ladder, _) => token,
        (Mode::HeadersOnly, _) => false,
        (Mode::TokenAlways, Nothing) => token && !over_https,
        (_, _) => token,
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let shapes = || SHAPES.into_iter();
    FROM.into_iter().flat_map(move |from| {
        METHODS.into_iter().flat_map(move |method| {
            shapes().flat_map(move |fetch_site| {
                shapes().flat_map(move |origin| {
                    shapes().flat_map(move |referer| {
                        shapes().map(move |token| Case {
                            from,
                            method,
                            fetch_site,
                            origin,
                            referer,
                            token,
                        })
                    })
                })
            })
        })
    })
}

fn request(case: &Case, scheme: &str, (cookie, token): (&str, &str)) -> Request {
    let method = Method::from_bytes(case.method.as_bytes()).unwrap();
    let origin = case.from.origin().replace("https", scheme);
    let page = format!("{origin}/page?a=b");
    let mut request = Request::builder()
        .method(method)
        .uri("/send")
        .header("host", "shop.example")
        .header("cookie", cookie);
    for (name, values) in [
        (
            "sec-fetch-site",
            case.fetch_site.values(case.from.fetch_site()),
        ),
        ("origin", case.origin.values(&origin)),
        (
            "referer",
            match case.referer {
                // Otherwise it would only be an odd page of ours.
                Shape::Malformed => vec!["page?a=b".into()],
                shape => shape.values(&page),
            },
        ),
        ("x-csrftoken", case.token.values(token)),
    ] {
        for value in values {
            request = request.header(name, value);
        }
    }
    request.body(Body::empty()).unwrap()
}

async fn check(mode: Mode, over_https: bool, settings: fn(Settings) -> Settings) {
    let scheme = if over_https { "https" } else { "http" };
    let trusted = TRUSTED.replace("https", scheme);
    let routes = Router::new()
        .route(
            "/form",
            any(|csrf: CsrfToken| async move { csrf.to_string() }),
        )
        .route("/send", any(|_: Verdict| async { "reached" }));
    let site = Site::with(routes.clone(), |site| {
        let site = site.csrf(|c| settings(c.mode(mode).trust(&trusted)));
        match over_https {
            true => site,
            false => site.allow_plain_http_on_localhost("127.0.0.1:80".parse().unwrap()),
        }
    });
    let token = site.browser.get("/form").await.text;
    let name = &site.browser.cookie_names()[0];
    let cookie = format!("{name}={}", site.browser.cookie("csrftoken").unwrap());
    let mut service = site.cloakroom.layer().layer(routes);
    let (mut passed, mut refused) = (0, 0);
    for case in cases() {
        let request = request(&case, scheme, (&cookie, &token));
        let response: Response = service.call(request).await.unwrap();
        let expected = if passes(&case, mode, over_https) {
            200
        } else {
            403
        };
        assert_eq!(response.status(), expected, "{mode:?} {scheme} {case:?}");
        match expected {
            200 => passed += 1,
            _ => refused += 1,
        }
    }
    assert_eq!(passed + refused, 4 * 8 * 5_usize.pow(4));
    assert!(passed > 10_000 && refused > 2_000, "{passed} {refused}");
}

#[tokio::test]
async fn the_ladder_decides_every_case_as_its_policy_says() {
    check(Mode::Ladder, true, |c| c).await;
}

#[tokio::test]
async fn the_ladder_without_tls_decides_every_case_as_its_policy_says() {
    check(Mode::Ladder, false, |c| c).await;
}

#[tokio::test]
async fn the_ladder_with_listed_origins_decides_every_case_as_its_policy_says() {
    check(Mode::Ladder, true, |c| c.origin("https://SHOP.example:443")).await;
}

#[tokio::test]
async fn token_always_decides_every_case_as_its_policy_says() {
    check(Mode::TokenAlways, true, |c| c).await;
    check(Mode::TokenAlways, false, |c| c).await;
}

#[tokio::test]
async fn headers_only_decides_every_case_as_its_policy_says() {
    check(Mode::HeadersOnly, true, |c| c).await;
}

/// Sends a post with these headers and no token.
async fn posts(browser: &Browser, headers: &[(&'static str, &str)]) -> u16 {
    let mut browser = browser.another().with_header("host", "shop.example");
    for (name, value) in headers {
        browser = browser.with_header(name, value);
    }
    let page = browser.send(Method::POST, "/send", Body::empty(), None);
    page.await.status.as_u16()
}

#[tokio::test]
async fn what_is_trusted_is_a_setting() {
    type Row<'a> = (fn(Settings) -> Settings, &'a [(&'static str, &'a str)], u16);
    let same_site = ("sec-fetch-site", "same-site");
    let cross_site = ("sec-fetch-site", "cross-site");
    let none = ("sec-fetch-site", "none");
    let rows: &[Row<'_>] = &[
        (|c| c, &[none], 200),
        (|c| c, &[("sec-fetch-site", "")], 403),
        (|c| c, &[("sec-fetch-site", ""), ("origin", OURS)], 200),
        (
            |c| c,
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            200,
        ),
        (|c| c, &[same_site], 403),
        (|c| c.trust_same_site(), &[same_site], 200),
        (|c| c.trust_same_site(), &[cross_site], 403),
        (
            |c| c.trust_same_site(),
            &[("origin", "https://blog.shop.example")],
            403,
        ),
        (
            |c| c.trust("https://*.shop.example"),
            &[same_site, ("origin", "https://blog.shop.example")],
            200,
        ),
        (
            |c| c.trust("https://*.shop.example"),
            &[("origin", "http://blog.shop.example")],
            403,
        ),
        (
            |c| c.trust("https://*.shop.example"),
            &[("referer", "https://blog.shop.example/p")],
            200,
        ),
        (
            |c| c.trust("http://plain.example"),
            &[("referer", "http://plain.example/p")],
            403,
        ),
        (
            |c| c.trust("app://localhost"),
            &[cross_site, ("origin", "app://localhost")],
            200,
        ),
        (|c| c, &[("origin", "https://Shop.EXAMPLE:443")], 200),
        (|c| c, &[("origin", "https://shop.example:8443")], 403),
        (|c| c, &[("origin", "http://shop.example")], 403),
        (|c| c, &[("origin", "https://shop.example/")], 403),
        (|c| c, &[("origin", "")], 403),
        (|c| c, &[("referer", "")], 403),
        (|c| c, &[("referer", "https://SHOP.example:443/p")], 200),
        (|c| c, &[("referer", "https://user@shop.example/")], 403),
        (
            |c| c.origin("https://a.example").origin("https://b.example"),
            &[("origin", "https://b.example")],
            200,
        ),
        (
            |c| c.origin("https://a.example").origin("https://b.example"),
            &[same_site, ("origin", "https://b.example")],
            200,
        ),
        (|c| c.origin("https://a.example"), &[("origin", OURS)], 403),
        (
            |c| c.origin("https://a.example"),
            &[("origin", OURS), ("x-forwarded-host", "a.example")],
            403,
        ),
        (
            |c| c,
            &[
                ("origin", "https://a.example"),
                ("x-forwarded-host", "a.example"),
            ],
            403,
        ),
        (|c| c.mode(Mode::HeadersOnly), &[], 403),
        (|c| c.mode(Mode::HeadersOnly).allow_no_headers(), &[], 200),
        (
            |c| c.mode(Mode::HeadersOnly).allow_no_headers(),
            &[cross_site],
            403,
        ),
    ];
    for (index, (settings, headers, expected)) in rows.iter().enumerate() {
        let routes = Router::new().route("/send", any(|| async { "reached" }));
        let site = Site::with(routes, |site| site.csrf(settings));
        let status = posts(&site.browser, headers).await;
        assert_eq!(status, *expected, "row {index}: {headers:?}");
    }
}
