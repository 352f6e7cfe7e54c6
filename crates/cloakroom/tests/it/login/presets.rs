//! The presets, lived through with a turned clock.
use cloakroom::session::{Asvs, Nist, Policy};

use super::{pages, who};
use crate::site::Site;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn presets() -> [(Policy, u64, u64); 8] {
    [
        // preset, the longest rest, the longest session
        (Policy::owasp_low(), 30 * MINUTE, 8 * HOUR),
        (Policy::owasp_high(), 5 * MINUTE, 4 * HOUR),
        (Policy::asvs(Asvs::L1), 30 * DAY, 30 * DAY),
        (Policy::asvs(Asvs::L2), 30 * MINUTE, 12 * HOUR),
        (Policy::asvs(Asvs::L3), 15 * MINUTE, 12 * HOUR),
        (Policy::nist(Nist::Aal1), 30 * DAY, 30 * DAY),
        (Policy::nist(Nist::Aal2), HOUR, DAY),
        (Policy::nist(Nist::Aal3), 15 * MINUTE, 12 * HOUR),
    ]
}

async fn signed_in(policy: &Policy) -> Site {
    let site = Site::with(pages(), |s| s.session(|_| policy.clone()));
    site.browser.get("/login/ada").await;
    site
}

#[tokio::test]
async fn nobody_rests_longer_than_a_preset_allows() {
    for (policy, idle, _) in presets() {
        for (rest, expected) in [(idle - 1, "ada"), (idle, "nobody")] {
            let site = signed_in(&policy).await;
            site.turn(rest);
            assert_eq!(who(&site.browser).await, expected, "{policy:?}");
        }
    }
}

#[tokio::test]
async fn nobody_stays_longer_than_a_preset_allows_however_busy() {
    for (policy, idle, absolute) in presets() {
        let site = signed_in(&policy).await;
        let step = idle / 2;
        let steps = (absolute - 1) / step;
        for _ in 0..steps {
            site.turn(step);
            assert_eq!(who(&site.browser).await, "ada", "{policy:?}");
        }
        site.turn(absolute - 1 - steps * step);
        assert_eq!(who(&site.browser).await, "ada", "{policy:?}");
        site.turn(1);
        assert_eq!(who(&site.browser).await, "nobody", "{policy:?}");
    }
}

#[tokio::test]
async fn with_every_preset_the_ticket_goes_with_the_browser() {
    for (policy, ..) in presets() {
        let site = signed_in(&policy).await;
        site.browser.close_window();
        assert_eq!(who(&site.browser).await, "nobody", "{policy:?}");
    }
}
