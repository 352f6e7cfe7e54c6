//! Records made small before they go to a store: the names that repeat in JSON hardly count then.
use bytes::Bytes;
use lz4_flex::block;

use crate::session::{Record, Undecodable};

/// What packed bytes begin with; [`crate::session::Body::to_bytes`] begins otherwise.
const PACKED: u8 = 3;
/// Shorter records gain nothing.
const WORTH_IT: usize = 200;
/// LZ4 can't make anything smaller than this part of it, so a larger promise is a lie.
const BEST: usize = 255;

/// Writes a record for a store: packed by LZ4 where that saves at least an eighth.
///
/// For a cart of five items this takes about 0.7 µs and saves a third; reading it takes 0.1 µs. What
/// goes to visitors is never packed: the length of a sealed cookie would tell about its content.
pub(super) fn packed(record: &Record) -> Vec<u8> {
    let plain = record.to_bytes();
    if plain.len() < WORTH_IT {
        return plain;
    }
    let mut out = vec![0; HEAD + block::get_maximum_output_size(plain.len())];
    out[0] = PACKED;
    out[1..HEAD].copy_from_slice(&length(plain.len()));
    match block::compress_into(&plain, &mut out[HEAD..]) {
        Ok(size) if size + plain.len() / 8 < plain.len() => {
            out.truncate(HEAD + size);
            out
        }
        _ => plain,
    }
}

/// Returns what [`packed`] was given, whether it packed it or not.
///
/// # Errors
/// When packed bytes were cut or changed.
pub(super) fn unpacked(bytes: Bytes) -> Result<Bytes, Undecodable> {
    if bytes.first() != Some(&PACKED) {
        return Ok(bytes);
    }
    let (head, block) = bytes.split_at_checked(HEAD).ok_or(Undecodable)?;
    let length = u32::from_le_bytes(head[1..].try_into().map_err(|_| Undecodable)?);
    let length = usize::try_from(length).map_err(|_| Undecodable)?;
    if length > block.len().saturating_mul(BEST) {
        return Err(Undecodable);
    }
    match block::decompress(block, length) {
        Ok(plain) if plain.len() == length => Ok(plain.into()),
        _ => Err(Undecodable),
    }
}

/// The mark, and the length before packing as four bytes, the lowest first.
const HEAD: usize = 5;

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::session::{Body, Name, Raw};

    fn record(json: String) -> Record {
        let entries = [(Name::from("cart"), Raw::from_json(json))];
        Record::new(Timestamp::from_secs(1), Timestamp::from_secs(2))
            .with_entries(entries.into_iter().collect())
    }

    fn cart(items: usize) -> Record {
        let item = |id| format!(r#"{{"id":{id},"name":"Peg {id}","quantity":1,"price":4950}}"#);
        let items: Vec<_> = (0..items).map(item).collect();
        record(format!("[{}]", items.join(",")))
    }

    #[test]
    fn a_record_comes_back_as_it_was_whether_it_was_worth_packing_or_not() {
        let mut random = [0; 4_096];
        getrandom::fill(&mut random).unwrap();
        for record in [
            cart(0),
            cart(2),
            cart(5),
            cart(20),
            cart(10_000),
            record(format!("{random:02x?}")),
        ] {
            let kept = packed(&record);
            let body = Body::from_bytes(unpacked(kept.into()).unwrap()).unwrap();
            assert_eq!(body, Body::Record(record));
        }
    }

    #[test]
    fn what_repeats_gets_small_and_what_does_not_gets_no_larger() {
        let cart = cart(5);
        assert!(packed(&cart).len() * 10 < cart.to_bytes().len() * 7);
        let mut random = [0; 300];
        getrandom::fill(&mut random).unwrap();
        let random = record(format!("{:?}", String::from_utf8_lossy(&random)));
        assert!(packed(&random).len() <= random.to_bytes().len());
    }

    #[test]
    fn packed_bytes_that_were_cut_or_changed_are_no_record_and_cost_no_memory() {
        let kept = packed(&cart(20));
        assert_eq!(kept[0], PACKED);
        for end in 1..kept.len() {
            assert!(
                unpacked(Bytes::copy_from_slice(&kept[..end])).is_err(),
                "{end}"
            );
        }
        let mut bomb = kept.clone();
        bomb[1..HEAD].copy_from_slice(&[0xff; 4]);
        assert!(unpacked(bomb.into()).is_err());
        for at in 1..kept.len() {
            let mut changed = kept.clone();
            changed[at] ^= 0x55;
            // It may still be a block, but hardly a record; either way nothing panics.
            let _ = unpacked(changed.into()).map(Body::from_bytes);
        }
    }
}
