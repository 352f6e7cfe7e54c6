//! Forms as a handler's arguments: read from the request, checked, and answered with 422 where that is wanted.
mod refused;
mod valid;

use std::sync::Arc;

use axum_core::extract::{FromRequest, Request};
use http::{Extensions, Method};

use crate::form::{
    Bound, Context, Fields, Limits, NoFiles, Received, Refused, Schema, Sink, receive, urlencoded,
};

pub use refused::FormRejection;
pub use valid::{InvalidForm, Valid};

/// Where the files of forms go, as an extension of requests: `Extension(FileSink::new(storage))`.
#[derive(Clone)]
pub struct FileSink(Arc<dyn Sink>);

impl FileSink {
    /// Takes a sink into service.
    pub fn new(sink: impl Sink + 'static) -> Self {
        Self(Arc::new(sink))
    }
}

impl std::fmt::Debug for FileSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileSink(..)")
    }
}

impl<T: Fields, S: Sync> FromRequest<S> for Bound<T> {
    type Rejection = FormRejection;

    /// Gives the form with what the request brought, right or wrong; blank, when the URL of a GET brings
    /// nothing of it.
    ///
    /// [`Context`], [`Limits`] and [`FileSink`] are taken from the request's extensions, where there are any.
    /// Rejected is only what can't be read: 400, 413, 415.
    async fn from_request(request: Request, _state: &S) -> Result<Self, FormRejection> {
        let context = extension::<Context>(request.extensions());
        if !has_body(&request) && !brings_any(&request, T::schema(), &context) {
            return Ok(Self::blank(context));
        }
        let received = read(request, T::schema(), &context).await?;
        Ok(Self::receive(&received, context))
    }
}

impl<S: Sync> FromRequest<S> for Received {
    type Rejection = FormRejection;

    /// Gives what the request brought, for a handler that knows the form's [`Context`] only later. Files
    /// are passed over.
    async fn from_request(request: Request, _state: &S) -> Result<Self, FormRejection> {
        static NOTHING: Schema = Schema::new("", &[]);
        if !has_body(&request) && query(&request).is_empty() {
            return Ok(Self::question());
        }
        Ok(read(request, &NOTHING, &Context::new()).await?)
    }
}

fn extension<T: Clone + Default + Send + Sync + 'static>(extensions: &Extensions) -> T {
    extensions.get::<T>().cloned().unwrap_or_default()
}

/// Forms that are sent by GET come in the URL.
fn has_body(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD)
}

fn query(request: &Request) -> &[u8] {
    request.uri().query().unwrap_or_default().as_bytes()
}

fn brings_any(request: &Request, schema: &Schema, context: &Context) -> bool {
    let received = Received::urlencoded(query(request));
    let mut fields = schema.fields().iter();
    fields.any(|spec| received.has(&context.html_name(spec.name())))
}

async fn read(
    request: Request,
    schema: &'static Schema,
    context: &Context,
) -> Result<Received, Refused> {
    let limits = extension::<Limits>(request.extensions());
    if !has_body(&request) {
        return urlencoded(query(&request), &limits);
    }
    let sink = request.extensions().get::<FileSink>().cloned();
    let sink: Arc<dyn Sink> = sink.map_or_else(|| Arc::new(NoFiles) as _, |sink| sink.0);
    let (parts, body) = request.into_parts();
    let find_file = |name: &str| schema.file_field(context, name);
    receive(&parts.headers, body, &limits, &*sink, &find_file).await
}
