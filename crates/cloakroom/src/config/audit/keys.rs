//! Requirements on keys, on what is signed and sealed under them, and on failing well.
use crate::config::audit::rule::{Rule, must};

pub(super) const RULES: &[Rule] = &[
    must(
        "K01",
        "What comes back is verified before it is read, under known algorithms and keys from settings alone",
        "ASVS 9.1.1 to 9.1.3, 9.2.1 to 9.2.3",
    )
    .built(
        "one algorithm for each purpose; name, purpose and deadline are part of what is verified",
        "a_seal_opens_only_under_its_own_name_and_purpose",
    ),
    must(
        "K02",
        "Encryption is authenticated, constant in time and gives no hint why it failed; keys can be rotated",
        "ASVS 11.1.1, 11.2.2, 11.2.4, 11.2.5, 11.3.2 to 11.3.5",
    )
    .built(
        "AES-256-GCM-SIV and HMAC-SHA256; retired keys go on opening; a site whose ciphers take forgeries does not start",
        "a_cipher_that_takes_forgeries_is_found_out",
    ),
    must(
        "K03",
        "Keys of different purposes can't be mistaken for one another",
        "Django CVE-2026-6873",
    )
    .built(
        "each purpose has a key of its own (HKDF), and names are written with their length",
        "moving_bytes_between_name_and_value_does_not_verify",
    ),
    must(
        "K04",
        "When a store or another part fails, nothing opens that was closed, and nothing is told",
        "ASVS 16.5.1 to 16.5.3",
    )
    .built(
        "an outage is a 503 and never an empty session; servers that hang are left alone for a while",
        "a_store_that_is_down_is_a_503_and_afterwards_all_is_as_before",
    ),
];
