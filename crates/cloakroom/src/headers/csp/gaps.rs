//! What a policy leaves open that one is sent to close (ASVS 5.0, 3.4.3 and 3.4.6).
use crate::headers::csp::Csp;
use crate::headers::csp::source::{Source, Sources};

impl Csp {
    /// Says what an intruder could still load, run or do, by the directive that should forbid it.
    pub(crate) fn gaps(&self) -> Vec<&'static str> {
        let nothing = |sources: Option<&Sources>| {
            sources.is_some_and(|sources| sources[..] == [Source::Nothing])
        };
        let elements = self.effective(&["script-src-elem", "script-src", "default-src"]);
        let attributes = self.effective(&["script-src-attr", "script-src", "default-src"]);
        let text = self.effective(&["script-src", "default-src"]);
        let rows = [
            (
                elements.is_none_or(from_anywhere),
                "scripts from anywhere (`script-src`)",
            ),
            (
                elements.is_none_or(inline) || attributes.is_none_or(inline),
                "whatever script stands in a page (`script-src`, 'unsafe-inline')",
            ),
            (
                text.is_some_and(|sources| sources.contains(&Source::UnsafeEval)),
                "text that becomes a script (`script-src`, 'unsafe-eval')",
            ),
            (
                !nothing(self.effective(&["object-src", "default-src"])),
                "plug-ins (`object-src`)",
            ),
            (
                !nothing(self.get("base-uri")),
                "other base addresses (`base-uri`)",
            ),
            (
                self.lets_anybody_frame(),
                "anybody's frame (`frame-ancestors`)",
            ),
        ];
        let open = rows.into_iter().filter(|(open, _)| *open);
        open.map(|(_, what)| what).collect()
    }

    /// Says whether the policy lets whole schemes, or everybody, show the page in a frame.
    pub(crate) fn lets_anybody_frame(&self) -> bool {
        self.get("frame-ancestors").is_some_and(from_anywhere)
    }

    /// Returns what the first of these directives says that is there, as browsers fall back.
    fn effective(&self, names: &[&str]) -> Option<&Sources> {
        names.iter().find_map(|name| self.get(name))
    }
}

/// Says whether a list names no place that the site chose; beside `'strict-dynamic'` places count for
/// nothing (CSP3 section 8.2).
fn from_anywhere(sources: &Sources) -> bool {
    !sources.contains(&Source::StrictDynamic) && sources.iter().any(is_anywhere)
}

/// Says whether a list lets every inline script run: a hash or `'strict-dynamic'` takes that back (CSP3
/// section 6.7.3.2). A nonce would too, and does not start beside it.
fn inline(sources: &Sources) -> bool {
    sources.contains(&Source::UnsafeInline)
        && !sources.contains(&Source::StrictDynamic)
        && !sources.iter().any(Source::is_hash)
}

/// Says whether this is a whole scheme, every host, or every host below a top-level domain. What is in
/// `blob:` a script of the page has put there.
fn is_anywhere(source: &Source) -> bool {
    let Source::Text(text) = source else {
        return false;
    };
    let place = match text.split_once("://") {
        Some((_, place)) => place,
        None if text.ends_with(':') => return !text.eq_ignore_ascii_case("blob:"),
        None => text,
    };
    let host = place.split(['/', ':']).next().unwrap_or_default();
    let below = host.strip_prefix("*.");
    host == "*" || below.is_some_and(|domain| !domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_leaves_open_is_found_wherever_it_stands() {
        const ANYWHERE: &str = "scripts from anywhere (`script-src`)";
        const INLINE: &str = "whatever script stands in a page (`script-src`, 'unsafe-inline')";
        const EVAL: &str = "text that becomes a script (`script-src`, 'unsafe-eval')";
        const FRAMES: &str = "anybody's frame (`frame-ancestors`)";
        let scripts =
            |sources: &'static [&'static str]| Csp::strict().script_src(sources.iter().copied());
        let bare = || Csp::new().object_src(["'none'"]).base_uri(["'none'"]);
        let framed = |sources: &'static [&'static str]| {
            Csp::strict().frame_ancestors(sources.iter().copied())
        };
        let hash = Source::hash_of("go()");
        let rows: [(Csp, &[&str]); 25] = [
            (Csp::strict(), &[]),
            (
                scripts(&["'self'", "https://cdn.example", "*.cdn.example"]),
                &[],
            ),
            (scripts(&["'self'", "blob:"]), &[]),
            (scripts(&["*"]), &[ANYWHERE]),
            (scripts(&["https:"]), &[ANYWHERE]),
            (scripts(&["data:"]), &[ANYWHERE]),
            (scripts(&["https://*"]), &[ANYWHERE]),
            (scripts(&["https://*:8443/x/"]), &[ANYWHERE]),
            (scripts(&["*.com"]), &[ANYWHERE]),
            (
                scripts(&["'unsafe-inline'", "*", "data:"]),
                &[ANYWHERE, INLINE],
            ),
            (scripts(&["'self'", "'unsafe-eval'"]), &[EVAL]),
            (
                Csp::strict().script_src([Source::UnsafeInline, hash.clone()]),
                &[],
            ),
            (
                Csp::strict().script_src([Source::Nonce, Source::StrictDynamic, "https:".into()]),
                &[],
            ),
            (Csp::strict().script_src_elem(["*"]), &[ANYWHERE]),
            (
                Csp::strict().script_src_attr(["'unsafe-inline'"]),
                &[INLINE],
            ),
            (
                Csp::strict()
                    .script_src([Source::UnsafeInline])
                    .script_src_elem([Source::Own])
                    .script_src_attr([Source::Nothing]),
                &[],
            ),
            (bare(), &[ANYWHERE, INLINE]),
            (bare().default_src(["*"]), &[ANYWHERE]),
            (bare().default_src(["'self'"]), &[]),
            (framed(&["*"]), &[FRAMES]),
            (framed(&["https:"]), &[FRAMES]),
            (framed(&["'self'", "https://partner.example"]), &[]),
            (
                Csp::strict().object_src(["'self'"]),
                &["plug-ins (`object-src`)"],
            ),
            (
                Csp::strict().base_uri(["'self'"]),
                &["other base addresses (`base-uri`)"],
            ),
            (
                Csp::new().img_src(["'self'"]),
                &[
                    ANYWHERE,
                    INLINE,
                    "plug-ins (`object-src`)",
                    "other base addresses (`base-uri`)",
                ],
            ),
        ];
        for (csp, expected) in rows {
            assert_eq!(csp.gaps(), expected, "{csp:?}");
        }
    }
}
