//! What came over one connection and is not yet whole.
use crate::store::redis::reply::{Garbage, LONGEST, Reply};

/// As much as is usually read at once.
const USUAL: usize = 16 << 10;
/// As much as may wait for the end of an answer: the longest string and what is around it.
const MOST: usize = LONGEST + USUAL;

/// A buffer that is read into, and from which whole answers are taken.
#[derive(Debug)]
pub(in crate::store::redis) struct Inbox {
    bytes: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Inbox {
    pub(in crate::store::redis) fn new() -> Self {
        Self {
            bytes: vec![0; USUAL],
            begin: 0,
            end: 0,
        }
    }

    /// Returns where to read to; it is never empty.
    pub(in crate::store::redis) fn room(&mut self) -> Result<&mut [u8], Garbage> {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
            if self.bytes.len() > USUAL {
                self.bytes = vec![0; USUAL];
            }
        }
        let half = self.bytes.len() / 2;
        if self.end > half && self.begin > 0 {
            self.bytes.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        if self.end > half {
            if self.end > MOST {
                return Err(Garbage);
            }
            self.bytes.resize(2 * self.bytes.len(), 0);
        }
        Ok(&mut self.bytes[self.end..])
    }

    /// Notes that so much was read.
    pub(in crate::store::redis) fn came(&mut self, bytes: usize) {
        self.end += bytes;
    }

    /// Takes the next answer that is whole.
    pub(in crate::store::redis) fn next(&mut self) -> Result<Option<Reply>, Garbage> {
        let read = Reply::read(&self.bytes[self.begin..self.end])?;
        Ok(read.map(|(reply, bytes)| {
            self.begin += bytes;
            reply
        }))
    }
}
