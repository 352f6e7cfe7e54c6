//! What is wrong with a policy: what browsers would ignore, or understand in another way than it was meant.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::headers::csp::source::{Source, Sources};
use crate::headers::csp::{Csp, Directive};
use crate::headers::problems::Problems;
use crate::headers::reporting_endpoints::ReportingEndpoints;
use crate::headers::text::is_word;

/// The directives in which a nonce means something (CSP3 section 6.7.3.3).
const WITH_NONCE: [&str; 5] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "style-src",
    "style-src-elem",
];
/// The directives whose values are words of their own kind.
const WORDS: [&str; 6] = [
    "sandbox",
    "upgrade-insecure-requests",
    "require-trusted-types-for",
    "trusted-types",
    "report-to",
    "report-uri",
];
/// What a policy that only reports can't do (CSP3 sections 6.3.2 and Upgrade Insecure Requests 3.1).
const NOT_REPORTED: [&str; 2] = ["sandbox", "upgrade-insecure-requests"];

/// Whether a policy is kept or only watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::headers) enum Mode {
    Enforce,
    ReportOnly,
}

impl Mode {
    fn setting(self) -> &'static str {
        match self {
            Self::Enforce => "headers.csp",
            Self::ReportOnly => "headers.csp_report_only",
        }
    }
}

impl Csp {
    pub(in crate::headers) fn check(
        &self,
        mode: Mode,
        endpoints: &ReportingEndpoints,
        problems: &mut Problems,
    ) {
        if self.directives.is_empty() {
            problems.add(mode.setting(), "has no directive");
        }
        for Directive { name, values } in &self.directives {
            let mut problem = |what: &str| problems.add(format!("{}.{name}", mode.setting()), what);
            if mode == Mode::ReportOnly && NOT_REPORTED.contains(name) {
                problem("can't be watched, only kept; browsers ignore it in a report-only policy");
            }
            if !values.iter().all(|value| is_word(value.as_str())) {
                problem(
                    "has a source that can't stand in a header; give each as a text of its own",
                );
            }
            if *name == "report-to" && !values.iter().all(|to| endpoints.has(to.as_str())) {
                problem("names none of the reporting endpoints");
            }
            if !WORDS.contains(name) {
                check_sources(name, values, &mut problem);
            }
        }
    }
}

fn check_sources(name: &str, sources: &Sources, problem: &mut impl FnMut(&str)) {
    let has = |wanted: &Source| sources.contains(wanted);
    let backed = has(&Source::Nonce) || sources.iter().any(Source::is_hash);
    if sources.is_empty() {
        problem("is empty; say Source::Nothing if that is meant");
    }
    if has(&Source::Nothing) && sources.len() > 1 {
        problem("says 'none' beside other sources, so browsers ignore the 'none'");
    }
    if has(&Source::Nonce) && !WITH_NONCE.contains(&name) {
        problem("has a nonce, which counts for scripts and styles only");
    }
    if has(&Source::Nonce) && has(&Source::UnsafeInline) {
        problem("allows 'unsafe-inline' wherever a page asks for no nonce; choose one of them");
    }
    if has(&Source::StrictDynamic) && !backed {
        problem("says 'strict-dynamic' without a nonce or a hash, so nothing would run");
    }
    if sources
        .iter()
        .any(|source| source.as_str().starts_with("'nonce-"))
    {
        problem("has a nonce that would be the same for every answer; use Source::Nonce");
    }
    if sources.iter().any(lacks_quotes) {
        problem(
            "has a word of the standard without its quotes, which would be a host of that name",
        );
    }
    if !sources.iter().all(is_known) {
        problem(
            "has a word in quotes that the standard doesn't know, or a hash of the wrong length",
        );
    }
}

/// Says whether this is one of the standard's words without its quotes, which browsers take for a host.
fn lacks_quotes(source: &Source) -> bool {
    let Source::Text(text) = source else {
        return false;
    };
    let quoted = Source::from(format!("'{text}'"));
    let begins = |start: &&str| {
        text.get(..start.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(start))
    };
    !matches!(quoted, Source::Text(_))
        || ["nonce-", "sha256-", "sha384-", "sha512-"]
            .iter()
            .any(begins)
}

/// Says whether what stands in quotes is a hash of the right length; the other words are known already.
fn is_known(source: &Source) -> bool {
    let Source::Text(text) = source else {
        return true;
    };
    if !text.contains('\'') || text.starts_with("'nonce-") {
        return true;
    }
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    let bytes = |digest: &str| STANDARD.decode(digest).map_or(0, |bytes| bytes.len());
    match inner.and_then(|inner| inner.split_once('-')) {
        Some(("sha256", digest)) => bytes(digest) == 32,
        Some(("sha384", digest)) => bytes(digest) == 48,
        Some(("sha512", digest)) => bytes(digest) == 64,
        _ => matches!(inner, Some("inline-speculation-rules")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(csp: &Csp, mode: Mode) -> Vec<String> {
        let mut endpoints = ReportingEndpoints::default();
        endpoints.add("csp".into(), "/csp".into());
        let mut problems = Problems::default();
        csp.check(mode, &endpoints, &mut problems);
        problems
            .into_iter()
            .map(|problem| problem.setting)
            .collect()
    }

    #[test]
    fn a_policy_that_means_what_it_says_starts() {
        let rich = Csp::strict()
            .script_src([Source::Nonce, Source::StrictDynamic])
            .style_src([Source::Own, Source::hash_of("p{}")])
            .img_src([
                "'self'",
                "data:",
                "*.example.com",
                "https://a.example:8443/x/",
                "selfies.example",
                "sha256.example",
            ])
            .sandbox(["allow-forms"])
            .upgrade_insecure_requests()
            .require_trusted_types_for_script()
            .trusted_types(["lit-html"])
            .report_to("csp")
            .report_uri("/csp");
        assert!(settings(&rich, Mode::Enforce).is_empty());
        assert!(settings(&Csp::strict(), Mode::ReportOnly).is_empty());
    }

    #[test]
    fn every_mistake_is_named_by_its_directive() {
        let script = |sources: &[Source]| Csp::new().script_src(sources.to_vec());
        let rows = [
            (Csp::new(), "headers.csp"),
            (Csp::new().script_src([""; 0]), "headers.csp.script-src"),
            (Csp::new().img_src(["https://a b"]), "headers.csp.img-src"),
            (
                Csp::new().img_src(["a; script-src *"]),
                "headers.csp.img-src",
            ),
            (Csp::new().img_src(["a,b"]), "headers.csp.img-src"),
            (
                Csp::new().img_src(["b\u{fc}cher.example"]),
                "headers.csp.img-src",
            ),
            (Csp::new().img_src(["a\r\nX: y"]), "headers.csp.img-src"),
            (Csp::new().img_src([""]), "headers.csp.img-src"),
            (Csp::new().img_src(["'sefl'"]), "headers.csp.img-src"),
            (Csp::new().img_src(["self"]), "headers.csp.img-src"),
            (Csp::new().img_src(["None"]), "headers.csp.img-src"),
            (script(&["unsafe-inline".into()]), "headers.csp.script-src"),
            (script(&["strict-dynamic".into()]), "headers.csp.script-src"),
            (script(&["nonce-abc".into()]), "headers.csp.script-src"),
            (script(&["SHA256-abc".into()]), "headers.csp.script-src"),
            (
                script(&[Source::Nothing, Source::Own]),
                "headers.csp.script-src",
            ),
            (
                script(&[Source::Nonce, Source::UnsafeInline]),
                "headers.csp.script-src",
            ),
            (
                script(&[Source::Nonce, "'Unsafe-Inline'".into()]),
                "headers.csp.script-src",
            ),
            (script(&[Source::StrictDynamic]), "headers.csp.script-src"),
            (script(&["'nonce-abc'".into()]), "headers.csp.script-src"),
            (script(&["'sha256-abc'".into()]), "headers.csp.script-src"),
            (Csp::new().img_src([Source::Nonce]), "headers.csp.img-src"),
            (Csp::new().report_to("elsewhere"), "headers.csp.report-to"),
        ];
        for (csp, setting) in rows {
            assert_eq!(settings(&csp, Mode::Enforce), [setting], "{csp:?}");
        }
        let only_kept = Csp::new().sandbox(["allow-forms"]);
        assert_eq!(
            settings(&only_kept, Mode::ReportOnly),
            ["headers.csp_report_only.sandbox"]
        );
    }
}
