//! Where the drafts of a wizard are kept, and whether another program keeps them as well.
use std::sync::Arc;

use crate::config::Site;
use crate::error::ConfigError;
use crate::form::Secrecy;
use crate::store::AnyStore;
use crate::web::wizard::keep::Shared;
use crate::wizard::{Common, Lines, Plan, Wizard};

/// Where the drafts of a wizard are kept.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    pub(super) kind: Kind,
    /// What django-formtools calls the wizard, if it is shared with it.
    formtools: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Kind {
    #[default]
    Session,
    Cookie,
    Drafts(AnyStore),
}

impl Storage {
    /// In the visitor's session: gone with it.
    #[must_use]
    pub fn session() -> Self {
        Self::of(Kind::Session)
    }

    /// In cookies of their own, sealed: nothing is on the server. At most 16 KiB for a draft, and four of one wizard at a
    /// time.
    ///
    /// Once a run has ended, a small sealed cookie that says how takes the place of its answers for an hour, so that the
    /// confirmation page, and the last page sent again, have the first answer in every process that has the keys. (A confirmation
    /// text of more than about a thousand bytes is not carried; then the page only says that it is done.) That an old *copy*
    /// of the cookie ends nothing again holds in this process, and as long as it remembers the run (the last 10,000): `done`
    /// that must not be repeated keeps [`Done::run`](crate::wizard::Done::run) with what it does.
    #[must_use]
    pub fn cookie() -> Self {
        Self::of(Kind::Cookie)
    }

    /// As records of their own in this store: they outlive the session, are found again by a user who has signed in,
    /// and by a link on another device.
    ///
    /// Any store for sessions serves if operators can look into it, in a place of its own, which may be beside the sessions: another
    /// table of the same database (`postgres://…/shop?table=wizard_drafts`, [`Options::table`](crate::store::Options::table)), another
    /// prefix in the same Redis (`redis://…/0?prefix=drafts`), another folder. memcached, which forgets and can't look, and
    /// `cookie:` are refused by [`Mount::router`](crate::wizard::Mount::router).
    #[must_use]
    pub fn drafts(store: impl Into<AnyStore>) -> Self {
        Self::of(Kind::Drafts(store.into()))
    }

    /// Shares the draft with a wizard of django-formtools, which calls it by this prefix: its class name in snake case, so that
    /// `ContactWizard` is `contact_wizard`. A visitor who began there ends here and the other way round, where steps and fields
    /// are called alike; see [*Beside a Django site*](https://docs.rs/cloakroom/latest/cloakroom/django/index.html).
    ///
    /// For [`Storage::session`] that is formtools' `SessionWizardView`, for [`Storage::cookie`] its `CookieWizardView`, each with
    /// or without named URLs. As there, a visitor has one draft under way. Only a site in Django's dialect shares anything: elsewhere
    /// drafts are kept as if this were not said.
    #[must_use]
    pub fn formtools(mut self, prefix: impl Into<String>) -> Self {
        self.formtools = Some(prefix.into());
        self
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            formtools: None,
        }
    }

    /// Lists what can't work.
    pub(super) fn check<W: Wizard>(&self, plan: &Plan<W>, problems: &mut ConfigError) {
        let setting = |name: &str| format!("wizard.{}.{name}", plan.name());
        if let Kind::Drafts(store) = &self.kind
            && (store.in_cookie().is_some() || !store.is_inspectable())
        {
            problems.add(
                setting("storage"),
                format!(
                    "drafts can't be kept in the {} store: a visitor's own can't be found there",
                    store.name()
                ),
            );
        }
        let Some(prefix) = &self.formtools else {
            return;
        };
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-".contains(char);
        if prefix.is_empty() || !prefix.chars().all(is_plain) {
            problems.add(
                setting("formtools"),
                "is no prefix of formtools: letters, digits and underscores, as in `contact_wizard`",
            );
        }
        if matches!(self.kind, Kind::Drafts(_)) {
            problems.add(
                setting("formtools"),
                "shares what is in the session or in a cookie; formtools knows no drafts of their own",
            );
        }
        for spec in plan.specs() {
            let mut fields = spec.schema().fields().iter();
            if fields.any(|field| field.secrecy() == Secrecy::Sealed) {
                problems.add(
                    setting(spec.name()),
                    "has a field marked `sealed`, which formtools can't read; mark it `secret`, or don't share the wizard",
                );
            }
        }
    }

    /// Returns how it is shared, on a site that speaks the other program's dialect.
    pub(super) fn shared<W: Wizard>(
        &self,
        plan: &Plan<W>,
        site: &Site,
        lines: &Arc<Lines>,
    ) -> Option<Shared> {
        Some(Shared {
            shares: site.wizards.clone()?,
            common: Arc::new(Common {
                wizard: plan.name(),
                version: plan.version(),
                prefix: self.formtools.clone()?,
                steps: plan.specs().collect(),
            }),
            lines: lines.clone(),
            in_cookie: matches!(self.kind, Kind::Cookie),
        })
    }
}
