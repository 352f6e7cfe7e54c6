//! `Content-Security-Policy`: where a page may load scripts, styles and everything else from (CSP Level 3, W3C).
mod check;
mod gaps;
#[cfg(feature = "minijinja")]
mod minijinja;
mod nonce;
mod own_page;
mod policy;
mod source;

use crate::headers::csp::source::Sources;

pub use nonce::CspNonce;
pub use source::Source;

pub(super) use check::Mode;
pub(crate) use own_page::PAGE_STYLE;
pub(super) use policy::Policy;

/// What a page may load, run and be sent to. Setting a directive again replaces it.
///
/// [`Source::Nonce`] stands for a number that is drawn for one answer and only if the page asks for it,
/// by [`CspNonce`] or `{{ csp_nonce }}`; elsewhere it is left out.
///
/// ```
/// # use cloakroom::headers::{Csp, Source};
/// let csp = Csp::strict()
///     .img_src([Source::Own, "https://images.example".into()])
///     .connect_src([Source::Own]);
/// # let _ = csp;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Csp {
    directives: Vec<Directive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    name: &'static str,
    values: Sources,
}

/// Makes a method for each directive that takes a list of sources.
macro_rules! fetch_directives {
    ($($(#[$doc:meta])* $method:ident $name:literal;)*) => {
        impl Csp {
            $(
                $(#[$doc])*
                pub fn $method<S: Into<Source>>(self, sources: impl IntoIterator<Item = S>) -> Self {
                    self.with($name, sources.into_iter().map(Into::into).collect())
                }
            )*
        }
    };
}

fetch_directives! {
    /// Says what holds for every kind of file that has no directive of its own.
    default_src "default-src";
    /// Says which scripts run.
    script_src "script-src";
    /// Says which `<script>` elements run.
    script_src_elem "script-src-elem";
    /// Says which event attributes run.
    script_src_attr "script-src-attr";
    /// Says which styles apply.
    style_src "style-src";
    /// Says which `<style>` and `<link>` elements apply.
    style_src_elem "style-src-elem";
    /// Says which `style` attributes apply.
    style_src_attr "style-src-attr";
    /// Says where images come from.
    img_src "img-src";
    /// Says where fonts come from.
    font_src "font-src";
    /// Says where sound and film come from.
    media_src "media-src";
    /// Says where plugins come from.
    object_src "object-src";
    /// Says what scripts may connect to.
    connect_src "connect-src";
    /// Says what may be shown in a frame or run as a worker.
    child_src "child-src";
    /// Says what may be shown in a frame.
    frame_src "frame-src";
    /// Says where workers come from.
    worker_src "worker-src";
    /// Says where the manifest comes from.
    manifest_src "manifest-src";
    /// Says what `<base>` may name.
    base_uri "base-uri";
    /// Says where forms may be sent.
    form_action "form-action";
    /// Says who may show the page in a frame.
    frame_ancestors "frame-ancestors";
}

impl Csp {
    /// Begins with no directive at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with what a site needs that loads its own files only, and inline scripts and styles by nonce.
    ///
    /// It is more than the least that ASVS 3.4.3 asks for.
    pub fn strict() -> Self {
        Self::new()
            .default_src([Source::Own])
            .script_src([Source::Own, Source::Nonce])
            .style_src([Source::Own, Source::Nonce])
            .object_src([Source::Nothing])
            .base_uri([Source::Nothing])
            .form_action([Source::Own])
            .frame_ancestors([Source::Nothing])
    }

    /// Treats the page as if it were in a frame with the attribute `sandbox` of these words.
    pub fn sandbox<S: Into<String>>(self, allowed: impl IntoIterator<Item = S>) -> Self {
        self.with_words("sandbox", allowed)
    }

    /// Loads over HTTPS what the page names over HTTP. Left out in development on plain HTTP.
    pub fn upgrade_insecure_requests(self) -> Self {
        self.with_words("upgrade-insecure-requests", [""; 0])
    }

    /// Refuses plain text where a script could come of it (Trusted Types).
    pub fn require_trusted_types_for_script(self) -> Self {
        self.with_words("require-trusted-types-for", ["'script'"])
    }

    /// Names the policies that may make trusted types.
    pub fn trusted_types<S: Into<String>>(self, policies: impl IntoIterator<Item = S>) -> Self {
        self.with_words("trusted-types", policies)
    }

    /// Sends reports to the endpoint that
    /// [`Settings::reporting_endpoint`](crate::headers::Settings::reporting_endpoint) named so.
    pub fn report_to(self, endpoint: impl Into<String>) -> Self {
        self.with_words("report-to", [endpoint])
    }

    /// Sends reports to this address, for browsers that don't know [`Csp::report_to`].
    pub fn report_uri(self, url: impl Into<String>) -> Self {
        self.with_words("report-uri", [url])
    }

    fn with_words<S: Into<String>>(
        self,
        name: &'static str,
        words: impl IntoIterator<Item = S>,
    ) -> Self {
        let words = words
            .into_iter()
            .map(|word| Source::Text(word.into().into()));
        self.with(name, words.collect())
    }

    fn with(mut self, name: &'static str, values: Sources) -> Self {
        self.directives.retain(|directive| directive.name != name);
        self.directives.push(Directive { name, values });
        self
    }

    fn get(&self, name: &str) -> Option<&Sources> {
        let found = self
            .directives
            .iter()
            .find(|directive| directive.name == name);
        found.map(|directive| &directive.values)
    }

    /// Returns what may frame the page, as long as that can be said in `X-Frame-Options` too.
    pub(super) fn framed_by(&self) -> Option<&[Source]> {
        self.get("frame-ancestors").map(Vec::as_slice)
    }
}
