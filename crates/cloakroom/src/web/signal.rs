//! Reacting to signs of an attack: counted, told, and the session doubted or ended where the site wants that.
use crate::clock::Timestamp;
use crate::config::Site;
use crate::error::StoreError;
use crate::session::{
    Body, DOUBT, Event, EventKind, Raw, Reaction, Record, Session, Signal, StoreKey, Stored,
};
use crate::store::Saved;
use crate::web::visit::Asked;

/// How often others may save a session first while it is being doubted.
const TRIES: usize = 8;

/// Counts a cookie that leads to nothing; at the one that is too many it is guessing.
pub(super) fn unknown(site: &Site, now: Timestamp) {
    let reactions = &site.rules.policy.reactions;
    if site.guesses.one_more(now) == reactions.guesses
        && reactions.to(Signal::Guessing) != Reaction::Ignore
    {
        tracing::warn!("many session cookies lead to nothing: somebody may be guessing");
        tell(site, Signal::Guessing, None, now);
    }
}

/// Reacts to a signal about these sessions. That it can't be done is traced and fails no request.
pub(super) async fn react(site: &Site, signal: Signal, keys: &[StoreKey], now: Timestamp) {
    let reaction = site.rules.policy.reactions.to(signal);
    if reaction == Reaction::Ignore {
        return;
    }
    if keys.is_empty() {
        tell(site, signal, None, now);
    }
    for key in keys {
        tell(site, signal, Some(key), now);
        let done = match reaction {
            Reaction::Ignore | Reaction::Observe => Ok(()),
            Reaction::AskAgain => doubt(site, *key, now).await,
            Reaction::End => end(site, *key, now).await,
        };
        if let Err(error) = done {
            let signal = signal.as_str();
            tracing::error!(%error, signal, "a suspicious session could not be ended or doubted");
        }
    }
}

fn tell(site: &Site, signal: Signal, key: Option<&StoreKey>, now: Timestamp) {
    metrics::counter!("cloakroom_signals_total", "signal" => signal.as_str()).increment(1);
    site.listener.tell(EventKind::Suspicious, || {
        let mut event = Event::new(EventKind::Suspicious, now);
        event.session = key.map(|key| site.keys().log_id(key.as_bytes()));
        event.signal = Some(signal);
        event
    });
}

async fn end(site: &Site, key: StoreKey, now: Timestamp) -> Result<(), StoreError> {
    site.turns.delete(&site.store, key).await?;
    site.happened(EventKind::Revoked, key, None, now);
    Ok(())
}

/// Notes in a session, wherever it went, that its user is to prove anew who he is.
async fn doubt(site: &Site, mut key: StoreKey, now: Timestamp) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let Some(Stored { body, version }) = site.store.load(&key, now).await? else {
            return Ok(());
        };
        match body {
            Body::Forward(forward) => key = forward.to,
            Body::Record(record) => {
                let doubted = doubted(record);
                if let Saved::Saved(_) | Saved::Gone =
                    site.store.save(&key, &version, &doubted).await?
                {
                    return Ok(());
                }
            }
        }
    }
    Err(StoreError::new(site.store.name(), "doubt a session")
        .because("others kept saving it first"))
}

fn doubted(record: Record) -> Record {
    let mut entries = record.entries().clone();
    entries.put(&DOUBT, Some(Raw::from_json("true")));
    record.with_entries(entries)
}

/// Looks whether a signed-in session is used in two places.
pub(super) async fn look_for_two_places(asked: &Asked, session: &Session) {
    let site = &asked.site;
    let (Some(sender), Some((key, noted))) = (asked.sender.get(), session.noted()) else {
        return;
    };
    let now = site.clock.now();
    let client = sender.client();
    let is_other = match (client.device(), noted.device()) {
        (Some(here), Some(there)) => here != there,
        _ => false,
    };
    let moves = client
        .address()
        .is_some_and(|address| site.places.moves_to_and_fro(&key, address, now));
    if is_other || moves {
        let session = site.keys().log_id(key.as_bytes());
        tracing::warn!(%session, "a session is used in two places");
        react(site, Signal::TwoPlaces, &[key], now).await;
    }
}
