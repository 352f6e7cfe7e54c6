//! Reading a form from a request's body, within limits.
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use multer::{Field, Multipart};

use crate::form::limits::{Limits, Refused};
use crate::form::paced::{Allowance, Paced};
use crate::form::sink::{Arriving, NotKept, Sink, refused};
use crate::form::{Problem, Received, Spec};

/// Finds the field that takes the files of this name in HTML.
pub type FindFile<'a> = &'a (dyn Fn(&str) -> Option<&'static Spec> + Send + Sync);

/// Reads a form that is sent as `application/x-www-form-urlencoded` or `multipart/form-data`.
///
/// Files go to `sink` as they arrive, if `find_file` knows their field; others are passed over.
///
/// # Errors
/// When the body is no form, goes over a limit, is cut off, or the sink fails.
pub async fn receive<B>(
    headers: &HeaderMap,
    body: B,
    limits: &Limits,
    sink: &dyn Sink,
    find_file: FindFile<'_>,
) -> Result<Received, Refused>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let limit = (limits.text_bytes as u64).min(limits.bytes);
        must_be_within(headers, limit)?;
        let text = collect(body, limit).await?;
        return urlencoded(&text, limits);
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| Refused::NotAForm)?;
    must_be_within(headers, limits.bytes)?;
    let limit = limits.bytes;
    let body = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX));
    let body = body.map_err(move |error| told(error, limit));
    let allowance = Allowance::unlimited();
    let body = Paced::new(body, allowance.clone()).into_data_stream();
    let parts = Parts {
        parts: Multipart::new(body, boundary),
        allowance,
    };
    multipart(parts, limits, sink, find_file).await
}

/// Refuses at once what announces that it is too large.
fn must_be_within(headers: &HeaderMap, limit: u64) -> Result<(), Refused> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match announced {
        Some(length) if length > limit => Err(Refused::TooLarge { limit }),
        _ => Ok(()),
    }
}

fn told(error: Box<dyn std::error::Error + Send + Sync>, limit: u64) -> Refused {
    match error.is::<LengthLimitError>() {
        true => Refused::TooLarge { limit },
        false => Refused::CutOff,
    }
}

async fn collect<B>(body: B, limit: u64) -> Result<Bytes, Refused>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let whole = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX));
    let whole = whole.collect().await.map_err(|error| told(error, limit))?;
    Ok(whole.to_bytes())
}

/// Reads text of a form, or the query of a URL, within limits.
///
/// # Errors
/// When it has too many fields.
pub fn urlencoded(text: &[u8], limits: &Limits) -> Result<Received, Refused> {
    let fields = text
        .split(|byte| *byte == b'&')
        .filter(|one| !one.is_empty());
    match fields.count() > limits.fields {
        true => Err(Refused::TooManyFields {
            limit: limits.fields,
        }),
        false => Ok(Received::urlencoded(text)),
    }
}

/// How many bytes there may be from the end of a part to the content of the next.
const LONGEST_HEADING: usize = 64 << 10;

/// The parts of a body, with an eye on what comes between them.
struct Parts {
    parts: Multipart<'static>,
    allowance: Allowance,
}

impl Parts {
    /// Waits for the next part; the one before has been read to its end.
    async fn next(&mut self) -> Result<Option<Field<'static>>, Refused> {
        self.allowance.set(LONGEST_HEADING);
        let part = self.parts.next_field().await.map_err(refused);
        self.allowance.set(usize::MAX);
        part
    }
}

async fn pass_over(mut part: Field<'static>) -> Result<(), Refused> {
    while part.chunk().await.map_err(refused)?.is_some() {}
    Ok(())
}

async fn multipart(
    mut parts: Parts,
    limits: &Limits,
    sink: &dyn Sink,
    find_file: FindFile<'_>,
) -> Result<Received, Refused> {
    let mut received = Received::new();
    let mut room = Room::new(limits);
    while let Some(mut part) = parts.next().await? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_none() {
            room.take_field(&name)?;
            let text = text(&mut part, &mut room).await?;
            received.add_text(name, text);
            continue;
        }
        room.take_file()?;
        // A file input in which nothing was chosen sends a part without a name and without content.
        let is_chosen = part.file_name().is_some_and(|name| !name.is_empty());
        let spec = find_file(&name).filter(|_| is_chosen);
        if let Some(spec) = spec
            && let Err(problem) = file(&mut part, spec, &name, &mut received, sink).await?
        {
            received.refuse_file(name, problem);
        }
        pass_over(part).await?;
    }
    Ok(received)
}

async fn text(part: &mut Field<'static>, room: &mut Room<'_>) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(refused)? {
        room.take_bytes(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

async fn file(
    part: &mut Field<'static>,
    spec: &'static Spec,
    name: &str,
    received: &mut Received,
    sink: &dyn Sink,
) -> Result<Result<(), Problem>, Refused> {
    let before = received.files().filter(|(found, _)| *found == name).count();
    let limit = match spec.is_many() {
        true => spec.max_count().unwrap_or(usize::MAX),
        false => 1,
    };
    if before >= limit {
        return Ok(Err(Problem::new("max_count").with("limit", limit)));
    }
    let Some(arriving) = Arriving::begin(spec, part).await? else {
        return Ok(Err(Problem::new("empty")));
    };
    match sink.keep(arriving).await {
        Ok(upload) => {
            received.add_file(name, upload);
            Ok(Ok(()))
        }
        Err(NotKept::Problem(problem)) => Ok(Err(problem)),
        Err(NotKept::Refused(refused)) => Err(refused),
    }
}

/// How much more may come.
struct Room<'a> {
    limits: &'a Limits,
    fields: usize,
    files: usize,
    text_bytes: usize,
}

impl<'a> Room<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            fields: 0,
            files: 0,
            text_bytes: 0,
        }
    }

    fn take_field(&mut self, name: &str) -> Result<(), Refused> {
        self.fields += 1;
        if self.fields > self.limits.fields {
            let limit = self.limits.fields;
            return Err(Refused::TooManyFields { limit });
        }
        self.take_bytes(name.len())
    }

    fn take_file(&mut self) -> Result<(), Refused> {
        self.files += 1;
        let limit = self.limits.files;
        match self.files > limit {
            true => Err(Refused::TooManyFiles { limit }),
            false => Ok(()),
        }
    }

    fn take_bytes(&mut self, bytes: usize) -> Result<(), Refused> {
        self.text_bytes = self.text_bytes.saturating_add(bytes);
        let limit = self.limits.text_bytes;
        match self.text_bytes > limit {
            true => Err(Refused::TooLarge {
                limit: limit as u64,
            }),
            false => Ok(()),
        }
    }
}

/// A sink for forms that take no files; a file that a field asks for is an error in the program.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Sink for NoFiles {
    fn keep<'a>(&'a self, file: Arriving<'a>) -> crate::form::Keeping<'a> {
        let field = file.spec().name();
        Box::pin(async move { Err(Refused::NoStorage { field }.into()) })
    }
}
