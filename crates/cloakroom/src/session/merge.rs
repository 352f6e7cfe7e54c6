//! Merging a value that two requests changed at the same time: what only one of them changed is kept.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::MAX_DEPTH;
use crate::session::Raw;

/// What came of a merge.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merged {
    /// The value, or `None` when it is removed.
    pub(super) value: Option<Raw>,
    /// In how many places both changed the same thing, and ours was taken.
    pub(super) clashes: usize,
}

/// Merges three versions of one value: what both began with, ours, and theirs, which was saved first.
///
/// Objects are merged member by member. Lists that both only appended to get theirs and then ours.
/// What only one side changed is taken from that side. Where both changed the same thing to
/// something else, ours wins and is counted.
pub(super) fn merge(base: Option<&Raw>, ours: Option<&Raw>, theirs: Option<&Raw>) -> Merged {
    let mut clashes = 0;
    let three = Three {
        base: text(base),
        ours: text(ours),
        theirs: text(theirs),
    };
    let value = three.merge(MAX_DEPTH, &mut clashes);
    Merged {
        value: value.map(|text| Raw::from_json(text.into_owned())),
        clashes,
    }
}

/// One place in the value, as the three versions have it; absent where a version lacks it.
#[derive(Clone, Copy)]
struct Three<'a> {
    base: Option<&'a str>,
    ours: Option<&'a str>,
    theirs: Option<&'a str>,
}

type Members<'a> = BTreeMap<String, &'a RawValue>;
type Items<'a> = Vec<&'a RawValue>;

impl<'a> Three<'a> {
    fn merge(self, depth: usize, clashes: &mut usize) -> Option<Cow<'a, str>> {
        if same(self.ours, self.base) {
            return self.theirs.map(Cow::Borrowed);
        }
        if same(self.theirs, self.base) || same(self.ours, self.theirs) {
            return self.ours.map(Cow::Borrowed);
        }
        let inside = self
            .merge_members(depth, clashes)
            .or_else(|| self.append_items());
        if let Some(merged) = inside {
            return Some(Cow::Owned(merged));
        }
        *clashes += 1;
        self.ours.map(Cow::Borrowed)
    }

    fn merge_members(self, depth: usize, clashes: &mut usize) -> Option<String> {
        let deeper = depth.checked_sub(1)?;
        let ours: Members<'a> = read(self.ours?)?;
        let theirs: Members<'a> = read(self.theirs?)?;
        let base: Members<'a> = match self.base {
            Some(base) => read(base)?,
            None => Members::new(),
        };
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let member = |members: &Members<'a>, name| members.get(name).map(|value| value.get());
        let merged: Vec<_> = names
            .into_iter()
            .filter_map(|name| {
                let three = Three {
                    base: member(&base, name),
                    ours: member(&ours, name),
                    theirs: member(&theirs, name),
                };
                let value = three.merge(deeper, clashes)?;
                let name = serde_json::to_string(name).ok()?;
                Some(format!("{name}:{value}"))
            })
            .collect();
        Some(format!("{{{}}}", merged.join(",")))
    }

    fn append_items(self) -> Option<String> {
        let ours: Items<'a> = read(self.ours?)?;
        let theirs: Items<'a> = read(self.theirs?)?;
        let base: Items<'a> = match self.base {
            Some(base) => read(base)?,
            None => Items::new(),
        };
        let begins = |list: &Items<'a>| {
            list.len() >= base.len()
                && list
                    .iter()
                    .zip(&base)
                    .all(|(one, other)| same(Some(one.get()), Some(other.get())))
        };
        if !begins(&ours) || !begins(&theirs) {
            return None;
        }
        let all: Vec<_> = theirs
            .iter()
            .chain(&ours[base.len()..])
            .map(|item| item.get())
            .collect();
        Some(format!("[{}]", all.join(",")))
    }
}

fn text(raw: Option<&Raw>) -> Option<&str> {
    std::str::from_utf8(raw?.as_bytes()).ok()
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Says whether two texts stand for the same value, however they are spaced.
fn same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one == other
                || read::<Value>(one).is_some_and(|value| Some(value) == read::<Value>(other))
        }
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GONE: &str = "";

    fn raw(text: &'static str) -> Option<Raw> {
        (text != GONE).then(|| Raw::from_json(text))
    }

    #[test]
    fn only_what_truly_clashes_is_lost_and_it_is_counted() {
        let rows = [
            // base, ours, theirs, merged, clashes
            ("1", "1", "2", "2", 0),
            ("1", "2", "1", "2", 0),
            ("1", "2", "2", "2", 0),
            ("1", "2", "3", "2", 1),
            ("1", GONE, "1", GONE, 0),
            ("1", "1", GONE, GONE, 0),
            ("1", GONE, "2", GONE, 1),
            (GONE, "1", "2", "1", 1),
            (
                r#"{"a":1}"#,
                r#"{"a":1,"b":2}"#,
                r#"{"a":1,"c":3}"#,
                r#"{"a":1,"b":2,"c":3}"#,
                0,
            ),
            (GONE, r#"{"b":2}"#, r#"{"c":3}"#, r#"{"b":2,"c":3}"#, 0),
            (
                r#"{"a":1,"b":2}"#,
                r#"{"b":2}"#,
                r#"{"a":1,"b":3}"#,
                r#"{"b":3}"#,
                0,
            ),
            (r#"{"a":1}"#, "{}", r#"{"a":2}"#, "{}", 1),
            (
                r#"{"a":{"x":1}}"#,
                r#"{"a":{"x":1,"y":2}}"#,
                r#"{"a":{"x":3}}"#,
                r#"{"a":{"x":3,"y":2}}"#,
                0,
            ),
            ("[1]", "[1,2]", "[1,3]", "[1,3,2]", 0),
            (GONE, "[2]", "[3]", "[3,2]", 0),
            ("[1,2]", "[1]", "[1,2,3]", "[1]", 1),
            ("[1]", "[0,1]", "[1,3]", "[0,1]", 1),
            ("[]", r#"{"a":1}"#, "[1]", r#"{"a":1}"#, 1),
            (
                r#"{"a":1}"#,
                r#"{ "a" : 1 }"#,
                r#"{"a":2}"#,
                r#"{"a":2}"#,
                0,
            ),
            (
                r#"{"big":1}"#,
                r#"{"big":1,"x":0}"#,
                r#"{"big":123456789012345678901234567890}"#,
                r#"{"big":123456789012345678901234567890,"x":0}"#,
                0,
            ),
            (
                r#"{"k\n":1}"#,
                r#"{"k\n":1,"b":1}"#,
                r#"{"k\n":2}"#,
                r#"{"b":1,"k\n":2}"#,
                0,
            ),
            ("broken", "1", "[", "1", 1),
        ];
        for (base, ours, theirs, merged, clashes) in rows {
            let got = merge(raw(base).as_ref(), raw(ours).as_ref(), raw(theirs).as_ref());
            let expected = Merged {
                value: raw(merged),
                clashes,
            };
            let shown = |value: &Option<Raw>| {
                value
                    .as_ref()
                    .map(|raw| String::from_utf8_lossy(raw.as_bytes()).into_owned())
            };
            assert_eq!(
                (shown(&got.value), got.clashes),
                (shown(&expected.value), clashes),
                "{base} / {ours} / {theirs}"
            );
        }
    }

    #[test]
    fn bottomless_values_from_elsewhere_do_not_overflow_the_stack() {
        let deep = |inner: &str| {
            let text = format!("{}{inner}{}", r#"{"a":"#.repeat(50_000), "}".repeat(50_000));
            Raw::from_json(text)
        };
        let merged = merge(Some(&deep("1")), Some(&deep("2")), Some(&deep("3")));
        assert_eq!(merged.clashes, 1);
    }

    proptest::proptest! {
        #[test]
        fn members_that_only_one_side_changed_are_all_kept(
            base: BTreeMap<String, u8>, ours: BTreeMap<String, u8>, theirs: BTreeMap<String, u8>,
        ) {
            let with = |more: &BTreeMap<String, u8>, mark: &str| {
                let mut all = base.clone();
                all.extend(more.iter().map(|(name, value)| (format!("{mark}{name}"), *value)));
                all
            };
            let raw = |map: &BTreeMap<String, u8>| Raw::from_json(serde_json::to_vec(map).unwrap());
            let (ours, theirs) = (with(&ours, "ours:"), with(&theirs, "theirs:"));
            let merged = merge(Some(&raw(&base)), Some(&raw(&ours)), Some(&raw(&theirs)));
            let mut expected = ours;
            expected.extend(theirs);
            let merged: BTreeMap<String, u8> = merged.value.unwrap().decode(b"k").unwrap();
            proptest::prop_assert_eq!(merged, expected);
        }
    }
}
