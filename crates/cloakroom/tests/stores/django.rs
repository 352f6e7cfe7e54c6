//! Sessions of a Django site in each of its stores: what the layer promises holds there too.
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::django::Settings;
use cloakroom::store::{AnyStore, Options, django};
use cloakroom::testing::Browser;
use cloakroom::{Cloakroom, KeyRing, Session};
use libtest_mimic::Trial;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

const KEY: &str = "a SECRET_KEY of the tests, long enough for it";
const ENGINES: &str = "django.contrib.sessions.backends.";

/// A name, an engine, the store's URL or the variable that has it, and those of a cache.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const ROWS: [Row; 8] = [
    ("sqlite", "db", "sqlite:", None),
    ("postgres", "db", "CLOAKROOM_TEST_POSTGRES", None),
    ("mysql", "db", "CLOAKROOM_TEST_MYSQL", None),
    ("redis", "cache", "CLOAKROOM_TEST_REDIS", None),
    ("memcached", "cache", "CLOAKROOM_TEST_MEMCACHED", None),
    ("file", "file", "file:", None),
    (
        "sqlite and redis",
        "cached_db",
        "sqlite:",
        Some("CLOAKROOM_TEST_REDIS"),
    ),
    (
        "sqlite and memcached",
        "cached_db",
        "sqlite:",
        Some("CLOAKROOM_TEST_MEMCACHED"),
    ),
];

/// The trials of every store that is there; of the others one that is ignored, or in CI fails.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    ROWS.iter().flat_map(|row| of(row, runtime)).collect()
}

fn of(row: &Row, runtime: &Arc<Runtime>) -> Vec<Trial> {
    let &(name, engine, store, cache) = row;
    let name = format!("django's {name}");
    let missing = [Some(store), cache].into_iter().flatten().find(|variable| {
        variable.starts_with("CLOAKROOM_") && std::env::var_os(variable).is_none()
    });
    if let Some(variable) = missing {
        return super::server("django", variable, runtime);
    }
    type Promise = fn(Place) -> Kept;
    let promises: [(&str, Promise); 6] = [
        ("what_was_set_is_found_by_another_process", |it| {
            Box::pin(found(it))
        }),
        ("what_two_processes_write_at_once_is_merged", |it| {
            Box::pin(merged(it))
        }),
        ("what_was_ended_meanwhile_stays_ended", |it| {
            Box::pin(ended(it))
        }),
        ("a_renewed_session_moves_whole", |it| Box::pin(renewed(it))),
        ("a_hundred_adds_at_once_are_all_kept", |it| {
            Box::pin(counted(it))
        }),
        ("a_session_ends_when_it_says_so", |it| Box::pin(over(it))),
    ];
    let place = Place {
        engine,
        store,
        cache,
    };
    let apart: Option<(&str, Promise)> = match engine {
        // Projects that share a table share its sessions, as far as they have the same keys.
        "cache" | "file" => Some(("projects_side_by_side_don_t_meet", |it| Box::pin(apart(it)))),
        _ => None,
    };
    promises
        .into_iter()
        .chain(apart)
        .map(|(promise, keep)| {
            let runtime = runtime.clone();
            Trial::test(format!("{name}: {promise}"), move || {
                runtime.block_on(keep(place));
                Ok(())
            })
        })
        .collect()
}

type Kept = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where sessions are.
#[derive(Clone, Copy)]
struct Place {
    engine: &'static str,
    store: &'static str,
    cache: Option<&'static str>,
}

/// Two processes on one store.
struct Sides {
    one: Browser,
    other: Browser,
    gate: Gate,
    clock: Clock,
    store: AnyStore,
    _folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Gate {
    came: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Sides {
    async fn of(place: Place) -> Self {
        Self::with(place, [|it| it, |it| it]).await
    }

    async fn with(place: Place, projects: [fn(Settings) -> Settings; 2]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let at = |name: &str| match name {
            "sqlite:" => format!("sqlite://{}/db.sqlite3", folder.path().display()),
            "file:" => format!("file://{}", folder.path().display()),
            variable => std::env::var(variable).expect("it is set"),
        };
        let clock = Clock::standing_at(now());
        let gate = Gate {
            came: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        };
        let mut sites = Vec::new();
        for project in projects {
            let settings = project(Settings::new(KEY))
                .set("SESSION_ENGINE", format!("{ENGINES}{}", place.engine));
            let cache = place.cache.map(at);
            let url = at(place.store);
            let opened =
                django::connect_with(&url, cache.as_deref(), &settings, &Options::default()).await;
            let store = opened.expect("the store opens");
            let cloakroom = Cloakroom::builder(KeyRing::new(KEY).expect("it is long enough"))
                .store(store.clone())
                .django(settings)
                .clock(clock.clone())
                .sweep_every(None)
                .build()
                .expect("the settings are sound");
            let app = pages(gate.clone()).layer(cloakroom.layer());
            sites.push((Browser::of(app).with_clock(clock.clone()), store));
        }
        let (other, _) = sites.pop().expect("there are two");
        let (one, store) = sites.pop().expect("there are two");
        Self {
            one,
            other,
            gate,
            clock,
            store,
            _folder: folder,
        }
    }

    /// Gives the other browser this one's cookies.
    fn share(&self) {
        for name in self.one.cookie_names() {
            let value = self.one.cookie(&name).expect("it has a value");
            self.other.set_cookie(&name, &value);
        }
    }
}

/// The true time: caches end entries by their own clock.
fn now() -> Timestamp {
    Clock::system().now()
}

fn pages(gate: Gate) -> Router {
    let slow = |State(gate): State<Gate>, session: Session| async move {
        gate.came.add_permits(1);
        gate.open
            .acquire()
            .await
            .expect("nobody closes it")
            .forget();
        session.update("cart", |cart: &mut Vec<u32>| cart.push(2))
    };
    let add = |session: Session| async move {
        session.update("cart", |cart: &mut Vec<u32>| cart.push(1))
    };
    let show = |session: Session| async move {
        Ok::<_, cloakroom::Error>(format!("{:?}", session.get_or_default::<Vec<u32>>("cart")?))
    };
    let brief = |session: Session| async move {
        session.set_expiry(cloakroom::Expiry::After(Duration::from_secs(60)))
    };
    Router::new()
        .route("/slow", get(slow))
        .route("/add", get(add))
        .route("/show", get(show))
        .route("/brief", get(brief))
        .route(
            "/renew",
            get(|session: Session| async move { session.renew() }),
        )
        .route("/end", get(|session: Session| async move { session.end() }))
        .with_state(gate)
}

async fn found(place: Place) {
    let sides = Sides::of(place).await;
    sides.one.get("/add").await;
    sides.share();
    assert_eq!(sides.other.get("/show").await.text, "[1]");
    assert_eq!(sides.other.another().get("/show").await.text, "[]");
    sides.store.check().await.expect("it is well");
}

async fn slow(sides: &Sides) -> tokio::task::JoinHandle<u16> {
    let browser = sides.one.clone();
    let slow = tokio::spawn(async move { browser.get("/slow").await.status.as_u16() });
    sides
        .gate
        .came
        .acquire()
        .await
        .expect("nobody closes it")
        .forget();
    slow
}

async fn merged(place: Place) {
    let sides = Sides::of(place).await;
    sides.one.get("/add").await;
    sides.share();
    let slow = slow(&sides).await;
    sides.other.get("/add").await;
    sides.gate.open.add_permits(1);
    assert_eq!(slow.await.expect("it ends"), 200);
    for browser in [&sides.one, &sides.other] {
        assert_eq!(browser.get("/show").await.text, "[1, 1, 2]");
    }
}

async fn ended(place: Place) {
    let sides = Sides::of(place).await;
    sides.one.get("/add").await;
    sides.share();
    let cookie = sides.one.cookie("sessionid").expect("there is one");
    let slow = slow(&sides).await;
    sides.other.get("/end").await;
    sides.gate.open.add_permits(1);
    assert_eq!(slow.await.expect("it ends"), 200);
    sides.one.set_cookie("sessionid", &cookie);
    assert_eq!(sides.one.get("/show").await.text, "[]");
}

async fn renewed(place: Place) {
    let sides = Sides::of(place).await;
    sides.one.get("/add").await;
    sides.share();
    let before = sides.one.cookie("sessionid");
    sides.one.get("/renew").await;
    assert_ne!(sides.one.cookie("sessionid"), before);
    assert_eq!(sides.one.get("/show").await.text, "[1]");
    assert_eq!(
        sides.other.get("/show").await.text,
        "[]",
        "the old key is dead elsewhere"
    );
}

async fn counted(place: Place) {
    let sides = Sides::of(place).await;
    sides.one.get("/add").await;
    sides.share();
    let adding = (1..100).map(|number| {
        let browser = if number % 2 == 0 {
            &sides.one
        } else {
            &sides.other
        };
        let browser = browser.clone();
        tokio::spawn(async move { browser.get("/add").await.status.as_u16() })
    });
    let adding: Vec<_> = adding.collect();
    let mut done = 1;
    for adding in adding {
        done += usize::from(adding.await.expect("it ends") == 200);
    }
    let shown = sides.one.get("/show").await.text;
    assert_eq!(
        shown.matches('1').count(),
        done,
        "every answered add is there"
    );
    assert!(done > 50, "{done}");
}

/// A project whose prefix, and whose cookie's name, begin as another one's.
fn other_project(settings: Settings) -> Settings {
    settings.set("SESSION_COOKIE_NAME", "sessionid2").set(
        "CACHES",
        serde_json::json!({"default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "KEY_PREFIX": "other",
        }}),
    )
}

async fn apart(place: Place) {
    let sides = Sides::with(place, [|it| it, other_project]).await;
    sides.one.get("/add").await;
    let cookie = sides.one.cookie("sessionid").expect("there is one");
    sides.other.set_cookie("sessionid2", &cookie);
    assert_eq!(sides.other.get("/show").await.text, "[]");
    sides.other.get("/add").await;
    let theirs = sides.other.cookie("sessionid2").expect("there is one");
    sides.one.set_cookie("sessionid", &theirs);
    assert_eq!(sides.one.get("/show").await.text, "[]");
    sides.one.set_cookie("sessionid", &cookie);
    assert_eq!(sides.one.get("/show").await.text, "[1]");
    if place.engine == "file" {
        let later = now().plus(Duration::from_secs(30 * 86_400));
        let swept = sides.store.sweep(later, 10_000).await.expect("it sweeps");
        assert_eq!(swept.removed, 1, "each project sweeps its own");
    }
}

async fn over(place: Place) {
    let sides = Sides::of(place).await;
    sides.one.get("/add").await;
    sides.one.get("/brief").await;
    sides.share();
    sides.clock.turn(Duration::from_secs(59));
    assert_eq!(sides.other.get("/show").await.text, "[1]");
    if place.engine == "cache" {
        // By the server's own clock, which nobody turns.
        return;
    }
    let cookie = sides.one.cookie("sessionid").expect("there is one");
    sides.clock.turn(Duration::from_secs(2));
    sides.one.set_cookie("sessionid", &cookie);
    assert_eq!(sides.one.get("/show").await.text, "[]");
    if place.engine == "db" {
        let later = sides.clock.now();
        let swept = sides.store.sweep(later, 10_000).await.expect("it sweeps");
        assert!(swept.removed >= 1);
    }
}
