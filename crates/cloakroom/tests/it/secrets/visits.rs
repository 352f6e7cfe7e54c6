//! The same on account pages, with signs of attacks looked for, and in wizards, wherever their drafts are kept.
use std::sync::{Arc, Mutex};

use cloakroom::session::{Policy, Reaction, Signal, forwarded_for};
use cloakroom::testing::Call;
use cloakroom::wizard::{Saved, Storage};
use http::HeaderName;

use super::{Unseen, VALUE};
use crate::account;
use crate::site::{Site, memory};
use crate::watch::Watch;
use crate::wizards::{Mishap, Office, Registration, Visit, Wizards};

#[tokio::test]
async fn account_pages_and_signs_of_attacks_leave_no_secret_in_the_log() {
    let watch = Watch::begin();
    let mut unseen = Unseen::new();
    let reacting = |policy: Policy| {
        let find = forwarded_for(HeaderName::from_static("x-forwarded-for"), 1);
        let signals = [
            Signal::ReusedToken,
            Signal::TossedCookies,
            Signal::TwoPlaces,
        ];
        let policy = policy.note_addresses(find).guesses(2);
        let all = signals.into_iter();
        all.fold(policy, |policy, signal| {
            policy.on_signal(signal, Reaction::AskAgain)
        })
    };
    let site = Site::mounting(memory(), account::pages, |builder| {
        builder.session(reacting)
    });
    let (home, train) = ("192.0.2.117", "198.51.100.117");
    unseen.0.extend([home, train].map(Into::into));
    let from = |address: &str| site.browser.clone().with_header("x-forwarded-for", address);
    unseen.visit(&from(home), "/login/ada/password").await;
    let other = site.browser.another();
    unseen.visit(&other, "/login/ada/password").await;
    for address in [home, train, home, train] {
        unseen.visit(&from(address), "/account").await;
    }
    let stale = site.with_token(&site.token());
    for path in [
        "/account.html",
        "/renew",
        "/end/0000000000000000",
        "/others",
    ] {
        unseen.visit(&site.browser, path).await;
    }
    site.turn(60);
    unseen.visit(&stale, "/account").await;
    for _ in 0..4 {
        let guess = cloakroom::KeyRing::generate_secret();
        unseen.add(&guess);
        unseen.visit(&site.with_token(&guess), "/account").await;
    }
    let cookies = format!("__Host-sessionid={}; __Host-sessionid=x", site.token());
    let tossed = site.browser.another().with_header("cookie", &cookies);
    unseen.visit(&tossed, "/account").await;
    for call in [Call::Load, Call::Delete] {
        site.faults.fail(call, true);
        unseen.visit(&site.browser, "/others").await;
        site.faults.fail(call, false);
    }
    let log = watch.log();
    assert!(log.contains("may be stolen"), "{log}");
    unseen.assert_not_in(&log, "the log");
}

/// Goes through the wizard with all that can go wrong there.
async fn run(wizards: &Wizards, links: &Mutex<Vec<String>>, unseen: &mut Unseen) {
    let visit = wizards.begin().await;
    let wrong = [("name", VALUE), ("email", VALUE)];
    unseen.note(&visit.send("info", &wrong).await);
    let stale = visit.get("info").await;
    let right = [
        ("name", VALUE),
        ("email", "ada@example.com"),
        ("kind", "person"),
    ];
    unseen.note(&visit.send("info", &right).await);
    unseen.note(&visit.press_on(&stale, "info", "continue", &wrong).await);
    unseen.note(&visit.press("address", "save", &[("street", VALUE)]).await);
    let links = std::mem::take(&mut *links.lock().unwrap());
    for link in links {
        let token = link.rsplit('/').next().unwrap_or_default();
        unseen.add(token.rsplit('.').next().unwrap_or_default());
        let device = wizards.browser().another();
        unseen.visit(&device, &link).await;
        unseen.visit(&device, &format!("{link}x")).await;
    }
    forge(wizards, &visit, unseen).await;
    for mishap in [Mishap::TryAgain, Mishap::Fail] {
        unseen.note(&visit.address().await);
        wizards.office.next_time(mishap);
        unseen.note(&visit.confirm().await);
    }
    for name in wizards.browser().cookie_names() {
        unseen.add(&wizards.browser().cookie(&name).unwrap_or_default());
    }
}

/// Comes with cookies that were tampered with.
async fn forge(wizards: &Wizards, visit: &Visit, unseen: &mut Unseen) {
    let forger = wizards.browser().another();
    for name in wizards.browser().cookie_names() {
        let forged = format!("{}{}", cloakroom::KeyRing::generate_secret(), VALUE);
        unseen.add(&forged);
        forger.set_cookie(&name, &forged);
    }
    unseen
        .visit(&forger, &format!("{}/address", visit.run))
        .await;
}

#[tokio::test]
async fn wizards_leave_no_secret_in_the_log_wherever_their_drafts_are_kept() {
    let watch = Watch::begin();
    let mut unseen = Unseen::new();
    let (drafts, links) = (memory(), Arc::<Mutex<Vec<String>>>::default());
    for storage in [
        Storage::session(),
        Storage::cookie(),
        Storage::drafts(drafts),
    ] {
        let told = links.clone();
        let listen = move |saved: Saved| {
            told.lock().unwrap().push(saved.link);
            std::future::ready(())
        };
        let set = |mount: cloakroom::wizard::Mount<Registration, Office>| {
            mount.storage(storage).on_save(listen)
        };
        let wizards = Wizards::with(set);
        unseen.visit(wizards.browser(), "/login/ada").await;
        run(&wizards, &links, &mut unseen).await;
        wizards.site.faults.fail(Call::Load, true);
        unseen.visit(wizards.browser(), "/register").await;
    }
    let log = watch.log();
    assert!(log.contains("a session was created"), "{log}");
    unseen.assert_not_in(&log, "the log");
}
