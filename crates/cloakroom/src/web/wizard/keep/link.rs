//! The link that was just drawn, on its way to the page that shows it. Of the link the store has only a digest, so the browser
//! carries it there itself, sealed and for some minutes, and can load that page again.
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};

use crate::cookie::{CookieSpec, SetCookie, values};
use crate::keys::Purpose;
use crate::web::wizard::keep::Keeping;
use crate::web::wizard::keep::cookie::own_cookie;
use crate::web::wizard::visitor::Visitor;
use crate::wizard::RunId;

/// For how long the page that shows a link can be loaded again.
const SHOWN: Duration = Duration::from_secs(10 * 60);
/// So much of a run's name tells its cookie from others.
const MARK: usize = 8;

impl Keeping {
    /// Lets the browser carry what stands in a link to its run.
    pub(in crate::web::wizard) fn carry_link(
        &self,
        visitor: &Visitor,
        run: RunId,
        token: &str,
    ) -> Result<(), Response> {
        let spec = self.link_cookie(run);
        let (keys, now) = (self.site.keys(), self.now());
        let sealed = keys.seal(
            Purpose::Wizard,
            spec.name(),
            token.as_bytes(),
            now,
            now.plus(SHOWN),
        );
        let cookie = SetCookie::new(&spec, &sealed).map_err(IntoResponse::into_response)?;
        visitor.visit.cookies(&visitor.cookies).jar().put(cookie);
        Ok(())
    }

    /// Returns what stands in the link to a run, if it was just drawn for this browser.
    pub(in crate::web::wizard) fn carried_link(
        &self,
        visitor: &Visitor,
        run: RunId,
    ) -> Option<String> {
        let spec = self.link_cookie(run);
        let open = |value: &[u8]| {
            let opened = self
                .site
                .keys()
                .open(Purpose::Wizard, spec.name(), value, self.now());
            let token = String::from_utf8(opened.ok()?.content).ok()?;
            token.starts_with(run.as_str()).then_some(token)
        };
        values(&visitor.cookies, spec.name()).find_map(open)
    }

    fn link_cookie(&self, run: RunId) -> CookieSpec {
        let name = format!("wizards-link-{}", &run.as_str()[..MARK]);
        own_cookie(&self.site, &name).max_age(SHOWN)
    }
}
