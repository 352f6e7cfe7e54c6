//! The bounds that cloakroom promises to keep, and whether a measurement shows it.
use serde::Serialize;

use crate::{
    case::Case,
    csrf::CsrfTimes,
    measure::{Cost, Measurement},
    seal::SealTimes,
    stack::Stack,
};

/// The most that each case may cost, as a share of the instructions that a peer adds.
const SHARES: [(Case, Stack, f64); 6] = [
    (Case::Untouched, Stack::TowerSessions, 0.22),
    (Case::Read, Stack::TowerSessions, 0.4),
    (Case::Increment, Stack::TowerSessions, 0.4),
    (Case::Append, Stack::TowerSessions, 0.36),
    (Case::ReadBesideCart, Stack::TowerSessions, 1.0 / 14.0),
    (Case::IncrementBesideCart, Stack::TowerSessions, 1.0 / 12.0),
];

/// The most that a message may cost, as a share of the instructions that axum-messages adds with it, which keeps
/// messages in the session: where ours wait there too, and where they travel in a cookie.
const MESSAGE: [Stack; 2] = [Stack::CloakroomInSession, Stack::Cloakroom];
const MESSAGE_SHARE: f64 = 0.25;

/// The most instructions that a request may cost which asks for nothing.
const UNTOUCHED: f64 = 2_200.0;

/// The cases of a session in the cookie, and the most they may take, as a share of the time that the faster of
/// axum-extra's jars adds.
const SEALED: [Case; 2] = [Case::Read, Case::Increment];
const SEALED_SHARE: f64 = 0.5;

/// The most allocations that an untouched session may cost over a layer that does nothing.
const ALLOCATIONS_OVER_IDENTITY: f64 = 3.0;

/// The most nanoseconds that sealing or opening a cookie of 300 bytes may take.
const SEAL: f64 = 1_500.0;

/// The most nanoseconds and allocations that all security headers of an answer may take.
const HEADERS: (f64, f64) = (300.0, 2.0);
/// The most nanoseconds that deciding about a request may take when its headers tell, and with a token.
const FORGED: [f64; 2] = [1_000.0, 2_000.0];

/// What a measurement says about a bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The bound is kept.
    Met,
    /// The bound is broken.
    Missed,
    /// Nobody knows.
    NotMeasured,
}

/// One bound, beside what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Bound {
    /// What is bounded.
    pub what: String,
    /// What was measured, if it was.
    pub measured: Option<f64>,
    /// The most it may be.
    pub at_most: f64,
    /// Whether it is.
    pub verdict: Verdict,
}

impl Bound {
    /// Holds what was measured against the most it may be.
    pub fn new(what: impl Into<String>, measured: Option<f64>, at_most: f64) -> Self {
        let verdict = match measured {
            Some(measured) if measured <= at_most => Verdict::Met,
            Some(_) => Verdict::Missed,
            None => Verdict::NotMeasured,
        };
        Self {
            what: what.into(),
            measured,
            at_most,
            verdict,
        }
    }

    /// Holds a measurement against every bound.
    pub fn all(measurement: &Measurement) -> Vec<Self> {
        let shares = SHARES.map(|(case, peer, at_most)| {
            let what = format!("{}: instructions, share of {}", case.title(), peer.title());
            Self::new(
                what,
                share(measurement, (case, Stack::Cloakroom), peer),
                at_most,
            )
        });
        let mut bounds = Vec::from(shares);
        bounds.extend(MESSAGE.map(|ours| {
            let (case, peer) = (Case::Message, Stack::AxumMessages);
            let what = format!(
                "{}, {}: instructions, share of {}",
                case.title(),
                ours.title(),
                peer.title()
            );
            Self::new(what, share(measurement, (case, ours), peer), MESSAGE_SHARE)
        }));
        let untouched = measurement.added(Stack::Cloakroom, Case::Untouched);
        bounds.push(Self::new(
            "untouched: instructions",
            untouched.and_then(|cost| cost.instructions),
            UNTOUCHED,
        ));
        bounds.extend(SEALED.map(|case| {
            let what = format!("sealed in the cookie, {}: time, share of", case.title());
            let what = format!("{what} axum-extra's faster jar");
            Self::new(what, sealed_share(measurement, case), SEALED_SHARE)
        }));
        let headers = measurement.header_allocations.defaults;
        let allocations = over_identity(measurement).map(|allocations| allocations + headers);
        bounds.push(Self::new(
            "untouched, with the default headers: allocations over an identity layer",
            allocations,
            ALLOCATIONS_OVER_IDENTITY,
        ));
        let SealTimes { seal, open } = measurement.seal;
        bounds.push(Self::new(
            "sealing 300 bytes: nanoseconds",
            Some(seal.median),
            SEAL,
        ));
        bounds.push(Self::new(
            "opening 300 bytes: nanoseconds",
            Some(open.median),
            SEAL,
        ));
        let headers = "all security headers of an answer";
        bounds.push(Self::new(
            format!("{headers}: nanoseconds"),
            Some(measurement.headers.all.median),
            HEADERS.0,
        ));
        bounds.push(Self::new(
            format!("{headers}: allocations"),
            Some(measurement.header_allocations.all),
            HEADERS.1,
        ));
        let CsrfTimes {
            fetch_site,
            origin,
            token,
            ..
        } = measurement.csrf;
        for (what, measured, at_most) in [
            (
                "forged or not, by Sec-Fetch-Site: nanoseconds",
                fetch_site,
                FORGED[0],
            ),
            ("forged or not, by Origin: nanoseconds", origin, FORGED[0]),
            ("forged or not, by a token: nanoseconds", token, FORGED[1]),
        ] {
            bounds.push(Self::new(what, Some(measured.median), at_most));
        }
        bounds
    }
}

fn share(measurement: &Measurement, (case, ours): (Case, Stack), peer: Stack) -> Option<f64> {
    let ours = measurement.added(ours, case)?.instructions?;
    let theirs = measurement.added(peer, case)?.instructions?;
    Some(ours / theirs)
}

fn sealed_share(measurement: &Measurement, case: Case) -> Option<f64> {
    let time = |cost: Cost| cost.nanoseconds.median;
    let ours = time(measurement.added(Stack::CloakroomInCookie, case)?);
    let private = time(measurement.added(Stack::PrivateJar, case)?);
    let signed = time(measurement.added(Stack::SignedJar, case)?);
    Some(ours / private.min(signed))
}

fn over_identity(measurement: &Measurement) -> Option<f64> {
    let ours = measurement.added(Stack::Cloakroom, Case::Untouched)?;
    let identity = measurement.added(Stack::Identity, Case::Untouched)?;
    Some(ours.allocations - identity.allocations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_met_up_to_its_very_limit() {
        assert_eq!(Bound::new("a", Some(0.5), 0.5).verdict, Verdict::Met);
        assert_eq!(Bound::new("a", Some(0.51), 0.5).verdict, Verdict::Missed);
    }

    #[test]
    fn what_was_not_measured_is_never_met() {
        assert_eq!(Bound::new("a", None, 0.5).verdict, Verdict::NotMeasured);
    }
}
