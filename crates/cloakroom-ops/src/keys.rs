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
    /// Whether it stands there once more, which does nothing.
    pub is_repeated: bool,
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
    let ids = ring.ids();
    let standing = |(at, id): (usize, &String)| KeyStanding {
        id: id.clone(),
        is_current: at == 0,
        is_repeated: ids[..at].contains(id),
    };
    Ok(ids.iter().enumerate().map(standing).collect())
}

/// What the settings are to be after a rotation. It holds secrets: show it to nobody but who asked for it.
#[derive(Serialize)]
pub struct Rotated {
    /// The new value of `CLOAKROOM_SECRET`.
    pub secret: String,
    /// The new value of `CLOAKROOM_SECRET_FALLBACKS`: the old secret before those that were retired already.
    pub fallbacks: String,
    /// The ids of the keys that are no longer among them: what only these open is lost.
    pub dropped: Vec<String>,
}

/// Makes a new secret current and retires the old one, with at most `keep` retired ones in all, or all of them.
///
/// # Errors
/// As [`status`], so that a mistyped secret is not kept for weeks.
pub fn rotate(secret: &str, fallbacks: &str, keep: Option<usize>) -> Result<Rotated, ConfigError> {
    let before = status(secret, fallbacks)?;
    let mut retired: Vec<_> = std::iter::once(secret).chain(list(fallbacks)).collect();
    let kept = keep.unwrap_or(retired.len()).min(retired.len());
    retired.truncate(kept);
    let (still, gone) = before.split_at(kept);
    let mut dropped: Vec<_> = gone.iter().map(|key| key.id.clone()).collect();
    dropped.retain(|id| still.iter().all(|key| key.id != *id));
    Ok(Rotated {
        secret: KeyRing::generate_secret(),
        fallbacks: retired.join(","),
        dropped,
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
        let rotated = rotate(&old, &older, None).unwrap();
        assert!(rotated.dropped.is_empty());
        assert_eq!(rotated.fallbacks, format!("{old},{older}"));
        let after = status(&rotated.secret, &rotated.fallbacks).unwrap();
        let ids: Vec<_> = after[1..].iter().map(|key| &key.id).collect();
        assert_eq!(ids, before.iter().map(|key| &key.id).collect::<Vec<_>>());
        assert!(after[0].is_current && !after[1].is_current);
        let shorter = rotate(&old, &older, Some(1)).unwrap();
        assert_eq!(
            (&shorter.fallbacks, &shorter.dropped[..]),
            (&old, &[before[1].id.clone()][..])
        );
        let twice = status(&old, &old).unwrap();
        assert!(twice[1].is_repeated && !twice[0].is_repeated);
        for (secret, fallbacks) in [("short", ""), (&*old, "short")] {
            assert!(rotate(secret, fallbacks, None).is_err());
        }
    }
}
