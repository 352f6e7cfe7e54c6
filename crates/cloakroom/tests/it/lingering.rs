//! A form that is answered before its end: its rest is read on within limits, so that a browser hears the answer.
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Version};
use axum::response::Response;
use axum::routing::{get, post};
use cloakroom::{Builder, CsrfToken, Linger};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};
use tower::ServiceExt;

use crate::site::{Site, memory};

const MIB: u64 = 1 << 20;

/// A body of zeros that tells how much of it was read.
struct Zeros {
    left: u64,
    /// How long each piece takes to come.
    pace: Option<(Duration, Pin<Box<Sleep>>)>,
    read: Arc<AtomicU64>,
}

impl Zeros {
    fn announced(bytes: u64) -> (Self, Arc<AtomicU64>) {
        let read = Arc::<AtomicU64>::default();
        let zeros = Self {
            left: bytes,
            pace: None,
            read: read.clone(),
        };
        (zeros, read)
    }

    fn each(mut self, pace: Duration) -> Self {
        self.pace = Some((pace, Box::pin(sleep(pace))));
        self
    }
}

impl http_body::Body for Zeros {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        static PIECE: [u8; 64 << 10] = [0; 64 << 10];
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if let Some((pace, next)) = &mut self.pace {
            std::task::ready!(next.as_mut().poll(cx));
            next.as_mut().reset(Instant::now() + *pace);
        }
        let piece = self.left.min(PIECE.len() as u64);
        self.left -= piece;
        self.read.fetch_add(piece, Ordering::SeqCst);
        let bytes = Bytes::from_static(&PIECE[..usize::try_from(piece).unwrap()]);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A body that does not say how long it is.
struct Unannounced(Body);

impl http_body::Body for Unannounced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }
}

const MULTIPART: &str = "multipart/form-data; boundary=edge";

/// A form that comes from a page of the site's own, and that no handler reads.
fn request(body: Zeros, kind: &str) -> Request {
    Request::post("/unread")
        .header("host", "shop.example")
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, kind)
        .body(Body::new(body))
        .unwrap()
}

fn unread(settings: impl FnOnce(Builder) -> Builder) -> Router {
    let routes = Router::new()
        .route("/unread", post(async || StatusCode::PAYLOAD_TOO_LARGE))
        .route(
            "/kept",
            post(async |request: Request| Response::new(request.into_body())),
        );
    let cloakroom = Site::with(Router::new(), settings).cloakroom;
    routes.layer(cloakroom.layer())
}

async fn ask(site: Router, request: Request) -> Response {
    site.oneshot(request).await.unwrap()
}

fn closes(answer: &Response) -> bool {
    answer
        .headers()
        .get(CONNECTION)
        .is_some_and(|it| it == "close")
}

#[tokio::test]
async fn what_nobody_reads_of_a_form_is_read_on_up_to_the_limit() {
    let by_default = || unread(|site| site);
    let limited = || unread(|site| site.linger(|linger| linger.bytes(8 * MIB)));
    for (site, length, is_read_on) in [
        (by_default(), 8 << 10, false),
        (by_default(), (8 << 10) + 1, true),
        (by_default(), 40 * MIB, true),
        (by_default(), 1024 * MIB + 500, true),
        (by_default(), 2048 * MIB + 1, false),
        (limited(), 8 * MIB, true),
        (limited(), 8 * MIB + 1, false),
    ] {
        let (body, read) = Zeros::announced(length);
        let answer = ask(site, request(body, MULTIPART)).await;
        assert_eq!(answer.status(), 413);
        assert!(!closes(&answer), "{length}");
        let expected = if is_read_on { length } else { 0 };
        assert_eq!(read.load(Ordering::SeqCst), expected, "{length}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_who_is_slow_or_silent_does_not_hold_the_answer_back_for_long() {
    for (pace, longest) in [(1, 30), (4, 30), (6, 5), (600, 5)] {
        let (body, _) = Zeros::announced(1_000 * MIB);
        let body = body.each(Duration::from_secs(pace));
        let before = Instant::now();
        let answer = ask(unread(|site| site), request(body, MULTIPART)).await;
        assert_eq!(answer.status(), 413);
        assert!(closes(&answer), "a piece each {pace} s");
        assert_eq!(before.elapsed().as_secs(), longest, "a piece each {pace} s");
    }
    let (body, read) = Zeros::announced(MIB);
    let body = body.each(Duration::from_secs(1));
    let settings = |linger: Linger| {
        linger
            .within(Duration::from_secs(60))
            .silence(Duration::from_secs(2))
    };
    let answer = ask(
        unread(|site| site.linger(settings)),
        request(body, MULTIPART),
    )
    .await;
    assert!(!closes(&answer));
    assert_eq!(read.load(Ordering::SeqCst), MIB);
}

#[tokio::test]
async fn what_a_browser_hears_anyway_is_answered_at_once() {
    type Change<T> = fn(T) -> T;
    let rows: [(&str, Change<Request>, Change<Builder>); 5] = [
        (
            "of unknown length, as programs send it",
            |request| request.map(|body| Body::new(Unannounced(body))),
            |site| site,
        ),
        (
            "HTTP/2",
            |mut request| {
                *request.version_mut() = Version::HTTP_2;
                request
            },
            |site| site,
        ),
        (
            "waits to be asked",
            |mut request| {
                let headers = request.headers_mut();
                headers.insert("expect", "100-continue".parse().unwrap());
                request
            },
            |site| site,
        ),
        (
            "no form",
            |mut request| {
                let headers = request.headers_mut();
                headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
                request
            },
            |site| site,
        ),
        (
            "switched off",
            |request| request,
            |site| site.linger(|linger| linger.bytes(0)),
        ),
    ];
    for (what, change, settings) in rows {
        let (body, read) = Zeros::announced(MIB);
        let sent = change(request(body, MULTIPART));
        let answer = ask(unread(settings), sent).await;
        assert_eq!(answer.status(), 413, "{what}");
        assert_eq!(read.load(Ordering::SeqCst), 0, "{what}");
        assert!(!closes(&answer), "{what}");
    }
}

#[tokio::test]
async fn a_body_that_somebody_still_reads_is_left_to_them() {
    let (body, read) = Zeros::announced(MIB);
    let mut request = request(body, "application/x-www-form-urlencoded");
    *request.uri_mut() = "/kept".parse().unwrap();
    let answer = ask(unread(|site| site), request).await;
    assert_eq!(read.load(Ordering::SeqCst), 0);
    let echoed = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    assert_eq!(echoed.unwrap().len() as u64, MIB);
}

/// Sends what browsers send, who read nothing before all is sent; returns the answer.
async fn send_all_then_read(stream: &mut TcpStream, head: &str, bytes: u64) -> String {
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..bytes / MIB {
        stream.write_all(&piece).await.expect("the site reads on");
    }
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&answer).contains("</html>") {
        let read = stream.read(&mut piece).await.expect("the answer comes");
        assert!(read > 0, "the connection ended before its answer");
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_form_far_over_the_limit_gets_its_page_over_a_connection_that_goes_on() {
    let page = async |csrf: CsrfToken| format!("<html>{}</html>", csrf.input());
    let routes = Router::new().route("/form", get(page).post(page));
    let site = Site::on(memory(), Router::new(), |site| {
        site.csrf(|csrf| csrf.mode(cloakroom::csrf::Mode::TokenAlways))
    });
    let routes = routes.layer(site.cloakroom.layer());
    let token = {
        let browser = cloakroom::testing::Browser::of(routes.clone());
        browser
            .send(Method::GET, "/form", Body::empty(), None)
            .await;
        browser.cookie("csrftoken").expect("the page sets it")
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    for length in [40 * MIB, 3 * MIB] {
        let head = format!(
            "POST /form HTTP/1.1\r\nHost: shop.example\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n\
             Cookie: __Host-csrftoken={token}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let answer = send_all_then_read(&mut stream, &head, length).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("That form is too large"), "{answer}");
    }
    serving.abort();
}
