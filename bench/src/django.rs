//! Nanoseconds to write and to read a Django session of 250 bytes.
use std::hint::black_box;

use cloakroom::django::{
    Moment, json,
    json::Object,
    pickle,
    session::{Payloads, SALT},
    signing::{Keys, Signer},
};
use serde::Serialize;

use crate::{Result, seal::time, spread::Spread};

/// A session of 250 bytes: a signed-in user, a cart, a language.
const SESSION: &str = r#"{"_auth_user_id":"4711","_auth_user_backend":"django.contrib.auth.backends.ModelBackend","_auth_user_hash":"2dfde459417ce465c4f1a67e1d04a200132521fb332a99c121041bd36be11a6a","cart":{"17":1,"23":2,"105":1,"2044":12},"_language":"de-ch","seen":[1,2]}"#;

const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);

/// How long each direction takes, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DjangoTimes {
    /// From entries to signed text, without trying to compress.
    pub encode: Spread,
    /// From entries to signed text, compressed.
    pub encode_compressed: Spread,
    /// From signed text to entries.
    pub decode: Spread,
    /// From signed and compressed text to entries.
    pub decode_compressed: Spread,
    /// From values to a pickle.
    pub pickle: Spread,
    /// From a pickle to values.
    pub unpickle: Spread,
}

impl DjangoTimes {
    /// Times everything in so many rounds.
    ///
    /// # Errors
    ///
    /// When what was written does not read as what it was.
    pub fn take(rounds: u32) -> Result<Self> {
        let keys = Keys::new("a secret key as long as Django makes them, fifty letters");
        let (signer, payloads) = (Signer::timestamped(&keys, SALT), Payloads::new(&keys));
        let session = Object::parse(SESSION)?;
        let encode = || signer.dumps_json(&black_box(&session).to_json(), NOW, false);
        let compress = || payloads.encode(black_box(&session), NOW);
        let (plain, packed) = (encode(), compress());
        let decode = |payload: &str| -> Result<usize> {
            let json = payloads.decode(black_box(payload))?;
            Ok(Object::parse(&json)?.len())
        };
        let values = json::parse(SESSION)?;
        let pickled = pickle::to_bytes(&values)?;
        if pickle::parse(&pickled)? != values || payloads.decode(&packed)? != SESSION {
            return Err("what cloakroom wrote does not read as what it was".into());
        }
        Ok(Self {
            encode: time(rounds, encode),
            encode_compressed: time(rounds, compress),
            decode: time(rounds, || decode(&plain)),
            decode_compressed: time(rounds, || decode(&packed)),
            pickle: time(rounds, || pickle::to_bytes(black_box(&values))),
            unpickle: time(rounds, || pickle::parse(black_box(&pickled))),
        })
    }
}
