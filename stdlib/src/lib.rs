//! Goo's standard library, embedded as source text.
//!
//! One folder of `.goo` files is one package; the folder's path below `packages/` is its import path.

use include_dir::{Dir, include_dir};

static PACKAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/packages");

/// The source files of the package with this import path (`"math/rand"`), as `(file name, text)` in
/// order of name; `None` when the library has no such package.
pub fn package(path: &str) -> Option<Vec<(&'static str, &'static str)>> {
    let dir = PACKAGES.get_dir(path)?;
    let mut files: Vec<_> = dir
        .files()
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?;
            name.ends_with(".goo").then(|| Some((name, file.contents_utf8()?)))?
        })
        .collect();
    files.sort_by_key(|(name, _)| *name);
    (!files.is_empty()).then_some(files)
}

/// The import paths of all packages, sorted: what an unknown import can be compared against.
pub fn paths() -> Vec<&'static str> {
    fn walk(dir: &'static Dir<'static>, into: &mut Vec<&'static str>) {
        for sub in dir.dirs() {
            if sub.files().any(|file| file.path().extension().is_some_and(|ext| ext == "goo")) {
                into.extend(sub.path().to_str());
            }
            walk(sub, into);
        }
    }
    let mut paths = Vec::new();
    walk(&PACKAGES, &mut paths);
    paths.sort_unstable();
    paths
}
