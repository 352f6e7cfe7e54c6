//! Drafts of wizards on every store that can keep them, each in a place of its own beside the sessions.
#[path = "releases.rs"]
mod releases;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::store::{AnyStore, connect};
use cloakroom::testing::{Browser, Page};
use cloakroom::wizard::{Finish, Storage};
use cloakroom::{Cloakroom, KeyRing, Session};
use libtest_mimic::Trial;
use tokio::runtime::Runtime;

use releases::{Office, Registration, next};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: u64 = 86_400;

/// Where the drafts of one test are: what opens them once more, as another process would.
#[derive(Clone)]
pub(super) enum Place {
    /// A URL.
    Url(String),
    /// This process's memory.
    Memory(AnyStore),
}

impl Place {
    /// A place of its own at the server of this URL.
    fn beside(url: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let parameter = match url.starts_with("redis") {
            true => "prefix",
            false => "table",
        };
        let mark = if url.contains('?') { '&' } else { '?' };
        let process = std::process::id();
        Self::Url(format!("{url}{mark}{parameter}=drafts_{process}_{number}"))
    }

    async fn open(&self) -> AnyStore {
        match self {
            Self::Url(url) => connect(url).await.expect("the drafts have their place"),
            Self::Memory(store) => store.clone(),
        }
    }
}

/// One process of a site whose wizard keeps its drafts in a store; its sessions are in the process's memory.
struct Site {
    browser: Browser,
    drafts: AnyStore,
    clock: Clock,
    office: Office,
    place: Place,
}

impl Site {
    async fn open(place: &Place) -> Self {
        let clock = Clock::standing_at(START);
        Self::start::<Registration>(place, clock, Office::default()).await
    }

    async fn start<W: Finish<Office>>(place: &Place, clock: Clock, office: Office) -> Self {
        let drafts = place.open().await;
        let keys = KeyRing::new("a secret of the tests, long enough").unwrap();
        let cloakroom = Cloakroom::builder(keys)
            .store_in_memory()
            .clock(clock.clone())
            .sweep_every(None)
            .build()
            .expect("the settings are sound");
        let wizard = W::mount()
            .storage(Storage::drafts(drafts.clone()))
            .router(&cloakroom)
            .expect("the store keeps drafts");
        let login = async |session: Session| session.login("ada");
        let routes = Router::new()
            .nest("/register", wizard)
            .with_state(office.clone())
            .route("/login", get(login));
        let browser = Browser::of(routes.layer(cloakroom.layer())).with_clock(clock.clone());
        Self {
            browser,
            drafts,
            clock,
            office,
            place: place.clone(),
        }
    }

    /// Opens the site in another process, which knows nothing but what was stored; the visitor has their cookies, but a
    /// session there they do not have.
    async fn again<W: Finish<Office>>(&self) -> Self {
        let (clock, office) = (self.clock.clone(), self.office.clone());
        let site = Self::start::<W>(&self.place, clock, office).await;
        for name in self.browser.cookie_names() {
            let value = self.browser.cookie(&name).expect("it has a value");
            site.browser.set_cookie(&name, &value);
        }
        site
    }

    fn turn(&self, days: u64) {
        self.clock.turn(std::time::Duration::from_secs(days * DAY));
    }

    fn done(&self) -> Vec<String> {
        self.office.lock().unwrap().clone()
    }

    /// Begins a run; returns its address.
    async fn begin(&self) -> String {
        let start = self.browser.get("/register").await;
        let step = start.location().expect("it leads to a step").to_owned();
        self.browser.get(&step).await;
        step.rsplit_once('/')
            .expect("a run and a step")
            .0
            .to_owned()
    }

    async fn get(&self, run: &str, step: &str) -> Page {
        self.browser.get(&format!("{run}/{step}")).await
    }

    /// Loads a step's page and sends it.
    async fn send(&self, run: &str, step: &str, field: &str, value: &str) -> Page {
        let shown = self.get(run, step).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        let (_, rest) = shown.text.split_once("wizard-revision\" value=\"").unwrap();
        let revision = rest.split('"').next().unwrap();
        let name = format!("{step}-{field}");
        let fields = [("wizard-revision", revision), (&*name, value)];
        self.browser.post(&format!("{run}/{step}"), &fields).await
    }

    async fn drafts(&self) -> u64 {
        self.drafts.count(self.clock.now()).await.unwrap().live
    }
}

fn leads_to(page: &Page) -> &str {
    let to = page.location().unwrap_or_else(|| panic!("{page:?}"));
    to.rsplit_once('/').expect("a path").1
}

async fn a_draft_outlives_the_session(place: Place) {
    let site = Site::open(&place).await;
    let run = site.begin().await;
    assert_eq!(site.drafts().await, 0, "looking keeps nothing");
    site.send(&run, "info", "name", "Ada").await;
    assert_eq!(site.drafts().await, 1);
    site.browser.close_window();
    site.turn(20);
    let start = site.browser.get("/register").await;
    assert_eq!(start.location(), Some(&*format!("{run}/address")));
    site.send(&run, "address", "city", "London").await;
    let end = site.send(&run, "confirm", "accept", "on").await;
    assert_eq!(end.location(), Some("/welcome"));
    assert_eq!(site.done(), ["Ada London"]);
}

async fn a_draft_is_adopted_at_login_and_nobody_elses(place: Place) {
    let site = Site::open(&place).await;
    let run = site.begin().await;
    site.send(&run, "info", "name", "Ada").await;
    let stranger = site.browser.another();
    let page = stranger.get(&format!("{run}/info")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    site.browser.get("/login").await;
    site.send(&run, "address", "city", "London").await;
    let phone = site.browser.another();
    let start = phone.get("/register").await;
    assert!(!start.location().unwrap().starts_with(&run));
    phone.get("/login").await;
    let start = phone.get("/register").await;
    assert_eq!(start.location(), Some(&*format!("{run}/confirm")));
}

async fn drafts_are_over_by_age_and_swept(place: Place) {
    let site = Site::open(&place).await;
    let run = site.begin().await;
    site.send(&run, "info", "name", "Ada").await;
    site.turn(29);
    assert_eq!(site.get(&run, "address").await.status, StatusCode::OK);
    site.turn(2);
    assert_eq!(leads_to(&site.get(&run, "address").await), "info?expired");
    assert_eq!(site.drafts().await, 0);
    // An hour later, as what is swept is known by the hour.
    let now = site.clock.now().plus(std::time::Duration::from_secs(3_600));
    while site.drafts.sweep(now, 100).await.unwrap().removed > 0 {}
    // Redis forgets by its own clock.
    if site.drafts.name() != "redis" {
        assert_eq!(site.drafts.count(now).await.unwrap().expired, 0);
    }
}

async fn a_deploy_that_renames_drops_and_adds_steps_strands_nobody(place: Place) {
    let old = Site::open(&place).await;
    let run = old.begin().await;
    old.send(&run, "info", "name", "Ada").await;
    old.send(&run, "address", "city", "London").await;
    let new = old.again::<next::Registration>().await;
    for step in ["confirm", "address", "info"] {
        assert_eq!(leads_to(&new.get(&run, step).await), "phone", "{step}");
    }
    let person = new.get(&run, "person").await;
    assert!(person.text.contains("value=\"Ada\""), "{}", person.text);
    new.send(&run, "phone", "number", "12").await;
    // Back to the older release: what it alone knew is still there.
    let old = new.again::<Registration>().await;
    old.send(&run, "info", "name", "Grace").await;
    assert!(old.get(&run, "address").await.text.contains("London"));
    let new = old.again::<next::Registration>().await;
    new.send(&run, "confirm", "accept", "on").await;
    assert_eq!(new.done(), ["Ada 12"]);
}

async fn a_process_that_ends_between_any_two_requests_loses_nothing(place: Place) {
    let mut site = Site::open(&place).await;
    let run = site.begin().await;
    for (step, field, value, next) in [
        ("info", "name", "", None),
        ("info", "name", "Ada", Some("address")),
        ("address", "city", "London", Some("confirm")),
        ("confirm", "accept", "on", Some("welcome")),
    ] {
        site = site.again::<Registration>().await;
        let page = site.send(&run, step, field, value).await;
        match next {
            Some(next) => assert_eq!(leads_to(&page), next),
            None => assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY),
        }
    }
    let site = site.again::<Registration>().await;
    assert_eq!(site.get(&run, "confirm").await.location(), Some("/welcome"));
    assert_eq!(site.done(), ["Ada London"]);
}

async fn of_many_equal_submits_to_two_processes_one_is_done(place: Place) {
    let site = Site::open(&place).await;
    let run = site.begin().await;
    site.send(&run, "info", "name", "Ada").await;
    site.send(&run, "address", "city", "London").await;
    site.get(&run, "confirm").await;
    let other = site.again::<Registration>().await;
    let sent: Vec<_> = (0..20)
        .map(|number| {
            let browser = match number % 2 {
                0 => site.browser.clone(),
                _ => other.browser.clone(),
            };
            let url = format!("{run}/confirm");
            tokio::spawn(async move { browser.post(&url, &[("confirm-accept", "on")]).await })
        })
        .collect();
    for page in sent {
        let page = page.await.unwrap();
        // Who came while `done` ran elsewhere is led to where its answer will be.
        let leads_there = [Some("/welcome"), Some(&*run)].contains(&page.location());
        assert!(
            leads_there || page.status == StatusCode::ACCEPTED,
            "{page:?}"
        );
    }
    assert_eq!(site.done(), ["Ada London"]);
}

/// Every promise about drafts, by its name.
macro_rules! promises {
    ($($promise:ident)*) => {
        [$((stringify!($promise), |place| -> Keeping { Box::pin($promise(place)) })),*]
    };
}

type Keeping = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
/// A promise's name, and what keeps it in a place.
type Promise = (&'static str, fn(Place) -> Keeping);

/// The promises about drafts in a store, each in a place of its own.
pub(super) fn trials(
    store: &'static str,
    runtime: &Arc<Runtime>,
    place: impl Fn(&str) -> Place,
) -> Vec<Trial> {
    let promises: [Promise; 6] = promises![
        a_draft_outlives_the_session
        a_draft_is_adopted_at_login_and_nobody_elses
        drafts_are_over_by_age_and_swept
        a_deploy_that_renames_drops_and_adds_steps_strands_nobody
        a_process_that_ends_between_any_two_requests_loses_nothing
        of_many_equal_submits_to_two_processes_one_is_done
    ];
    let trial = |(name, keep): Promise| {
        let (place, runtime) = (place(name), runtime.clone());
        Trial::test(format!("{store}: drafts: {name}"), move || {
            let kept = runtime.spawn(keep(place));
            runtime
                .block_on(kept)
                .map_err(|broken| broken.to_string().into())
        })
    };
    promises.into_iter().map(trial).collect()
}

/// Drafts where no server is needed.
pub(super) fn without_server(runtime: &Arc<Runtime>, folder: &Path) -> Vec<Trial> {
    let folder = folder.display().to_string();
    let mut all = trials("memory", runtime, |_| {
        Place::Memory(AnyStore::inspectable(cloakroom::store::MemoryStore::new()))
    });
    if cfg!(feature = "sqlite") {
        let url = format!("sqlite://{folder}/shop.db");
        all.extend(trials("sqlite", runtime, |_| Place::beside(&url)));
    }
    if cfg!(feature = "file") {
        let url = format!("file://{folder}");
        all.extend(trials("file", runtime, |name| {
            Place::Url(format!("{url}/{name}"))
        }));
    }
    all
}

/// Drafts at a server, beside whatever else is there.
pub(super) fn at_server(store: &'static str, runtime: &Arc<Runtime>, url: &str) -> Vec<Trial> {
    if store == "memcached" {
        return vec![refused(runtime, url)];
    }
    trials(store, runtime, |_| Place::beside(url))
}

/// A store in which a visitor's drafts can't be found is refused before the site starts.
fn refused(runtime: &Arc<Runtime>, url: &str) -> Trial {
    let (runtime, url) = (runtime.clone(), url.to_owned());
    Trial::test("memcached: drafts: they are refused", move || {
        let store = runtime
            .block_on(connect(&url))
            .expect("the server is there");
        let keys = KeyRing::new(KeyRing::generate_secret()).unwrap();
        let builder = Cloakroom::builder(keys).store_in_memory().sweep_every(None);
        let mount = <Registration as Finish<Office>>::mount();
        let mounted = mount
            .storage(Storage::drafts(store))
            .router(&builder.build().unwrap());
        let error = mounted.expect_err("memcached can't look").to_string();
        let expected = "wizard.registration.storage: drafts can't be kept in the memcached store";
        assert!(error.starts_with(expected), "{error}");
        Ok(())
    })
}
