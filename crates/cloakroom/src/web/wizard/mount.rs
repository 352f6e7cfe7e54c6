//! Setting a wizard's pages up: where its drafts are kept, how its pages look, how long it waits.
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::config::Cloakroom;
use crate::error::ConfigError;
#[cfg(feature = "uploads")]
use crate::files::Files;
use crate::form::{Limits, Texts};
use crate::store::Sweeper;
use crate::web::wizard::desk::{Desk, OnSave, Render};
use crate::web::wizard::hooks::Hooks;
use crate::web::wizard::keep::{Drafts, Keeping, Place};
use crate::web::wizard::routes::{pages, pages_of_other};
use crate::web::wizard::storage::{Kind, Storage};
#[cfg(feature = "uploads")]
use crate::web::wizard::tidying::Tidying;
use crate::web::wizard::visitor::is_host;
use crate::web::wizard::{Finish, Page, Saved};
use crate::wizard::{Wizard, Word, Words};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A wizard's settings on their way to its pages.
#[must_use]
pub struct Mount<W: Wizard, S = ()> {
    storage: Storage,
    lifetime: Duration,
    link_lifetime: Duration,
    patience: Duration,
    limits: Limits,
    words: Words,
    texts: Option<Arc<dyn Texts>>,
    render: Option<Render>,
    on_save: Option<OnSave>,
    origin: Option<String>,
    pub(super) hooks: Hooks<W, S>,
    #[cfg(feature = "uploads")]
    files: Option<Files>,
    wizard: PhantomData<fn(S) -> W>,
}

impl<W: Wizard, S> fmt::Debug for Mount<W, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount")
            .field("storage", &self.storage)
            .finish_non_exhaustive()
    }
}

impl<W, S> Mount<W, S>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    pub(super) fn new() -> Self {
        Self {
            storage: Storage::default(),
            lifetime: 30 * DAY,
            link_lifetime: 30 * DAY,
            patience: Duration::from_secs(10),
            limits: Limits::default(),
            words: Words::default(),
            texts: None,
            render: None,
            on_save: None,
            origin: None,
            hooks: Hooks::default(),
            #[cfg(feature = "uploads")]
            files: None,
            wizard: PhantomData,
        }
    }

    /// Says where drafts are kept: in the session, in cookies, or in a store; the first two can be shared with a Django
    /// site, by [`Storage::formtools`]. Default: in the session.
    pub fn storage(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Keeps a draft for this long after something was last sent; at most twice as long in all. Default: 30 days. In the
    /// session it lives as long as the session.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Lets the link of *save and come back later* work for this long. Default: 30 days.
    pub fn link_lifetime(mut self, lifetime: Duration) -> Self {
        self.link_lifetime = lifetime;
        self
    }

    /// Lets a page that is sent while another of the same run is being worked on wait for this long. Default: 10
    /// seconds. Then the visitor is told that it is still being worked on.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Limits what is read of a request. Default: as for forms.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Keeps files that are sent in this storage; a wizard with a step that takes some needs it. Default: none.
    ///
    /// What is replaced, dropped or left over by `done` goes at once; what was abandoned is swept once an hour, when no draft
    /// can refer to it any more: after twice the [lifetime](Mount::lifetime), in the session after the session's absolute
    /// deadline if that is later. Wizards that share a storage therefore share these times.
    #[cfg(feature = "uploads")]
    pub fn files(mut self, files: Files) -> Self {
        self.files = Some(files);
        self
    }

    /// Makes the pages. Default: plain ones of the library's own.
    ///
    /// [`Page::html`] has all that belongs into the body of the page, for a site that brings only its frame.
    pub fn page<E>(
        mut self,
        render: impl Fn(&Page) -> Result<String, E> + Send + Sync + 'static,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.render = Some(Arc::new(move |page| render(page).map_err(Into::into)));
        self
    }

    /// Takes the words of the wizard's pages from this catalogue first, titles included, for example those of another language:
    /// a site in two languages mounts the wizard once for each. Default: English.
    ///
    /// ```
    /// # use cloakroom::wizard::{Finish, Mount, Wizard, Word};
    /// # fn f<W: Finish>(mount: Mount<W>) -> Mount<W> {
    /// mount.words(|word| {
    ///     Some(match word {
    ///         Word::Language => "de".into(),
    ///         Word::StepTitle { step: "info", .. } => "Über Sie".into(),
    ///         Word::Continue => "Weiter".into(),
    ///         Word::Back => "Zurück".into(),
    ///         Word::Progress { wizard, number, .. } => format!("{wizard}: Schritt {number}"),
    ///         _ => return None,
    ///     })
    /// })
    /// # }
    /// ```
    pub fn words(
        mut self,
        catalogue: impl Fn(Word<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.words = Words::new(catalogue);
        self
    }

    /// Takes the words of all forms from this catalogue first, as [`Context::texts`](crate::form::Context::texts) does for one;
    /// a step whose context brings one keeps that. Default: as the forms say.
    pub fn texts(mut self, texts: impl Texts + 'static) -> Self {
        self.texts = Some(Arc::new(texts));
        self
    }

    /// Is told of each draft that a visitor wants to come back to, to send them the link. The visitor waits for that. Default: nobody is told.
    ///
    /// ```
    /// # use cloakroom::wizard::{Finish, Mount};
    /// # #[derive(Clone)] struct Post;
    /// # impl Post { async fn send(&self, to: &str, text: &str) -> Result<(), std::io::Error> { Ok(()) } }
    /// # fn f<W: Finish>(mount: Mount<W>, post: Post) -> Mount<W> {
    /// mount.origin("https://shop.example").on_save(move |saved| {
    ///     let post = post.clone();
    ///     async move {
    ///         // A guest has typed an address into the first step.
    ///         let to = saved.user.as_deref().unwrap_or(saved.text("info", "email"));
    ///         if let Err(error) = post.send(to, &format!("Go on here: {}", saved.link)).await {
    ///             eprintln!("a link could not be sent: {error}");
    ///         }
    ///     }
    /// })
    /// # }
    /// ```
    pub fn on_save<F>(mut self, told: impl Fn(Saved) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.on_save = Some(Arc::new(move |saved| Box::pin(told(saved))));
        self
    }

    /// Says under which origin the site is reached, `https://shop.example`: with it begin the links that are shown and sent.
    /// Default: the host that the request names, over what it came as the site's [headers](crate::headers::Settings) say.
    ///
    /// A site that sends links should say it: who saves a draft could otherwise name another host, and let the site send a link
    /// there to somebody else.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Checks all settings and makes the pages, to be nested or merged below the site's layer:
    /// `app.nest("/register", router).layer(cloakroom.layer())`.
    ///
    /// | request | what happens |
    /// |---|---|
    /// | `GET /` | on to the newest open run, or to a new one; `?new` begins a new one |
    /// | `GET /{run}/{step}` | the step, or a redirect to the one that can be visited |
    /// | `POST /{run}/{step}` | `continue`, `back`, `save`, `goto`: 303, 422 when something is wrong, 409 when another tab was faster |
    /// | `GET /{run}/finished` | the confirmation page |
    /// | `GET /{run}/{step}?saved` | the page to which `save` leads; for ten minutes it shows the link |
    /// | `GET /resume/{token}` | asks whether to go on with the run to which a link leads; changes nothing |
    /// | `POST /resume/{token}` | gives this device that run |
    ///
    /// # Errors
    /// Lists every setting that is wrong: a step that takes files while there is no storage for them, drafts in a store in
    /// which a visitor's can't be found.
    pub fn router(self, cloakroom: &Cloakroom) -> Result<Router<S>, ConfigError> {
        let mut problems = ConfigError::default();
        self.find(&mut problems);
        problems.into_result()?;
        let (hooks, desk) = self.desk(cloakroom);
        let (hooks, desk) = (Arc::new(hooks), Arc::new(desk));
        Ok(match desk.keeping.is_shared() {
            true => pages(&desk, &hooks).merge(pages_of_other(desk, hooks)),
            false => pages(&desk, &hooks),
        })
    }

    fn find(&self, problems: &mut ConfigError) {
        let plan = W::plan();
        let setting = |name: &str| format!("wizard.{}.{name}", plan.name());
        if plan.has_files() && !self.has_files() {
            problems.add(
                setting("files"),
                "is not set, but a step takes files; give a storage for them with `Mount::files` (feature `uploads`)",
            );
        }
        self.storage.check(plan, problems);
        if self
            .origin
            .as_deref()
            .is_some_and(|origin| !is_origin(origin))
        {
            problems.add(
                setting("origin"),
                "is no origin: `https://` and a host, with a port if need be, and nothing behind it",
            );
        }
        self.hooks.check(plan, problems);
        for (name, duration) in [
            ("lifetime", self.lifetime),
            ("link_lifetime", self.link_lifetime),
        ] {
            if duration.as_secs() == 0 {
                problems.add(
                    setting(name),
                    "is below one second; drafts would be gone at once",
                );
            }
        }
    }

    #[cfg(feature = "uploads")]
    fn has_files(&self) -> bool {
        self.files.is_some()
    }

    #[cfg(not(feature = "uploads"))]
    #[expect(clippy::unused_self, reason = "with the feature there may be some")]
    fn has_files(&self) -> bool {
        false
    }

    fn desk(self, cloakroom: &Cloakroom) -> (Hooks<W, S>, Desk<W>) {
        let site = cloakroom.site.clone();
        let lines = site.lines.of(W::plan().name());
        let shared = self.storage.shared(W::plan(), &site, &lines);
        let place = match (self.storage.kind, shared) {
            (_, Some(shared)) => Place::Shared(shared),
            (Kind::Session, None) => Place::Session,
            (Kind::Cookie, None) => Place::Cookie,
            (Kind::Drafts(store), None) => {
                let every = Duration::from_secs(10 * 60);
                let sweeper = Sweeper::start(store.clone(), site.clock.clone(), every);
                Place::Drafts(Drafts { store }, sweeper)
            }
        };
        let keeping = Keeping {
            site: site.clone(),
            wizard: W::plan().name(),
            lifetime: self.lifetime,
            words: self.words,
            place,
        };
        #[cfg(feature = "uploads")]
        let tidying = self
            .files
            .clone()
            .map(|files| Tidying::start(files, site.clock.clone(), keeping.longest()));
        let desk = Desk {
            site,
            plan: W::plan(),
            keeping,
            lines,
            limits: self.limits,
            patience: self.patience,
            link_lifetime: self.link_lifetime,
            texts: self.texts,
            render: self.render,
            on_save: self.on_save,
            origin: self.origin,
            #[cfg(feature = "uploads")]
            files: self.files,
            #[cfg(feature = "uploads")]
            _tidying: tidying,
        };
        (self.hooks, desk)
    }
}

fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(is_host)
}
