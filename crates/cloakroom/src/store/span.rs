//! Spans, made only where somebody listens.
use tracing::Span;
use tracing::level_filters::LevelFilter;

/// Says whether any subscriber listens at level DEBUG; it costs a look at one number.
#[inline]
pub(crate) fn is_heard() -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG
}

/// Makes a span of level DEBUG if it may be heard. Else there is none; a span that is merely disabled is still told to `log`
/// where that is built in.
#[inline]
pub(crate) fn debug_span(make: impl FnOnce() -> Span) -> Span {
    if is_heard() { make() } else { Span::none() }
}
