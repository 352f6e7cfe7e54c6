//! The site's secrets, without showing them: which there are, and changing the current one.
use cloakroom::{ConfigError, KeyRing};
use serde::Serialize;

/// How one of a site's keys stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyStanding {
    /// The id by which what it sealed and signed names it; it tells nothing of the secret.
    pub id: String,
    /// Whether it seals and signs, or only opens.
    pub is_current: bool,
}

/// Says which keys there are: the current one first, then the retired ones.
///
/// # Errors
/// When a secret is missing or too weak to be one, by the name of its setting.
pub fn status(secret: &str, fallbacks: &str) -> Result<Vec<KeyStanding>, ConfigError> {
    let mut ring = KeyRing::new(secret).map_err(|error| error.renamed("CLOAKROOM_SECRET"))?;
    for retired in list(fallbacks) {
        ring = ring
            .retire(retired)
            .map_err(|error| error.renamed("CLOAKROOM_SECRET_FALLBACKS"))?;
    }
    let standing = |(at, id)| KeyStanding {
        id,
        is_current: at == 0,
    };
    Ok(ring.ids().into_iter().enumerate().map(standing).collect())
}

/// What the settings are to be after a rotation. It holds secrets: show it to nobody but who asked for it.
#[derive(Serialize)]
pub struct Rotated {
    /// The new value of `CLOAKROOM_SECRET`.
    pub secret: String,
    /// The new value of `CLOAKROOM_SECRET_FALLBACKS`: the old secret before those that were retired already.
    pub fallbacks: String,
}

/// Makes a new secret current and retires the old one, with at most `keep` retired ones in all.
///
/// # Errors
/// As [`status`], so that a mistyped secret is not kept for weeks.
pub fn rotate(secret: &str, fallbacks: &str, keep: usize) -> Result<Rotated, ConfigError> {
    status(secret, fallbacks)?;
    let retired = std::iter::once(secret).chain(list(fallbacks));
    let retired: Vec<_> = retired.take(keep).collect();
    Ok(Rotated {
        secret: KeyRing::generate_secret(),
        fallbacks: retired.join(","),
    })
}

fn list(fallbacks: &str) -> impl Iterator<Item = &str> {
    fallbacks
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_ring_opens_what_the_old_one_made_and_tells_keys_by_their_ids() {
        let (old, older) = (KeyRing::generate_secret(), KeyRing::generate_secret());
        let before = status(&old, &older).unwrap();
        let rotated = rotate(&old, &older, 2).unwrap();
        assert_eq!(rotated.fallbacks, format!("{old},{older}"));
        let after = status(&rotated.secret, &rotated.fallbacks).unwrap();
        let ids: Vec<_> = after[1..].iter().map(|key| &key.id).collect();
        assert_eq!(ids, before.iter().map(|key| &key.id).collect::<Vec<_>>());
        assert!(after[0].is_current && !after[1].is_current);
        assert_eq!(rotate(&old, &older, 1).unwrap().fallbacks, old);
        for (secret, fallbacks) in [("short", ""), (&*old, "short")] {
            assert!(rotate(secret, fallbacks, 1).is_err());
        }
    }
}
