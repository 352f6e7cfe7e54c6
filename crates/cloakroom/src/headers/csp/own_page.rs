//! What the library's own pages need of a site's policy: that their style, which is in the page, applies.
use crate::headers::csp::Csp;
use crate::headers::csp::source::{Source, Sources};

/// The style of the pages that the layer answers with.
pub(crate) const PAGE_STYLE: &str = ".link{overflow-wrap:anywhere}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;\
    color:#1c1c1c;background:#fafaf8}.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
    .field{margin:1rem 0}.field label,legend{display:block;font-weight:600}.item label{display:inline;font-weight:400}\
    .problem{color:#b3131b;font-weight:600}.field-wrong{border-left:4px solid #b3131b;padding-left:.8rem}\
    .summary{border:3px solid #b3131b;padding:0 1rem;margin-bottom:1.5rem}input,select,textarea,button{font:inherit}\
    dt{font-weight:600}dd{margin:0 0 .6rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#1a1a1a}\
    .problem{color:#ff8a8f}a{color:#9cf}}";

/// What a `<style>` element is held against: the first of these that a policy has.
const FOR_STYLE: [&str; 3] = ["style-src-elem", "style-src", "default-src"];

impl Csp {
    /// Allows that one style as well, by its hash.
    pub(super) fn with_own_style(&self) -> Self {
        let ruling = FOR_STYLE.into_iter().find_map(|name| self.get(name));
        let Some(ruling) = ruling else {
            return self.clone();
        };
        if ruling.contains(&Source::UnsafeInline) && !ruling.iter().any(Source::is_hash) {
            return self.clone();
        }
        let mut sources: Sources = ruling
            .iter()
            .filter(|source| !matches!(source, Source::Nothing | Source::Nonce))
            .cloned()
            .collect();
        sources.push(Source::hash_of(PAGE_STYLE));
        self.clone().with("style-src-elem", sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_of_our_own_pages_is_allowed_beside_what_the_site_allows() {
        let hash = Source::hash_of(PAGE_STYLE);
        let own = [Source::Own, hash.clone()];
        for (csp, sources) in [
            (Csp::new().default_src([Source::Own]), Some(&own[..])),
            (Csp::new().default_src([Source::Nothing]), Some(&own[1..])),
            (Csp::strict(), Some(&own)),
            (
                Csp::strict().style_src_elem([Source::Nonce]),
                Some(&own[1..]),
            ),
            (Csp::new().style_src([Source::UnsafeInline]), None),
            (Csp::new().img_src([Source::Own]), None),
        ] {
            let amended = csp.with_own_style();
            assert_eq!(amended.get("style-src-elem").map(Vec::as_slice), sources);
        }
    }
}
