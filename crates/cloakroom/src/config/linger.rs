//! How much of a form is read on once its answer is known, so that its sender hears that answer.
use std::time::Duration;

use crate::config::Builder;

/// How long the rest of a form is read and thrown away, when it is answered before its end.
///
/// A browser listens only after it has sent all of a form. Where a server answers before, a form that is too large for one, and
/// closes the connection, the browser's next bytes are answered with a reset, and the visitor sees an error of the browser's in
/// place of the page that says what is wrong (RFC 9112 section 9.6). So what nobody wants of a form is read on before its answer
/// goes out, in pieces that are dropped at once. When time is over, the answer goes out with `Connection: close`.
///
/// It concerns `application/x-www-form-urlencoded` and `multipart/form-data` over HTTP/1 that announce more than 8 KiB, and no
/// more than the limit. An HTTP/2 stream ends without its connection (RFC 9113 section 8.1); browsers announce how long a form
/// is; and who sends `Expect` waits to be asked for it: all these are answered at once.
///
/// The times are those of nginx' `lingering_time` and `lingering_timeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Linger {
    pub(crate) bytes: u64,
    pub(crate) within: Duration,
    pub(crate) silence: Duration,
}

impl Linger {
    /// Sets how long a form may be for its rest to be read; with 0 every form is answered at once. Default: 2 GiB.
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets how long that may take altogether. Default: 30 seconds.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Sets how long nothing may come. Default: 5 seconds.
    pub fn silence(mut self, time: Duration) -> Self {
        self.silence = time;
        self
    }
}

impl Default for Linger {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            within: Duration::from_secs(30),
            silence: Duration::from_secs(5),
        }
    }
}

impl Builder {
    /// Changes how long the rest of a form is read that is answered before its end.
    pub fn linger(mut self, change: impl FnOnce(Linger) -> Linger) -> Self {
        self.linger = change(self.linger);
        self
    }
}
