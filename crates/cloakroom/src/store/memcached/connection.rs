//! One connection: many ask at once, and answers come in the order of the questions.
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::store::memcached::wire::{Garbage, Reply, Request};

/// How many questions are written at once.
const BATCH: usize = 64;

/// An open connection. Giving up an answer leaves it in order: the answer is read and dropped.
#[derive(Debug)]
pub(super) struct Connection {
    questions: mpsc::UnboundedSender<Question>,
    waiting: Arc<Waiting>,
    numbers: AtomicU64,
    tasks: [JoinHandle<()>; 2],
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The question was never sent.
    Unsent,
    /// The connection ended first; whether the server did it is not known.
    Cut,
    /// Something else than memcached answered.
    Garbage,
    /// The server has no connection left, so the question was not looked at.
    NoRoom,
}

struct Question {
    number: u64,
    bytes: Vec<u8>,
    answer: Answer,
}

type Answer = oneshot::Sender<Result<Reply, Lost>>;

impl Connection {
    /// Takes over a stream. When questions wait and nothing is heard for `silence`, it counts as cut.
    pub(super) fn over(stream: TcpStream, silence: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let (questions, asked) = mpsc::unbounded_channel();
        let waiting = Arc::new(Waiting::default());
        let tasks = [
            tokio::spawn(write(writer, asked, waiting.clone())),
            tokio::spawn(read(reader, waiting.clone(), silence)),
        ];
        Ok(Self {
            questions,
            waiting,
            numbers: AtomicU64::new(1),
            tasks,
        })
    }

    /// Says whether the other side is still there, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        self.waiting.is_open()
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, request: Request<'_>, boot: u64) -> Result<Reply, Lost> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        let question = Question {
            number,
            bytes: request.write(number, boot),
            answer,
        };
        let sent = self.questions.send(question);
        sent.map_err(|_| self.waiting.unsent())?;
        let reply = answered.await.unwrap_or(Err(Lost::Cut))?;
        Ok(reply.crossed(boot))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Those whose questions are sent and who wait for answers; once the connection has ended, why.
#[derive(Debug)]
struct Waiting(Mutex<Result<VecDeque<Sent>, Lost>>);

#[derive(Debug)]
struct Sent {
    number: u64,
    at: Instant,
    answer: Answer,
}

impl Default for Waiting {
    fn default() -> Self {
        Self(Mutex::new(Ok(VecDeque::new())))
    }
}

impl Waiting {
    /// Lets one wait, unless the connection has ended.
    fn push(&self, number: u64, answer: Answer) -> Result<(), Answer> {
        match self.lock().as_mut() {
            Ok(line) => {
                let at = Instant::now();
                line.push_back(Sent { number, at, answer });
                Ok(())
            }
            Err(_) => Err(answer),
        }
    }

    /// Gives an answer to the first who waits.
    fn answer(&self, number: Option<u64>, reply: Reply) -> Result<(), Garbage> {
        let first = self.lock().as_mut().ok().and_then(VecDeque::pop_front);
        let first = first.ok_or(Garbage)?;
        if number.is_some_and(|number| number != first.number) {
            let _ = first.answer.send(Err(Lost::Garbage));
            return Err(Garbage);
        }
        // Whoever gave up does not mind.
        let _ = first.answer.send(Ok(reply));
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.lock().is_ok()
    }

    /// Returns what a question is told that is not sent any more.
    fn unsent(&self) -> Lost {
        match *self.lock() {
            Err(Lost::NoRoom) => Lost::NoRoom,
            _ => Lost::Unsent,
        }
    }

    fn waits_since(&self) -> Option<Instant> {
        let waiting = self.lock();
        let first = waiting.as_ref().ok()?.front();
        first.map(|first| first.at)
    }

    fn end(&self, lost: Lost) {
        let mut waiting = self.lock();
        if let Ok(line) = &mut *waiting {
            for sent in line.drain(..) {
                let _ = sent.answer.send(Err(lost));
            }
            *waiting = Err(lost);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Result<VecDeque<Sent>, Lost>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends questions until the connection ends; what is left is told that it was never sent.
async fn write(
    mut stream: OwnedWriteHalf,
    mut asked: mpsc::UnboundedReceiver<Question>,
    waiting: Arc<Waiting>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while asked.recv_many(&mut batch, BATCH).await > 0 {
        let mut bytes = Vec::new();
        for question in batch.drain(..) {
            // Nobody waits for it any more, so nobody should be surprised by it later.
            if question.answer.is_closed() {
                continue;
            }
            match waiting.push(question.number, question.answer) {
                Ok(()) if bytes.is_empty() => bytes = question.bytes,
                Ok(()) => bytes.extend_from_slice(&question.bytes),
                Err(answer) => drop(answer.send(Err(waiting.unsent()))),
            }
        }
        if !waiting.is_open() || stream.write_all(&bytes).await.is_err() {
            break;
        }
    }
    waiting.end(Lost::Cut);
    asked.close();
    while let Ok(question) = asked.try_recv() {
        let _ = question.answer.send(Err(waiting.unsent()));
    }
}

/// Reads answers until the other side hangs up, falls silent or says what memcached does not.
async fn read(mut stream: OwnedReadHalf, waiting: Arc<Waiting>, silence: Duration) {
    let mut buffer = BytesMut::with_capacity(16 * 1_024);
    let lost = loop {
        match Reply::take(&mut buffer) {
            Ok(Some((_, Reply::NoRoom))) => break Lost::NoRoom,
            Ok(Some((number, reply))) => {
                if waiting.answer(number, reply).is_err() {
                    break Lost::Garbage;
                }
            }
            Ok(None) => match timeout(silence, stream.read_buf(&mut buffer)).await {
                Ok(Ok(1..)) => {}
                Ok(_) => break Lost::Cut,
                Err(_) => {
                    let since = waiting.waits_since();
                    if since.is_some_and(|since| since.elapsed() >= silence) {
                        break Lost::Cut;
                    }
                }
            },
            Err(Garbage) => break Lost::Garbage,
        }
    };
    waiting.end(lost);
}
