//! Bodies are read within limits, files on their way to a sink.
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;

use axum::body::Body;
use bytes::Bytes;
use cloakroom::form::{
    Arriving, Context, Form, Keeping, Limits, NoFiles, Problem, Received, Refused, Sink, Upload,
    receive, urlencoded,
};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Frame;
use proptest::prelude::*;

use crate::forms::codes;

#[derive(Form, Debug)]
struct Documents {
    title: String,
    #[field(accept = ["text/plain"], max_size = "1 KiB")]
    file: Upload,
    #[field(max_count = 2)]
    more: Vec<Upload>,
}

/// A sink that keeps the contents in memory and says how each file ended.
#[derive(Default)]
struct Shelf(Mutex<Vec<String>>);

impl Shelf {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    fn noted(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Sink for Shelf {
    fn keep<'a>(&'a self, mut file: Arriving<'a>) -> Keeping<'a> {
        Box::pin(async move {
            let mut content = Vec::new();
            loop {
                match file.chunk().await {
                    Ok(Some(bytes)) => content.extend_from_slice(&bytes),
                    Ok(None) => break,
                    Err(error) => {
                        self.note(format!("dropped {}", file.name()));
                        return Err(error);
                    }
                }
            }
            if content.starts_with(b"MZ") {
                self.note(format!("refused {}", file.name()));
                return Err(Problem::saying("virus", "The file is a program").into());
            }
            self.note(format!("kept {} {}", file.name(), content.len()));
            Ok(Upload::new(
                file.name(),
                file.name(),
                file.content_type(),
                file.size(),
            ))
        })
    }
}

const BOUNDARY: &str = "XxX";

/// Writes a part: of a file, when it has a file name.
fn part(name: &str, file: Option<(&str, &str)>, content: &str) -> String {
    let file = file.map_or(String::new(), |(name, kind)| {
        format!("; filename=\"{name}\"\r\nContent-Type: {kind}")
    });
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
    )
}

fn headers(kind: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, kind.parse().unwrap());
    headers
}

fn multipart_headers() -> HeaderMap {
    headers(&format!("multipart/form-data; boundary={BOUNDARY}"))
}

async fn send(body: impl Into<Body>, limits: Limits, sink: &dyn Sink) -> Result<Received, Refused> {
    let schema = <Documents as cloakroom::form::Fields>::schema();
    let context = Context::new();
    let find = |name: &str| schema.file_field(&context, name);
    receive(&multipart_headers(), body.into(), &limits, sink, &find).await
}

fn body(parts: &[String]) -> String {
    format!("{}--{BOUNDARY}--\r\n", parts.concat())
}

#[tokio::test]
async fn texts_and_files_are_read_and_bound() {
    let shelf = Shelf::default();
    let parts = [
        part("title", None, "Größe"),
        part("file", Some(("C:\\a.txt", "text/plain")), "hello"),
        part("more", Some(("b.txt", "text/plain")), "x"),
        part("more", Some(("", "application/octet-stream")), ""),
        part("unknown", Some(("c.txt", "text/plain")), "not asked for"),
    ];
    let received = send(body(&parts), Limits::default(), &shelf).await.unwrap();
    let value = Documents::receive(&received, Context::new())
        .into_valid()
        .unwrap();
    assert_eq!(value.title, "Größe");
    assert_eq!((value.file.name(), value.file.size()), ("a.txt", 5));
    assert_eq!(value.more.len(), 1);
    assert_eq!(shelf.noted(), ["kept C:\\a.txt 5", "kept b.txt 1"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_at_its_field_and_the_rest_is_read() {
    let large = "x".repeat(1025);
    for (name, kind, content, code, noted) in [
        (
            "a.txt",
            "text/plain",
            large.as_str(),
            "max_size",
            vec!["dropped a.txt"],
        ),
        ("a.txt", "text/plain", "", "empty", vec![]),
        ("a.txt", "text/plain", "MZ", "virus", vec!["refused a.txt"]),
        (
            "a.png",
            "image/png",
            "x",
            "invalid_type",
            vec!["kept a.png 1"],
        ),
    ] {
        let shelf = Shelf::default();
        let parts = [
            part("file", Some((name, kind)), content),
            part("title", None, "T"),
        ];
        let received = send(body(&parts), Limits::default(), &shelf).await.unwrap();
        let form = Documents::receive(&received, Context::new());
        assert_eq!(codes(&form, "file"), [code]);
        assert_eq!(form.field("title").unwrap().value(), "T");
        assert_eq!(shelf.noted(), noted);
    }
}

#[tokio::test]
async fn more_files_than_a_field_takes_never_reach_the_sink() {
    let shelf = Shelf::default();
    let file = |field: &str, name: &str| part(field, Some((name, "text/plain")), "x");
    let parts = [
        part("title", None, "T"),
        file("file", "a"),
        file("file", "b"),
        file("more", "c"),
        file("more", "d"),
        file("more", "e"),
    ];
    let received = send(body(&parts), Limits::default(), &shelf).await.unwrap();
    let form = Documents::receive(&received, Context::new());
    assert_eq!(
        (codes(&form, "file"), codes(&form, "more")),
        (vec!["max_count".into()], vec!["max_count".into()])
    );
    assert_eq!(shelf.noted(), ["kept a 1", "kept c 1", "kept d 1"]);
}

#[tokio::test]
async fn each_limit_refuses_what_is_one_over_it() {
    let texts = |count: usize| body(&vec![part("n", None, "12345"); count]);
    let files = |count: usize| body(&vec![part("n", Some(("a", "a/b")), "x"); count]);
    let ten = Limits::default().fields(10).files(10).text_bytes(60);
    for (body, outcome) in [
        (texts(10), None),
        (texts(11), Some("the form has more than 10 fields")),
        (files(10), None),
        (files(11), Some("the form has more than 10 files")),
        (body(&[part("n", None, &"x".repeat(59))]), None),
        (
            body(&[part("n", None, &"x".repeat(60))]),
            Some("the form has more than 60 bytes"),
        ),
    ] {
        let refused = send(body, ten, &NoFiles).await.err();
        assert_eq!(
            refused.map(|refused| refused.to_string()).as_deref(),
            outcome
        );
    }
    let whole = texts(2);
    let limit = whole.len() as u64;
    assert!(
        send(whole.clone(), Limits::default().bytes(limit), &NoFiles)
            .await
            .is_ok()
    );
    let refused = send(whole, Limits::default().bytes(limit - 1), &NoFiles)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Refused::TooLarge { limit: found } if found == limit - 1),
        "{refused}"
    );
    assert_eq!(refused.status(), 413);
}

#[tokio::test]
async fn ten_thousand_fields_are_refused_however_they_are_sent() {
    let refused = send(
        body(&vec![part("n", None, ""); 10_000]),
        Limits::default(),
        &NoFiles,
    )
    .await;
    assert!(matches!(
        refused,
        Err(Refused::TooManyFields { limit: 1_000 })
    ));
    let refused = urlencoded("a=1&".repeat(10_000).as_bytes(), &Limits::default());
    assert!(matches!(
        refused,
        Err(Refused::TooManyFields { limit: 1_000 })
    ));
    assert!(urlencoded("a=1&".repeat(1_000).as_bytes(), &Limits::default()).is_ok());
}

#[tokio::test]
async fn what_announces_that_it_is_too_large_is_not_read_at_all() {
    let mut headers = multipart_headers();
    headers.insert(CONTENT_LENGTH, "1073741824".parse().unwrap());
    let unread = Body::new(Chunks(vec![Err(())]));
    let refused = receive(&headers, unread, &Limits::default(), &NoFiles, &|_| None).await;
    assert!(
        matches!(refused, Err(Refused::TooLarge { .. })),
        "{refused:?}"
    );
}

/// A body that arrives in these chunks, the last one first; an error stands for a client that is gone.
struct Chunks(Vec<Result<String, ()>>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let next = self.0.pop().map(|chunk| {
            let bytes = chunk.map_err(|()| std::io::Error::other("the client is gone"))?;
            Ok(Frame::data(Bytes::from(bytes)))
        });
        Poll::Ready(next)
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_leaves_no_file_behind() {
    let content = "hello ".repeat(100);
    let begun = part("title", None, "T") + &part("file", Some(("a.txt", "text/plain")), &content);
    for ending in [vec![Err(())], vec![]] {
        let mut chunks = ending;
        chunks.extend(vec![Ok(content.clone()); 10]);
        chunks.push(Ok(begun.clone()));
        let shelf = Shelf::default();
        let refused = send(Body::new(Chunks(chunks)), Limits::default(), &shelf).await;
        assert!(matches!(refused, Err(Refused::CutOff)), "{refused:?}");
        assert_eq!(shelf.noted(), ["dropped a.txt"]);
    }
}

#[tokio::test]
async fn a_heading_without_end_is_refused_before_it_fills_the_memory() {
    let begun = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"");
    for first in [begun, String::new()] {
        let mut chunks = vec![Err(())];
        chunks.extend(vec![Ok("x".repeat(8_192)); 20]);
        chunks.push(Ok(first));
        let refused = send(Body::new(Chunks(chunks)), Limits::default(), &NoFiles).await;
        assert!(matches!(refused, Err(Refused::Malformed)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_file_is_handed_on_as_it_arrives_never_whole() {
    struct Largest(Mutex<usize>);
    impl Sink for Largest {
        fn keep<'a>(&'a self, mut file: Arriving<'a>) -> Keeping<'a> {
            Box::pin(async move {
                while let Some(bytes) = file.chunk().await? {
                    let mut largest = self.0.lock().unwrap();
                    *largest = bytes.len().max(*largest);
                }
                Ok(Upload::new(
                    "1",
                    file.name(),
                    file.content_type(),
                    file.size(),
                ))
            })
        }
    }
    let begun = part("more", Some(("a.bin", "application/octet-stream")), "");
    let mut chunks = vec![Ok(format!("\r\n--{BOUNDARY}--\r\n"))];
    chunks.extend(vec![Ok("x".repeat(10_000)); 100]);
    chunks.push(Ok(begun.trim_end_matches("\r\n").to_owned() + "\r\n\r\n"));
    let largest = Largest(Mutex::new(0));
    let received = send(Body::new(Chunks(chunks)), Limits::default(), &largest)
        .await
        .unwrap();
    assert_eq!(received.files().next().unwrap().1.size(), 1_000_000);
    let largest = *largest.0.lock().unwrap();
    assert!(largest < 20_100, "{largest} bytes at once");
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_with_the_status_that_says_so() {
    for (kind, status) in [
        ("application/json", 415),
        ("text/plain", 415),
        ("", 415),
        ("multipart/form-data", 415),
        ("multipart/mixed; boundary=x", 415),
    ] {
        let refused = receive(
            &headers(kind),
            Body::empty(),
            &Limits::default(),
            &NoFiles,
            &|_| None,
        )
        .await;
        assert_eq!(refused.unwrap_err().status(), status, "{kind}");
    }
    let file = body(&[part("file", Some(("a.txt", "text/plain")), "x")]);
    let refused = send(file, Limits::default(), &NoFiles).await.unwrap_err();
    assert_eq!(refused.status(), 500);
    assert!(refused.to_string().contains("field `file`"), "{refused}");
}

#[test]
fn of_a_field_that_was_sent_twice_the_last_counts_as_in_django() {
    #[derive(Form)]
    struct Note {
        title: String,
        tags: Option<String>,
    }
    let received = Received::urlencoded(b"title=one&tags=x&title=two");
    let note = Note::receive(&received, Context::new())
        .into_valid()
        .ok()
        .unwrap();
    assert_eq!(
        (note.title.as_str(), note.tags.as_deref()),
        ("two", Some("x"))
    );
    assert_eq!(
        received.all_texts("title").collect::<Vec<_>>(),
        ["one", "two"]
    );
}

#[test]
fn files_that_were_sent_before_are_kept_replaced_or_removed() {
    let schema = <Documents as cloakroom::form::Fields>::schema();
    let file = |id: &str| Upload::new(id, id, "text/plain", 1);
    let mut before = cloakroom::form::Answers::new();
    before.add_file("file", file("old"));
    before.add_file("more", file("m1"));
    before.add_file("more", file("m2"));
    let ids = |files: &[Upload]| {
        files
            .iter()
            .map(|file| file.id().to_owned())
            .collect::<Vec<_>>()
    };

    let mut kept = cloakroom::form::Answers::new();
    assert!(kept.keep_files(&before, schema, &[]).is_empty());
    assert_eq!(kept, before);

    let mut replaced = cloakroom::form::Answers::new();
    replaced.add_file("file", file("new"));
    replaced.add_file("more", file("m3"));
    let received = Received::urlencoded(b"more-remove=m1");
    let dropped = received.dropped(schema.field("more").unwrap(), &Context::new());
    let gone = replaced.keep_files(&before, schema, &dropped);
    assert_eq!(ids(&gone), ["old", "m1"]);
    assert_eq!(ids(replaced.files("file")), ["new"]);
    assert_eq!(ids(replaced.files("more")), ["m2", "m3"]);
}

proptest! {
    #[test]
    fn whatever_is_sent_urlencoded_arrives_as_it_was(
        pairs in prop::collection::vec((".{0,12}", ".{0,24}"), 0..12)
    ) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&pairs);
        let received = urlencoded(form.finish().as_bytes(), &Limits::default()).unwrap();
        let names: Vec<_> = received.names().collect();
        prop_assert_eq!(names, pairs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
        for (name, _) in &pairs {
            let sent: Vec<_> = pairs.iter().filter(|(n, _)| n == name).map(|(_, t)| t.as_str()).collect();
            prop_assert_eq!(received.all_texts(name).collect::<Vec<_>>(), sent);
        }
    }

    #[test]
    fn no_bytes_at_all_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let received = Received::urlencoded(&bytes);
        let _ = Documents::receive(&received, Context::new()).to_string();
    }
}
