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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use expect_test::expect_file;

    use super::{package, paths};

    /// `docs/stdlib.md` lists the packages and their exported names: `UPDATE_EXPECT=1` writes it anew.
    #[test]
    fn the_page_of_the_library_lists_every_package() {
        let mut page = String::from(
            "# The standard library\n\n\
             The packages are inside the `goo` executable. Where Go has the function, it has Go's name and behaviour, with two differences:\n\
             what changes a slice or another variable takes it in-out (`sort.Strings(&lines)`), and there is no `nil`. The types that this page\n\
             names with a `*` have methods. `goo doc strings` says more of a package, `goo doc strings.Cut` of a name, with examples;\n\
             `goo doc --html site` makes pages of it all, with a search.\n",
        );
        for path in paths() {
            if path == "prelude" {
                continue;
            }
            let files = package(path).unwrap_or_default();
            let about: String = files.iter().map(|(_, text)| about(text)).collect();
            let _ = write!(page, "\n## {path}\n\n{about}\n\n");
            let names = names(&files);
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(page, "{}", names.join(" "));
        }
        expect_file!["../../docs/stdlib.md"].assert_eq(&page);
    }

    /// The first paragraph of the comment above `package`.
    fn about(text: &str) -> String {
        let lines: Vec<&str> = text.lines().take_while(|line| !line.starts_with("package ")).collect();
        let comment = lines.rsplit(|line| !line.starts_with("//")).next().unwrap_or_default();
        let lines = comment.iter().map(|line| line.trim_start_matches('/').trim());
        lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The exported names, sorted; a type with methods has a `*`.
    fn names(files: &[(&str, &str)]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut with_methods = BTreeSet::new();
        let mut group = false;
        for line in files.iter().flat_map(|(_, text)| text.lines()) {
            let declared = match line {
                ")" => {
                    group = false;
                    continue;
                }
                "const (" | "var (" => {
                    group = true;
                    continue;
                }
                _ if group => line.strip_prefix('\t'),
                _ => ["func ", "type ", "const ", "var "].iter().find_map(|word| line.strip_prefix(word)),
            };
            let Some(declared) = declared else { continue };
            if let Some(receiver) = declared.strip_prefix('(') {
                let ty = receiver.split(')').next().unwrap_or("").rsplit([' ', '*']).next().unwrap_or("");
                with_methods.insert(ty.split('[').next().unwrap_or("").to_owned());
                continue;
            }
            // A group declares several names on a line: `A, B = 1, 2`.
            for name in declared.split([' ', '(', '[', '=']).next().unwrap_or("").split(',') {
                if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    names.insert(name.to_owned());
                }
            }
        }
        names.into_iter().map(|name| if with_methods.contains(&name) { name + "*" } else { name }).collect()
    }
}
