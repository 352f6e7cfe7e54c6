//! Routes that are treated differently, by patterns as axum writes them.
use matchit::Router;

/// A list of patterns, and what finds one of them by a request's path.
#[derive(Clone, Default)]
pub(crate) struct Routes {
    patterns: Vec<String>,
    router: Router<()>,
}

impl Routes {
    /// Adds a pattern; `false` when it is none.
    pub(crate) fn add(&mut self, pattern: &str) -> bool {
        if self.patterns.iter().any(|known| known == pattern) {
            return true;
        }
        if !pattern.starts_with('/') || self.router.insert(pattern, ()).is_err() {
            return false;
        }
        self.patterns.push(pattern.to_owned());
        true
    }

    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Says whether a path is one of them.
    ///
    /// The path is compared as it came, which is how axum's router does it. One that somebody behind
    /// might read as another path (`/hooks/../transfer`) is never found.
    #[inline]
    pub(crate) fn contain(&self, path: &str) -> bool {
        !self.is_empty() && self.hold(path)
    }

    fn hold(&self, path: &str) -> bool {
        !is_ambiguous(path) && self.router.at(path).is_ok()
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.patterns.fmt(f)
    }
}

/// Says whether a path has empty or dot segments, backslashes, or any of these percent-encoded.
fn is_ambiguous(path: &str) -> bool {
    let encoded = |code: &str| {
        path.as_bytes()
            .windows(code.len())
            .any(|window| window.eq_ignore_ascii_case(code.as_bytes()))
    };
    let dots = |segment: &str| matches!(segment, "." | "..");
    path.contains("//")
        || path.contains('\\')
        || path.split('/').any(dots)
        || ["%2e", "%2f", "%5c"].into_iter().any(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(patterns: &[&str]) -> Routes {
        let mut routes = Routes::default();
        for pattern in patterns {
            assert!(routes.add(pattern), "{pattern}");
        }
        routes
    }

    #[test]
    fn a_path_is_found_as_axum_finds_it() {
        let routes = routes(&["/hooks/{*rest}", "/ping", "/api/{id}/sync", "/ping"]);
        for (path, found) in [
            ("/ping", true),
            ("/ping/", false),
            ("/PING", false),
            ("/pin", false),
            ("/hooks/a", true),
            ("/hooks/a/b", true),
            ("/hooks", false),
            ("/hooks/", false),
            ("/api/7/sync", true),
            ("/api/7", false),
            ("/api/7/8/sync", false),
            ("/", false),
            ("", false),
            ("*", false),
        ] {
            assert_eq!(routes.contain(path), found, "{path}");
        }
        assert_eq!(routes.patterns().len(), 3);
        assert!(!Routes::default().contain("/ping"));
    }

    #[test]
    fn a_path_that_can_be_read_in_two_ways_is_never_found() {
        let routes = routes(&["/hooks/{*rest}"]);
        for path in [
            "/hooks/../transfer",
            "/hooks/..",
            "/hooks/./a",
            "/hooks//transfer",
            "/hooks/%2e%2e/transfer",
            "/hooks/%2E./transfer",
            "/hooks/..%2ftransfer",
            "/hooks/%5C..%5Ctransfer",
            "/hooks/\\..\\transfer",
        ] {
            assert!(!routes.contain(path), "{path}");
        }
        assert!(routes.contain("/hooks/a.b..c"));
    }

    #[test]
    fn what_is_no_pattern_is_not_added() {
        let mut routes = routes(&["/a/{x}"]);
        for bad in ["", "hooks", "/{", "/a/{y}/", "/a/{y}", "/{*rest}/more"] {
            let is_new = bad == "/a/{y}/";
            assert_eq!(routes.add(bad), is_new, "{bad}");
        }
    }
}
