//! Signed objects: JSON in base64, compressed where that makes it shorter.
use crate::django::signing::Signer;
use crate::django::{Moment, Result, Value, base64, json, zlib};

impl Signer {
    /// Writes a value as JSON and signs it with the time, as Django's `dumps`.
    ///
    /// # Errors
    ///
    /// When JSON can't hold the value.
    pub fn dumps(&self, value: &Value, now: Moment, compress: bool) -> Result<String> {
        Ok(self.dumps_json(&json::to_string(value)?, now, compress))
    }

    /// Signs JSON text as it stands. It has to be ASCII, or Django misreads it.
    #[must_use]
    pub fn dumps_json(&self, text: &str, now: Moment, compress: bool) -> String {
        debug_assert!(text.is_ascii(), "Django reads what it unpacks as Latin-1");
        self.signed_at(pack(text.as_bytes(), compress), now)
    }

    /// Reads what [`Signer::dumps`] or Django's `dumps` wrote, when it is at most `max_age` seconds old.
    ///
    /// # Errors
    ///
    /// As [`Signer::loads_json`], and when it is no JSON.
    pub fn loads(&self, signed: &str, max_age: Option<f64>, now: Moment) -> Result<Value> {
        json::parse(&self.loads_json(signed, max_age, now)?)
    }

    /// Returns the signed text, each byte a character; nobody has looked whether it is JSON.
    ///
    /// # Errors
    ///
    /// [`BadSignature`] and [`Expired`]; with a right signature
    /// [`Malformed`] when there is no base64 or zlib stream in it, and
    /// [`TooLarge`] when it would unpack to more than it may. Nothing is unpacked before
    /// the signature is verified.
    ///
    /// [`BadSignature`]: crate::django::DjangoError::BadSignature
    /// [`Expired`]: crate::django::DjangoError::Expired
    /// [`Malformed`]: crate::django::DjangoError::Malformed
    /// [`TooLarge`]: crate::django::DjangoError::TooLarge
    pub fn loads_json(&self, signed: &str, max_age: Option<f64>, now: Moment) -> Result<String> {
        let payload = self.unsign_at(signed, max_age, now)?;
        let bytes = match payload.strip_prefix('.') {
            Some(packed) => {
                let packed = base64::decode(packed.as_bytes())?;
                zlib::decompress(&packed, self.max_unpacked)?
            }
            None => base64::decode(payload.as_bytes())?,
        };
        Ok(from_latin1(bytes))
    }

    /// Signs an object without a time, as Django's `Signer.sign_object`.
    ///
    /// # Errors
    ///
    /// When JSON can't hold the value.
    pub fn sign_object(&self, value: &Value, compress: bool) -> Result<String> {
        let text = json::to_string(value)?;
        Ok(self.signed(pack(text.as_bytes(), compress)))
    }
}

/// Base64 of the bytes, or after a dot of what they compress to.
fn pack(bytes: &[u8], compress: bool) -> String {
    let packed = match bytes.len().checked_sub(1) {
        Some(below) if compress => zlib::compress_below(bytes, below),
        _ => None,
    };
    // Room for the time and the signature too.
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 64);
    match packed {
        Some(packed) => {
            text.push('.');
            base64::encode_onto(&mut text, &packed);
        }
        None => base64::encode_onto(&mut text, bytes),
    }
    text
}

/// Reads bytes as Django does: each is a character.
fn from_latin1(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text,
        Ok(text) => text.bytes().map(char::from).collect(),
        Err(error) => error.as_bytes().iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::DjangoError;
    use crate::django::signing::{DUMPS_SALT, Keys};

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn signer() -> Signer {
        let keys = Keys::new("test-secret-key-for-vectors-0123456789abcdef");
        Signer::timestamped(&keys, DUMPS_SALT)
    }

    #[test]
    fn what_is_compressed_is_shorter_and_reads_the_same() {
        let text = format!("\"{}\"", "a".repeat(500));
        let value = json::parse(&text).unwrap();
        let plain = signer().dumps(&value, NOW, false).unwrap();
        let packed = signer().dumps(&value, NOW, true).unwrap();
        assert!(packed.starts_with('.') && packed.len() < plain.len() / 3);
        for signed in [plain, packed] {
            assert_eq!(signer().loads(&signed, Some(0.0), NOW), Ok(value.clone()));
        }
        assert_eq!(
            signer()
                .dumps(&json::parse("\"hello\"").unwrap(), NOW, true)
                .unwrap(),
            "ImhlbGxvIg:1vb66i:TGTTIITvWx2mHOUHGDKxO-RNli2GTTZNotY4DdgxPDY"
        );
    }

    #[test]
    fn bytes_beyond_ascii_are_latin_1_to_django() {
        let signed = signer().sign_at("eyJuIjoiw6kifQ", NOW);
        let text = signer().loads_json(&signed, None, NOW).unwrap();
        assert_eq!(text, r#"{"n":"Ã©"}"#);
    }

    #[test]
    fn a_right_signature_over_junk_is_an_error_of_the_format() {
        for junk in [
            ".YQ",
            "A",
            "eyJh IjoxfQ",
            "77-9",
            "",
            ".",
            "YQ",
            ".ImhlbGxvIg",
            "é",
        ] {
            let signed = signer().sign_at(junk, NOW);
            let error = signer().loads(&signed, None, NOW).unwrap_err();
            assert!(
                matches!(error, DjangoError::Malformed { .. }),
                "{junk}: {error}"
            );
        }
    }

    #[test]
    fn a_bomb_is_not_even_looked_at_without_a_signature_and_put_out_with_one() {
        let text = format!("\"{}\"", "a".repeat(super::super::MAX_UNPACKED));
        let bomb = signer().dumps_json(&text, NOW, true);
        assert!(bomb.len() < 10_000);
        let forged = format!("{bomb}x");
        assert_eq!(
            signer().loads(&forged, None, NOW),
            Err(DjangoError::BadSignature)
        );
        let error = signer().loads(&bomb, None, NOW).unwrap_err();
        assert!(matches!(error, DjangoError::TooLarge { .. }));
        let larger = signer().unpacking_to(text.len());
        assert!(larger.loads(&bomb, None, NOW).is_ok());
    }
}
