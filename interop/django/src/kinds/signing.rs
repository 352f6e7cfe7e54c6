//! Numbers in base 62, signatures, signed objects.
use cloakroom::django::signing::{Keys, Signer};
use cloakroom::django::{Algorithm, DjangoError, Value, base62, json, salted_hmac as mac};

use super::{keys, signed_alike};
use crate::case::{Answer, Case, Checked, Inputs, Refusal, Unknown, unhex};
use crate::literal;

pub(super) fn b62_encode(case: &Case) -> Checked {
    case.inputs.only(&["n"])?;
    let number = json::to_string(case.inputs.value("n")?).map_err(|error| error.to_string())?;
    let number: i128 = number.parse().map_err(|_| "n is too large for 128 bits")?;
    Ok(Answer::text(base62::encode(number)))
}

pub(super) fn b62_decode(case: &Case) -> Checked {
    case.inputs.only(&["s"])?;
    let number = base62::decode(case.inputs.text("s")?);
    Ok(Answer::of(number.map(|number| {
        match i64::try_from(number) {
            Ok(number) => Value::Int(number),
            Err(_) => Value::BigInt(number.to_string()),
        }
    })))
}

pub(super) fn salted_hmac(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "key_salt",
        "value",
        "secret",
        "algorithm",
        "secret_hex",
        "value_hex",
    ])?;
    let bytes = |name| -> Result<Vec<u8>, Unknown> {
        match inputs.optional_text(&format!("{name}_hex"))? {
            Some(hex) => unhex(hex),
            None => Ok(inputs.text(name)?.as_bytes().to_vec()),
        }
    };
    let algorithm = match Algorithm::named(inputs.optional_text("algorithm")?.unwrap_or("sha1")) {
        Ok(algorithm) => algorithm,
        Err(error) => return Ok(Answer::Refused(error.into())),
    };
    let salt = inputs.text("key_salt")?.as_bytes();
    let mac = mac(salt, &bytes("value")?, &bytes("secret")?, algorithm);
    Ok(Answer::text(
        mac.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    ))
}

fn any_keys(inputs: &Inputs) -> Result<Keys, Unknown> {
    match inputs.optional_text("key_hex")? {
        Some(hex) => unhex(hex).map(Keys::new),
        None => keys(inputs, "key"),
    }
}

fn signer(inputs: &Inputs) -> Result<Result<Signer, DjangoError>, Unknown> {
    let keys = any_keys(inputs)?;
    let salt = inputs.optional_text("salt")?.unwrap_or_default();
    let named = Algorithm::named(inputs.optional_text("algorithm")?.unwrap_or("sha256"));
    let signer = named.map(|algorithm| Signer::with_algorithm(&keys, salt, algorithm));
    let separator = inputs.optional_text("sep")?.unwrap_or(":");
    Ok(signer.and_then(|signer| signer.separated_by(separator)))
}

const SIGNER: [&str; 6] = [
    "key",
    "key_hex",
    "fallback_keys",
    "salt",
    "sep",
    "algorithm",
];

pub(super) fn signer_sign(case: &Case) -> Checked {
    case.inputs.only(&[&SIGNER[..], &["value"]].concat())?;
    let value = case.inputs.text("value")?;
    Ok(Answer::of(
        signer(&case.inputs)?.map(|signer| Value::text(signer.sign(value))),
    ))
}

pub(super) fn signer_unsign(case: &Case) -> Checked {
    case.inputs.only(&[&SIGNER[..], &["signed"]].concat())?;
    let signed = case.inputs.text("signed")?;
    let unsigned = signer(&case.inputs)?.and_then(|signer| signer.unsign(signed).map(Value::text));
    Ok(Answer::of(unsigned))
}

fn timestamped(inputs: &Inputs) -> Result<Signer, Unknown> {
    let salt = inputs.optional_text("salt")?.unwrap_or_default();
    Ok(Signer::timestamped(&any_keys(inputs)?, salt))
}

pub(super) fn timestamp_sign(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["key", "salt", "time", "value"])?;
    let signer = timestamped(inputs)?;
    Ok(Answer::text(
        signer.sign_at(inputs.text("value")?, inputs.moment("time")?),
    ))
}

pub(super) fn timestamp_unsign(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["key", "fallback_keys", "salt", "signed", "now", "max_age"])?;
    let signer = timestamped(inputs)?;
    let max_age = inputs.optional_number("max_age")?;
    let value = signer.unsign_at(inputs.text("signed")?, max_age, inputs.moment("now")?);
    Ok(Answer::of(value.map(Value::text)))
}

pub(super) fn dumps(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "key",
        "salt",
        "time",
        "obj",
        "python_literal",
        "compress",
        "json",
    ])?;
    let value = match inputs.optional_text("python_literal")? {
        Some(text) => literal::parse(text).ok_or("the literal is unknown")?,
        None => inputs.value("obj")?.clone(),
    };
    let signer = timestamped(inputs)?;
    let (now, compress) = (inputs.moment("time")?, inputs.flag("compress", false)?);
    let ours = match signer.dumps(&value, now, compress) {
        Ok(signed) => signed,
        Err(error) => return Ok(Answer::Refused(error.into())),
    };
    if let Some(theirs) = inputs.optional_text("json")? {
        let ours = json::to_string(&value).map_err(|error| error.to_string())?;
        if ours != theirs {
            return Ok(Answer::Both(Value::text(ours), Value::text(theirs)));
        }
    }
    Ok(match case.output().as_str() {
        Some(theirs) => signed_alike(&signer, &ours, theirs),
        None => Answer::text(ours),
    })
}

pub(super) fn loads(case: &Case) -> Checked {
    let inputs = &case.inputs;
    // The payload is what is signed, once more.
    inputs.only(&[
        "key",
        "salt",
        "now",
        "signed",
        "max_age",
        "fallback_keys",
        "payload",
    ])?;
    let signer = timestamped(inputs)?;
    let max_age = inputs.optional_number("max_age")?;
    let value = signer.loads(inputs.text("signed")?, max_age, inputs.moment("now")?);
    Ok(Answer::of(
        value.map(|value| described(&value)).map_err(Refusal::from),
    ))
}

/// Describes as the vectors do what JSON of other hands could not hold.
fn described(value: &Value) -> Value {
    match value {
        Value::Float(number) if !number.is_finite() => {
            Value::text(format!("<float {}>", json::repr(*number)))
        }
        Value::Text(text) if text.as_str().is_none() => match json::to_string(value).as_deref() {
            Ok(json) if json.len() == "\"\\ud800\"".len() => {
                Value::text(format!("<lone surrogate {}>", &json[3..7]))
            }
            _ => value.clone(),
        },
        Value::List(items) => Value::List(items.iter().map(described).collect()),
        Value::Dict(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone(), described(value)));
            Value::Dict(entries.collect())
        }
        _ => value.clone(),
    }
}
