//! Room in a request's extensions: for what the layer puts there, and for what the router does after it.
use std::sync::LazyLock;

use http::Extensions;

/// Nothing yet, with room for seven things. axum puts three there; with the layer's that is one more than the
/// smallest table holds, which would have to grow for each request.
static EMPTY: LazyLock<Extensions> = LazyLock::new(|| {
    let mut extensions = Extensions::new();
    extensions.insert(Guest::<1>);
    extensions.insert(Guest::<2>);
    extensions.insert(Guest::<3>);
    extensions.insert(Guest::<4>);
    extensions.clear();
    extensions
});

#[derive(Clone)]
struct Guest<const NUMBER: usize>;

/// Puts something into extensions, which are empty unless the server had something to say.
pub(super) fn take_in<T>(new: T, extensions: &mut Extensions)
where
    T: Clone + Send + Sync + 'static,
{
    if extensions.is_empty() {
        *extensions = EMPTY.clone();
    }
    extensions.insert(new);
}
