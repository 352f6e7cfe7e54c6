//! Spans, made only where somebody listens.
use tracing::Span;
use tracing::level_filters::LevelFilter;

/// Makes a span of level DEBUG if any subscriber listens at that level. Else there is none, which costs a look at one number;
/// a span that is merely disabled is still told to `log` where that is built in.
#[inline]
pub(crate) fn debug_span(make: impl FnOnce() -> Span) -> Span {
    if LevelFilter::current() >= LevelFilter::DEBUG {
        make()
    } else {
        Span::none()
    }
}
