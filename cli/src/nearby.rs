//! What was probably meant by a name that is not there.

use std::path::{Path, PathBuf};

use goo_compiler::diagnostics::similar::closest;

/// A folder or source file that a path which does not exist probably meant.
pub fn path(path: &Path) -> Option<PathBuf> {
    // Also for `hello`, which `goo build` makes of it.
    let source = path.with_extension("goo");
    if source.is_file() {
        return Some(source);
    }
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let wanted = paths.filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "goo"));
    let names: Vec<String> = wanted.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    closest(name, names.iter().map(String::as_str)).map(|name| path.with_file_name(name))
}

/// So many tests are named to somebody whose filter is like none of them.
const NAMED: usize = 5;

/// What to say behind "no test's name contains" a filter.
pub fn tests(filter: &str, names: &[&str]) -> String {
    let filter = filter.to_lowercase();
    let like = |name: &&str| {
        let name = name.to_lowercase();
        let mut parts = name.split_whitespace().chain([&*name]);
        name.contains(&filter) || parts.any(|part| closest(&filter, [part]).is_some())
    };
    let list = |names: &[&str], between| {
        names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(between)
    };
    let close: Vec<&str> = names.iter().copied().filter(like).take(NAMED).collect();
    match names.len() {
        _ if !close.is_empty() => format!("did you mean {}?", list(&close, " or ")),
        0 => "there are no tests".to_owned(),
        1..=NAMED => format!("the tests are {}", list(names, ", ")),
        more => format!("the tests are {} and {} more", list(&names[..NAMED], ", "), more - NAMED),
    }
}
