//! The dashboard and its audit log, traced in full: no token, cookie, key or value is there.
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use cloakroom::testing::{Browser, Page};
use cloakroom_ops::audit::AuditLog;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::command::PRIVATE;
use crate::dashboard::{enter, handle_of, site_with};

/// All that was traced.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<Vec<u8>>>);

impl io::Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut traced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        traced.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What must be seen nowhere.
#[derive(Default)]
struct Unseen(Vec<String>);

impl Unseen {
    fn note(&mut self, page: &Page) {
        for cookie in page.set_cookies() {
            let value = cookie.split(';').next().and_then(|it| it.split_once('='));
            self.0.extend(value.map(|(_, value)| value.to_owned()));
        }
    }

    fn keep_cookies_of(&mut self, browser: &Browser) {
        let names = browser.cookie_names().into_iter();
        self.0
            .extend(names.filter_map(|name| browser.cookie(&name)));
    }

    fn assert_not_in(&self, text: &str, place: &str) {
        // Shorter ones are no secrets, and would be found by chance.
        for secret in self.0.iter().filter(|secret| secret.len() >= 16) {
            let found = text.lines().find(|line| line.contains(secret));
            assert_eq!(found, None, "{place} shows a secret");
        }
    }
}

#[tokio::test]
async fn all_that_staff_do_leaves_no_secret_in_traces_and_in_the_audit_log() {
    let traced = Traced::default();
    let writer = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let _reading = subscriber.finish().set_default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let log = AuditLog::open("audit", &path).unwrap();
    let secret = cloakroom::KeyRing::generate_secret();
    let (browser, cloakroom) = site_with(&secret, Some(log));
    let mut unseen = Unseen(vec![secret, PRIVATE.to_owned()]);

    let visitors = [enter(&browser, "ada").await, enter(&browser, "bob").await];
    let [reader, staff] = [
        enter(&browser, "reader").await,
        enter(&browser, "revealer").await,
    ];
    for browser in visitors.iter().chain([&reader, &staff]) {
        unseen.keep_cookies_of(browser);
    }
    let session = format!("/ops/sessions/{}", handle_of(&cloakroom, "ada").await);
    let token = visitors[0].cookie("sessionid").unwrap();
    for path in [
        "/ops/",
        "/ops/live",
        "/ops/sessions",
        "/ops/sessions?user=ada",
        "/ops/sessions?handle=zzzz",
        "/ops/sessions/00112233",
        &format!("/ops/sessions/{token}"),
        &format!("/ops/sessions?handle={token}"),
        &session,
        "/ops/audit",
    ] {
        for who in [&browser, &reader, &staff] {
            unseen.note(&who.get(path).await);
        }
    }
    for path in [format!("{session}/reveal"), format!("{session}/revoke")] {
        for who in [&browser, &reader, &staff] {
            unseen.note(&who.post(&path, &[]).await);
        }
    }
    for told in [&[("user", "bob")][..], &[("user", "bob"), ("told", "1")]] {
        unseen.note(&staff.post("/ops/revoke", told).await);
    }
    for browser in &visitors {
        unseen.note(&browser.get("/ops/").await);
    }

    let traced = String::from_utf8(traced.0.lock().unwrap().clone()).unwrap();
    assert!(traced.contains("an operator acted on sessions"), "{traced}");
    unseen.assert_not_in(&traced, "a trace");
    let noted = std::fs::read_to_string(&path).unwrap();
    assert_eq!(noted.lines().count(), 4, "{noted}");
    unseen.assert_not_in(&noted, "the audit log");
}
