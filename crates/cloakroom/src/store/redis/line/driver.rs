//! The task behind one connection: it sends what was asked and hands out what is answered.
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::store::redis::line::inbox::Inbox;
use crate::store::redis::line::{Cut, Shared};
use crate::store::redis::reply::{Garbage, Reply};

/// In so many parts silence is measured.
const TICKS: u32 = 16;
/// A buffer larger than this is not kept after it was sent.
const KEPT: usize = 64 << 10;

/// Ends, with its reason, when the connection does.
pub(super) struct Driver<S> {
    stream: S,
    shared: Arc<Shared>,
    sending: Vec<u8>,
    sent: usize,
    /// Whether others who are about to ask had time to do so.
    has_gathered: bool,
    inbox: Inbox,
    replies: Vec<Reply>,
    wakers: Vec<Waker>,
    ear: Ear,
    cut: Cut,
    doubt: Arc<AtomicBool>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    pub(super) fn new(
        stream: S,
        shared: Arc<Shared>,
        silence: Duration,
        doubt: Arc<AtomicBool>,
    ) -> Self {
        Self {
            stream,
            shared,
            sending: Vec::new(),
            sent: 0,
            has_gathered: false,
            inbox: Inbox::new(),
            replies: Vec::new(),
            wakers: Vec::new(),
            ear: Ear::new(silence),
            cut: Cut::LetGo,
            doubt,
        }
    }

    /// Reads until nothing more comes for now.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Cut> {
        loop {
            let Ok(room) = self.inbox.room() else {
                return Poll::Ready(Cut::Garbage);
            };
            let mut room = ReadBuf::new(room);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room)) {
                Ok(()) if room.filled().is_empty() => return Poll::Ready(Cut::HungUp),
                Ok(()) => {
                    let bytes = room.filled().len();
                    self.inbox.came(bytes);
                }
                Err(error) => return Poll::Ready(Cut::Broken(error.kind())),
            }
            if let Err(cut) = self.hand_out() {
                return Poll::Ready(cut);
            }
        }
    }

    /// Gives the answers that came to those who wait.
    fn hand_out(&mut self) -> Result<(), Cut> {
        let read = loop {
            match self.inbox.next() {
                // It is said unasked, before the server hangs up, and is nobody's answer.
                Ok(Some(Reply::Refused(refusal))) if refusal.is_for_want_of_room() => {
                    break Err(Cut::NoRoom);
                }
                Ok(Some(reply)) => self.replies.push(reply),
                Ok(None) => break Ok(()),
                Err(Garbage) => break Err(Cut::Garbage),
            }
        };
        let mut places = self.shared.places();
        let given = self.replies.drain(..).try_for_each(|reply| {
            self.wakers
                .extend(places.answer(reply).map_err(|Garbage| Cut::Garbage)?);
            Ok(())
        });
        drop(places);
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
        read.and(given)
    }

    /// Sends until there is nothing more to send, or no room for it.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<Cut> {
        loop {
            let stream = Pin::new(&mut self.stream);
            let written = if self.sent < self.sending.len() {
                ready!(stream.poll_write(cx, &self.sending[self.sent..]))
            } else if let Err(error) = ready!(stream.poll_flush(cx)) {
                Err(error)
            } else if self.fetch(cx) {
                continue;
            } else {
                return Poll::Pending;
            };
            match written {
                Ok(0) => return Poll::Ready(Cut::HungUp),
                Ok(bytes) => self.sent += bytes,
                Err(error) => return Poll::Ready(Cut::Broken(error.kind())),
            }
        }
    }

    /// Fetches what was asked.
    ///
    /// The first who asks wakes this task, which the runtime then runs next, before others that are
    /// ready and about to ask as well. So it steps back once: what they ask goes into the same
    /// packet, which spares this side and the server most of their system calls.
    fn fetch(&mut self, cx: &Context<'_>) -> bool {
        let mut places = self.shared.places();
        if places.has_mail() && !self.has_gathered {
            self.has_gathered = true;
            cx.waker().wake_by_ref();
            return false;
        }
        self.has_gathered = false;
        self.sent = 0;
        if self.sending.capacity() > KEPT {
            self.sending = Vec::new();
        } else {
            self.sending.clear();
        }
        places.fetch(&mut self.sending, cx.waker())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let ended = match this.read(cx) {
            Poll::Pending => this.write(cx),
            ended => ended,
        };
        let ended = match ended {
            Poll::Pending => this.ear.listen(&this.shared, cx),
            ended => ended,
        };
        this.cut = ready!(ended);
        Poll::Ready(())
    }
}

impl<S> Drop for Driver<S> {
    /// However it comes to an end, nobody is left waiting.
    fn drop(&mut self) {
        if !matches!(self.cut, Cut::LetGo | Cut::NoRoom) {
            self.doubt.store(true, Ordering::Relaxed);
        }
        self.shared.has_ended.store(true, Ordering::Release);
        let wakers = self.shared.places().close(self.cut);
        for waker in wakers {
            waker.wake();
        }
    }
}

/// Listens whether answers still come, without a timer for each of them.
struct Ear {
    silence: Duration,
    tick: Pin<Box<Sleep>>,
    listens: bool,
    /// How many answers had come at the last tick, and for how many ticks it were no more.
    heard: u64,
    quiet: u32,
}

impl Ear {
    fn new(silence: Duration) -> Self {
        Self {
            silence,
            tick: Box::pin(sleep(Duration::ZERO)),
            listens: false,
            heard: 0,
            quiet: 0,
        }
    }

    /// Ends when somebody has waited for as long as silence may last, and nothing was heard meanwhile.
    fn listen(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Poll<Cut> {
        loop {
            if self.listens {
                ready!(self.tick.as_mut().poll(cx));
            }
            let Some(heard) = shared.places().waits_since() else {
                self.listens = false;
                return Poll::Pending;
            };
            let is_quiet = self.listens && heard == self.heard;
            self.quiet = if is_quiet { self.quiet + 1 } else { 0 };
            // At the last tick but one, since whoever waits gives up at the last.
            if self.quiet >= TICKS - 1 {
                return Poll::Ready(Cut::Silent(self.silence));
            }
            self.heard = heard;
            self.listens = true;
            let next = Instant::now() + self.silence / TICKS;
            self.tick.as_mut().reset(next);
        }
    }
}
