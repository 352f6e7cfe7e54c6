//! Files.
use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem, Spec, Upload};

impl Value for Upload {
    const KIND: Kind = Kind::new(Input::File);

    fn empty() -> Option<Self> {
        None
    }

    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        let file = typed
            .files()
            .last()
            .ok_or_else(|| Problem::new("required"))?;
        if let Some(problem) = problem(typed.spec(), file) {
            typed.complain(problem);
        }
        Ok(file.clone())
    }

    fn write(&self, slot: &mut Slot) {
        slot.file(self.clone());
    }
}

/// Holds a file against the limits of its field.
fn problem(spec: &Spec, file: &Upload) -> Option<Problem> {
    if file.size() == 0 {
        return Some(Problem::new("empty"));
    }
    if spec.max_size.is_some_and(|limit| file.size() > limit) {
        return Some(too_large(spec));
    }
    (!is_accepted(spec.accept, file)).then(|| wrong_type(spec))
}

/// What is said of a file that is larger than its field allows.
pub(in crate::form) fn too_large(spec: &Spec) -> Problem {
    let limit = spec.max_size.unwrap_or(u64::MAX);
    Problem::new("max_size").with("limit", size(limit))
}

/// What is said of a file of another type than its field takes.
pub(crate) fn wrong_type(spec: &Spec) -> Problem {
    Problem::new("invalid_type").with("types", spec.accept.join(", "))
}

/// Says whether the file's content type or name is one of these; any is, when there are none.
fn is_accepted(accept: &[&str], file: &Upload) -> bool {
    accept.is_empty() || accept.iter().any(|wanted| is_of(wanted, file))
}

fn is_of(wanted: &str, file: &Upload) -> bool {
    let essence = file.content_type().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if wanted.starts_with('.') {
        return file.name().to_lowercase().ends_with(&wanted.to_lowercase());
    }
    match wanted.strip_suffix("/*") {
        Some(family) => essence.split('/').next() == Some(family),
        None => essence == wanted,
    }
}

/// A size for people, in the units that file managers use.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut whole = bytes;
    let mut tenths = 0;
    while whole >= 1024 && unit + 1 < UNITS.len() {
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    match tenths {
        0 => format!("{whole} {}", UNITS[unit]),
        _ => format!("{whole}.{tenths} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_a_type_a_family_or_an_ending() {
        let file = Upload::new("1", "Photo.JPG", "image/jpeg; x=y", 1);
        for (accept, is_one) in [
            (&[][..], true),
            (&["image/*"], true),
            (&["image/jpeg"], true),
            (&["image/png", ".jpg"], true),
            (&["image/png"], false),
            (&["imag/*"], false),
            (&[".png"], false),
        ] {
            assert_eq!(is_accepted(accept, &file), is_one, "{accept:?}");
        }
    }

    #[test]
    fn a_size_is_said_in_the_unit_that_fits() {
        for (bytes, said) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (10 << 20, "10 MiB"),
            (3 << 40, "3072 GiB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }
}
