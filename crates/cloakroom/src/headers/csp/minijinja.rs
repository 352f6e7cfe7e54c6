//! The nonce in minijinja templates: a template that does not print it draws none.
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};

use crate::headers::CspNonce;

impl From<&CspNonce> for Value {
    /// Makes the nonce a value that prints itself: `<script nonce="{{ csp_nonce }}">`.
    fn from(nonce: &CspNonce) -> Self {
        Self::from_object(nonce.clone())
    }
}

impl Object for CspNonce {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
