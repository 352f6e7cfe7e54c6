//! The guide as a book: built by mdBook, and every link in it followed.

mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::files;
use crate::install::mdbook;
use crate::step::{Ending, Outcome, in_ci, run};

const GUIDE: &str = "docs";
/// What the book is built from: the guide, with what it shows of the rest of the repository.
const SOURCE: &str = "target/book-source";
const BOOK: &str = "target/book";

/// Builds the book into `target/book`, and says which links in it are dead.
pub(crate) fn build(_: &[String]) -> Outcome {
    let mdbook = match mdbook() {
        Ok(mdbook) => mdbook,
        Err(missing) if in_ci() => return Err(format!("missing: {missing}")),
        Err(missing) => return Ok(Ending::Ignored(format!("missing: {missing}"))),
    };
    gather().map_err(|error| format!("{SOURCE}: {error}"))?;
    let book = std::path::absolute(BOOK).map_err(|error| format!("{BOOK}: {error}"))?;
    run(Command::new(mdbook)
        .args(["build", SOURCE, "--dest-dir"])
        .arg(book))?;
    let dead = page::dead_links(Path::new(BOOK));
    println!("{BOOK}/index.html is the guide");
    if dead.is_empty() {
        return Ok(Ending::Passed);
    }
    Err(format!("dead links in the book\n  {}\n", dead.join("\n  ")))
}

/// Copies the guide, and whatever file of the repository it links to, as text.
fn gather() -> std::io::Result<()> {
    if Path::new(SOURCE).exists() {
        fs::remove_dir_all(SOURCE)?;
    }
    for from in files::under(Path::new(GUIDE)) {
        let inside = from.strip_prefix(GUIDE).expect("it lies in the guide");
        let to = Path::new(SOURCE).join(inside);
        fs::create_dir_all(to.parent().expect("it lies in a folder"))?;
        if from.extension().is_some_and(|ending| ending == "md") {
            let (text, shown) = page::inside(&fs::read_to_string(&from)?);
            fs::write(to, text)?;
            shown.iter().try_for_each(|path| show(path))?;
        } else {
            fs::copy(&from, to)?;
        }
    }
    Ok(())
}

/// Brings a file of the repository into the book; of a folder there is a list.
fn show(path: &str) -> std::io::Result<()> {
    let to = PathBuf::from(SOURCE).join(page::shown_as(path));
    fs::create_dir_all(to.parent().expect("it lies in a folder"))?;
    if Path::new(path).is_dir() {
        let list = files::under(Path::new(path));
        let names: Vec<_> = list.iter().map(|path| path.display().to_string()).collect();
        return fs::write(to, names.join("\n"));
    }
    fs::copy(path, to).map(|_| ())
}
