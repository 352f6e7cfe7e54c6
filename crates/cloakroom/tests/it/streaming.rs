//! When the headers have gone out, when a handler panics and when nobody waits for the answer any more.
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::get;
use cloakroom::testing::Call;
use cloakroom::{CookieSpec, Cookies, Error, LazySession, Messages, Session};
use http_body::Frame;
use tracing::Level;

use crate::site::{Gate, Site, every_store, routes, settle, told};
use crate::watch::Watch;

/// A body whose one piece is made when somebody reads it: after the headers.
struct Later<F>(Option<Pin<Box<F>>>);

impl<F: Future<Output = String>> Later<F> {
    fn made_by(making: F) -> Self {
        Self(Some(Box::pin(making)))
    }
}

impl<F: Future<Output = String>> http_body::Body for Later<F> {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(making) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let made = std::task::ready!(making.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(Some(Ok(Frame::data(made.into()))))
    }
}

fn later(making: impl Future<Output = String> + Send + 'static) -> Body {
    Body::new(Later::made_by(making))
}

const CLOSED: &str = "the response's headers have already been sent, so nothing can be remembered any \
    more; change the session before the body streams";

#[tokio::test]
async fn a_change_after_the_headers_is_an_error_and_reading_goes_on() {
    let page = |session: Session, cookies: Cookies| async move {
        later(async move {
            [
                told(session.set("coat", "red")),
                told(session.update("n", |count: &mut u8| *count += 1)),
                told(session.remove("coat")),
                told(session.take::<String>("coat")),
                told(session.clear()),
                told(session.renew()),
                told(session.login("ada")),
                told(session.logout()),
                told(session.set_expiry(cloakroom::Expiry::WithBrowser)),
                told(cookies.set(&CookieSpec::new("own"), "1")),
                told(cookies.delete(&CookieSpec::new("own"))),
                told(session.get::<String>("coat")),
            ]
            .join("\n")
        })
    };
    let site = Site::of(routes().route("/stream", get(page)));
    site.browser.get("/set/coat/blue").await;
    let page = site.browser.get("/stream").await;
    let lines: Vec<_> = page.text.lines().collect();
    assert_eq!(lines[..11], [CLOSED; 11]);
    assert_eq!(lines[11], "Some(\"blue\")");
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn a_session_that_is_loaded_after_the_headers_can_be_read_and_not_changed() {
    let page = |lazy: LazySession| async move {
        later(async move {
            let session = lazy.load().await.unwrap();
            let changed = told(session.set("coat", "red"));
            format!("{changed}\n{}", told(session.get::<String>("coat")))
        })
    };
    let with_more = move |_: Messages, lazy: LazySession| page(lazy);
    let pages = routes()
        .route("/stream", get(page))
        .route("/stream/more", get(with_more));
    let settings = |s: cloakroom::Builder| s.messages(cloakroom::messages::Storage::Cookie);
    let site = Site::with(pages, settings);
    site.browser.get("/set/coat/blue").await;
    for path in ["/stream", "/stream/more"] {
        let page = site.browser.get(path).await;
        assert_eq!(page.text, format!("{CLOSED}\nSome(\"blue\")"), "{path}");
    }
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn a_message_after_the_headers_is_counted_and_traced() {
    let watch = Watch::begin();
    let page = |messages: Messages| async move {
        later(async move {
            messages.info("too late");
            String::new()
        })
    };
    let site = Site::of(routes().route("/stream", get(page)));
    let page = site.browser.get("/stream").await;
    assert!(page.set_cookies().is_empty());
    assert_eq!(watch.counted("cloakroom_messages_dropped_total"), 1);
    assert!(watch.traced(Level::ERROR, "after the response's headers had gone out"));
    assert!(!watch.log().contains("too late"));
}

#[tokio::test]
async fn what_was_set_before_the_headers_is_saved_before_them() {
    let page = |session: Session| async move {
        session.set("coat", "blue")?;
        Ok::<_, Error>(later(async move { told(session.get::<String>("coat")) }))
    };
    let site = Site::of(routes().route("/stream", get(page)));
    let page = site.browser.get("/stream").await;
    assert_eq!(page.text, "Some(\"blue\")");
    assert_eq!(site.browser.get("/get/coat").await.text, "\"blue\"");
}

#[tokio::test]
async fn a_body_that_loads_the_session_late_reads_what_the_handler_left() {
    let page = |lazy: LazySession| async move {
        lazy.load().await?.set("coat", "red")?;
        lazy.load().await?.login("ada")?;
        Ok::<_, Error>(later(async move {
            let session = lazy.load().await.unwrap();
            let coat = told(session.get::<String>("coat"));
            format!("{coat} {:?} {:?}", session.keys(), session.user_id())
        }))
    };
    let site = Site::of(routes().route("/stream", get(page)));
    let expected = "Some(\"red\") [\"coat\"] Some(\"ada\")";
    for _ in 0..2 {
        assert_eq!(site.browser.get("/stream").await.text, expected);
    }
}

#[tokio::test]
async fn a_cookie_set_while_the_session_is_being_saved_is_an_error() {
    let gate = Gate::default();
    let background = gate.clone();
    let page = |session: Session, cookies: Cookies| async move {
        tokio::spawn(async move {
            background.pass().await;
            assert_eq!(told(cookies.set(&CookieSpec::new("own"), "1")), CLOSED);
            background.pass().await;
        });
        session.set("coat", "red")
    };
    let site = Site::of(routes().route("/page", get(page)));
    site.browser.get("/set/coat/blue").await;
    site.faults.hold(Call::Save);
    let (page, ()) = tokio::join!(site.browser.get("/page"), async {
        site.faults.reached(Call::Save, 1).await;
        gate.reached(1).await;
        gate.open();
        // The task comes here only if the cookie was refused.
        gate.reached(1).await;
        site.faults.release(Call::Save);
    });
    assert!(page.set_cookies().is_empty());
}

async fn panics(session: Session, messages: Messages) -> &'static str {
    session.set("coat", "red").unwrap();
    session.logout().unwrap();
    messages.info("half");
    panic!("a mistake in the handler");
}

#[tokio::test]
async fn a_handler_that_panics_saves_nothing() {
    for (name, store, _folder) in every_store().await {
        let site = Site::on(store, routes().route("/panic", get(panics)), |s| s);
        site.browser.get("/set/coat/blue").await;
        let tab = site.browser.clone();
        let panicked = tokio::spawn(async move { tab.get("/panic").await }).await;
        assert!(panicked.unwrap_err().is_panic());
        assert_eq!(site.calls([Call::Save, Call::Delete]), [0, 0]);
        assert_eq!(
            site.browser.get("/get/coat").await.text,
            "\"blue\"",
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_update_that_panics_leaves_the_session_usable() {
    let page = |session: Session| async move {
        let update = || session.update("n", |_: &mut u8| panic!("a mistake in the update"));
        let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| update().is_ok()));
        format!(
            "{} {}",
            panicked.is_err(),
            told(session.set("coat", "blue"))
        )
    };
    let site = Site::of(routes().route("/panic", get(page)));
    assert_eq!(site.browser.get("/panic").await.text, "true ()");
    assert_eq!(site.browser.get("/keys").await.text, "coat");
}

#[tokio::test]
async fn a_client_that_hangs_up_half_way_leaves_nothing_half_saved() {
    for (name, store, _folder) in every_store().await {
        for held in [None, Some(Call::Save)] {
            let gate = Gate::default();
            let slow = gate.clone();
            let page = |session: Session| async move {
                session.set("coat", "red")?;
                session.set("hat", "red")?;
                slow.pass().await;
                Ok::<_, Error>(())
            };
            let site = Site::on(store.clone(), routes().route("/slow", get(page)), |s| s);
            site.browser.get("/set/coat/blue").await;
            let tab = site.browser.clone();
            let visit = tokio::spawn(async move { tab.get("/slow").await });
            gate.reached(1).await;
            if let Some(call) = held {
                site.faults.hold(call);
                gate.open();
                site.faults.reached(call, 1).await;
            }
            visit.abort();
            assert!(visit.await.unwrap_err().is_cancelled());
            site.faults.release(Call::Save);
            settle().await;
            assert_eq!(site.browser.get("/keys").await.text, "coat", "{name}");
            assert_eq!(
                site.browser.get("/get/coat").await.text,
                "\"blue\"",
                "{name}"
            );
            let written = site.browser.get("/set/hat/green").await;
            assert_eq!(
                written.status, 200,
                "{name}: nobody stands in line any more"
            );
        }
    }
}

#[tokio::test]
async fn a_service_that_fails_itself_saves_nothing() {
    use tower_layer::Layer;
    use tower_service::Service;
    let site = Site::of(routes());
    site.browser.get("/set/coat/blue").await;
    let service = site.cloakroom.layer().layer(Fails);
    let request = Request::builder()
        .header("cookie", format!("__Host-sessionid={}", site.token()))
        .body(Body::empty())
        .unwrap();
    let failed = service.clone().call(request).await;
    assert_eq!(failed.unwrap_err(), "a mistake in the service");
    assert_eq!(site.calls([Call::Load, Call::Save]), [1, 0]);
}

/// A service that changes the session and then fails.
#[derive(Clone)]
struct Fails;

impl tower_service::Service<Request> for Fails {
    type Response = axum::response::Response;
    type Error = &'static str;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(async {
            use axum::extract::FromRequestParts;
            let (mut parts, _) = request.into_parts();
            let session = <Session as FromRequestParts<()>>::from_request_parts(&mut parts, &());
            session.await.unwrap().set("coat", "red").unwrap();
            Err("a mistake in the service")
        })
    }
}

#[tokio::test]
async fn a_handle_that_outlives_its_request_is_closed() {
    let kept: std::sync::Arc<std::sync::Mutex<Option<Session>>> = std::sync::Arc::default();
    let keep = kept.clone();
    let page = |session: Session| async move {
        *keep.lock().unwrap() = Some(session);
    };
    let site = Site::of(Router::new().route("/", get(page)));
    site.browser.get("/").await;
    let session = kept.lock().unwrap().take().unwrap();
    assert_eq!(told(session.set("coat", "red")), CLOSED);
}
