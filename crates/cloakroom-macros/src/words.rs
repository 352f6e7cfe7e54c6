//! Names turned into words, and the known name that a mistyped one is nearest to.

/// `first_name` as `First name`.
pub(crate) fn label_of_field(name: &str) -> String {
    let words = name.trim_matches('_').replace('_', " ");
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => words,
    }
}

/// `NextDay` as `next_day`.
pub(crate) fn value_of_variant(name: &str) -> String {
    let mut value = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, char) in chars.iter().enumerate() {
        let begins_word = index > 0
            && char.is_uppercase()
            && (!chars[index - 1].is_uppercase()
                || chars.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if begins_word {
            value.push('_');
        }
        value.extend(char.to_lowercase());
    }
    value
}

/// `NextDay` as `Next day`.
pub(crate) fn label_of_variant(name: &str) -> String {
    label_of_field(&value_of_variant(name))
}

/// Says which names are known, and which one may have been meant.
pub(crate) fn unknown(what: &str, given: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|name| (distance(given, name), name))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    let meant = nearest.map_or(String::new(), |(_, name)| {
        format!(", did you mean `{name}`?")
    });
    format!(
        "unknown {what} `{given}`{meant}\nthere are: {}",
        known.join(", ")
    )
}

/// How many letters have to be put in, taken out or changed (Levenshtein's distance).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, to) in right.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[column + 1];
            row[column + 1] = change.min(corner + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(label_of_field("first_name"), "First name");
        assert_eq!(label_of_variant("NextDay"), "Next day");
        assert_eq!(value_of_variant("NextDay"), "next_day");
        assert_eq!(value_of_variant("HTMLPage"), "html_page");
        assert_eq!(value_of_variant("DE"), "de");
    }

    #[test]
    fn a_mistyped_name_is_guessed() {
        let said = unknown("attribute", "maxlength", &["min_length", "max_length"]);
        assert!(said.contains("did you mean `max_length`?"), "{said}");
        let said = unknown("attribute", "colour", &["min_length", "max_length"]);
        assert!(!said.contains("did you mean"), "{said}");
    }
}
