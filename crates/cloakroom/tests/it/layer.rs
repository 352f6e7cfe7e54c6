//! The one layer: what it asks of a site, and what it tells whoever forgot it.
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use axum::routing::{get, post};
use cloakroom::store::MemoryStore;
use cloakroom::testing::Browser;
use cloakroom::{
    Cloakroom, ConfigError, Cookies, CsrfToken, KeyRing, LazySession, Messages, Session,
};
use tower_layer::Layer;
use tower_service::Service;

use crate::site::{Site, keys, routes};

#[tokio::test]
async fn without_the_layer_each_argument_says_which_line_to_add() {
    let app = Router::new()
        .route("/session", get(|_: Session| async {}))
        .route("/optional", get(|_: Option<Session>| async {}))
        .route("/lazysession", get(|_: LazySession| async {}))
        .route("/messages", get(|_: Messages| async {}))
        .route("/cookies", get(|_: Cookies| async {}))
        .route("/csrftoken", get(|_: CsrfToken| async {}));
    let browser = Browser::of(app);
    for (path, what) in [
        ("/session", "Session"),
        ("/optional", "Session"),
        ("/lazysession", "LazySession"),
        ("/messages", "Messages"),
        ("/cookies", "Cookies"),
        ("/csrftoken", "CsrfToken"),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 500, "{path}");
        let expected = format!(
            "the handler takes `{what}`, but the Cloakroom layer is missing: \
             add `.layer(cloakroom.layer())` to the Router, after its routes"
        );
        assert!(page.text.contains(&expected), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn routes_that_were_added_after_the_layer_are_told_so() {
    let site = Site::of(routes());
    let late = Router::new()
        .layer(site.cloakroom.layer())
        .route("/late", get(|_: Session| async {}));
    let page = Browser::of(late).get("/late").await;
    assert_eq!(page.status, 500);
    assert!(page.text.contains("after its routes"));
}

/// A service that is no axum router: it counts visits.
#[derive(Clone)]
struct Plain;

impl Service<Request> for Plain {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(async {
            let (mut parts, _) = request.into_parts();
            let session =
                <Session as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
            let visits = session.unwrap().update("visits", |visits: &mut u32| {
                *visits += 1;
                *visits
            });
            Ok(Response::new(Body::from(visits.unwrap().to_string())))
        })
    }
}

#[tokio::test]
async fn any_tower_service_can_stand_under_the_layer() {
    let site = Site::of(routes());
    let browser = Browser::of(site.cloakroom.layer().layer(Plain));
    for visits in ["1", "2", "3"] {
        assert_eq!(browser.get("/").await.text, visits);
    }
}

/// A service that must be asked whether it is ready before each call.
#[derive(Default)]
struct Careful {
    ready: bool,
}

impl Clone for Careful {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request> for Careful {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        assert!(
            std::mem::take(&mut self.ready),
            "it was called before it was ready"
        );
        ready(Ok(Response::new(Body::empty())))
    }
}

#[tokio::test]
async fn the_service_that_was_made_ready_is_the_one_that_is_called() {
    let site = Site::with(routes(), |settings| settings.csrf(|c| c.off()));
    let gated = Site::of(routes());
    for site in [site, gated] {
        let mut service = site.cloakroom.layer().layer(Careful::default());
        for method in ["GET", "POST", "GET"] {
            let ready =
                std::future::poll_fn(|cx| <_ as Service<Request>>::poll_ready(&mut service, cx));
            ready.await.unwrap();
            let request = Request::builder()
                .method(method)
                .header("sec-fetch-site", "same-origin")
                .body(Body::empty())
                .unwrap();
            assert_eq!(
                service.call(request).await.unwrap().status(),
                200,
                "{method}"
            );
        }
    }
}

#[tokio::test]
async fn the_layer_goes_around_nested_routers_and_fallbacks() {
    let inner = Router::new().route(
        "/inner",
        get(|session: Session| async move { session.set("a", 1) }),
    );
    let app = Router::new()
        .nest("/nested", inner)
        .fallback(
            |session: Session| async move { format!("{:?}", session.get::<u8>("a").unwrap()) },
        );
    let site = Site::of(app);
    site.browser.get("/nested/inner").await;
    assert_eq!(site.browser.get("/nowhere").await.text, "Some(1)");
}

#[tokio::test]
async fn a_middleware_under_the_layer_shares_the_visit_with_the_handler() {
    use axum::middleware::{Next, from_fn};
    let middleware = |session: Session, request: Request, next: Next| async move {
        session.set("seen", "by the middleware").unwrap();
        next.run(request).await
    };
    let pages = routes().layer(from_fn(middleware));
    let site = Site::of(pages);
    let page = site.browser.get("/get/seen").await;
    assert_eq!(page.text, "\"by the middleware\"");
    site.browser.get("/get/seen").await;
    assert_eq!(site.faults.all_calls(), 2, "a create, then a load");
}

#[tokio::test]
async fn two_sites_under_two_layers_do_not_see_each_other() {
    let [one, other] = ["one", "other"].map(|name| {
        Site::with(routes(), move |settings| {
            settings.session(move |s| s.cookie_name(name))
        })
    });
    let app = Router::new()
        .nest("/one", routes().layer(one.cloakroom.layer()))
        .nest("/other", routes().layer(other.cloakroom.layer()));
    let browser = Browser::of(app);
    browser.get("/one/set/coat/blue").await;
    browser.get("/other/set/coat/red").await;
    assert_eq!(browser.get("/one/get/coat").await.text, "\"blue\"");
    assert_eq!(browser.get("/other/get/coat").await.text, "\"red\"");
}

fn problems(built: Result<Cloakroom, ConfigError>) -> Vec<String> {
    let error = built.expect_err("these settings are wrong");
    error
        .problems()
        .iter()
        .map(|problem| problem.setting.clone())
        .collect()
}

#[test]
fn a_wrong_set_up_does_not_start_and_names_every_setting() {
    let second = std::time::Duration::from_secs(1);
    let nothing = || Cloakroom::builder(keys());
    assert_eq!(problems(nothing().build()), ["store"]);
    let wrong = nothing()
        .store(MemoryStore::new())
        .session(|s| {
            s.idle(10 * second)
                .absolute(5 * second)
                .max_bytes(0)
                .cookie_name("a b")
        })
        .csrf(|c| c.field("").header("a b"))
        .messages(
            cloakroom::messages::Settings::default()
                .budget(9_000)
                .keep(second / 2),
        )
        .sweep_every(Some(second / 2))
        .allow_plain_http_on_localhost("0.0.0.0:80".parse().unwrap());
    assert_eq!(
        problems(wrong.build()),
        [
            "session.idle",
            "session.max_bytes",
            "messages.budget",
            "messages.keep",
            "csrf.header",
            "csrf.field",
            "allow_plain_http_on_localhost",
            "sweep_every",
            "session.cookie_name",
        ]
    );
}

#[test]
fn a_weak_secret_is_refused_without_being_repeated() {
    for secret in [
        "",
        "hunter2",
        "hunter2hunter2hunter2hunter2hun",
        &"h".repeat(64),
    ] {
        let refused = [KeyRing::new(secret).err(), keys().retire(secret).err()];
        for error in refused {
            let text = error.expect("it is too weak").to_string();
            assert!(text.contains("random"), "{text}");
            assert!(!text.contains("hunter"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_post_without_the_layers_gate_in_the_way_is_any_handlers() {
    let site = Site::of(Router::new().route("/", post(|| async { "posted" })));
    let browser = site.browser.with_header("sec-fetch-site", "same-origin");
    assert_eq!(browser.post("/", &[]).await.text, "posted");
}
