//! Taking in one file as it comes: counted, looked into, written part by part.
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::files::content::{TELLING, accepted_as, content_type};
use crate::files::name::Name;
use crate::files::place::Place;
use crate::files::writer::Writer;
use crate::files::{Limits, Refused};

/// One file that is coming in.
///
/// Nothing of it stays when it is refused or when this is dropped before [`Intake::complete`], for example
/// because the visitor hung up. Never more than a part of it is in memory: 256 KiB before a
/// local folder, 5 MiB before a cloud, which takes no smaller ones.
pub struct Intake {
    place: Arc<Place>,
    name: Name,
    limits: Limits,
    size: u64,
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
    content_type: Option<String>,
    digest: Sha256,
    writer: Option<Writer>,
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The name under which the storage has it.
    pub id: String,
    /// The type that its content shows; where content does not tell types apart, the one that is accepted.
    pub content_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The SHA-256 of its content, in base64url without padding.
    pub digest: String,
}

impl Intake {
    pub(super) fn new(place: Arc<Place>, limits: Limits, now: Timestamp) -> Self {
        Self {
            place,
            name: Name::generate(now),
            limits,
            size: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            content_type: None,
            digest: Sha256::new(),
            writer: None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When there are too many, when they are of a type that is not accepted, or when the storage can't
    /// take them. The rest need not be read then.
    pub async fn push(&mut self, bytes: Bytes) -> Result<(), Refused> {
        self.size += bytes.len() as u64;
        if self.size > self.limits.max_bytes {
            let max_bytes = self.limits.max_bytes;
            return Err(Refused::TooLarge { max_bytes });
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.digest.update(&bytes);
        self.waiting_bytes += bytes.len();
        self.waiting.push(bytes);
        if self.content_type.is_none() && self.waiting_bytes >= TELLING {
            self.look(false)?;
        }
        let part = Writer::part(&self.place);
        while self.waiting_bytes >= part {
            self.write(part).await?;
        }
        Ok(())
    }

    /// Says that there is no more, and keeps the file.
    ///
    /// # Errors
    /// As [`Intake::push`], and when there is nothing in it.
    pub async fn complete(mut self) -> Result<Taken, Refused> {
        if self.size == 0 {
            return Err(Refused::Empty);
        }
        if self.content_type.is_none() {
            self.look(true)?;
        }
        let rest = std::mem::take(&mut self.waiting);
        match self.writer.take() {
            None => Writer::write_all(&self.place, self.name.as_str(), rest).await?,
            Some(mut writer) => {
                if !rest.is_empty() {
                    writer.write(rest).await?;
                }
                writer.complete().await?;
            }
        }
        Ok(Taken {
            id: self.name.as_str().to_owned(),
            content_type: self.content_type.unwrap_or_default(),
            bytes: self.size,
            digest: URL_SAFE_NO_PAD.encode(self.digest.finalize()),
        })
    }

    /// Looks at the beginning, which is all that has come so far.
    fn look(&mut self, is_whole: bool) -> Result<(), Refused> {
        let mut beginning = Vec::with_capacity(TELLING.min(self.waiting_bytes));
        for bytes in &self.waiting {
            let room = TELLING - beginning.len();
            beginning.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        let ends_here = is_whole && self.waiting_bytes <= TELLING;
        let found = content_type(&beginning, ends_here);
        let Some(accepted) = accepted_as(found, &self.limits.accept) else {
            return Err(Refused::WrongType { found });
        };
        self.content_type = Some(accepted.to_owned());
        Ok(())
    }

    /// Writes so many of the bytes that wait: clouds want all parts to be of one length.
    async fn write(&mut self, length: usize) -> Result<(), Refused> {
        let part = self.take_waiting(length);
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::begin(&self.place, self.name.as_str()).await?,
        };
        writer.write(part).await?;
        self.writer = Some(writer);
        Ok(())
    }

    fn take_waiting(&mut self, length: usize) -> Vec<Bytes> {
        self.waiting_bytes -= length;
        let mut part = Vec::new();
        let mut missing = length;
        let mut used = 0;
        for bytes in &mut self.waiting {
            if bytes.len() > missing {
                part.push(bytes.split_to(missing));
                break;
            }
            missing -= bytes.len();
            part.push(std::mem::take(bytes));
            used += 1;
        }
        self.waiting.drain(..used);
        part
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Intake({} bytes so far)", self.size)
    }
}
