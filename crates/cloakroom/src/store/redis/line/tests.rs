//! One connection whose other side says what no server would, or not when it should.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::{Cut, Line, Lost};
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::reply::{Refusal, Reply};

const SILENCE: Duration = Duration::from_secs(1);
const GET: &[u8] = b"*1\r\n$3\r\nGET\r\n";

/// A line, its other side, and whether the server is in doubt.
struct Both {
    line: Arc<Line>,
    server: DuplexStream,
    doubt: Arc<AtomicBool>,
}

impl Both {
    fn new() -> Self {
        let (ours, server) = duplex(64 << 10);
        let doubt = Arc::<AtomicBool>::default();
        Self {
            line: Arc::new(Line::over(ours, SILENCE, doubt.clone())),
            server,
            doubt,
        }
    }

    fn ask(&self) -> JoinHandle<Result<Reply, Lost>> {
        let line = self.line.clone();
        tokio::spawn(async move { line.ask(Command::new(&[b"GET"])).await })
    }

    /// Reads so many questions.
    async fn asked(&mut self, questions: usize) {
        let mut bytes = vec![0; GET.len() * questions];
        self.server.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, GET.repeat(questions));
    }

    async fn says(&mut self, bytes: &[u8]) {
        self.server.write_all(bytes).await.unwrap();
    }
}

fn value(text: &str) -> Result<Reply, Lost> {
    Ok(Reply::Value(Bytes::copy_from_slice(text.as_bytes())))
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_share_a_packet_and_each_gets_the_own_answer() {
    let mut both = Both::new();
    let asking = [both.ask(), both.ask(), both.ask()];
    let mut bytes = vec![0; 4 * GET.len()];
    let length = both.server.read(&mut bytes).await.unwrap();
    assert_eq!(length, 3 * GET.len(), "in one piece");
    both.says(b"$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n").await;
    for (asked, expected) in asking.into_iter().zip(["1", "2", "3"]) {
        assert_eq!(asked.await.unwrap(), value(expected));
    }
}

#[tokio::test]
async fn whoever_gives_up_leaves_everybody_else_the_own_answer() {
    let mut both = Both::new();
    let mut context = Context::from_waker(Waker::noop());
    let line = both.line.clone();
    let get = || Box::pin(line.ask(Command::new(&[b"GET"])));
    // One gives up before the question is sent, one before the answer comes, one after that.
    let mut unsent = get();
    assert!(unsent.as_mut().poll(&mut context).is_pending());
    let (mut sent, mut answered) = (get(), get());
    assert!(sent.as_mut().poll(&mut context).is_pending());
    assert!(answered.as_mut().poll(&mut context).is_pending());
    drop(unsent);
    let second = both.ask();
    both.asked(4).await;
    drop(sent);
    both.says(b"$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n")
        .await;
    assert_eq!(second.await.unwrap(), value("4"));
    drop(answered);
    let third = both.ask();
    both.asked(1).await;
    both.says(b"$1\r\n5\r\n").await;
    assert_eq!(third.await.unwrap(), value("5"));
    assert!(both.line.is_open());
}

#[tokio::test]
async fn a_refusal_in_the_middle_is_the_answer_of_one_alone() {
    let mut both = Both::new();
    let mut all = Commands::default();
    (0..3).for_each(|_| all.add(Command::new(&[b"GET"])));
    let line = both.line.clone();
    let several = tokio::spawn(async move { line.ask_all(&all).await });
    both.asked(3).await;
    both.says(b"$1\r\n1\r\n-ERR no\r\n*1\r\n:3\r\n").await;
    let expected = vec![
        value("1").unwrap(),
        Reply::Refused(Refusal::new("ERR no")),
        Reply::List(vec![Reply::Number(3)]),
    ];
    assert_eq!(several.await.unwrap(), Ok(expected));
    assert!(both.line.is_open());
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_lost_and_the_server_is_in_doubt() {
    let mut both = Both::new();
    let (first, second, third) = (both.ask(), both.ask(), both.ask());
    both.asked(3).await;
    both.says(b"$1\r\n1\r\n$100\r\nhalf").await;
    assert_eq!(first.await.unwrap(), value("1"));
    drop(both.server);
    let lost = Err(Lost::Sent(Cut::HungUp));
    assert_eq!(second.await.unwrap(), lost);
    assert_eq!(third.await.unwrap(), lost);
    assert!(!both.line.is_open());
    assert!(both.doubt.load(Ordering::Relaxed));
    let late = both.line.ask(Command::new(&[b"GET"])).await;
    assert_eq!(late, Err(Lost::Unsent(Cut::HungUp)));
}

#[tokio::test]
async fn what_no_redis_says_ends_the_connection_at_once() {
    for said in [
        // Longer than any string, a list without end, another protocol.
        &b"$536870913\r\n"[..],
        b"*1048577\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
    ] {
        let mut both = Both::new();
        let (first, second) = (both.ask(), both.ask());
        both.asked(2).await;
        both.says(&[b"$1\r\n1\r\n", said].concat()).await;
        assert_eq!(first.await.unwrap(), value("1"), "what came before counts");
        assert_eq!(second.await.unwrap(), Err(Lost::Sent(Cut::Garbage)));
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_ends_the_connection() {
    let mut both = Both::new();
    both.says(b"+OK\r\n").await;
    let mut rest = Vec::new();
    both.server.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    let late = both.line.ask(Command::new(&[b"GET"])).await;
    assert_eq!(late, Err(Lost::Unsent(Cut::Garbage)));
}

#[tokio::test]
async fn a_question_that_was_not_even_begun_is_known_to_be_unsent() {
    let (ours, server) = duplex(GET.len() / 2);
    let line = Arc::new(Line::over(ours, SILENCE, Arc::default()));
    let ask = || {
        let line = line.clone();
        tokio::spawn(async move { line.ask(Command::new(&[b"GET"])).await })
    };
    let begun = ask();
    // The pipe is full with half of the first question.
    while line.shared.places().waits_since().is_none() || line.shared.places().has_mail() {
        tokio::task::yield_now().await;
    }
    let waiting = ask();
    while !line.shared.places().has_mail() {
        tokio::task::yield_now().await;
    }
    drop(server);
    assert!(matches!(begun.await.unwrap(), Err(Lost::Sent(_))));
    assert!(matches!(waiting.await.unwrap(), Err(Lost::Unsent(_))));
}

#[tokio::test]
async fn a_long_answer_is_read_however_it_is_cut_into_pieces() {
    let mut both = Both::new();
    let text = "x".repeat(1 << 20);
    let long = format!("${}\r\n{text}\r\n", text.len());
    for size in [1 << 20, 60_000, 4_096, 1_000] {
        let (first, second) = (both.ask(), both.ask());
        both.asked(2).await;
        for piece in long.as_bytes().chunks(size) {
            both.says(piece).await;
        }
        both.says(b"$1\r\n2\r\n").await;
        assert_eq!(first.await.unwrap(), value(&text));
        assert_eq!(second.await.unwrap(), value("2"));
    }
    let short = both.ask();
    both.asked(1).await;
    for byte in b"$3\r\nabc\r\n" {
        both.says(&[*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(short.await.unwrap(), value("abc"));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_connection_only_while_somebody_waits() {
    let mut both = Both::new();
    sleep(10 * SILENCE).await;
    // Slow, but not silent.
    let asking: Vec<_> = (0..10).map(|_| both.ask()).collect();
    both.asked(10).await;
    for asked in asking {
        sleep(SILENCE * 3 / 4).await;
        both.says(b":1\r\n").await;
        assert_eq!(asked.await.unwrap(), Ok(Reply::Number(1)));
    }
    sleep(10 * SILENCE).await;
    assert!(both.line.is_open());
    let (begin, asked) = (Instant::now(), both.ask());
    assert_eq!(asked.await.unwrap(), Err(Lost::Sent(Cut::Silent(SILENCE))));
    let waited = begin.elapsed();
    assert!(
        waited <= SILENCE && waited >= SILENCE * 7 / 8,
        "{waited:?}: before whoever waits gives up, and hardly sooner"
    );
    assert!(both.doubt.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_line_that_is_let_go_puts_nobody_in_doubt() {
    let mut both = Both::new();
    drop(both.line);
    let mut rest = Vec::new();
    both.server.read_to_end(&mut rest).await.unwrap();
    assert!(!both.doubt.load(Ordering::Relaxed));
}
